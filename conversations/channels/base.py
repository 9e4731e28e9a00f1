"""The adapter interface: whatever the channel, the same words become the same InboundMessage (S0-05)."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Any, Protocol

from django.conf import settings


class BadMessageError(ValueError):
    """The message can't be taken; the text says why and what to do, and nothing was stored."""


# Nobody means a hundred blanks, and whatever reads the text afterwards would look for words in all of them.
BLANKS = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]{9,}")


@dataclass(frozen=True)
class InboundMessage:
    """One message as every channel delivers it. `conversation` is None when it opens a new one."""

    channel: str
    customer_id: int
    conversation: uuid.UUID | None
    client_id: str
    text: str


class Adapter(Protocol):
    """Turns one channel's payload into an InboundMessage, or raises BadMessageError."""

    name: str

    def adapt(self, payload: dict[str, Any], customer_id: int, conversation: uuid.UUID | None) -> InboundMessage: ...


def build(channel: str, customer_id: int, conversation: uuid.UUID | None, client_id: Any, text: Any) -> InboundMessage:
    """What all adapters share: the checks and the clean-up of what a customer sent."""
    if not isinstance(client_id, str) or not re.fullmatch(r"[\w.@<>+=:/-]{1,80}", client_id):
        raise BadMessageError("A message needs a client_id of 1 to 80 letters, digits or dashes.")
    if not isinstance(text, str):
        raise BadMessageError("A message needs its text.")
    return InboundMessage(channel, customer_id, conversation, client_id, clean(text))


def clean(text: str) -> str:
    """One form for line ends and white space; characters that no database keeps are left out."""
    text = re.sub(r"\r\n?", "\n", text).replace("\x00", "")
    text = text.encode("utf-8", "ignore").decode().strip()
    text = BLANKS.sub(lambda run: "\n\n" if "\n" in run[0] else " ", text)
    if not text:
        raise BadMessageError("The message is empty. Write a few words.")
    limit = settings.HANDRAIL["max_message_chars"]
    if len(text) > limit:
        raise BadMessageError(f"The message has {len(text)} characters; {limit} fit. Send it in parts.")
    return text
