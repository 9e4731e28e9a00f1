"""What a provider is to the gateway: it is asked once, in a thread, and its answer is trusted in nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .shapes import Request, Stop, ToolUse, Usage

OnText = Callable[[str], None]


@dataclass(frozen=True)
class Answer:
    """What a provider said, unchecked: `text` may be anything, `calls` any name and any JSON."""

    text: str
    calls: tuple[ToolUse, ...]
    stop: Stop
    usage: Usage


class Provider(Protocol):
    """One API. `ask` runs in a thread of the gateway, without a database; asking again is the gateway's.

    It raises ModelError alone, returns before `deadline` (time.monotonic) as far as it can, and calls `on_text`, when
    there is one, with each piece of text as it comes. `prices`: whose list its models are on.
    """

    prices: str

    def configured(self) -> bool:
        """Whether it can be asked at all: it has its key."""

    def ask(self, request: Request, model: str, deadline: float, on_text: OnText | None) -> Answer: ...
