"""Handing over: the words for the customer and the packet for the operator, made from rows, in the turn's statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from agents import voice
from agents.voice import wording
from conversations import codes, pauses
from conversations import queue as waiting_line

from . import packet, waiting, words
from .desk import Desk, Line
from .escalation import ENTERPRISE_QUEUE
from .finish import Draft
from .hearing import ENGLISH
from .runs import RunState
from .triage import STANDARD_QUEUE

if TYPE_CHECKING:
    from .turn import Heard, Thinking

# reason (up to its colon) → the voice's line; the others say that a person should look at it
LINES: Final[dict[str, str]] = {
    "customer-asked-for-person": "handoff.asked",
    "not-understood": "unclear.second",
    "legal-language-detected": "legal",
    "account-security-concern": "security",
    "safety-concern": "safety",
    "personal-loss": "loss",
    "self-harm": "self_harm",
    "minor-involved": "minor",
    "sensitive-personal-data": "private_data",
    "conflict-or-ethics": "conflict",
    "medical-advice": "medical",
    "legal-advice": "law",
    "vip-threshold": "vip",
    "needs-person": "later",
    "identity-not-proven": "refund.handoff",
    "refund-by-person": "refund.handoff",
    "refund-to-trace": "refund.handoff.trace",
    "refund-exception": "refund.handoff",
    "refund-stale": "refund.handoff",
    "refund-refused": "refund.handoff.refused",
    "refund-unverified": "refund.handoff.unclear",
    "refund-unknown": "refund.handoff.unclear",
    "approval-expired": "refund.handoff.expired",
    "write-exception": "write.handoff",
    "write-stale": "write.handoff",
    "write-refused": "write.handoff",
    "write-unknown": "write.handoff",
    "write-unverified": "write.handoff",
    "authority-level": "write.handoff",
    "critic-timeout": "refund.handoff",
    "critic-error": "refund.handoff",
    "critic-malformed": "refund.handoff",
    "critic-unsure": "refund.handoff",
    "critic-rejected": "refund.handoff",
    "critic-missing": "refund.handoff",
    "tool-failed": "lookup_failed",
    "reply-blocked": "blocked",
    "turn-too-slow": "hopeless",
    "delivery-problem": "handoff.queue",
    "stale-knowledge": "handoff.queue",
    "no-reliable-answer": "handoff.queue",
    "answer-not-helpful": "handoff.queue",
    "language": "language",
    pauses.REASON: "paused",
}
OTHERWISE: Final = "escalated"
# Why no code can prove who writes → the line
UNPROVEN: Final = "identity-not-proven"
SHUT: Final = {codes.LOCKED: "verify.locked", codes.TOO_MANY: "verify.locked"}
HANDED: Final = "handed over"
# These say the place in the line themselves.
WITH_PLACE: Final = frozenset({"handoff.asked", "handoff.known", "handoff.queue"})

Slots = dict[str, Any]


def hand_over(
    t: Thinking, reason: str, *, queue: str | None = None, desk: Desk | None = None, heard: Heard | None = None
) -> Draft:
    """The draft of a handoff. The customer is told in the same statement that moves the conversation (law 7)."""
    from .turn import empty_desk

    if t.work.in_line:
        return waiting.silence(t)
    end_open_runs(t)
    chosen = queue or queue_for(t, reason)
    t.ports.note("handoff", reason, {"queue": chosen})
    desk = desk or empty_desk(t)
    blocked = reason == "reply-blocked"
    desk.lines = [] if blocked else settled(desk.lines)
    place = place_in(t, chosen)
    desk.facts.append(place)
    key, slots = line_for(t, reason, desk, place)
    desk.say(key, **slots)
    return _passed_on(t, desk, heard, reason, chosen)


def move_up(t: Thinking, heard: Heard, reason: str, queue: str, line: str = "") -> Draft:
    """Handed over already, and there is more to know: another packet, in the queue of the reason. `line`: what is said
    once where the reason stays as it was."""
    from .turn import empty_desk

    t.ports.note("handoff", reason, {"queue": queue})
    desk, place = empty_desk(t), place_in(t, queue)
    desk.facts.append(place)
    key, slots = (line, place) if line else line_for(t, reason, desk, place)
    if not (line and t.memory.said.get(line)):
        desk.say(key, **slots)
    return _passed_on(t, desk, heard, reason, queue)


def _passed_on(t: Thinking, desk: Desk, heard: Heard | None, reason: str, queue: str) -> Draft:
    """The words, or the fixed ones where those may not be said, and the packet."""
    from .turn import close

    try:
        t.draft.messages = words.compose(t, desk)
    except words.BlockedError:
        t.draft.messages = [{"text": t.kit.policy.fallback, "extra": {}}]
    t.draft.handoff = {"queue": queue, "reason": reason, "packet": packet.make(t, desk, heard, reason)}
    return close(t, desk)


def settled(lines: list[Line]) -> list[Line]:
    """What was worked out is said before the handoff; a question that the person takes over is not asked."""
    kept = [line.otherwise if line.asks else line for line in lines if line.key != "second_matter"]
    return [line for line in kept if line is not None]


def end_open_runs(t: Thinking) -> None:
    """A person has all of it now: nothing waits for the customer's answer to the agent, also when it is given back."""
    for row in t.draft.runs:
        if row["active"] or row["waits_for"]:
            row.update(active=False, waits_for=None, outcome=HANDED)
    for held in (t.work.run, *(one["run"] for one in t.work.parked)):
        run = RunState.of(held)
        if run is not None and run.id not in {row["id"] for row in t.draft.runs}:
            run.end(HANDED)
            t.draft.runs.append(run.row())


def queue_for(t: Thinking, reason: str) -> str:
    """The policy's own queue for a reason, else the intent's; S1-45: an enterprise customer never waits in the queue of
    everybody."""
    if reason in t.kit.limits.queues:
        return t.kit.limits.queues[reason]
    intent = t.kit.taxonomy.get(reason.partition(":")[2])
    if intent is not None and intent.queue in t.kit.policy.queues:
        return intent.queue
    return ENTERPRISE_QUEUE if t.work.customer["tier"] == "enterprise" else STANDARD_QUEUE


def place_in(t: Thinking, queue: str) -> Slots:
    """What may be said about the waiting: read once, recorded, and the receipt for its figures."""
    found: Slots = t.ports.call(
        "queue",
        [queue],
        lambda: {"n": number_in(t, queue), "minutes": waiting_line.usual_wait()},
        outside=False,
    )
    team = t.kit.policy.queue(queue)
    slots: Slots = {"team": team.name, "n": str(found["n"])}
    opens = None if team.is_open(t.work.now) else team.opens_at(t.work.now)
    if opens is not None:
        return slots | {
            "open_day": wording.day(opens, opens),
            "open_time": wording.clock(opens, opens),
            "opens": opens.isoformat(),
        }
    if found["minutes"] is not None:
        slots["wait"] = wording.count(found["minutes"], "minute")
    return slots


def number_in(t: Thinking, queue: str) -> int:
    """Whoever waits already takes the time along."""
    held = waiting_line.place(t.work.conversation, queue) if t.work.in_line else None
    return held or waiting_line.next_place(queue)


def line_for(t: Thinking, reason: str, desk: Desk, place: Slots) -> tuple[str, Slots]:
    """The voice's key and slots for a handoff with this reason, as the queue is right now."""
    key = LINES.get(reason.split(":")[0], OTHERWISE)
    if reason == UNPROVEN and desk.get("shut"):
        key = SHUT.get(str(desk.get("shut")), "verify.by_person")
    if key == "handoff.asked" and is_known(t):
        key = "handoff.known"
    if t.memory.language != ENGLISH and (key in WITH_PLACE or key in ("unclear.second", OTHERWISE)):
        theirs = in_their_language(t, t.memory.language)
        if theirs != "language":  # a place in the line that they can't read helps nobody
            return theirs, place
    if key in WITH_PLACE:
        return with_place(t, key, place)
    slots = place | {"queue_sentence": queue_sentence(t, place)}
    if key == "self_harm":
        return (f"{key}.closed" if "open_day" in place else key), place
    if key == "language":
        return in_their_language(t, reason.split(":")[1]), slots
    if reason.startswith(f"{pauses.REASON}:"):
        return of_paused(t, reason, slots)
    if key.startswith("refund."):
        return with_order(desk, key, slots)
    return (key, slots) if key != "later" else later(t, reason, desk, slots)


def with_order(desk: Desk, key: str, slots: Slots) -> tuple[str, Slots]:
    """Which order it is about, where that is known."""
    order = desk.get("order_id")
    if order is None:
        return "escalated", slots
    desk.facts.append(order)
    return key, slots | {"order": order}


def is_known(t: Thinking) -> bool:
    """There is a matter to hand over already: nobody is asked what it is about."""
    return bool(t.memory.focus.get("intent") or t.memory.pending or packet.telling(t))


def in_their_language(t: Thinking, language: str) -> str:
    """The line in the customer's own language, when there is one."""
    key = f"language.{language}"
    return key if key in voice.lines(t.kit.pack.voice).table else "language"


def with_place(t: Thinking, key: str, place: Slots) -> tuple[str, Slots]:
    if "open_day" in place and key == "handoff.queue":
        return "handoff.closed", place
    return f"{key}{suffix(place)}", place


def queue_sentence(t: Thinking, place: Slots) -> str:
    key = "queue.closed" if "open_day" in place else f"queue.open{suffix(place)}"
    return voice.say(key, place, conversation=str(t.work.public_id), count=t.memory.count(key), pack=t.kit.pack.voice)


def suffix(place: Slots) -> str:
    return ".closed" if "open_day" in place else "" if "wait" in place else ".no_wait"


def of_paused(t: Thinking, reason: str, slots: Slots) -> tuple[str, Slots]:
    """Only this matter is paused: it is named, so that nobody thinks the others are."""
    intent = t.kit.taxonomy.get(reason.split(":")[1])
    return ("paused.matter", slots | {"request": intent.title}) if intent is not None else ("paused.write", slots)


def later(t: Thinking, reason: str, desk: Desk, slots: Slots) -> tuple[str, Slots]:
    """Understood, and a colleague does it: with the order and the reason when they were named."""
    wanted = [name for name in desk.get("wants") or () if name in t.kit.taxonomy] or [reason.split(":")[1]]
    title = wording.listing([t.kit.taxonomy[name].title for name in wanted])
    slots = slots | {"request": title, "request_title": title[:1].upper() + title[1:]}
    order, why = desk.get("order_id"), desk.get("reason")
    if order is None:
        return "later", slots
    desk.facts.append(order)  # repeated to whoever named it
    slots = slots | {"order": order}
    return ("later.order", slots) if why is None else ("later.order_reason", slots | {"reason": said_why(t, why)})


def said_why(t: Thinking, code: str) -> str:
    """The reason as the end of a sentence."""
    return voice.say(f"reason.{code}", conversation=str(t.work.public_id), pack=t.kit.pack.voice)
