"""What the intent cascade answers: candidates with calibrated confidence, the tier that decided, and why."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from agents.results import Result

Thousandths = Annotated[int, Field(ge=0, le=1000)]


class Tier(StrEnum):
    """Who decided. `unknown` means that a model (when there is one) or a person takes it from here; `model`: a brain
    did (brain.py), as far as its answer was backed."""

    RULES = "rules"
    EMBEDDING = "embedding"
    MODEL = "model"
    UNKNOWN = "unknown"


# Relative price of asking a tier: each costs about ten times the one before it (S4-15).
TIER_COST: Final[dict[Tier, int]] = {Tier.RULES: 1, Tier.EMBEDDING: 10, Tier.MODEL: 100, Tier.UNKNOWN: 10}


class IntentCandidate(Result):
    """`span`: where in the text this matter stands, when the message holds several."""

    name: str
    confidence: Thousandths
    span: tuple[int, int] | None = None


class IntentAnswer(Result):
    """`intents`: what the customer wants, most certain first; several for a message of several matters, none when
    unknown.

    `guesses` are the best candidates that were not good enough (for "Do you mean a, or b?"). `outside` says that the
    message is readable and about something else than the company's business, `leans` that it only makes sense behind
    the message before it ("how much does it cost?").
    """

    intents: tuple[IntentCandidate, ...]
    guesses: tuple[IntentCandidate, ...] = ()
    tier: Tier
    outside: bool = False
    leans: bool = False
    cost: int
    explanation: str

    @property
    def best(self) -> str | None:
        return self.intents[0].name if self.intents else None

    @property
    def confidence(self) -> int:
        """Thousandths; 0 when unknown."""
        return self.intents[0].confidence if self.intents else 0
