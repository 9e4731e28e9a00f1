"""Handing over: the words for the customer and the packet for the operator, made from rows, in the turn's statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from agents import voice
from agents.voice import wording
from conversations import queue as waiting_line

from . import packet, words
from .desk import Desk
from .escalation import ENTERPRISE_QUEUE
from .finish import Draft
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
    "needs-person": "later",
    "tool-failed": "lookup_failed",
    "reply-blocked": "blocked",
    "turn-too-slow": "hopeless",
    "delivery-problem": "handoff.queue",
    "stale-knowledge": "handoff.queue",
    "no-reliable-answer": "handoff.queue",
}
OTHERWISE: Final = "escalated"
WITH_PLACE: Final = frozenset({"handoff.asked", "handoff.queue"})  # these say the place in the line themselves
KEPT: Final = frozenset({"corrected", "quoted"})  # what was already worked out is said before the handoff

Slots = dict[str, Any]


def hand_over(
    t: Thinking, reason: str, *, queue: str | None = None, desk: Desk | None = None, heard: Heard | None = None
) -> Draft:
    """The draft of a handoff. The customer is told in the same statement that moves the conversation (law 7)."""
    from .turn import close, empty_desk

    chosen = queue or queue_for(t)
    t.ports.note("handoff", reason, {"queue": chosen})
    desk = desk or empty_desk(t)
    blocked = reason == "reply-blocked"
    desk.lines = [] if blocked else [line for line in desk.lines if line.key in KEPT]
    place = place_in(t, chosen)
    desk.facts.append(place)
    key, slots = line_for(t, reason, desk, place)
    desk.say(key, **slots)
    try:
        t.draft.messages = words.compose(t, desk)
    except words.BlockedError:
        t.draft.messages = [{"text": t.kit.policy.fallback, "extra": {}}]
    t.draft.handoff = {"queue": chosen, "reason": reason, "packet": packet.make(t, desk, heard, reason)}
    return close(t, desk)


def queue_for(t: Thinking) -> str:
    """S1-45: an enterprise customer never waits in the queue of everybody."""
    return ENTERPRISE_QUEUE if t.work.customer["tier"] == "enterprise" else STANDARD_QUEUE


def place_in(t: Thinking, queue: str) -> Slots:
    """What may be said about the waiting: read once, recorded, and the receipt for its figures."""
    found: Slots = t.ports.call(
        "queue",
        [queue],
        lambda: {"n": waiting_line.next_place(queue), "minutes": waiting_line.usual_wait()},
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


def line_for(t: Thinking, reason: str, desk: Desk, place: Slots) -> tuple[str, Slots]:
    """The voice's key and slots for a handoff with this reason, as the queue is right now."""
    key = LINES.get(reason.split(":")[0], OTHERWISE)
    if key in WITH_PLACE:
        return with_place(t, key, place)
    slots = place | {"queue_sentence": queue_sentence(t, place)}
    return (key, slots) if key != "later" else later(t, reason, desk, slots)


def with_place(t: Thinking, key: str, place: Slots) -> tuple[str, Slots]:
    address = t.work.customer["email"]
    if "open_day" in place and key == "handoff.queue":
        if not address:
            return "handoff.closed.no_email", place
        return "handoff.closed", place | {"masked_email": wording.masked_email(address)}
    return f"{key}{suffix(place)}", place


def queue_sentence(t: Thinking, place: Slots) -> str:
    key = "queue.closed" if "open_day" in place else f"queue.open{suffix(place)}"
    return voice.say(key, place, conversation=str(t.work.public_id), count=t.memory.count(key), pack=t.kit.pack.voice)


def suffix(place: Slots) -> str:
    return ".closed" if "open_day" in place else "" if "wait" in place else ".no_wait"


def later(t: Thinking, reason: str, desk: Desk, slots: Slots) -> tuple[str, Slots]:
    """Understood, and a colleague does it: with the order and the reason when they were named."""
    title = t.kit.taxonomy[reason.split(":")[1]].title
    slots = slots | {"request": title, "request_title": title[:1].upper() + title[1:]}
    order = desk.get("order_id")
    if order is None:
        return "later", slots
    desk.facts.append(order)  # repeated to whoever named it
    return "later.order", slots | {"order": order}
