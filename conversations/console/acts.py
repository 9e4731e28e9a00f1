"""What an operator may do to a conversation. The button, the key and the POST ask the same predicate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django_fsm import can_proceed

from .. import lifecycle
from ..lifecycle import display_name
from ..models import Conversation


@dataclass(frozen=True)
class Act:
    """`why_not` says in a sentence why it can't be done now; empty means that it can.

    What `ends` the conversation is told how far the operator has read, so that nobody's last words are lost in it.
    """

    name: str
    label: str
    icon: str
    key: str
    why_not: Callable[[Conversation, Any], str]
    do: Callable[..., Conversation]
    ends: bool = False


def held_by_other(conversation: Conversation, user: Any) -> str:
    holder = conversation.operator
    if holder is None or holder.pk == user.pk:
        return ""
    return f"{display_name(holder)} has this conversation."


def not_mine(conversation: Conversation, user: Any) -> str:
    if conversation.operator_id == user.pk:
        return ""
    return held_by_other(conversation, user) or "Take the conversation over first."


def no_take_over(conversation: Conversation, user: Any) -> str:
    if conversation.operator_id == user.pk:
        return "You already have this conversation."
    return held_by_other(conversation, user) or _move(conversation, "take_over")


def no_resolve(conversation: Conversation, user: Any) -> str:
    return held_by_other(conversation, user) or _move(conversation, "resolve")


def _move(conversation: Conversation, verb: str) -> str:
    allowed = can_proceed(getattr(conversation, verb))
    return "" if allowed else f"This can't be done: the conversation is {conversation.get_status_display().lower()}."


ACTS: Final = {
    act.name: act
    for act in (
        Act("take_over", "Take over", "hand", "T", no_take_over, lifecycle.take_over),
        Act("give_back", "Give back to the agent", "back", "G", not_mine, lifecycle.give_back),
        Act("requeue", "Ask a colleague", "person", "U", not_mine, lifecycle.requeue),
        Act("resolve", "Resolve", "check", "E", no_resolve, lifecycle.resolve, ends=True),
    )
}


def possible(conversation: Conversation, user: Any) -> list[Act]:
    return [act for act in ACTS.values() if not act.why_not(conversation, user)]


def reply_hint(conversation: Conversation, user: Any) -> str:
    """Why a reply can't be sent now; empty when it can."""
    return not_mine(conversation, user)
