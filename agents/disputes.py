"""How much a customer says was wrongly charged (S1-49): the largest amount among the words that dispute a payment."""

from __future__ import annotations

from agents.guards import claims
from agents.intents.answer import IntentAnswer
from agents.intents.taxonomy import DISPUTE


def disputed_cents(text: str, answer: IntentAnswer) -> int:
    """0 where nothing is disputed or no amount is named. Of several the largest counts, in whatever currency."""
    if all(candidate.name != DISPUTE for candidate in answer.intents):
        return 0
    return largest_cents(text)


def largest_cents(text: str) -> int:
    return max((abs(int(claim.key[1])) for claim in claims.read(text) if claim.kind == "money"), default=0)
