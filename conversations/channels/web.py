"""The widget's frames: {client_id, text}."""

from __future__ import annotations

import uuid
from typing import Any

from .base import InboundMessage, build

name = "web"


def adapt(payload: dict[str, Any], customer_id: int, conversation: uuid.UUID | None) -> InboundMessage:
    return build(name, customer_id, conversation, payload.get("client_id"), payload.get("text"))
