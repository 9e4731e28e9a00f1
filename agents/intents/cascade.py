"""Which intent a message carries: rules first, then embeddings, then nobody (a model or a person takes it)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from agents.intents import rules
from agents.intents.answer import TIER_COST, IntentAnswer, IntentCandidate, Tier
from agents.intents.embedding import Embedder, Reading, classifier
from agents.intents.taxonomy import OUTSIDE, PERSON, SMALL_TALK, Taxonomy, words

FLOOR: Final = 600  # thousandths, D2: below it an intent is a guess; up to SURE the runner goes on with care
SURE: Final = 720  # what a sensitive intent needs
RULED: Final = 950  # a pattern written for one intent, and no other pattern against it
PART: Final = 850  # a clause alone says less than a message; a second matter is not made of a hunch
FOLLOWS: Final = 800  # "and the other one?": carries on with the matter before
_SLOT_WORDS: Final = 4  # an answer to a question is this short, as a rule
_CLAUSE: Final = re.compile(
    r"(?<=[.!?;])\s+|\s*\n+\s*|,?\s+(?:and\s+(?:also|then|another\s+thing|can\s+you|could\s+you"
    r"|please|i|where|when|how|what|my|is)|also|plus|but\s+also|besides|"
    r"by\s+the\s+way|oh\s+and|additionally|as\s+well\s+as|secondly|second(?:ly)?\s*,)\b\s*(?=\S)"
    r"|,\s+(?=(?:and|then)\s)",
    re.IGNORECASE,
)
_AND: Final = re.compile(r",?\s+and\s+|,\s+", re.IGNORECASE)
_FOLLOW: Final = re.compile(
    r"^\W*(?:and|what\s+about|how\s+about|ok(?:ay)?\s+and|same\s+for|what\s+of)\b", re.IGNORECASE
)


def classify(
    text: str,
    history: Sequence[str],
    taxonomy: Taxonomy,
    embedder: Embedder,
    *,
    expecting: str | None = None,
    folder: Path | None = None,
) -> IntentAnswer:
    """`history`: the customer's earlier messages, oldest first; `expecting`: the slot that a running workflow asked for
    (a short answer is then a slot, not an intent); `folder`: where trained classifiers are kept."""
    by_rules = _by_rules(text, taxonomy)
    if by_rules.intents or not words(text):
        return by_rules
    if expecting is not None and len(words(text)) <= _SLOT_WORDS:
        return _nothing(Tier.RULES, f"a short answer to the question for {expecting}")
    if (followed := _following(text, history, taxonomy)) is not None:
        return followed
    return _by_embedding(text, taxonomy, embedder, folder, needed=RULED if expecting else FLOOR)


def clauses(text: str) -> tuple[str, ...]:
    """Parts that may each hold a matter of their own; a part of one word belongs to its neighbour."""
    parts = [part.strip() for part in _CLAUSE.split(text) if part and part.strip()]
    return tuple(part for part in parts if len(words(part)) >= 2) or (text,)


def _by_rules(text: str, taxonomy: Taxonomy) -> IntentAnswer:
    """What the patterns of each clause agree on; where two of them disagree, nothing is decided here."""
    whole = rules.hits(text, taxonomy)
    chosen = _chosen(text, whole, taxonomy)
    names = _ordered(hit.intent for hit in chosen)
    if not names:
        return _nothing(Tier.RULES, "no pattern decides")
    why = "; ".join(f"{hit.intent}: {hit.pattern}" for hit in chosen if hit.intent in names)
    return IntentAnswer(
        intents=tuple(IntentCandidate(name=name, confidence=RULED) for name in names),
        tier=Tier.RULES,
        cost=TIER_COST[Tier.RULES],
        explanation=why,
    )


def _chosen(text: str, whole: Sequence[rules.Hit], taxonomy: Taxonomy) -> list[rules.Hit]:
    """The hit of each clause; a plain "and" parts clauses only where both sides hold a matter of their own."""
    if not whole:
        return []
    parts = clauses(text)
    if len(parts) == 1 and len(whole) > 1:
        sides = _AND.split(text)
        tops = [_agreed(rules.hits(side, taxonomy)) for side in sides]
        if len(sides) > 1 and all(tops):
            return [top for top in tops if top is not None]
    per_part = [rules.hits(part, taxonomy) for part in parts] if len(parts) > 1 else []
    return [top for found in (per_part if any(per_part) else [whole]) if (top := _agreed(found)) is not None]


def _agreed(found: Sequence[rules.Hit]) -> rules.Hit | None:
    if not found or (len(found) > 1 and found[0].priority == found[1].priority):
        return None
    return found[0]


def _ordered(names: Iterable[str]) -> tuple[str, ...]:
    """Each once; a person first, small talk only when there is nothing else."""
    unique = list(dict.fromkeys(names))
    business = [name for name in unique if name != SMALL_TALK]
    return tuple(sorted(business or unique, key=lambda name: name != PERSON))[:3]


def _following(text: str, history: Sequence[str], taxonomy: Taxonomy) -> IntentAnswer | None:
    """A message like "and the other one?" means what the message before it meant."""
    if not history or len(words(text)) > 7 or not _FOLLOW.search(text):
        return None
    before = _by_rules(history[-1], taxonomy)
    if before.best in (None, SMALL_TALK, PERSON):
        return None
    intents = (IntentCandidate(name=str(before.best), confidence=FOLLOWS),)
    return before.model_copy(update={"intents": intents, "explanation": "carries on with the message before"})


def _by_embedding(
    text: str, taxonomy: Taxonomy, embedder: Embedder, folder: Path | None, *, needed: int
) -> IntentAnswer:
    parts = [part for part in clauses(text) if part != text]
    model = classifier(taxonomy, embedder, folder)
    whole, *rest = model.read([text, *parts], embedder)
    ruled = [top.intent for part in parts if (top := _agreed(rules.hits(part, taxonomy)))]
    names = dict.fromkeys([*_sure([whole], taxonomy, needed), *ruled, *_sure(rest, taxonomy, max(needed, PART))])
    chances = {name: chance for reading in (*rest, whole) for name, chance in _scores(reading).items()}
    intents = tuple(IntentCandidate(name=name, confidence=chances.get(name, RULED)) for name in _ordered(names))
    if intents:
        return IntentAnswer(
            intents=intents,
            guesses=_guesses(whole, intents),
            tier=Tier.EMBEDDING,
            cost=TIER_COST[Tier.EMBEDDING],
            explanation=f"nearest example: {whole.nearest}",
        )
    return _unknown(text, whole, taxonomy)


def _scores(reading: Reading) -> dict[str, int]:
    return {name: round(1000 * chance) for name, chance in reading.ranked if name != OUTSIDE}


def _sure(readings: Iterable[Reading], taxonomy: Taxonomy, needed: int) -> list[str]:
    """The first of each reading that lies inside the company's business and is sure enough for what it is."""
    inside = [reading.ranked[0] for reading in readings if reading.margin >= 0 and reading.ranked[0][0] != OUTSIDE]
    bars = {name: max(needed, SURE if taxonomy[name].sensitive else FLOOR) for name, _ in inside}
    return [name for name, chance in inside if 1000 * chance >= bars[name]]


def _guesses(reading: Reading, taken: Sequence[IntentCandidate] = ()) -> tuple[IntentCandidate, ...]:
    used = {candidate.name for candidate in taken} | {SMALL_TALK}
    best = [(name, score) for name, score in _scores(reading).items() if name not in used and score >= 50]
    return tuple(IntentCandidate(name=name, confidence=score) for name, score in best[:2])


def _unknown(text: str, reading: Reading, taxonomy: Taxonomy) -> IntentAnswer:
    """Nobody is sure. Readable talk that looks like nobody's business here is outside; the rest is worth a question."""
    known = sum(word in taxonomy.vocabulary for word in words(text))
    readable = known >= 2 and known * 3 >= len(words(text))
    outside = readable and reading.ranked[0][0] == OUTSIDE and reading.ranked[0][1] >= 0.5
    return IntentAnswer(
        intents=(),
        guesses=() if outside else _guesses(reading),
        tier=Tier.UNKNOWN,
        outside=outside,
        cost=TIER_COST[Tier.UNKNOWN],
        explanation=f"nearest example: {reading.nearest}",
    )


def _nothing(tier: Tier, why: str) -> IntentAnswer:
    return IntentAnswer(intents=(), tier=tier, cost=TIER_COST[tier], explanation=why)
