"""Handing over: the words for the customer and the packet for the operator, made from rows, in the turn's statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import packet, words
from .desk import Desk
from .finish import Draft

if TYPE_CHECKING:
    from .turn import Heard, Thinking

# reason (up to the first colon) → the voice's line that comes before the place in the queue
OPENINGS: Final[dict[str, str]] = {
    "customer-asked-for-person": "handoff.asked",
    "not-understood": "unclear.second",
    "legal-language-detected": "legal",
    "account-security-concern": "security",
    "safety-concern": "safety",
    "personal-loss": "loss",
    "needs-person": "handoff.needs_person",
}
USUAL: Final = "handoff.queue"


def hand_over(
    t: Thinking,
    reason: str,
    *,
    queue: str | None = None,
    desk: Desk | None = None,
    heard: Heard | None = None,
    quiet: bool = False,
) -> Draft:
    """The draft of a handoff. The customer is told in the same statement that moves the conversation (law 7)."""
    from .turn import close

    chosen = queue or queue_for(t)
    t.ports.note("handoff", reason, {"queue": chosen})
    desk = desk or empty_desk(t)
    desk.lines = [] if quiet or reason.startswith(tuple(OPENINGS)) else [x for x in desk.lines if x.key == "corrected"]
    facts = queue_facts(t, chosen)
    desk.facts.append(facts)
    desk.say(OPENINGS.get(reason.split(":")[0], USUAL), **slots(t, chosen, facts))
    try:
        t.draft.messages = words.compose(t, desk)
    except words.BlockedError:
        t.draft.messages = [{"text": t.kit.policy.fallback, "extra": {}}]
    t.draft.handoff = {"queue": chosen, "reason": reason, "packet": packet.make(t, desk, heard, reason)}
    return close(t, desk)
