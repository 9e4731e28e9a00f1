"""Who answers: one file a provider, and the dictionary that lists them. A request's model names its provider first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .anthropic import Anthropic
from .provider import Provider
from .shapes import Kind, ModelError

PROVIDERS: Final[dict[str, Provider]] = {"anthropic": Anthropic()}


@dataclass(frozen=True)
class Named:
    """`model` as its provider calls it."""

    name: str
    provider: Provider
    model: str


def named(model: str) -> Named:
    """Whom `provider:model` means; ModelError when there is no such provider, or it has no key."""
    name, _, its_name = model.partition(":")
    provider = PROVIDERS.get(name)
    if provider is None or not its_name:
        raise ModelError(Kind.NOT_CONFIGURED, "no such provider")
    if not provider.configured():
        raise ModelError(Kind.NOT_CONFIGURED, "no key")
    return Named(name, provider, its_name)
