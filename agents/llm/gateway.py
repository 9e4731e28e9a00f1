"""The one door to models."""

from __future__ import annotations

import time

from .providers import OnText, named
from .shapes import Account, Reply, Request


def ask(request: Request, account: Account) -> Reply:
    """The answer, checked; ModelError for everything else. Never inside a transaction."""
    return _asked(request, account, None)


def stream(request: Request, account: Account, on_text: OnText) -> Reply:
    """The same; `on_text` is called in the caller's thread with each piece of text. After the first piece nothing is
    asked again: a ModelError then leaves a text that was begun."""
    return _asked(request, account, on_text)


def _asked(request: Request, account: Account, on_text: OnText | None) -> Reply:
    _, provider, model = named(request.model)
    answer = provider.ask(request, model, time.monotonic() + request.seconds, on_text)
    return Reply(answer.text, None, answer.calls, answer.stop, answer.usage)
