"""What a role is told of the conversation (S2-03): eleven keys made from rows, and a recap when it has grown long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .claim import Work

WHOLE: Final = 20  # D23: so many entries are shown as they are
RECAPPED: Final = 10  # of a longer one, the first ones become points
POINT_WORDS: Final = 16
SPEAKERS: Final[Mapping[str, str]] = {"customer": "customer", "agent": "agent", "operator": "operator"}


@dataclass(frozen=True)
class ConversationState:
    """Exactly the keys of S2-03. `conversation_history`: role, content and timestamp of each message, oldest first."""

    customer_id: str
    conversation_id: str
    customer_name: str
    detected_intents: tuple[str, ...]
    account_info: Mapping[str, str]
    conversation_history: tuple[Mapping[str, str], ...]
    tools_executed: tuple[str, ...]
    escalation_pending: bool
    escalation_reason: str
    created_at: str
    last_updated: str


def state_of(work: Work, intents: Sequence[str] = (), tools: Iterable[str] = ()) -> ConversationState:
    """As a turn has claimed it. Times are those of the window's messages."""
    history = tuple(
        {"role": SPEAKERS[m["author"]], "content": str(m["text"]), "timestamp": str(m["at"])}
        for m in work.messages
        if m["author"] in SPEAKERS
    )
    who = work.customer
    return ConversationState(
        customer_id=str(who["ref"] or ""),
        conversation_id=str(work.public_id),
        customer_name=str(who["first_name"] or ""),
        detected_intents=tuple(intents),
        account_info={"tier": str(who["tier"] or "")},
        conversation_history=history,
        tools_executed=tuple(tools),
        escalation_pending=work.in_line,
        escalation_reason="",
        created_at=history[0]["timestamp"] if history else "",
        last_updated=history[-1]["timestamp"] if history else "",
    )


def shown(history: Sequence[Mapping[str, str]]) -> tuple[str, list[Mapping[str, str]]]:
    """A recap of the oldest messages ("" while there is none) and the rest as it is (S2-17, D23).

    It is for the eyes of a role alone: what is stored stays whole, and no Critic reads it.
    """
    if len(history) < WHOLE:
        return "", list(history)
    points = [f"- {entry['role']}: {clipped(entry['content'])}" for entry in history[:RECAPPED]]
    return "\n".join(points), list(history[RECAPPED:])


def clipped(text: str) -> str:
    said: list[Any] = text.split()
    return " ".join(said) if len(said) <= POINT_WORDS else " ".join(said[:POINT_WORDS]) + " …"
