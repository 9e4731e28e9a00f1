"""One question to a provider, in a thread of its own: whatever hangs there, the caller's time ends when it ends."""

from __future__ import annotations

import contextvars
import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from queue import Empty, SimpleQueue
from typing import Final

from .provider import Answer, OnText
from .providers import Named
from .shapes import Kind, ModelError, Request

THREADS: Final = 64  # 32 turns in a process, and as many that were left behind and have not noticed yet


class _LeftError(Exception):
    """Nobody waits for this answer any more."""


class _LateError(Exception):
    """The time is over."""


def attempt(whom: Named, request: Request, deadline: float, on_text: OnText | None) -> Answer:
    """The answer, or ModelError. `on_text` is called in this thread."""
    pieces: SimpleQueue[str | None] = SimpleQueue()
    left: list[bool] = []

    def hear(piece: str) -> None:
        if left:
            raise _LeftError
        pieces.put(piece)

    def work() -> Answer:
        try:
            return whom.provider.ask(request, whom.model, deadline, hear if on_text else None)
        finally:
            pieces.put(None)

    future = _threads().submit(contextvars.copy_context().run, work)
    try:
        _listen(pieces, deadline, on_text)
        return _result(future)
    except _LateError:
        raise ModelError(Kind.TIMEOUT, unknown=not future.cancel()) from None
    finally:
        left.append(True)
        future.cancel()


def _listen(pieces: SimpleQueue[str | None], deadline: float, on_text: OnText | None) -> None:
    """Hand the pieces on until the last has come."""
    while True:
        try:
            piece = pieces.get(timeout=max(deadline - time.monotonic(), 0.001))
        except Empty:
            raise _LateError from None
        if piece is None:
            return
        if on_text is not None:
            on_text(piece)


def _result(future: Future[Answer]) -> Answer:
    try:
        return future.result(timeout=1)
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(Kind.MALFORMED, type(error).__name__, unknown=True) from error


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="models")
