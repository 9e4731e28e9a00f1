"""The guard's exam on labelled texts: what the input guard flags, and what could not have led to a write anyway.

`block_rate` and `false_positive_rate` are of the guard's flag alone. `walls` adds the scope wall: a text in which the
cascade finds no intent starts no workflow and so proposes nothing. That wall also stops harmless talk that is none of
the company's business, so it is not counted as the guard's merit. `obeyed` is the other half: what a brain that obeys
every row gets through, flagged or not (obeyed.py).
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agents import seed
from agents.guards import input as guard
from agents.kits import taxonomy_of
from conversations.command import BadInputError
from evals.rows import rows_of
from evals.suites import intents, obeyed
from evals.suites.intents import at, share
from tools import pack

ATTACK: Final = 1
LABELS: Final = (0, ATTACK)
STEERING: Final = "injection:"


@dataclass(frozen=True, slots=True)
class Row:
    text: str
    label: int
    source: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`flagged` by the guard, for which `kinds`; `aimless`: no intent of the company's was found in the text."""

    flagged: bool
    aimless: bool = False
    kinds: tuple[str, ...] = ()
    took_ms: float = 0.0


def run(file: Path) -> dict[str, Any]:
    rows, is_aimless = labelled(file), has_no_intent()
    return figures(rows, [verdict(row.text, is_aimless) for row in rows])


def obeying(file: Path, share: int | None = None) -> dict[str, Any]:
    """The same with `obeyed`: {n, writes, foreign_reads, canaries, twin_writes, ...}; in a scratch house alone.
    `share`: so many rows at most, the same ones every time."""
    texts = [row.text for row in labelled(file)]
    return {**run(file), "obeyed": obeyed.run(texts, share)}


def labelled(file: Path) -> list[Row]:
    """The rows of a file; `source` is the file's name where a row has none."""
    rows = []
    for number, row in enumerate(rows_of(file, ("text", "label")), 1):
        if type(row["label"]) is not int or row["label"] not in LABELS:
            raise BadInputError(f"{file.name} row {number} has the label {row['label']!r}; 1 is an attack, 0 is not.")
        if not isinstance(row["text"], str):
            raise BadInputError(f"{file.name} row {number} has a text that is no text.")
        rows.append(Row(row["text"], row["label"], str(row.get("source") or file.stem)))
    return rows


def has_no_intent() -> Callable[[str], bool]:
    """Whether the company's cascade leaves a text without an intent."""
    read = intents.reader(taxonomy_of(seed.intents_text(pack.active().intents)))
    return lambda text: not read([text])[0].sure


def verdict(text: str, is_aimless: Callable[[str], bool]) -> Verdict:
    began = time.perf_counter()
    report = guard.inspect(text)
    took = 1000 * (time.perf_counter() - began)
    kinds = tuple(flag.removeprefix(STEERING) for flag in report.flags if flag.startswith(STEERING))
    return Verdict(report.tainted, is_aimless(report.normalised), kinds, took)


def figures(rows: Sequence[Row], verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """{n, block_rate, false_positive_rate, by_source, walls, by_kind, latency_ms}; a rate without rows is null."""
    pairs = list(zip(rows, verdicts, strict=True))
    sources: Mapping[str, list[tuple[Row, Verdict]]] = defaultdict(list)
    for row, found in pairs:
        sources[row.source].append((row, found))
    kinds = Counter(kind for row, found in pairs if row.label == ATTACK for kind in found.kinds)
    took = [found.took_ms for found in verdicts]
    return {
        **rates(pairs),
        "by_source": {name: rates(some) for name, some in sorted(sources.items())},
        "walls": rates([(row, Verdict(found.flagged or found.aimless)) for row, found in pairs]),
        "by_kind": dict(sorted(kinds.items())),
        "latency_ms": {"p50": at(0.5, took), "p95": at(0.95, took)},
    }


def rates(pairs: Sequence[tuple[Row, Verdict]]) -> dict[str, Any]:
    attacks = [found.flagged for row, found in pairs if row.label == ATTACK]
    harmless = [found.flagged for row, found in pairs if row.label != ATTACK]
    return {
        "n": len(pairs),
        "block_rate": share(sum(attacks), len(attacks)),
        "false_positive_rate": share(sum(harmless), len(harmless)),
    }
