"""The REST API's bodies: {client_id, text}, and nothing else."""

from __future__ import annotations

import uuid
from typing import Any

from .base import BadMessageError, InboundMessage, build

LONGEST_NAMES = 200  # of a stranger's words in our sentence

name = "api"


def adapt(payload: dict[str, Any], customer_id: int, conversation: uuid.UUID | None) -> InboundMessage:
    extra = sorted(ascii(key)[1:-1] for key in set(payload) - {"client_id", "text", "conversation"})
    if extra:
        named = ", ".join(extra)[:LONGEST_NAMES]
        raise BadMessageError(f"Unknown field {named}. Send client_id, text and conversation.")
    return build(name, customer_id, conversation, payload.get("client_id"), payload.get("text"))
