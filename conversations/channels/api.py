"""The REST API's bodies: {client_id, text}, and nothing else."""

from __future__ import annotations

import uuid
from typing import Any

from .base import BadMessageError, InboundMessage, build

name = "api"


def adapt(payload: dict[str, Any], customer_id: int, conversation: uuid.UUID | None) -> InboundMessage:
    extra = sorted(set(payload) - {"client_id", "text", "conversation"})
    if extra:
        raise BadMessageError(f"Unknown field {', '.join(extra)}. Send client_id, text and conversation.")
    return build(name, customer_id, conversation, payload.get("client_id"), payload.get("text"))
