"""One turn's thinking: guard, triage, escalation, repair, workflow, words, check. Pure but for its ports."""

from __future__ import annotations

import copy
import uuid
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings

from agents import escalation, repair
from agents.escalation import Escalation, EscalationInputs, Flags
from agents.grammar import Context, SlotValue, fill
from agents.guards import input as input_guard
from agents.guards.input import InputReport
from agents.intents.answer import IntentAnswer, Tier
from agents.intents.taxonomy import HANDOFF as HANDED_OVER
from agents.triage import Sentiment, TriageResult, triage

from . import handing, words
from .claim import Work
from .desk import CapReachedError, Desk
from .engine import Rest, advance
from .finish import Draft
from .kits import Kit
from .memory import Memory
from .ports import Ports, digest
from .repair import Repair, RepairKind
from .runs import RunState

MOST_MATTERS: Final = 2
NOTHING: Final = IntentAnswer(intents=(), tier=Tier.UNKNOWN, cost=0, explanation="nothing was read")


@dataclass
class Thinking:
    """A turn's inputs and what it has found out so far."""

    work: Work
    kit: Kit
    ports: Ports
    memory: Memory = field(init=False)
    draft: Draft = field(default_factory=Draft)

    def __post_init__(self) -> None:
        self.memory = Memory.read(copy.deepcopy(self.work.state))
        self.draft.must_say = self.work.drops >= settings.HANDRAIL["max_drops"]

    def new_run_id(self) -> uuid.UUID:
        """Ids come from the turn's own id, so that a replay makes the same ones."""
        return uuid.uuid5(self.work.turn, f"run {len(self.draft.runs)}")


@dataclass(frozen=True)
class Heard:
    """What this turn understood of the customer's words, before any workflow moves."""

    text: str
    report: InputReport
    context: Context
    filled: dict[str, SlotValue]
    answer: IntentAnswer
    triage: TriageResult
    repair: Repair | None
    fills_slot: bool


def think(t: Thinking) -> Draft:
    """From the customer's words to a draft: what to say, where the run stands, and whether a person takes over."""
    if not t.work.unanswered:
        return close(t)
    heard = listen(t)
    run = RunState.of(t.work.run)
    desk = Desk(t.work, t.kit, t.ports, heard.report.normalised, heard.context, dict(heard.filled), answer=heard.answer)
    desk.tainted, desk.earlier = heard.report.tainted, earlier(t.work)
    desk.sensitive = is_sensitive(t.kit, heard.answer)
    remember(t, heard)
    try:
        urgent = escalate(t, heard)
        if urgent is not None:
            return handing.hand_over(t, urgent.reason, queue=urgent.queue, desk=desk, heard=heard)
        return respond(t, heard, desk, run)
    except CapReachedError as cap:
        return handing.hand_over(t, str(cap), desk=desk, heard=heard)
    except words.BlockedError as blocked:
        t.ports.note("check", "blocked", {"violations": list(blocked.violations)})
        return handing.hand_over(t, "reply-blocked", heard=heard, desk=desk)


def listen(t: Thinking) -> Heard:
    """Steps 1 to 4: nothing here can reach a tool."""
    text = "\n".join(m["text"] for m in t.work.unanswered)
    masked = tuple(kind for m in t.work.unanswered for kind in m["extra"].get("masked", ()))
    report = input_guard.inspect(text, masked=masked, inherited_language="en", max_chars=20_000)
    t.ports.note("guard", "input", report.model_dump(mode="json", exclude={"normalised"}))
    run = RunState.of(t.work.run)
    context = Context(
        order_ids=t.kit.pack.order_ids,
        offered=tuple(run.value("offered") or ()) if run else (),
        today=t.work.now.date(),
        expecting=run.waits_for if run else None,
    )
    filled = fill(report.normalised, context)
    history = earlier(t.work)
    expecting = run.waits_for if run and run.workflow != "unknown" else None
    answer = IntentAnswer.model_validate_json(
        t.ports.call(
            "intent",
            [digest(report.normalised), digest(history), expecting],
            lambda: t.kit.classify(report.normalised, history, expecting).model_dump_json(),
            outside=False,
        )
    )
    seen = triage(report.normalised, history, answer, t.kit.taxonomy, filled)
    t.ports.note(
        "triage", answer.best or "unknown", {"intent": answer.model_dump(mode="json"), **seen.model_dump(mode="json")}
    )
    mending = repair.detect(
        report.normalised,
        expecting,
        answer,
        t.kit.taxonomy,
        running=run.intent(t.kit) if run else None,
        context=context,
        current=run.value("order_id") if run else None,
    )
    t.ports.note("repair", mending.kind.value if mending else "none", {"waits_for": expecting})
    fills = run is not None and expecting is not None and bool(wanted(t, run) & set(filled))
    return Heard(text, report, context, filled, answer, seen, mending, fills)


def wanted(t: Thinking, run: RunState) -> set[str]:
    """The slots that the waiting node asked for."""
    flow = t.kit.workflows.get(run.workflow)
    node = flow.by_name.get(run.node) if flow else None
    return set(node.writes) if node else set()


def escalate(t: Thinking, heard: Heard) -> Escalation | None:
    """Step 3, every turn, before anything else moves: the ordered list of escalation.py."""
    memory, seen = t.memory, heard.triage
    understood = heard.answer.best is not None and not heard.fills_slot
    inputs = EscalationInputs(
        agent_confidence=heard.answer.confidence if understood else None,
        turn_count=memory.issue_turns,
        customer_sentiment=seen.sentiment,
        intent_category=seen.intent_category,
        account_tier=t.work.customer["tier"],
        has_legal_language=seen.legal,
        retrieval_confidence=None,
        flags=Flags(
            wants_person=heard.repair is not None and heard.repair.kind is RepairKind.PERSON,
            security=seen.security,
            safety=seen.safety,
            loss=seen.loss,
            sentiment_intensity=seen.sentiment_intensity,
            sentiment_rising=seen.sentiment_rising,
            sensitive=is_sensitive(t.kit, heard.answer),
            may_clarify=memory.misses == 0,
            not_understood=memory.misses,
            conversation_turns=memory.open_turns,
        ),
    )
    found = escalation.decide(inputs, t.kit.limits)
    t.ports.note(
        "escalation",
        found.reason if found else "none",
        {"turn_count": memory.issue_turns, "queue": found.queue if found else None},
    )
    return found


def empty_desk(t: Thinking) -> Desk:
    """A desk for a handoff that comes before anything was understood."""
    return Desk(t.work, t.kit, t.ports, "", Context(), {}, answer=NOTHING)


def remember(t: Thinking, heard: Heard) -> None:
    """Counters for the next turns: a message that fills a slot is no unresolved turn (D3)."""
    understood = heard.answer.best is not None or heard.fills_slot or heard.repair is not None
    waiting = t.work.run is not None and t.work.run["workflow"] != "unknown"
    t.memory.hear(
        fills_slot=heard.fills_slot,
        understood=understood or waiting,  # inside a workflow its own question counts how often it was asked
        intensity=heard.triage.sentiment_intensity,
    )


def respond(t: Thinking, heard: Heard, desk: Desk, run: RunState | None) -> Draft:
    """Steps 4 to 7: repair or carry on, let the workflows move, find the words and check them."""
    if run is not None and run.is_outdated(t.kit):
        return handing.hand_over(t, "workflow-changed", heard=heard, desk=desk)
    reason = move(t, heard, desk, run)
    if reason is not None:
        return handing.hand_over(t, reason, heard=heard, desk=desk)
    t.draft.messages = words.compose(t, desk)
    return close(t, desk)


def move(t: Thinking, heard: Heard, desk: Desk, run: RunState | None) -> str | None:
    """Advance what has to move; a reason when it ends with a person."""
    mending = heard.repair
    if run is not None and mending is not None and mending.kind is RepairKind.CANCEL:
        run.end("dropped")
        t.draft.runs.append(run.row())
        desk.say("dropped.plain")
        t.memory.settle()
        return None
    if run is not None and mending is not None and mending.kind is RepairKind.CORRECT:
        return correct(t, desk, run, mending)
    if run is not None and run.workflow != "unknown" and (mending is None or heard.answer.best is None):
        return carry_on(t, desk, run)
    if run is not None and mending is not None and mending.kind is RepairKind.DIGRESS and run.workflow != "unknown":
        return digress(t, heard, desk, run)
    if run is not None:
        run.end("understood" if heard.answer.best else "not_understood")
        t.draft.runs.append(run.row())
    return begin_all(t, heard, desk)


def carry_on(t: Thinking, desk: Desk, run: RunState) -> str | None:
    """The open run goes on where it waited."""
    desk.slots = run.slots
    t.draft.workflow = run.workflow
    return settle(t, run, advance(desk, t.kit.workflows[run.workflow], run.node))


def correct(t: Thinking, desk: Desk, run: RunState, mending: Repair) -> str | None:
    """The customer takes something back: begin the same workflow again with what they say now."""
    old, new = run.value("order_id"), mending.slots.get("order_id")
    run.end("corrected")
    t.draft.runs.append(run.row())
    if new is not None:
        line = desk.say(
            "corrected" if old else "corrected.plain", new=str(new.value), **({"old": str(old)} if old else {})
        )
        line.facts += [new.value, old]
    desk.filled = {**desk.filled, **mending.slots}
    return begin(t, desk, run.workflow)


def digress(t: Thinking, heard: Heard, desk: Desk, run: RunState) -> str | None:
    """Another matter in between: when it is settled in one go, the open question comes back behind it."""
    open_slots, workflow = run.slots, workflow_of(t.kit, heard.answer.best)
    if workflow is None:
        return needs_person(t, desk, heard.answer.best)
    desk.slots = {}
    side = RunState.begin(workflow, t.kit, t.new_run_id())
    rest = advance(desk, t.kit.workflows[workflow])
    if not rest.done:
        run.end("left")
        t.draft.runs.append(run.row())
        side.slots = desk.slots
        return settle(t, side, rest)
    side.slots = desk.slots
    side.end("done")
    t.draft.runs.append(side.row())
    desk.slots, desk.filled = open_slots, {}
    return settle(t, run, advance(desk, t.kit.workflows[run.workflow], run.node))


def begin_all(t: Thinking, heard: Heard, desk: Desk) -> str | None:
    """Start what the customer wants: one matter, or two when the first is settled in one go."""
    if not heard.answer.intents:
        return begin(t, desk, "unknown")
    for candidate in heard.answer.intents[:MOST_MATTERS]:
        workflow = workflow_of(t.kit, candidate.name)
        if workflow is None:
            return needs_person(t, desk, candidate.name)
        reason = begin(t, desk, workflow)
        if reason is not None or t.draft.runs[-1]["active"]:
            return reason
        desk.slots = {}
    return None


def begin(t: Thinking, desk: Desk, workflow: str) -> str | None:
    desk.slots = {}
    t.draft.workflow = workflow
    run = RunState.begin(workflow, t.kit, t.new_run_id())
    rest = advance(desk, t.kit.workflows[workflow])
    run.slots = desk.slots
    return settle(t, run, rest)


def settle(t: Thinking, run: RunState, rest: Rest) -> str | None:
    """Write down where a run came to rest; return the reason when that is a handoff."""
    run.rest(rest)
    t.draft.runs.append(run.row())
    if rest.done and run.workflow != "small_talk":
        t.memory.settle()
    return rest.reason


def needs_person(t: Thinking, desk: Desk, intent: str | None) -> str:
    """Understood, but carried out by a person: the slots that were named go along."""
    desk.hear("order_id", "reason", "item", "email")
    t.draft.workflow = "handoff"
    return f"needs-person:{intent}"


def workflow_of(kit: Kit, intent: str | None) -> str | None:
    """The workflow of an intent; None when a person carries it out, or the company lacks what it needs."""
    if intent is None or intent not in kit.taxonomy:
        return None
    name = kit.taxonomy[intent].workflow
    if name == HANDED_OVER or name not in kit.workflows:
        return None
    needed = {tool for node in kit.workflows[name].nodes for tool in node.tools}
    return None if needed & kit.pack.absent() else name


def is_sensitive(kit: Kit, answer: IntentAnswer) -> bool:
    return any(kit.taxonomy[c.name].sensitive for c in answer.intents if c.name in kit.taxonomy)


def earlier(work: Work) -> list[str]:
    """The customer's earlier messages in the window, oldest first."""
    fresh = {m["seq"] for m in work.unanswered}
    return [m["text"] for m in work.messages if m["author"] == "customer" and m["seq"] not in fresh]


def close(t: Thinking, desk: Desk | None = None) -> Draft:
    """Fill in what every draft carries: memory, figures, and the record that replays it."""
    draft, work = t.draft, t.work
    t.memory.heard = max(work.heard, t.memory.heard)
    draft.state = t.memory.write()
    if desk is not None and not desk.own_ids <= set(work.customer["own_ids"]):
        draft.own_ids = sorted(desk.own_ids | set(work.customer["own_ids"]))[-200:]
    draft.figures = {
        "steps": len(t.ports.steps),
        "tools": desk.tool_calls if desk else [],
        "escalated": draft.handoff is not None,
        "output_tokens": 0,
        "cost_micros": 0,
        "latency_ms": 0,
    }
    draft.record = {
        "v": 1,
        "now": work.now.isoformat(),
        "window": [work.messages[0]["seq"], work.messages[-1]["seq"]] if work.messages else [],
        "state": work.state,
        "run": work.run,
        "customer": work.customer,
        "drops": work.drops,
        "tries": work.tries,
        "words": [m["text"] for m in draft.messages],
        "runs": draft.runs,
        "handoff": draft.handoff,
    }
    return draft


__all__ = ["Heard", "Sentiment", "Thinking", "think"]
