"""Where a turn stops and a person takes over (law 7): caps of a turn, caps of a conversation, and going in circles."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from django.conf import settings

if TYPE_CHECKING:
    from .desk import Desk

# The handoff's reason → the product default that says how much.
CAPS: Final[dict[str, str]] = {
    "step-cap": "max_steps",
    "tool-call-cap": "max_tool_calls",
    "token-cap": "max_tokens",
    "cost-cap": "max_cost_micros",
    "turn-too-slow": "hopeless_turn_seconds",
    "conversation-step-cap": "max_conversation_steps",
    "conversation-tool-call-cap": "max_conversation_tool_calls",
    "conversation-token-cap": "max_conversation_tokens",
    "conversation-cost-cap": "max_conversation_cost_micros",
    "conversation-time-cap": "max_conversation_seconds",
}
LOOP: Final = "loop-detected"


class CapReachedError(Exception):
    """A cap is exhausted, or the turn goes in circles; the text is the handoff's reason."""


@dataclass
class Circles:
    """How often a turn has done the very same thing; `limit` is the product default that says how often it may."""

    seen: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, limit: str, what: str) -> None:
        self.seen[limit, what] += 1
        if self.seen[limit, what] > settings.HANDRAIL[limit]:
            raise CapReachedError(LOOP)


def before_step(desk: Desk) -> None:
    """One more node: is there a step left, in this turn and in what its claim reserved of the conversation's?"""
    taken, allowed = len(desk.ports.steps), desk.work.allowed
    if taken >= settings.HANDRAIL["max_steps"]:
        raise CapReachedError("step-cap")
    if taken >= allowed["steps"]:
        raise CapReachedError("conversation-step-cap")
    if allowed["seconds"] <= 0:
        raise CapReachedError("conversation-time-cap")


def before_calls(desk: Desk, more: int) -> None:
    """The same for so many more questions to a tool."""
    wanted = len(desk.tool_calls) + more
    if wanted > settings.HANDRAIL["max_tool_calls"]:
        raise CapReachedError("tool-call-cap")
    if wanted > desk.work.allowed["calls"]:
        raise CapReachedError("conversation-tool-call-cap")
