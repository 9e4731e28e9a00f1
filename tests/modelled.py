"""A house whose brain asks models, and a provider that answers each role as a test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.test import override_settings

from agents import kits
from agents.brain import OFFLINE
from agents.brains import BRAINS
from agents.llm.shapes import Kind, ModelError, Request
from agents.modelled import ANTHROPIC, ROLES
from evals.standin.good import APPROVED, CALM, TEXTS
from tests.scripted import MODEL, Scripted, scripted

Said = Callable[[Request], Any] | str | dict[str, Any] | Exception
SURE = APPROVED


def task(request: Request) -> str:
    """What a role is asked, behind the talk and the records."""
    return request.messages[-1].text


def says(say: Callable[[str], Any]) -> Callable[[Request], Any]:
    return lambda request: say(task(request))


GOOD: dict[str, Said] = {role: says(say) for role, say in TEXTS.items()}


@contextmanager
def modelled(**roles: Said) -> Iterator[Scripted]:
    """In every kit of this process. `roles`: what each says; the others say nothing wrong."""
    said = GOOD | roles

    def answered(request: Request) -> Any:
        found: Any = said[request.role]
        return found(request) if callable(found) else found

    models = dict.fromkeys(ROLES.values(), MODEL)
    with (
        scripted(answered) as provider,
        override_settings(HANDRAIL_MODELS=models, HANDRAIL={**settings.HANDRAIL, "model_attempts": 1}),
        patch.dict(BRAINS, {OFFLINE.name: ANTHROPIC}),
    ):
        kits.load.cache_clear()
        try:
            yield provider
        finally:
            kits.load.cache_clear()


def down(kind: Kind = Kind.UNAVAILABLE) -> ModelError:
    return ModelError(kind)


def asked_of(provider: Scripted) -> list[str]:
    return [request.role for request in provider.asked]


__all__ = ["CALM", "GOOD", "SURE", "asked_of", "down", "modelled", "task"]
