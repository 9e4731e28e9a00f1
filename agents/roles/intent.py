"""The cascade's third tier: what the customer wants, where rules and examples were unsure or heard several things."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from agents.brain import Sight
from agents.intents.answer import IntentAnswer, IntentCandidate, Tier

from .base import Ask, Role, Said_, read


class Want(Said_):
    name: str
    words: str
    confidence: Annotated[int, Field(ge=0, le=1000)]


class Said(Said_):
    wants: Annotated[list[Want], Field(max_length=6)]


ROLE: Final = Role("intent", reads=6000, says=300, seconds=4, shape=Said)


def read_intents(sight: Sight, model: str, ask: Ask, offline: IntentAnswer) -> IntentAnswer:
    """Candidates with the place of their words; which of them may begin anything is decided in guards/backed.py."""
    wants = "\n".join(f"{name}: {sight.titles.get(name, '')}" for name in sight.intents)
    task = f"The wants:\n{wants}\n\nThe newest message:\n{sight.text}"
    said = read(ask(ROLE.request(sight, model, task)), Said)
    intents = tuple(
        IntentCandidate(name=one.name, confidence=one.confidence, span=place(one.words, sight.text))
        for one in said.wants
    )
    return offline.model_copy(update={"intents": intents, "guesses": offline.guesses, "tier": Tier.MODEL})


def place(words: str, text: str) -> tuple[int, int] | None:
    """Where the words stand; None for the whole message, or for words that aren't there."""
    at = text.lower().find(words.strip().lower()) if words.strip() else -1
    return None if at < 0 or len(words.strip()) == len(text) else (at, at + len(words.strip()))
