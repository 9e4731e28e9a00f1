"""The taxonomy's thresholds chosen from labelled rows: one half of them decides, the other half is measured.

A row is on the same side whenever it comes back: a hash of its words decides. Rows that are examples say nothing here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.conf import settings

from agents.intents import cascade, clauses
from agents.intents.embedding import Classifier, classifier
from agents.intents.memory import Remembering
from agents.intents.taxonomy import FLOOR, OUTSIDE, Taxonomy, Thresholds
from conversations.command import BadInputError
from evals.suites.intents import OUT, Row, figures, labelled, reader
from knowledge import embeddings

FEW: Final = 20  # answers on the choosing side, below which a number says nothing and today's stays
STEP: Final = 10  # thousandths between two choices
NAMES: Final = tuple(Thresholds.model_fields)


@dataclass(frozen=True, slots=True)
class Claim:
    """What the embedding tier takes a message, or one clause of it, for."""

    intent: str
    chance: int  # thousandths
    depth: float
    right: bool
    wanted: bool  # the row is the company's business


def run(file: Path, taxonomy: Taxonomy, precision: float, keep: float) -> dict[str, Any]:
    """{n, examples, chosen_on, measured_on, thresholds: {name: {now, chosen, why}}, figures: {now, chosen, each}}."""
    rows = fresh(labelled(file), taxonomy)
    strange = sorted({row.intent for row in rows} - {intent.name for intent in taxonomy.intents} - {OUT})
    if strange:
        raise BadInputError(f"{file.name} wants {strange[0]!r}, which the taxonomy doesn't know.")
    choosing, measuring = halves(rows)
    if not any(row.intent != OUT for row in choosing) or not any(row.intent != OUT for row in measuring):
        raise BadInputError(f"{file.name} has too few rows with an intent that aren't examples. Add more.")
    embedder = Remembering(embeddings)
    chosen, why = choose(choosing, taxonomy, embedder, precision, keep)
    now = taxonomy.thresholds
    told = {
        name: {"now": getattr(now, name), "chosen": getattr(chosen, name), "why": why.get(name, "")} for name in NAMES
    }
    return {
        "n": len(rows),
        "chosen_on": len(choosing),
        "measured_on": len(measuring),
        "thresholds": told,
        "figures": {
            "now": measured(measuring, taxonomy, now, embedder),
            "chosen": measured(measuring, taxonomy, chosen, embedder),
            "each": {
                name: measured(measuring, taxonomy, now.model_copy(update={name: one["chosen"]}), embedder)
                for name, one in told.items()
                if one["now"] != one["chosen"]
            },
        },
    }


def fresh(rows: Iterable[Row], taxonomy: Taxonomy) -> list[Row]:
    """Each text once, without those that the agent has learnt from."""
    known = {plain(text) for text, _ in taxonomy.training}
    return list({plain(row.text): row for row in rows if plain(row.text) not in known}.values())


def plain(text: str) -> str:
    return " ".join(text.lower().split())


def halves(rows: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    """(to choose by, to measure on)."""
    sides: tuple[list[Row], list[Row]] = ([], [])
    for row in rows:
        sides[hashlib.sha256(plain(row.text).encode()).digest()[0] % 2].append(row)
    return sides


def choose(
    rows: Sequence[Row], taxonomy: Taxonomy, embedder: Remembering, precision: float, keep: float
) -> tuple[Thresholds, dict[str, str]]:
    """The thresholds, and of each that stays for want of rows a sentence."""
    now = taxonomy.thresholds
    model = classifier(taxonomy, embedder, Path(settings.HANDRAIL_MODELS_DIR))
    messages, parts = claims(rows, taxonomy, model, embedder)
    kept, why_keep = kept_share(messages, model, now.keep, keep)
    line = model.keeping(kept / 1000).threshold
    inside = [claim for claim in messages if claim.depth >= line and claim.intent != OUTSIDE]
    plain_ones = [claim for claim in inside if not taxonomy[claim.intent].sensitive]
    sensitive = [claim for claim in inside if taxonomy[claim.intent].sensitive]
    clauses = [claim for claim in parts if claim.depth >= line and claim.intent != OUTSIDE]
    floor, why_floor = lowest(plain_ones, precision, FLOOR, now.floor)
    sure, why_sure = lowest(sensitive, precision, floor, max(now.sure, floor))
    part, why_part = lowest(clauses, precision, floor, max(now.part, floor))
    reasons = {"floor": why_floor, "sure": why_sure, "part": why_part, "keep": why_keep}
    return Thresholds(floor=floor, sure=sure, part=part, keep=kept), reasons


def claims(
    rows: Sequence[Row], taxonomy: Taxonomy, model: Classifier, embedder: Remembering
) -> tuple[list[Claim], list[Claim]]:
    """(of whole messages, of their clauses) that the rules leave to the embeddings."""
    whole: list[Claim] = []
    parts: list[Claim] = []
    left = [row for row in rows if not cascade.ruled(row.text, taxonomy)]
    embedder.learn([text for row in left for text in (row.text, *clauses.clauses(row.text))])
    for row in left:
        pieces = [text for text in clauses.clauses(row.text) if text != row.text]
        for place, reading in enumerate(model.read([row.text, *pieces], embedder)):
            name, chance = reading.ranked[0]
            depth = reading.margin + model.threshold
            claim = Claim(name, round(1000 * chance), depth, name == row.intent, row.intent != OUT)
            (parts if place else whole).append(claim)
    return whole, parts


def kept_share(messages: Sequence[Claim], model: Classifier, now: int, wanted: float) -> tuple[int, str]:
    """The strictest line that still lets the wanted share of the company's own business through."""
    depths = [claim.depth for claim in messages if claim.wanted]
    if len(depths) < FEW:
        return now, f"only {len(depths)} rows of the company's business reach the embeddings"
    for keep in range(500, 1000, STEP):
        if np.mean(np.array(depths) >= model.keeping(keep / 1000).threshold) >= wanted:
            return keep, ""
    return 990, "no line lets as much through as was asked for"


def lowest(claims: Sequence[Claim], precision: float, least: int, now: int) -> tuple[int, str]:
    """The lowest line above which enough of the claims are right."""
    if len(claims) < FEW:
        return now, f"only {len(claims)} rows decide it"
    for line in range(least, 1000, STEP):
        above = [claim.right for claim in claims if claim.chance >= line]
        if len(above) < FEW:
            break
        if sum(above) >= precision * len(above):
            return line, ""
    return now, "no line reaches the precision"


def measured(rows: Sequence[Row], taxonomy: Taxonomy, numbers: Thresholds, embedder: Remembering) -> dict[str, Any]:
    read: Callable[..., Any] = reader(taxonomy.model_copy(update={"thresholds": numbers}), embedder)
    found = figures(rows, read([row.text for row in rows]))
    return {"coverage": found["coverage"], "precision": found["precision"], "oos": found["oos"]["recall"]}
