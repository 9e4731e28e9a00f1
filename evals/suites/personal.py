"""The exam of personal data: labelled texts before the finder that the guards use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conversations import pii
from conversations.command import BadInputError
from conversations.pii import Pii
from evals.rows import rows_of
from evals.suites.intents import share


@dataclass(frozen=True, slots=True)
class Span:
    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Row:
    text: str
    spans: tuple[Span, ...]


def run(file: Path) -> dict[str, Any]:
    return figures([(row, pii.find(row.text)) for row in labelled(file)])


def labelled(file: Path) -> list[Row]:
    rows = []
    for number, row in enumerate(rows_of(file, ("text", "spans")), 1):
        try:
            spans = tuple(Span(str(kind), int(start), int(end)) for kind, start, end in row["spans"])
        except (TypeError, ValueError) as error:
            raise BadInputError(f"{file.name} row {number}: a span is [TYPE, start, end].") from error
        text = row["text"]
        if not isinstance(text, str) or any(not 0 <= span.start < span.end <= len(text) for span in spans):
            raise BadInputError(f"{file.name} row {number}: a span doesn't stand in the text.")
        rows.append(Row(text, spans))
    return rows


def figures(pairs: Sequence[tuple[Row, Sequence[Pii]]]) -> dict[str, Any]:
    """{n, recall: {TYPE: x}, precision: {TYPE: x}, not_looked_for: {TYPE: n}}. Found is what one finding of its type
    covers whole; right is a finding that touches a label of its type. A share of nothing is null."""
    labels, covered, findings, right = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for row, found in pairs:
        for span in row.spans:
            labels[span.kind] += 1
            covered[span.kind] += any(
                one.kind == span.kind and one.start <= span.start and span.end <= one.end for one in found
            )
        for one in found:
            findings[one.kind] += 1
            right[one.kind] += any(
                span.kind == one.kind and one.start < span.end and span.start < one.end for span in row.spans
            )
    return {
        "n": len(pairs),
        "recall": {kind: share(covered[kind], labels[kind]) for kind in pii.KINDS},
        "precision": {kind: share(right[kind], findings[kind]) for kind in pii.KINDS},
        "not_looked_for": {kind: count for kind, count in sorted(labels.items()) if kind not in pii.KINDS},
    }
