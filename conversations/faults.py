"""Fault points: named places where a test may make the process raise, wait or die; nothing happens otherwise."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Final

POINTS: Final = frozenset(
    {
        "inbox.before_store",
        "inbox.after_store",
        "turn.after_claim",
        "turn.before_outside_call",
        "turn.after_outside_call",
        "turn.after_journal",
        "turn.before_finish",
        "turn.after_finish",
        "turn.before_push",
        "write.after_propose",
        "write.after_review",
        "write.before_clear",
        "write.after_clear",
        "write.before_send",
        "write.after_send",
        "write.after_settle",
        "approval.before_decide",
        "approval.after_decide",
    }
)


class CrashError(BaseException):
    """An in-process crash: passes every `except Exception`, like a killed process would."""


Handler = Callable[[str], None]
_handler: Handler | None = None
reached: set[str] = set()


def failpoint(name: str) -> None:
    """Mark a place where a crash must be survivable. Costs one comparison when nobody listens."""
    if _handler is not None:
        reached.add(name)
        _handler(name)


def install(handler: Handler | None) -> None:
    """Set, or with None remove, what happens at fault points (tests and the chaos run only)."""
    global _handler
    _handler = handler


def crash_at(point: str, times: int = 1) -> Handler:
    """A handler that raises `CrashError` at `point`, `times` times."""
    if point not in POINTS:
        raise ValueError(f"{point!r} is no fault point")
    left = [times]

    def handler(name: str) -> None:
        if name == point and left[0] > 0:
            left[0] -= 1
            raise CrashError(point)

    return handler


def from_environment() -> None:
    """HANDRAIL_FAULT=<point> kills this process the first time it gets there; refused outside tests and chaos runs."""
    point = os.environ.get("HANDRAIL_FAULT")
    if not point:
        return
    if os.environ.get("HANDRAIL_TESTING") != "1" or point not in POINTS:
        raise ValueError("HANDRAIL_FAULT takes a fault point and needs HANDRAIL_TESTING=1")

    def die(name: str) -> None:
        if name == point:
            os.kill(os.getpid(), signal.SIGKILL)

    install(die)
