"""What moves: the open matter goes on, is put right or left, and new ones begin; each that is wanted gets its answer.

What can be answered comes first, at most one matter waits for the customer, and what a person carries out comes last.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from agents.grammar import SlotValue, fill
from agents.guards.input import normalise
from agents.intents.answer import IntentCandidate
from agents.intents.cascade import questions
from agents.intents.taxonomy import HANDOFF as HANDED_OVER
from agents.intents.taxonomy import ORDER_STATUS, SMALL_TALK
from agents.workflows import answer_question, prepare, small_talk, technical_help, verify
from conversations import pauses
from knowledge.policy import Mode
from tools import writes as specs

from . import aftermath, parked
from .desk import Desk
from .engine import Rest, advance
from .hearing import UNKNOWN, Heard
from .kits import Kit
from .repair import Repair, RepairKind
from .runs import RunState
from .workflow import WRITES

if TYPE_CHECKING:
    from .turn import Thinking

UNHELPED: Final = "unhelped"
NO_MATTER: Final = frozenset({SMALL_TALK, UNKNOWN, UNHELPED})  # workflows that leave what was spoken about as it was
FEW: Final = 4  # words: "cool bye"
LETTER: Final = 40  # words: more than a question and its circumstances
ORDER_SLOTS: Final = ("order_id", "order_ids", "all")
_INSTEAD: Final = re.compile(r"\b(?:rather|instead|changed\s+my\s+mind|no\s+wait)\b", re.IGNORECASE)
_SAYS_DELIVERED: Final = re.compile(
    r"\b(?:says|said|shows?|claims?|marked|listed|reports?)\b[^.?!]{0,20}\bdelivered\b", re.IGNORECASE
)
_WHERE_WERE_WE: Final = re.compile(
    r"\bwhere\s+were\s+we\b|\bwhat\s+(?:was|were)\s+(?:the|your|that)\s+(?:last\s+)?question\b"
    r"|\bwhat\s+did\s+(?:you|u)\s+(?:just\s+)?ask\b|\b(?:i'?m|i\s+am)\s+back(?:\s+(?:now|again))?\W*$",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(
    r"^\W*(?:(?:the|my|its?|it'?s|is|for|order|number|no\.?)\W+)*#?[a-z]{0,3}[- ]?\d{4,}\W*$", re.IGNORECASE
)
_LEANS: Final = re.compile(r"\b(?:it|they|them|that|this|those|these|one)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Matter:
    """One thing that a message wants, with the words and slots that belong to it."""

    intent: str
    text: str
    filled: dict[str, SlotValue]
    span: tuple[int, int] | None = None
    seqs: tuple[int, int] = (0, 0)  # the first and the last message that hold the words


@dataclass
class Begun:
    """A run of this turn, where it came to rest, and what it wants to say."""

    matter: Matter
    run: RunState
    rest: Rest
    lines: list[Any]
    slots: dict[str, Any]


def move(t: Thinking, heard: Heard, desk: Desk, run: RunState | None) -> str | None:
    """Advance what has to move; a reason when it ends with a person."""
    reason = moved(t, heard, desk, run)
    if reason is None and desk.turned is not None:
        reason = turn(t, desk)
    while reason is None and t.memory.pending and not any(row["active"] for row in t.draft.runs):
        reason = take_up(t, heard, desk)
    return reason


def moved(t: Thinking, heard: Heard, desk: Desk, run: RunState | None) -> str | None:
    mending = heard.repair.kind if heard.repair else None
    if mending is RepairKind.UNHELPED:
        return begin(t, desk, unhelped(t))
    is_unclear = run is not None and run.workflow == UNKNOWN
    if mending is RepairKind.CORRECT and run is None and parked.waiting(t):
        parked.take_back(t, desk)  # "no, the other order" means that this one isn't wanted
    if mending is RepairKind.CORRECT and heard.repair is not None and not is_unclear:
        return correct(t, heard, desk, run, heard.repair)
    if mending is RepairKind.CANCEL and run is None and parked.waiting(t):
        parked.take_back(t, desk)
        return None
    if mending is RepairKind.CANCEL:
        drop(t, desk, run)
        return None
    if run is not None and says_goodbye(heard):
        leave(t, run, "dropped")
        t.memory.settle()
        return begin(t, desk, SMALL_TALK)
    if run is not None and not is_unclear:
        if heard.is_wordless or greets(heard):
            desk.say("still_here")
            return carry_on(t, desk, run, returning=True)
        return digress(t, heard, desk, run) if mending is RepairKind.DIGRESS else carry_on(t, desk, run)
    if run is not None:
        leave(t, run, "understood" if heard.is_understood else "not_understood")
    if heard.after is not None:
        aftermath.tell(t, desk, heard.after)
        return None
    if t.work.is_answer:
        parked.pass_on(desk)
        return begin_all(t, desk, matters_of(t, heard)) if asks_too(heard) else None
    named = heard.filled.get("order_id")
    if asked := parked.asked_about(t, heard.text, str(named.value) if named else None):
        parked.tell_of(desk, asked)
        return None
    return begin_all(t, desk, matters_of(t, heard))


def asks_too(heard: Heard) -> bool:
    """Beside their answer to a colleague they ask something that we know."""
    return "?" in heard.text and bool(heard.answer.intents) and not heard.answer.leans and not heard.is_small_talk


def unhelped(t: Thinking) -> str:
    """A technical problem is taken down then; whatever else was answered is offered to a person."""
    is_technical = t.memory.focus.get("intent") == technical_help.NAME
    found = workflow_of(t.kit, technical_help.NAME) if is_technical else None
    return technical_help.NAME if found == technical_help.WORKFLOW.name else UNHELPED


def greets(heard: Heard) -> bool:
    """ "Hello?" in the middle of something: they wonder whether anybody is there. "Where were we?": so do they."""
    if _WHERE_WERE_WE.search(heard.text) and not heard.fills_slot and heard.repair is None:
        return True
    return heard.is_small_talk and small_talk.kind_of(heard.text) == small_talk.GREETING


def says_goodbye(heard: Heard) -> bool:
    """Whoever leaves is asked nothing more: what was open stays as it is."""
    leaves = not heard.fills_slot and small_talk.kind_of(heard.text) == small_talk.BYE
    return leaves and (heard.is_small_talk or (heard.answer.best is None and len(heard.text.split()) <= FEW))


def carry_on(t: Thinking, desk: Desk, run: RunState, *, returning: bool = False) -> str | None:
    """The open run goes on where it waited."""
    desk.slots, desk.intent, desk.returning, desk.run_id = run.slots, run.intent(t.kit), returning, run.id
    if holds_back(t.kit, run):
        return f"{pauses.REASON}:{run.intent(t.kit)}"
    if returning:
        desk.filled = {}
        desk.forget_what_was_read()
    t.draft.workflow = run.workflow
    return settle(t, run, advance(desk, t.kit.workflows[run.workflow], run.node))


def drop(t: Thinking, desk: Desk, run: RunState | None) -> None:
    """ "Never mind": everything that is open stays as it is. What was done just now is: nobody may think it stopped."""
    if run is not None:
        leave(t, run, "dropped")
    elif (done := t.memory.focus.get("done")) is not None:
        order = t.memory.focus.get("order")
        desk.say(parked.too_late(done), **({} if done == specs.ACCOUNT else {"order": order})).facts.append(order)
        return
    desk.say("dropped.plain" if run is not None else "small.ok")
    t.memory.settle()
    t.memory.let_go()


def leave(t: Thinking, run: RunState, outcome: str) -> None:
    run.end(outcome)
    t.draft.runs.append(run.row())


def correct(t: Thinking, heard: Heard, desk: Desk, run: RunState | None, mending: Repair) -> str | None:
    """The customer takes something back: begin the same workflow again with what they say now."""
    focus = t.memory.focus
    old, new = run.value("order_id") if run else focus.get("order"), mending.slots.get("order_id")
    intent = run.intent(t.kit) if run else str(focus["intent"])
    if run is not None:
        leave(t, run, "corrected")
    if new is not None:
        line = desk.say(
            "corrected" if old else "corrected.plain", new=str(new.value), **({"old": str(old)} if old else {})
        )
        line.facts += [new.value, old]
    said = {name: value for name, value in heard.filled.items() if new is None or name not in ORDER_SLOTS}
    slots = {**kept_of(run, mending), **said, **mending.slots}
    return begin_all(t, desk, [Matter(intent, heard.text, slots, seqs=unanswered(t))])


def kept_of(run: RunState | None, mending: Repair) -> dict[str, SlotValue]:
    """ "me@example.com, typo": what else they named still holds, also a number that wasn't found with it."""
    if run is None or not mending.slots:
        return {}
    contact = None if "zip" in mending.slots else run.value("email")  # a zip code said now takes the place of the other
    known = {"order_id": run.value("order_id") or run.value("not_found"), "email": contact}
    return {name: SlotValue(value=value, source_span=(0, 0), raw="") for name, value in known.items() if value}


def digress(t: Thinking, heard: Heard, desk: Desk, run: RunState) -> str | None:
    """Another matter in between: when it is settled in one go, the open question comes back behind it."""
    open_slots, asked_by = run.slots, run.intent(t.kit)
    reason = begin_all(t, desk, [with_its_reason(t.kit, run, one) for one in matters_of(t, heard)])
    if reason is not None or t.draft.runs[-1]["active"]:
        answered = run.value("told") is not None and run.value("offer") is None  # a person was all that was offered
        instead = is_instead(t.kit, run, t.draft.runs[-1]) or _INSTEAD.search(heard.text)
        waits = reason is None and not answered and not instead
        leave_for_later(t, run, asked_by, waits=waits)
        return reason
    run.slots = open_slots
    return carry_on(t, desk, run, returning=True)


def with_its_reason(kit: Kit, run: RunState, matter: Matter) -> Matter:
    """ "Rather my money back": another write on the same order, and why was said before."""
    if order_in(matter) is None and (likely := run.value("meant")) and _LEANS.search(matter.text):
        meant = SlotValue(value=likely, source_span=(0, 0), raw="")
        matter = replace(
            matter, filled={**matter.filled, "order_id": meant}
        )  # "the money for it": what was asked about
    known, workflow = run.value("reason"), workflow_for(kit, matter)
    is_same = (
        order_in(matter) in (None, run.value("order_id"), run.value("meant"))
        and writes(kit, run.workflow)
        and writes(kit, workflow)
    )
    if known is None or "reason" in matter.filled or not is_same:
        return matter
    said = SlotValue(value=known, source_span=(0, 0), raw="")
    told = replace(matter, filled={**matter.filled, "reason": said})
    return told if workflow_for(kit, told) == workflow else matter


def is_instead(kit: Kit, run: RunState, other: dict[str, Any]) -> bool:
    """Another write on the same order: what is done there takes this one's place."""
    order, own = other["slots"].get("order_id", {}).get("value"), run.value("order_id") or run.value("meant")
    return order == own and all(writes(kit, name) for name in (run.workflow, other["workflow"]))


def writes(kit: Kit, name: str | None) -> bool:
    return name is not None and any(node.kind in WRITES for node in kit.workflows[name].nodes)


def leave_for_later(t: Thinking, run: RunState, intent: str, *, waits: bool) -> None:
    """Another matter has the floor; this one is taken up when that is done."""
    run.end("left")
    t.draft.runs.insert(0, run.row())
    if waits and intent not in NO_MATTER:
        first, last = run.value("seqs") or (0, 0)
        t.memory.set_aside(intent, (first, last), None)


def take_up(t: Thinking, heard: Heard, desk: Desk) -> str | None:
    """The oldest matter that was set aside, from the words in which it was brought up."""
    aside, *t.memory.pending = t.memory.pending
    first, last = aside["seqs"]
    said = [m["text"] for m in t.work.messages if m["author"] == "customer" and first <= m["seq"] <= last]
    text = normalise("\n".join(said))
    part = text[slice(*aside["span"])] if aside["span"] else text
    if not part or aside["intent"] not in t.kit.taxonomy:
        return None
    desk.say("second_matter", title=t.kit.taxonomy[aside["intent"]].title)
    matter = Matter(aside["intent"], part, fill(part, heard.context), seqs=(first, last))
    return begin_all(t, desk, [matter])


def matters_of(t: Thinking, heard: Heard) -> list[Matter]:
    """What the message wants, each with its own part of the words; the unclear one when it wants nothing we know."""
    seqs = unanswered(t)
    if heard.picked is not None:
        return [Matter(heard.picked, heard.before, without_the_place(heard.filled), seqs=seqs)]
    intents = wanted(heard)
    if not intents:
        return [Matter(UNKNOWN, heard.text, heard.filled, seqs=seqs)]
    spans = [candidate.span for candidate in intents]
    return [
        Matter(candidate.name, part, own_slots(heard, candidate.span, spans), candidate.span, seqs)
        for candidate in intents
        for part in parts_of(t, candidate.name, words_of(heard, candidate.span, alone=len(intents) == 1))
    ]


def without_the_place(filled: dict[str, SlotValue]) -> dict[str, SlotValue]:
    """ "The second" has chosen a matter: it names no order as well."""
    place = filled.get("ordinal")
    return {k: v for k, v in filled.items() if place is None or v.source_span != place.source_span}


def wanted(heard: Heard) -> tuple[IntentCandidate, ...]:
    """Its intents; a sentence that is but an order's number says which one the others are about."""
    intents = heard.answer.intents
    own = tuple(one for one in intents if not (one.span and _NUMBER.search(heard.text[slice(*one.span)])))
    return own or intents


def words_of(heard: Heard, span: tuple[int, int] | None, alone: bool) -> str:
    """The part that holds the matter; a single one keeps what stands around it, unless that is a whole letter. What
    leans on the words before it takes those along that are no other matter's."""
    is_letter = len(heard.text.split()) > LETTER
    if span is None or not (is_letter or not alone):
        return heard.text
    start, end = span
    if is_letter and _LEANS.search(heard.text[start:end]):
        others = [one.span[1] for one in heard.answer.intents if one.span and one.span[1] <= start]
        start = max(others, default=0)
    return heard.text[start:end]


def parts_of(t: Thinking, intent: str, text: str) -> tuple[str, ...]:
    """Several questions that pages answer are asked one by one."""
    return questions(text) if workflow_of(t.kit, intent) == answer_question.WORKFLOW.name else (text,)


def own_slots(heard: Heard, span: tuple[int, int] | None, spans: list[tuple[int, int] | None]) -> dict[str, SlotValue]:
    """The slots of one matter's part; an order named elsewhere belongs to it when its words lean on that order, or when
    no other matter claims it."""
    if span is None:
        return heard.filled
    part = heard.text[slice(*span)]
    named = fill(part, heard.context)
    order = heard.filled.get("order_id")
    claimed = order is not None and any(s and s != span and s[0] <= order.source_span[0] < s[1] for s in spans)
    if any(slot in named for slot in ORDER_SLOTS) or (claimed and not _LEANS.search(part)):
        return {**{k: v for k, v in heard.filled.items() if k not in ORDER_SLOTS}, **named}
    return {**heard.filled, **named}


def unanswered(t: Thinking) -> tuple[int, int]:
    return int(t.work.unanswered[0]["seq"]), int(t.work.unanswered[-1]["seq"])


def begin_all(t: Thinking, desk: Desk, matters: list[Matter]) -> str | None:
    """Start every matter; the reasons of those that end with a person count when the others have been answered."""
    matters = merged(t.kit, matters, desk.text)
    ordered = sorted(matters, key=lambda m: workflow_for(t.kit, m) is None)
    by_person = [m for m in ordered if workflow_for(t.kit, m) is None]
    explaining = [m for m in by_person[1:] if explains(m)]
    ordered = [m for m in ordered if m not in explaining]
    handed = [m.intent for m in by_person if m not in explaining]
    held: Begun | None = None
    reasons: list[str] = []
    for matter in ordered:
        if matter.intent in handed[1:]:
            continue  # the first one's preparation names them all
        if held is not None and not desk.proven and mails_a_code(t.kit, matter):
            t.memory.set_aside(matter.intent, matter.seqs, matter.span)
            continue
        begun = start(t, desk, matter, handed)
        if begun.rest.waiting and held is not None:
            t.memory.set_aside(matter.intent, matter.seqs, matter.span)
        elif begun.rest.waiting:
            held = begun
        else:
            desk.lines += begun.lines
            desk.slots = begun.slots
            reasons += [reason] if (reason := settle(t, begun.run, begun.rest)) else []
    if held is not None:
        hold(t, desk, held, is_last=not reasons)
    return reasons[0] if reasons else None


def mails_a_code(kit: Kit, matter: Matter) -> bool:
    """Its first step may be a mail: while another question stands, nobody would be told what the code in it is for."""
    name = workflow_for(kit, matter)
    return name is not None and verify.CODE in kit.workflows[name].by_name


def merged(kit: Kit, matters: list[Matter], text: str) -> list[Matter]:
    """ "It arrived broken, I want my money back" is one refund, whatever intents it touches."""
    kept: list[Matter] = []
    for matter in wished(kit, matters, text):
        name = workflow_for(kit, matter)
        twin = next((i for i, one in enumerate(kept) if writes(kit, name) and workflow_for(kit, one) == name), None)
        if twin is None:
            kept.append(matter)
        else:
            kept[twin] = Matter(kept[twin].intent, text, {**kept[twin].filled, **matter.filled}, seqs=matter.seqs)
    return kept


def wished(kit: Kit, matters: list[Matter], text: str) -> list[Matter]:
    """ "It came broken, can I exchange it": what happened gives way to what is wanted of the same order."""
    told = [one for one in matters if one.intent in kit.taxonomy and kit.taxonomy[one.intent].reports]
    if told:  # "the tracking says delivered, but nothing is here" asks nobody to say so once more
        matters = [one for one in matters if one.intent != ORDER_STATUS or not _SAYS_DELIVERED.search(one.text)]
    wants = [one for one in matters if one not in told and writes(kit, workflow_for(kit, one))]
    if len(told) != 1 or len(wants) != 1 or order_in(told[0]) not in (None, order_in(wants[0])):
        return matters
    want = Matter(wants[0].intent, text, {**told[0].filled, **wants[0].filled}, seqs=wants[0].seqs)
    return [want if one is wants[0] else one for one in matters if one is not told[0]]


def order_in(matter: Matter) -> Any:
    named = matter.filled.get("order_id")
    return named.value if named is not None else None


def explains(matter: Matter) -> bool:
    """ "... , the mug arrived cracked": gives the reason of the matter before it and is none of its own."""
    own = fill(matter.text)
    return "reason" in own and "order_id" not in own


def hold(t: Thinking, desk: Desk, held: Begun, *, is_last: bool) -> None:
    """The matter that waits speaks last; when a person takes over it is theirs as well, and waits for nothing."""
    desk.lines += held.lines
    if is_last:
        desk.slots = held.slots
        settle(t, held.run, held.rest)
    else:
        desk.slots = {**held.slots, **desk.slots}
        leave(t, held.run, "left")


def start(t: Thinking, desk: Desk, matter: Matter, handed: list[str]) -> Begun:
    """Begin a matter's workflow and walk it to its first rest, its lines apart from those of the others."""
    desk.circles.count("max_same_starts", f"{matter.intent} {matter.text}")
    before, desk.lines = desk.lines, []
    desk.take_up(matter.intent, matter.text, matter.filled, sensitive=is_sensitive(t.kit, matter.intent))
    workflow = workflow_for(t.kit, matter)
    desk.put("intent", matter.intent, "agent")
    desk.put("seqs", list(matter.seqs), "agent")
    if workflow is None:
        desk.put("wants", handed, "agent")
    run = RunState.begin(workflow or prepare.WORKFLOW.name, t.kit, t.new_run_id())
    t.draft.workflow, desk.run_id = run.workflow, run.id
    rest = advance(desk, t.kit.workflows[run.workflow])
    run.slots = desk.slots
    begun = Begun(matter, run, rest, desk.lines, desk.slots)
    desk.lines = before
    return begun


def turn(t: Thinking, desk: Desk) -> str | None:
    """A matter that turned out to be another one: that begins with what is known, and nobody repeats anything."""
    assert desk.turned is not None
    intent, slots = desk.turned
    desk.turned = None
    waiting = [row for row in t.draft.runs if row["active"]]
    if waiting:  # another matter has the floor, or it was this one: "I ordered the wrong thing, I want my money back"
        if all(row["workflow"] != workflow_of(t.kit, intent) for row in waiting):
            t.memory.set_aside(intent, unanswered(t), None)
        return None
    known = {
        name: SlotValue(value=value, source_span=(0, 0), raw="")
        for name in slots
        if (value := desk.get(name)) is not None
    }
    return begin_all(t, desk, [Matter(intent, desk.text, {**desk.filled, **known}, seqs=unanswered(t))])


def begin(t: Thinking, desk: Desk, workflow: str) -> str | None:
    """Start a workflow that is no matter of its own."""
    return begin_all(t, desk, [Matter(workflow, desk.text, desk.filled, seqs=unanswered(t))])


def settle(t: Thinking, run: RunState, rest: Rest) -> str | None:
    """Write down where a run came to rest; return the reason when that is a handoff."""
    run.rest(rest)
    t.draft.runs.append(run.row())
    if run.workflow not in NO_MATTER:
        named = (run.value(slot) or [] for slot in ("offered", "lines", "also"))
        t.memory.look_at(run.intent(t.kit), run.value("order_id"), *named)
        t.memory.focus["done"] = parked.done_as(run) if rest.done else None
    if (rest.done or rest.parked) and run.workflow not in (SMALL_TALK, UNKNOWN):
        t.memory.settle()
    if rest.reason != prepare.REASON:
        return rest.reason
    intent = run.intent(t.kit)
    return f"{pauses.REASON if is_paused(t.kit, intent) else rest.reason}:{intent}"


def holds_back(kit: Kit, run: RunState) -> bool:
    """An open run that the red switch stops; preparing a matter for a person goes on."""
    if run.workflow == prepare.WORKFLOW.name:
        return False
    return run.intent(kit) in kit.paused.intents or (kit.paused.writes and writes(kit, run.workflow))


def is_paused(kit: Kit, name: str) -> bool:
    """A person carries this intent out at the moment for no other reason than the red switch."""
    intent = kit.taxonomy.get(name)
    if intent is None:
        return False
    free = replace(kit, paused=pauses.NOTHING)
    able = [flow for flow in (intent.workflow, *intent.by_reason.values()) if available(free, flow) is not None]
    return bool(able) and (name in kit.paused.intents or all(available(kit, flow) is None for flow in able))


def workflow_for(kit: Kit, matter: Matter) -> str | None:
    """The workflow of a matter: its words may give a reason that another one is for."""
    if matter.intent in kit.paused.intents:
        return None
    reason = None if {"again", "other"} & set(matter.filled) else matter.filled.get("reason")
    intent = kit.taxonomy.get(matter.intent)
    if intent is not None and reason is not None and str(reason.value) in intent.by_reason:
        return available(kit, intent.by_reason[str(reason.value)])
    return workflow_of(kit, matter.intent)


def workflow_of(kit: Kit, intent: str) -> str | None:
    """The workflow of an intent; None when a person carries it out, the company lacks what it needs, or it is
    paused."""
    if intent in kit.paused.intents:
        return None
    if intent not in kit.taxonomy:
        return available(kit, intent)
    return available(kit, kit.taxonomy[intent].workflow) or available(kit, kit.taxonomy[intent].otherwise)


def available(kit: Kit, name: str) -> str | None:
    if name == HANDED_OVER or name not in kit.workflows:
        return None
    needed = {tool for node in kit.workflows[name].nodes for tool in node.tools}
    return None if needed & (kit.pack.absent() | shut(kit)) else name


def shut(kit: Kit) -> frozenset[str]:
    """Writes that nobody begins: at authority level 0 or while writes are paused all, else what the policy has
    switched off."""
    none = kit.authority == 0 or kit.paused.writes
    return frozenset(name for name in specs.specs() if none or kit.policy.mode(name) is Mode.OFF)


def is_sensitive(kit: Kit, intent: str) -> bool:
    return intent in kit.taxonomy and kit.taxonomy[intent].sensitive
