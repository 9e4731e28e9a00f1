"""A house whose brain asks models, and a provider that answers each role as a test says."""

from __future__ import annotations

import json
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
from tests.scripted import MODEL, Scripted, scripted

Said = Callable[[Request], Any] | str | dict[str, Any] | Exception
CALM = {
    "intent_category": "general", "urgency": "normal", "sentiment": "neutral", "sentiment_intensity": 0,
    "complexity_signal": "simple", "alarms": [],
}  # fmt: skip
SURE = {"verdict": "approved", "confidence": 1000, "reasons": []}


def task(request: Request) -> str:
    """What a role is asked, behind the talk and the records."""
    return request.messages[-1].text


def same_words(request: Request) -> str:
    return task(request).split("The reply to put into words:\n", 1)[1]


def first_passage(request: Request) -> str:
    """An honest answer: the first sentence of the first passage, with its mark."""
    passage = task(request).split("[1] ", 1)[1].split(": ", 1)[1].split("\n\n", 1)[0]
    return f"{passage.split('. ')[0].rstrip('.')} [1]."


GOOD: dict[str, Said] = {
    "intent": {"wants": []},
    "triage": CALM,
    "slots": {"found": []},
    "edge": {"edge": ""},
    "look": "Enough.",
    "resolution": same_words,
    "knowledge": first_passage,
    "packet": "They want a person to look at it.",
    "critic": SURE,
}


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


__all__ = ["CALM", "GOOD", "MODEL", "SURE", "asked_of", "down", "json", "modelled", "settings", "task"]
