"""The door for customers who are identified, on every channel: malformed first, too much second, then in.

A visitor's row is made here, with their first words: neither a token nor a look costs one.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from . import inbox, limits
from .channels.base import Adapter
from .identity import Known, Visitor, customer


@dataclass(frozen=True)
class Posted:
    """A stored message and whose it is."""

    stored: inbox.Received
    customer_id: int


def post(
    who: Visitor | Known, house: str | None, adapter: Adapter, payload: dict[str, Any], conversation: uuid.UUID | None
) -> Posted:
    """Store one message. BadMessageError, TooMuchError or UnknownConversationError say in a sentence why not."""
    adapter.adapt(payload, 0, conversation)
    limits.MESSAGES.take(who.key)
    limits.HOUSE_MESSAGES.take(house)
    customer_id = customer(who)
    return Posted(inbox.receive(adapter.adapt(payload, customer_id, conversation)), customer_id)
