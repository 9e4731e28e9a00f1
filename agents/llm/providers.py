"""Who answers: one file a provider, and the dictionary that lists them. A request's model names its provider first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from .shapes import Kind, ModelError, Request, Stop, ToolUse, Usage

OnText = Callable[[str], None]


@dataclass(frozen=True)
class Answer:
    """What a provider said, unchecked: `text` may be anything, `calls` any name and any JSON."""

    text: str
    calls: tuple[ToolUse, ...]
    stop: Stop
    usage: Usage


class Provider(Protocol):
    """One API. `ask` runs in a thread of the gateway, without a database, and is asked once: retries are the gateway's.

    It raises ModelError alone, returns before `deadline` (time.monotonic) as far as it can, and calls `on_text`, when
    there is one, with each piece of text as it comes.
    """

    def configured(self) -> bool:
        """Whether it can be asked at all: it has its key."""

    def ask(self, request: Request, model: str, deadline: float, on_text: OnText | None) -> Answer: ...


PROVIDERS: Final[dict[str, Provider]] = {}


def named(model: str) -> tuple[str, Provider, str]:
    """The provider's name, the provider, and what it calls the model; ModelError when there is none, or no key."""
    name, _, its_name = model.partition(":")
    provider = PROVIDERS.get(name)
    if provider is None or not its_name:
        raise ModelError(Kind.NOT_CONFIGURED, "no such provider")
    if not provider.configured():
        raise ModelError(Kind.NOT_CONFIGURED, "no key")
    return name, provider, its_name
