"""One turn's thinking: guard, triage, escalation, repair, workflow, words, check. Pure but for its ports."""

from __future__ import annotations

import copy
import uuid
from dataclasses import dataclass, field, replace
from typing import Final

from django.conf import settings

from agents import escalation, steering
from agents.escalation import Escalation, EscalationInputs, Flags
from agents.grammar import Context
from agents.intents.taxonomy import PERSON, SMALL_TALK, Urgency
from agents.llm.shapes import Account
from agents.triage import FLAGS, Sentiment
from conversations import pauses
from conversations.pauses import Paused

from . import early, handing, parked, vip, waiting, words
from .able import is_sensitive, workflow_of
from .caps import CapReachedError
from .claim import Work
from .desk import Desk
from .disputes import disputed_cents
from .finish import Draft
from .hearing import NOTHING, UNKNOWN, Heard, earlier, listen
from .kits import Kit
from .matters import begin_all, move
from .memory import Memory
from .ports import Ports
from .repair import RepairKind
from .runs import RunState
from .wants import matters_of

ASKED_FOR_PERSON: Final = "customer-asked-for-person"
FRUSTRATED: Final = 2  # of 3


@dataclass
class Thinking:
    """A turn's inputs and what it has found out so far."""

    work: Work
    kit: Kit
    ports: Ports
    memory: Memory = field(init=False)
    draft: Draft = field(default_factory=Draft)
    runs_begun: int = 0
    gets_on: bool = False  # the message fills a slot: the matter moves, and nothing counts against it (D3)
    unheard: bool = False  # their words are looked at, and stay unheard all the same (waiting.py)

    def __post_init__(self) -> None:
        brain = self.kit.brain.at(Account(self.work.conversation, self.work.turn))
        critics = (*self.kit.critics, *brain.critics())
        self.kit = replace(self.kit, paused=Paused.of(self.work.pauses), brain=brain, critics=critics)
        self.memory = Memory.read(copy.deepcopy(self.work.state))
        if any(m["author"] in ("operator", "system") and m["seq"] > self.memory.heard for m in self.work.messages):
            self.memory.settle()  # a person had it meanwhile: what they left is a new matter
        self.draft.must_say = self.work.drops >= settings.HANDRAIL["max_drops"]

    def new_run_id(self) -> uuid.UUID:
        """Ids come from the turn's own id, so that a replay makes the same ones."""
        self.runs_begun += 1
        return uuid.uuid5(self.work.turn, f"run {self.runs_begun}")


def think(t: Thinking) -> Draft:
    """From the customer's words to a draft: what to say, where the run stands, and whether a person takes over."""
    if t.work.in_line:
        return waiting.answer(t)
    if t.kit.paused.everything:
        return handing.hand_over(t, pauses.REASON)
    if not t.work.unanswered:
        return tell(t)
    heard = listen(t)
    run = RunState.of(t.work.run)
    desk = desk_for(t, heard)
    remember(t, heard)
    try:
        urgent = escalate(t, heard)
        if urgent is not None:
            answer_the_rest(t, heard, desk, urgent)
            return handing.hand_over(t, urgent.reason, queue=urgent.queue, desk=desk, heard=heard)
        if not heard.is_read:
            return handing.hand_over(t, "triage-malformed", desk=desk, heard=heard)
        if heard.foreign is not None:
            return handing.hand_over(t, f"language:{heard.foreign}", desk=desk, heard=heard)
        early.allow(t, heard, desk)
        return respond(t, heard, desk, run)
    except CapReachedError as cap:
        return handing.hand_over(t, str(cap), desk=desk, heard=heard)
    except words.BlockedError as blocked:
        t.ports.note("check", "blocked", {"violations": list(blocked.violations)})
        return handing.hand_over(t, "reply-blocked", heard=heard, desk=desk)


def tell(t: Thinking) -> Draft:
    """Nothing new was said: what has been decided or done meanwhile is told."""
    desk = empty_desk(t)
    try:
        reason = parked.take_up(t, desk)
        if reason is not None:
            return handing.hand_over(t, reason, desk=desk)
        t.draft.messages = words.compose(t, desk)
        return close(t, desk)
    except CapReachedError as cap:
        return handing.hand_over(t, str(cap), desk=desk)
    except words.BlockedError as blocked:
        t.ports.note("check", "blocked", {"violations": list(blocked.violations)})
        return handing.hand_over(t, "reply-blocked", desk=desk)


def desk_for(t: Thinking, heard: Heard) -> Desk:
    desk = Desk(t.work, t.kit, t.ports, heard.text, heard.context, dict(heard.filled), answer=heard.answer)
    desk.tainted, desk.earlier, desk.focus = heard.report.tainted, earlier(t.work), t.memory.focus
    desk.steered = steering.CARE in t.memory.cares
    desk.sensitive = any(is_sensitive(t.kit, candidate.name) for candidate in heard.answer.intents)
    seen = heard.triage
    desk.in_a_hurry = seen.sentiment_intensity >= FRUSTRATED or seen.urgency is Urgency.CRITICAL
    return desk


def empty_desk(t: Thinking) -> Desk:
    """A desk for a handoff that comes before anything was understood."""
    return Desk(t.work, t.kit, t.ports, "", Context(), {}, answer=NOTHING)


def escalate(t: Thinking, heard: Heard) -> Escalation | None:
    """Step 3, every turn, before anything else moves: the ordered list of escalation.py."""
    memory, seen = t.memory, heard.triage
    is_scored = heard.answer.best is not None and heard.picked is None and not heard.fills_slot
    is_scored = is_scored and not t.work.is_answer  # meant for a colleague, and theirs to understand
    inputs = EscalationInputs(
        agent_confidence=heard.answer.confidence if is_scored else None,
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
            **{name: getattr(seen, name) for name in FLAGS},
            vip=memory.vip or vip.of_tier(t.kit.policy.triggers.vip, t.work.customer["tier"]),
            sentiment_intensity=seen.sentiment_intensity,
            sentiment_rising=seen.sentiment_rising,
            sensitive=any(is_sensitive(t.kit, candidate.name) for candidate in heard.answer.intents),
            may_clarify=memory.misses == 0,
            not_understood=memory.misses,
            conversation_turns=memory.open_turns,
            history_entries=memory.entries + len(t.work.unanswered),
            disputed_cents=disputed_cents(heard.text, heard.answer),
        ),
    )
    found = escalation.decide(inputs, t.kit.limits)
    t.ports.note(
        "escalation",
        found.reason if found else "none",
        {"turn_count": memory.issue_turns, "queue": found.queue if found else None},
    )
    return found


def remember(t: Thinking, heard: Heard) -> None:
    """Counters for the next turns: a message that fills a slot is no unresolved turn (D3), and neither is a chat."""
    is_open = (t.work.run is not None and t.work.run["workflow"] != UNKNOWN) or t.work.is_answer
    t.memory.hear(
        counts=not (heard.fills_slot or heard.is_small_talk or heard.answer.outside or t.work.is_answer),
        understood=heard.is_understood or is_open,  # inside a workflow its own question counts how often it was asked
        intensity=heard.triage.sentiment_intensity,
    )
    t.gets_on = heard.fills_slot
    t.memory.language = heard.report.language
    t.memory.cares = list(dict.fromkeys([*t.memory.cares, *heard.cares]))


def answer_the_rest(t: Thinking, heard: Heard, desk: Desk, urgent: Escalation) -> None:
    """Somebody who wants a person and also asked something gets the answer on the way; nothing is asked back."""
    if urgent.reason != ASKED_FOR_PERSON or t.work.run is not None:
        return
    others = [matter for matter in matters_of(t, heard) if matter.intent not in (PERSON, SMALL_TALK, UNKNOWN)]
    answerable = [matter for matter in others if workflow_of(t.kit, matter.intent) is not None]
    if answerable:
        begin_all(t, desk, answerable)


def respond(t: Thinking, heard: Heard, desk: Desk, run: RunState | None) -> Draft:
    """Steps 4 to 7: repair or carry on, let the workflows move, find the words and check them."""
    if run is not None and run.is_outdated(t.kit):
        return handing.hand_over(t, "workflow-changed", heard=heard, desk=desk)
    reason = parked.take_up(t, desk)
    if reason is None:
        parked.restore(t, heard, desk)
        reason = move(t, heard, desk, run)
    if vip.by_amount(t.kit.policy.triggers.vip, t.ports.steps):
        t.memory.vip = True
        reason = reason or (None if desk.wrote else vip.REASON)
    if reason is not None:
        return handing.hand_over(t, reason, heard=heard, desk=desk)
    t.draft.messages = words.compose(t, desk, mood=heard.triage.sentiment_intensity)
    return close(t, desk)


def close(t: Thinking, desk: Desk | None = None) -> Draft:
    """Fill in what every draft carries: memory, figures, and the record that replays it."""
    draft, work = t.draft, t.work
    t.memory.heard = t.memory.heard if t.unheard else max(work.heard, t.memory.heard)
    if desk is not None and desk.got_on:
        t.memory.gets_on()
    elif not t.gets_on:
        t.memory.answer(len(work.unanswered) + len(draft.messages) + len(desk.tool_calls if desk else ()))
    draft.state = t.memory.write()
    if desk is not None:
        draft.told = list(dict.fromkeys(desk.told))
        draft.gaps, draft.checks = desk.gaps, desk.checks
        draft.must_say = draft.must_say or desk.wrote
    if desk is not None and not desk.own_ids <= set(work.customer["own_ids"]):
        draft.own_ids = sorted(desk.own_ids | set(work.customer["own_ids"]))[-200:]
    draft.figures = {
        "steps": len(t.ports.steps),
        "tools": desk.tool_calls if desk else [],
        "approval_required": bool(desk and desk.approval.get("required")),
        "approval_granted": bool(desk and desk.approval.get("granted")),
        "escalated": draft.handoff is not None,
        "violations": words.violations(t),
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
        "parked": work.parked,
        "customer": work.customer,
        "drops": work.drops,
        "tries": work.tries,
        "allowed": work.allowed,
        "pauses": work.pauses,
        "status": work.status,
        "words": [m["text"] for m in draft.messages],
        "runs": draft.runs,
        "handoff": draft.handoff,
    }
    return draft


__all__ = ["Heard", "Sentiment", "Thinking", "think"]
