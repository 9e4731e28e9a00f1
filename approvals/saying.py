"""What an approver says to the customer from the desk: one line in the conversation, under their name.

Only while the agent has the conversation: where a person has it, what is to be said is theirs to say (law 6).
"""

from __future__ import annotations

from typing import Any, Final

from conversations import outbox
from conversations.channels.base import BadMessageError, clean
from conversations.lifecycle import display_name
from conversations.models import Conversation, Event, Message
from tools.models import ToolCall
from tools.writes import ACCOUNT

from .models import ApprovalRequest

MOST_CHARS: Final = 500
TOLD: Final = "told"  # the event of a no whose why the customer may read


def one_line(text: str) -> str:
    """As it is kept; raises BadMessageError when nothing is left of it or it is too long."""
    text = " ".join(clean(text).split())
    if len(text) > MOST_CHARS:
        raise BadMessageError(f"It has {len(text)} characters; {MOST_CHARS} fit.")
    return text


def why_not(talk: Conversation) -> str:
    """Why nothing can be said from the desk; empty when it can."""
    if talk.status == Conversation.Status.ACTIVE:
        return ""
    if talk.operator is not None:
        return f"{display_name(talk.operator)} has the conversation: what the customer should read belongs there."
    return "The agent doesn't have this conversation: take it over and write there."


def put(call: ToolCall, user: Any, verb: str, text: str) -> int:
    """In the caller's transaction, which has locked the conversation; the line's number."""
    line = f"{display_name(user)} {verb} {subject(call)}: {text}"
    return int(outbox.append(call.conversation_id, Message.Author.SYSTEM, line))


def told(request: ApprovalRequest) -> str:
    """What the customer read of the no, as long as the conversation holds it."""
    events = Event.objects.filter(stream=f"approvalrequest:{request.pk}", verb=TOLD)
    seq = next((data.get("seq") for data in events.values_list("data", flat=True)), None)
    line = Message.objects.filter(conversation_id=request.call.conversation_id, seq=seq).first() if seq else None
    return line.text if line is not None else ""


def subject(call: ToolCall) -> str:
    return "your account" if call.order_ref.startswith(ACCOUNT) else f"order {call.order_ref}"
