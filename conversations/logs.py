"""The closed log catalogue: every line is one of these events with exactly these fields, and no customer's text."""

from __future__ import annotations

from enum import Enum
from typing import Any

import structlog


class Log(Enum):
    """name = (level, allowed fields). Ids, codes, counts and durations only."""

    MESSAGE_RECEIVED = ("info", ("conversation", "seq", "channel", "masked"))
    MESSAGE_REPEATED = ("info", ("conversation", "seq", "channel"))
    TURN_FINISHED = ("info", ("conversation", "attempt", "outcome", "workflow", "steps", "ms"))
    TURN_DROPPED = ("info", ("conversation", "attempt", "why"))
    TURN_FENCED = ("warning", ("conversation", "attempt"))
    TURN_FAILED = ("error", ("conversation", "attempt", "error"))
    TURN_OVERDUE = ("warning", ("conversation", "attempt", "seconds"))
    HANDED_OFF = ("info", ("conversation", "queue", "reason"))
    SWEPT = ("info", ("conversations",))
    SWEEP_FAILED = ("error", ("error",))
    BELL_DROPPED = ("warning", ("bell", "error"))
    SOCKET_OPENED = ("info", ("conversation", "resumed"))
    SOCKET_CLOSED = ("info", ("code",))
    SIGN_IN_REFUSED = ("warning", ("limit", "seconds"))
    PROOF_LOCKED = ("warning", ("seconds",))
    POLL_FAILED = ("warning", ("error",))
    CRITIC_FAILED = ("warning", ("critic", "reason", "error", "ms"))
    WRITE_SETTLED = ("info", ("call", "status", "tries", "ms"))
    WRITE_DROPPED = ("info", ("call", "why"))
    WRITE_UNSURE = ("warning", ("call", "tries", "error"))
    DECIDED = ("info", ("request", "status", "votes"))
    TOOL_FAILED = ("warning", ("capability", "error", "ms"))
    BREAKER_MOVED = ("warning", ("capability", "state", "failures", "seconds"))
    MODEL_FAILED = ("warning", ("role", "model", "error", "detail", "ms"))
    MODEL_CAP_REACHED = ("warning", ("conversation", "role", "cap"))
    MODEL_PRICE_UNKNOWN = ("warning", ("provider", "model"))
    BREAKER_BLIND = ("warning", ("capability", "error"))


class UnknownFieldError(TypeError):
    """A log line carried a field that its catalogue entry doesn't name."""


def log(event: Log, **fields: Any) -> None:
    """Write one line. An undeclared field raises: text can't slip into a log by accident."""
    level, allowed = event.value
    extra = set(fields) - set(allowed)
    if extra:
        raise UnknownFieldError(f"{event.name} has no field {', '.join(sorted(extra))}")
    getattr(structlog.get_logger("handrail"), level)(event.name.lower(), **fields)
