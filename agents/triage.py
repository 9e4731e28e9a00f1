"""Triage reads a message and routes it (S1-07 to S1-15). It resolves nothing, promises nothing and has no tools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Final

from pydantic import Field

from agents import lexicon, signals
from agents.grammar.slots import SlotValue
from agents.intents.answer import IntentAnswer
from agents.intents.taxonomy import Category, Taxonomy, Urgency
from agents.lexicon import Lexicon
from agents.results import Result


class Sentiment(StrEnum):
    """S1-10."""

    FRUSTRATED = "frustrated"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class Complexity(StrEnum):
    """S1-12."""

    SIMPLE = "simple"
    MODERATE = "moderate"
    COMPLEX = "complex"
    UNKNOWN = "unknown"


class Entities(Result):
    """S1-11, each as the customer's own account knows it, in the order of mention."""

    account_identifiers: tuple[str, ...] = ()
    order_numbers: tuple[str, ...] = ()
    product_names: tuple[str, ...] = ()


class TriageResult(Result):
    """S1-08 to S1-13. Beside the five fields of the contract: how strong the mood is (0 to 3), whether it is getting
    worse from message to message, and the flags that make a hard trigger (D14, S3-22)."""

    intent_category: Category
    urgency: Urgency
    sentiment: Sentiment
    entities: Entities
    complexity_signal: Complexity
    sentiment_intensity: Annotated[int, Field(ge=0, le=3)]
    sentiment_rising: bool
    legal: bool
    security: bool
    safety: bool
    loss: bool
    self_harm: bool
    medical_advice: bool
    legal_advice: bool
    minors: bool
    sensitive_data: bool
    conflict: bool
    earlier_ticket: bool


PRIORITY_QUEUE: Final = "human-queue-priority"
STANDARD_QUEUE: Final = "human-queue-standard"
AUTHENTICATED: Final = "resolution-agent-authenticated"
GENERAL: Final = "resolution-agent-general"

# S1-14: the first row whose cells all agree wins; None agrees with everything.
ROUTES: Final[tuple[tuple[Urgency | None, Complexity | None, Category | None, str], ...]] = (
    (Urgency.CRITICAL, None, None, PRIORITY_QUEUE),
    (None, Complexity.COMPLEX, None, STANDARD_QUEUE),
    (None, None, Category.BILLING, AUTHENTICATED),
    (None, None, Category.ACCOUNT, AUTHENTICATED),
    (None, None, None, GENERAL),
)
# Intensity by points of displeasure (see signals.displeasure): fewer than the first bound is 0, and so on.
_BOUNDS: Final = (1, 2, 4)
# The policy's words that are a flag each; legal and regulatory ones are one together.
FLAGS: Final = ("self_harm", "medical_advice", "legal_advice", "loss", "minors", "sensitive_data", "conflict")
_LONG: Final = 80  # words: a message that long rarely holds one simple matter


def triage(
    text: str,
    history: Sequence[str],
    answer: IntentAnswer,
    taxonomy: Taxonomy,
    slots: Mapping[str, SlotValue] | None = None,
    words: Lexicon | None = None,
) -> TriageResult:
    """`history`: the customer's earlier messages, oldest first; `slots`: what the grammar found in `text`;
    `words`: the policy's, the shipped ones where none are given."""
    level = intensity(text)
    named = (words or lexicon.shipped()).named(text)
    legal, earlier = bool(named & {"legal", "regulatory"}), bool(signals.EARLIER.search(text))
    security = bool(signals.SECURITY.search(text)) or answer.best == "security_report"
    danger = bool(named & {"safety", "self_harm"})
    return TriageResult(
        intent_category=_category(answer, taxonomy),
        urgency=_urgency(text, level, answer, taxonomy, critical=security or danger, legal=legal),
        sentiment=_sentiment(text, level),
        entities=_entities(slots or {}),
        complexity_signal=_complexity(text, level, answer, taxonomy, raised=legal or earlier),
        sentiment_intensity=level,
        sentiment_rising=_is_rising([*(intensity(said) for said in history[-2:]), level]),
        legal=legal,
        security=security,
        safety="safety" in named,
        earlier_ticket=earlier,
        **{name: name in named for name in FLAGS},
    )


def route(urgency: Urgency, complexity: Complexity, category: Category) -> str:
    """S1-14 as a table."""
    cells = (urgency, complexity, category)
    return next(to for *row, to in ROUTES if all(want in (None, got) for want, got in zip(row, cells, strict=True)))


def intensity(text: str) -> int:
    """0 calm, 1 displeased, 2 frustrated, 3 angry."""
    points = signals.displeasure(text)
    return sum(points >= bound for bound in _BOUNDS)


def _sentiment(text: str, level: int) -> Sentiment:
    if level >= 2:
        return Sentiment.FRUSTRATED
    return Sentiment.POSITIVE if level == 0 and signals.is_pleased(text) else Sentiment.NEUTRAL


def _is_rising(levels: Sequence[int]) -> bool:
    """Each message is more displeased than the one before it, and the last is at least frustrated (S1-44)."""
    return len(levels) >= 2 and levels[-1] >= 2 and all(a < b for a, b in pairwise(levels))


def _category(answer: IntentAnswer, taxonomy: Taxonomy) -> Category:
    intent = taxonomy.get(answer.best)
    return intent.category if intent else Category.GENERAL


def _urgency(
    text: str, level: int, answer: IntentAnswer, taxonomy: Taxonomy, *, critical: bool, legal: bool
) -> Urgency:
    if critical:
        return Urgency.CRITICAL
    if legal or level >= 2 or signals.HASTE.search(text):
        return Urgency.HIGH
    intent = taxonomy.get(answer.best)
    return intent.urgency if intent else Urgency.NORMAL


def _complexity(text: str, level: int, answer: IntentAnswer, taxonomy: Taxonomy, *, raised: bool) -> Complexity:
    """S1-15 with D22: several matters are complex only when one of them needs a person."""
    wanted = [taxonomy[candidate.name] for candidate in answer.intents if candidate.name in taxonomy]
    needs_person = any(intent.handed_over for intent in wanted)
    if raised or level == 3 or (len(wanted) > 1 and needs_person):
        return Complexity.COMPLEX
    if not wanted:
        return Complexity.UNKNOWN
    moderate = len(wanted) > 1 or needs_person or len(text.split()) > _LONG
    return Complexity.MODERATE if moderate else Complexity.SIMPLE


def _entities(slots: Mapping[str, SlotValue]) -> Entities:
    orders = slots["order_ids"].value if "order_ids" in slots else ()
    return Entities(
        account_identifiers=tuple(str(slots[name].value) for name in ("email", "zip") if name in slots),
        order_numbers=tuple(str(order) for order in orders) if isinstance(orders, tuple) else (),
        product_names=(str(slots["item"].value),) if "item" in slots else (),
    )
