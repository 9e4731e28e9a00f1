"""The intent exam on labelled utterances: the embedding tier learnt from a training file, or the company's own cascade.

Thresholds come from training rows that were held back, figures from the test rows alone.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from agents import seed
from agents.intents import cascade
from agents.intents.answer import Tier
from agents.intents.embedding import Classifier, Embedder, train
from agents.intents.taxonomy import FLOOR, OUTSIDE, Taxonomy
from agents.kits import taxonomy_of
from conversations.command import BadInputError
from evals.rows import rows_of
from knowledge import embeddings
from tools import pack

OUT: Final = "oos"  # the label of a row that is none of the intents
# Share of held-back training rows that the exam's out-of-scope threshold lets through. Training files repeat
# themselves, new messages less so: on a validation split 0.93 of the first were 0.90 of the second.
KEPT: Final = 0.93
PRECISIONS: Final = (0.95, 0.98, 0.99)
TIMED: Final = 500  # rows that are read one at a time, for the latency


@dataclass(frozen=True, slots=True)
class Row:
    text: str
    intent: str


@dataclass(frozen=True, slots=True)
class Guess:
    """What a tier makes of one row: the likeliest intent whether or not it is `sure`, `chance` in 0..1, and whether it
    takes the row for the company's business at all."""

    tier: Tier
    intent: str
    chance: float
    inside: bool
    sure: bool


def run(training: Path | None, test: Path) -> dict[str, Any]:
    """The figures of `evaluate intents`; without a training file, of the cascade with the company's own taxonomy."""
    rows = labelled(test)
    if training is None:
        taxonomy = taxonomy_of(seed.intents_text(pack.active().intents))
        known = {intent.name for intent in taxonomy.intents}
        read = reader(taxonomy)
    else:
        examples = labelled(training)
        known = {row.intent for row in examples} - {OUT}
        if len(known) < 2:
            raise BadInputError(f"{training.name} names fewer than two intents; there is nothing to tell apart.")
        model = learnt(examples)
        read = lambda texts: guesses(model, texts)  # noqa: E731
    strange = sorted({row.intent for row in rows} - known - {OUT})
    if strange:
        raise BadInputError(f"{test.name} wants {strange[0]!r}, which {training or 'the taxonomy'} doesn't know.")
    texts = [row.text for row in rows]
    return {**figures(rows, read(texts)), "latency_ms": latency(read, texts)}


def labelled(file: Path) -> list[Row]:
    rows = [Row(str(row["text"]).strip(), str(row["intent"])) for row in rows_of(file, ("text", "intent"))]
    if any(not row.text for row in rows):
        raise BadInputError(f"{file.name} has a row without words.")
    return rows


def learnt(examples: Sequence[Row]) -> Classifier:
    labels = [OUTSIDE if row.intent == OUT else row.intent for row in examples]
    return train([row.text for row in examples], labels, embeddings, keep=KEPT)


def guesses(model: Classifier, texts: Sequence[str]) -> list[Guess]:
    """The embedding tier alone, as the cascade uses it for an intent that isn't sensitive."""
    found = []
    for reading in model.read(texts, embeddings):
        name, chance = next((name, chance) for name, chance in reading.ranked if name != OUTSIDE)
        inside = reading.margin >= 0 and reading.ranked[0][0] != OUTSIDE
        sure = inside and 1000 * chance >= FLOOR
        found.append(Guess(Tier.EMBEDDING if sure else Tier.UNKNOWN, name, chance, inside, sure))
    return found


def reader(taxonomy: Taxonomy, embedder: Embedder = embeddings) -> Callable[[Sequence[str]], list[Guess]]:
    folder = Path(settings.HANDRAIL_MODELS_DIR)

    def read(texts: Sequence[str]) -> list[Guess]:
        found = []
        for text in texts:
            answer = cascade.classify(text, (), taxonomy, embedder, folder=folder)
            first = (*answer.intents, *answer.guesses)[:1]
            name, chance = (first[0].name, first[0].confidence / 1000) if first else ("", 0.0)
            sure = answer.best is not None
            found.append(Guess(answer.tier, name, chance, sure, sure))
        return found

    return read


def figures(rows: Sequence[Row], found: Sequence[Guess]) -> dict[str, Any]:
    """{n, accuracy, coverage, tier_share, tier_accuracy, oos, at_precision, by_intent}: `accuracy` of the likeliest
    intent over the in-scope rows, `coverage` the share of them that is answered, `at_precision` the largest share of
    them that could be answered at that precision by the surest first."""
    pairs = list(zip(rows, found, strict=True))
    inside = [(row, guess) for row, guess in pairs if row.intent != OUT]
    outside = [guess for row, guess in pairs if row.intent == OUT]
    if not inside:
        raise BadInputError("The test file holds no row with an intent.")
    tiers = Counter(guess.tier for guess in found)
    right = Counter(guess.tier for row, guess in pairs if guess.intent == row.intent and guess.sure)
    return {
        "n": len(rows),
        "accuracy": share(sum(guess.intent == row.intent for row, guess in inside), len(inside)),
        "coverage": share(sum(guess.sure for _, guess in inside), len(inside)),
        "precision": share(right.total(), sum(guess.sure for guess in found)),
        "tier_share": {tier: share(n, len(rows)) for tier, n in sorted(tiers.items())},
        "tier_accuracy": {tier: share(right[tier], n) for tier, n in sorted(tiers.items()) if tier != Tier.UNKNOWN},
        "oos": {
            "n": len(outside),
            "recall": share(sum(not guess.inside for guess in outside), len(outside)),
            "in_scope_kept": share(sum(guess.inside for _, guess in inside), len(inside)),
        },
        "at_precision": {f"{wanted:.2f}": coverage(inside, wanted) for wanted in PRECISIONS},
        "by_intent": by_intent(inside),
    }


def share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def coverage(pairs: Sequence[tuple[Row, Guess]], wanted: float) -> float:
    """The largest share of rows, surest first, of which at least `wanted` are right."""
    right = best = 0
    for place, (row, guess) in enumerate(sorted(pairs, key=lambda pair: -pair[1].chance), 1):
        right += guess.intent == row.intent
        if right >= wanted * place:
            best = place
    return round(best / len(pairs), 4)


def by_intent(pairs: Sequence[tuple[Row, Guess]]) -> dict[str, dict[str, int]]:
    """Of each intent: rows, how many were answered rightly, and as something else."""
    counts: Mapping[str, Counter[str]] = defaultdict(Counter)
    for row, guess in pairs:
        counts[row.intent]["n"] += 1
        counts[row.intent]["right"] += guess.sure and guess.intent == row.intent
        counts[row.intent]["wrong"] += guess.sure and guess.intent != row.intent
    return {name: dict(count) for name, count in sorted(counts.items())}


def latency(read: Callable[[Sequence[str]], list[Guess]], texts: Sequence[str]) -> dict[str, dict[str, float]]:
    """Milliseconds of one row read by itself, by the tier that settled it."""
    took: Mapping[Tier, list[float]] = defaultdict(list)
    for text in texts[:: max(1, len(texts) // TIMED)]:
        began = time.perf_counter()
        (guess,) = read([text])
        took[guess.tier].append(1000 * (time.perf_counter() - began))
    return {
        tier: {"p50": round(at(0.5, times), 3), "p95": round(at(0.95, times), 3)}
        for tier, times in sorted(took.items())
    }


def at(part: float, times: Sequence[float]) -> float:
    return round(sorted(times)[min(len(times) - 1, int(part * len(times)))], 3)
