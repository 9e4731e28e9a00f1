"""What a turn understands of the customer's words before any workflow moves. Nothing here can reach a tool."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from agents import consult, repair
from agents.grammar import Context, SlotValue, fill
from agents.guards import input as input_guard
from agents.guards.input import InputReport
from agents.intents.answer import IntentAnswer, IntentCandidate, Tier
from agents.intents.cascade import FOLLOWS
from agents.intents.clauses import follows
from agents.intents.taxonomy import ORDER_STATUS, SMALL_TALK, Taxonomy, words
from agents.steering import CARE
from agents.triage import FLAGS, TriageResult, intensity, triage
from agents.workflows import answer_question, page_or_person, password_reset, subscription_status, technical_help

from . import aftermath
from .aftermath import Deed
from .claim import Work
from .ports import digest
from .regrets import regretted
from .repair import Repair, RepairKind
from .runs import RunState

if TYPE_CHECKING:
    from .turn import Thinking

UNKNOWN: Final = "unknown"
# Workflows that answer from the pages: "that didn't help" behind one of them is said of its answer.
FROM_PAGES: Final = frozenset(
    {
        answer_question.WORKFLOW.name,
        page_or_person.WORKFLOW.name,
        password_reset.WORKFLOW.name,
        subscription_status.WORKFLOW.name,
        technical_help.NAME,
    }
)
ENGLISH: Final = "en"
FEW: Final = 3  # words: a number and little else
ANGRY: Final = 2  # of 3
SHORTEST: Final = 2  # words of anger that say nothing else
MOST_CHARS: Final = 20_000
_ANOTHER_THING: Final = re.compile(
    r"^\W*(?:(?:and|what\s+about|how\s+about|same\s+for)\s+(?:the|my|our|that|those)\s+(?:\w+\s+)?\w+"
    r"|(?:the|that|my)\s+(?:\w+\s+){1,2}ones?)\W*$",
    re.IGNORECASE,
)
_ASKS_ELSE: Final = re.compile(r"\b(?:what|which|who|why|how|whose)\b", re.IGNORECASE)
NOTHING: Final = IntentAnswer(intents=(), tier=Tier.UNKNOWN, cost=0, explanation="nothing was read")


@dataclass(frozen=True)
class Heard:
    """`text` is the message as every later step reads it; `before` the one that wasn't understood and that this one
    explains; `picked` the intent chosen from the two that were offered; `fills_slot`: it answers the open question;
    `is_read`: False when the model that was asked to sort it gave no triage; `after`: the write that it asks about."""

    text: str
    before: str
    report: InputReport
    context: Context
    filled: dict[str, SlotValue]
    answer: IntentAnswer
    picked: str | None
    triage: TriageResult
    repair: Repair | None
    fills_slot: bool
    is_read: bool = True
    after: Deed | None = None

    @property
    def is_understood(self) -> bool:
        """Something to go by: a matter, an answer, a wish to put right, or talk that is plainly not our business."""
        known = self.answer.best or self.picked or self.repair or self.answer.outside
        if self.after is not None:
            return True
        return bool(known) or self.fills_slot or (bool(self.before) and "answer" in self.filled)

    @property
    def is_small_talk(self) -> bool:
        return self.answer.best == SMALL_TALK and self.picked is None and not self.triage.sentiment_intensity

    @property
    def is_wordless(self) -> bool:
        """ "??", an emoji: somebody wants to be heard and says nothing new."""
        return not words(self.report.normalised) and not self.filled

    @property
    def cares(self) -> list[str]:
        """What a person who takes over has to be careful about."""
        flags = [name for name in ("legal", "security", "safety", *FLAGS) if getattr(self.triage, name)]
        return flags + [CARE] * self.report.tainted

    @property
    def foreign(self) -> str | None:
        """The language, when it isn't ours and no rule of ours understood it all the same."""
        ours = self.report.language == ENGLISH or self.fills_slot or self.picked is not None
        return None if ours or (self.answer.tier is Tier.RULES and self.answer.intents) else self.report.language


def listen(t: Thinking) -> Heard:
    """Guard, intent, slots, triage and repair of everything that is unanswered."""
    text = "\n".join(m["text"] for m in t.work.unanswered)
    masked = tuple(kind for m in t.work.unanswered for kind in m["extra"].get("masked", ()))
    report = input_guard.inspect(text, masked=masked, inherited_language=t.memory.language, max_chars=MOST_CHARS)
    t.ports.note("guard", "input", report.model_dump(mode="json", exclude={"normalised"}))
    run = RunState.of(t.work.run)
    context = context_of(t, run)
    history = earlier(t.work)
    is_unclear = run is not None and run.workflow == UNKNOWN
    before = history[-1] if is_unclear and history else ""
    sight = partial(consult.sight_of, t.kit, t.work, report.normalised, history)
    filled = {**fill(before, context), **consult.slots(t.ports, t.kit, report.normalised, context, sight)}
    expecting = None if run is None or is_unclear else run.waits_for
    read = consult.intents(t.ports, t.kit, sight, classified(t, report, history, expecting))
    answer = civil(report.normalised, unswayed(report, read))
    if run is None:
        answer = carried_on(t, report.normalised, answer)
    wants_back = regretted(t, report.normalised, filled, answer) if run is None else None
    mending = None if wants_back else mended(t, run, report.normalised, expecting, answer, context)
    after = wants_back
    if after is not None:
        answer = NOTHING
    elif mending is None and (run is None or is_unclear):
        after = aftermath.asked(t, report.normalised, filled, answer)
        answer = NOTHING if after is not None else by_its_number(t, report.normalised, filled, answer)
        if answer.tier is Tier.EMBEDDING and aftermath.says_nothing_else(report.normalised):
            answer = answer.model_copy(update={"intents": (), "guesses": ()})
    picked = picked_from(run, report.normalised, filled, t.kit.taxonomy) if run is not None and is_unclear else None
    offline = triage(report.normalised, history, answer, t.kit.taxonomy, filled, t.kit.lexicon)
    seen = consult.triaged(t.ports, t.kit, sight, answer.tier, offline)
    t.ports.note(
        "triage",
        picked or answer.best or UNKNOWN,
        {"intent": answer.model_dump(mode="json"), **(seen or offline).model_dump(mode="json")},
    )
    t.ports.note("repair", mending.kind.value if mending else "none", {"waits_for": expecting})
    fills = run is not None and expecting is not None and bool(wanted(t, run) & set(filled))
    return Heard(
        report.normalised,
        before,
        report,
        context,
        filled,
        answer,
        picked,
        seen or offline,
        mending,
        fills,
        is_read=seen is not None,
        after=after,
    )


def context_of(t: Thinking, run: RunState | None) -> Context:
    offered = (run.value("offered") if run else None) or t.memory.focus.get("offered") or ()
    return Context(
        order_ids=t.kit.pack.order_ids,
        offered=tuple(offered),
        today=t.work.now.date(),
        expecting=run.waits_for if run else None,
        names=tuple((run.value("names") if run else None) or ()),
    )


def classified(t: Thinking, report: InputReport, history: list[str], expecting: str | None) -> IntentAnswer:
    text = report.normalised
    return IntentAnswer.model_validate_json(
        t.ports.call(
            "intent",
            [digest(text), digest(history), expecting],
            lambda: t.kit.classify(text, history, expecting).model_dump_json(),
            outside=False,
        )
    )


def carried_on(t: Thinking, text: str, answer: IntentAnswer) -> IntentAnswer:
    """ "And the other one?" means the matter last spoken about, however that was brought up; so do "and the lamp?" and
    "the lamp one", whatever the lamp alone resembles."""
    intent = t.memory.focus.get("intent")
    if intent not in t.kit.taxonomy or not (follows(text) or _ANOTHER_THING.search(text)):
        return answer
    resembled = (
        answer.tier is Tier.EMBEDDING
        and answer.confidence < t.kit.taxonomy.thresholds.part
        and _ANOTHER_THING.search(text)
    )
    if answer.intents and not resembled:
        return answer
    taken = (IntentCandidate(name=str(intent), confidence=FOLLOWS),)
    return answer.model_copy(update={"intents": taken, "guesses": (), "outside": False, "leans": True})


def by_its_number(t: Thinking, text: str, filled: dict[str, SlotValue], answer: IntentAnswer) -> IntentAnswer:
    """An order number among words that say little else: they want to know where it is, or the same for it as for the
    one that they named it with."""
    order = filled.get("order_id")
    if order is not None and order.value in t.memory.focus.get("also", ()) and len(text.split()) <= FEW:
        return meant(answer, t.memory.focus["intent"])
    chats = answer.best == SMALL_TALK and answer.tier is not Tier.RULES  # "hey, quick one" beside the number
    if (answer.intents and not chats) or order is None or ORDER_STATUS not in t.kit.taxonomy:
        return answer
    if _ASKS_ELSE.search(text):
        return answer
    return meant(answer, ORDER_STATUS)


def meant(answer: IntentAnswer, intent: str) -> IntentAnswer:
    """What goes before says it, whatever the words alone resemble."""
    taken = (IntentCandidate(name=intent, confidence=FOLLOWS),)
    return answer.model_copy(update={"intents": taken, "guesses": (), "outside": False})


def unswayed(report: InputReport, answer: IntentAnswer) -> IntentAnswer:
    """Text that tries to steer gets what its plain words ask for; what it merely resembles starts nothing."""
    if not report.tainted or answer.tier is Tier.RULES:
        return answer
    return answer.model_copy(update={"intents": (), "guesses": (), "outside": True})


def civil(text: str, answer: IntentAnswer) -> IntentAnswer:
    """Anger may be as short as a greeting and resemble one: it is no small talk; and of two words it is no matter."""
    if answer.tier is Tier.RULES or intensity(text) < ANGRY:
        return answer
    if answer.best != SMALL_TALK and len(words(text)) > SHORTEST:
        return answer
    return answer.model_copy(update={"intents": (), "guesses": ()})


def picked_from(run: RunState, text: str, filled: dict[str, SlotValue], taxonomy: Taxonomy) -> str | None:
    """The intent that an answer to "Do you mean a, or b?" chooses: by its name, by its place, or by a plain yes."""
    offered: list[str] = [name for name in run.value("guesses") or () if name in taxonomy]
    said = " ".join(words(text))
    for name in offered:
        if said and said in (" ".join(words(taxonomy[name].title)), name.replace("_", " ")):
            return name
    place, answer = filled.get("ordinal"), filled.get("answer")
    if place is not None and isinstance(place.value, int) and -len(offered) <= place.value < len(offered):
        return offered[place.value]
    return offered[0] if len(offered) == 1 and answer is not None and answer.value == "yes" else None


def mended(
    t: Thinking, run: RunState | None, text: str, expecting: str | None, answer: IntentAnswer, context: Context
) -> Repair | None:
    """What is put right: in the open matter, or in the one last spoken about."""
    focus = t.memory.focus
    spoken_of = any(key.startswith(("honest", "after.back")) for key in t.memory.said)
    if focus.pop(aftermath.OFFERED, False) and run is None and agrees(text):
        return Repair(kind=RepairKind.PERSON, raw=text)
    if run is None and spoken_of and (person := repair.takes_the_person(text)) is not None:
        return person
    if run is None and t.work.is_answer:
        return repair.in_an_answer(text)
    if run is None and any(not one["news"] for one in t.work.parked):
        back = repair.takes_back(text)
        if back is not None:
            return back
        if repair.means_another(text):
            return repair.after_an_answer(text, context, focus.get("order"), understood=False, quoted=False)
    if run is None and focus.get("intent"):
        chat = answer.best == SMALL_TALK and answer.tier is not Tier.RULES  # "that didn't help" resembles it
        understood = answer.best is not None and not answer.leans and not chat
        intent = t.kit.taxonomy.get(focus["intent"])
        quoted = intent is not None and intent.workflow in FROM_PAGES
        return repair.after_an_answer(text, context, focus.get("order"), understood=understood, quoted=quoted)
    return repair.detect(
        text,
        expecting,
        answer,
        t.kit.taxonomy,
        running=run.intent(t.kit) if run else None,
        context=context,
        current=run.value("order_id") if run else None,
    )


def agrees(text: str) -> bool:
    """A plain yes, here behind "say so, and a colleague looks at it"."""
    said = fill(text).get("answer")
    return said is not None and said.value == "yes"


def wanted(t: Thinking, run: RunState) -> set[str]:
    """The slots that the waiting node asked for."""
    flow = t.kit.workflows.get(run.workflow)
    node = flow.by_name.get(run.node) if flow else None
    return set(node.writes) if node else set()


def earlier(work: Work) -> list[str]:
    """The customer's earlier messages in the window, oldest first."""
    fresh = {m["seq"] for m in work.unanswered}
    return [m["text"] for m in work.messages if m["author"] == "customer" and m["seq"] not in fresh]
