"""The exam of grounded words: sentences of real pages, as they stand there and with one figure changed, before the
output guard with the page's own passage as their source. The changed ones must be stopped, the others never.

The figures are found here and not by the guard's own reading, so that what it can't read counts against it.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agents.grammar.dates import DAYS, MONTHS
from agents.guards import output
from conversations.command import BadInputError
from evals.rows import rows_of
from evals.suites.escalation import rate
from knowledge import chunking

DRAWN: Final = 500
SEED: Final = 20_260
SHOWN: Final = 20  # of those that slip through
FIGURE_FAULTS: Final = frozenset(
    {"ungrounded_specific_claim", "no_figure_without_receipt", "prohibited_topic:pricing_not_in_catalog"}
)
_SPELT: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_UNITS: Final = (
    ("day", "days", "week", "weeks"), ("week", "weeks", "month", "months"), ("month", "months", "year", "years"),
    ("year", "years", "month", "months"), ("hour", "hours", "day", "days"), ("minute", "minutes", "hour", "hours"),
    ("second", "seconds", "minute", "minutes"), ("percent", "%", "dollars", "dollars"),
    ("mile", "miles", "foot", "feet"),
    ("pound", "pounds", "ounce", "ounces"), ("inch", "inches", "foot", "feet"), ("GB", "Gi", "MB", "Mi"),
)  # fmt: skip
_UNIT: Final = {old: new for one, many, new_one, new_many in _UNITS for old, new in ((one, new_one), (many, new_many))}
_CURRENCY: Final = {"$": "€", "£": "$", "€": "$"}
_NEXT: Final = {
    name.capitalize(): names[(place + 1) % len(names)].capitalize()
    for names in (MONTHS, DAYS)
    for place, name in enumerate(names)
}
_COUNTED: Final = rf"(?=[ -](?:{'|'.join(unit for unit in _UNIT if unit.isalpha())})\b)"
# Figures: whatever has digits, but for the number of a step and a mark in brackets; and spelt counts of a unit.
_FIGURE: Final = re.compile(
    rf"(?<![\w\[.,])\d[\d,]*(?:\.\d+)?(?![\w\]]|\s?\]|[.,]\d)|\b(?:{'|'.join(_SPELT)})\b{_COUNTED}", re.IGNORECASE
)
_STEP: Final = re.compile(r"\s*\d{1,2}[.)]\s")
_BEHIND: Final = re.compile(rf"(\s?-?)({'|'.join(map(re.escape, _UNIT))})(?!\w)")
_DATE: Final = re.compile(rf"\b(?:{'|'.join(_NEXT)})\b")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a sentence, at [start, end); `passage` holds the sentence."""

    page: str
    passage: str
    sentence: str
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.sentence[self.start : self.end]

    def instead(self, text: str, start: int | None = None, end: int | None = None) -> str:
        """The sentence with other words in the figure's place, or in that of [start, end)."""
        at, to = self.start if start is None else start, self.end if end is None else end
        return self.sentence[:at] + text + self.sentence[to:]


def run(docs: Sequence[Path], n: int = DRAWN, seed: int = SEED) -> dict[str, Any]:
    figures = [figure for file in docs for figure in figures_of(file)]
    if len(figures) < n:
        raise BadInputError(f"These pages hold {len(figures)} figures; {n} are drawn.")
    return result(random.Random(seed).sample(figures, n))  # noqa: S311 a draw that can be repeated


def figures_of(file: Path) -> Iterator[Figure]:
    """Every figure in the sentences of the pages' passages, as publishing would cut them."""
    for number, page in enumerate(rows_of(file, ("title", "content")), 1):
        if not all(isinstance(page[name], str) for name in ("title", "content")):
            raise BadInputError(f"{file.name} row {number}: title and content are texts.")
        for chunk in chunking.chunk(page["title"], page["content"]):
            for start, end in chunking.sentences(chunk.text):
                yield from in_sentence(str(page.get("id") or number), chunk.text, chunk.text[start:end])


def in_sentence(page: str, passage: str, sentence: str) -> Iterator[Figure]:
    step = _STEP.match(sentence)
    for match in _FIGURE.finditer(sentence):
        if step is None or match.start() >= step.end():
            yield Figure(page, passage, sentence, *match.span())


def result(figures: Sequence[Figure]) -> dict[str, Any]:
    """{n, originals_stopped, changed_stopped, by_change, slipped, stopped_otherwise}: the first two as {n, of, rate}.

    `stopped_otherwise` counts faults of originals that no figure has a part in: a topic that the policy forbids."""
    caught, tried, slipped = Counter[str](), Counter[str](), list[dict[str, str]]()
    wrong, others = list[dict[str, str]](), Counter[str]()
    for figure in figures:
        faults = faults_of(figure.sentence, figure.passage)
        others.update(faults - FIGURE_FAULTS)
        if faults & FIGURE_FAULTS:
            wrong.append({"change": "none", "page": figure.page, "text": figure.sentence})
        for change, text in changed(figure):
            tried[change] += 1
            if faults_of(text, figure.passage) - (faults - FIGURE_FAULTS):
                caught[change] += 1
            else:
                slipped.append({"change": change, "page": figure.page, "text": text})
    return {
        "n": len(figures),
        "originals_stopped": rate(len(wrong), len(figures)),
        "changed_stopped": rate(caught.total(), tried.total()),
        "by_change": {change: rate(caught[change], tried[change]) for change in CHANGES},
        "stopped_otherwise": dict(sorted(others.items())),
        "slipped": [*wrong, *slipped][:SHOWN],
    }


def faults_of(text: str, passage: str) -> frozenset[str]:
    return frozenset(output.check(text, [passage], quoted=[passage]).violations)


def changed(figure: Figure) -> Iterator[tuple[str, str]]:
    """Every change that this figure allows, with the sentence that it makes; one that makes another sentence of the
    same passage (the next row of a table) is as true as that."""
    told = {figure.passage[start:end].strip("` ") for start, end in chunking.sentences(figure.passage)}
    for name, change in CHANGES.items():
        text = change(figure)
        if text is not None and text.strip("` ") not in told:
            yield name, text


def plus_one(figure: Figure) -> str | None:
    return stepped(figure, 1)


def minus_one(figure: Figure) -> str | None:
    return stepped(figure, -1)


def stepped(figure: Figure, by: int) -> str | None:
    word = figure.text.lower()
    if word in _SPELT:
        place = _SPELT.index(word) + by
        return figure.instead(_SPELT[place]) if 0 <= place < len(_SPELT) else None
    whole, dot, part = figure.text.rstrip(",").partition(".")
    number = int(whole.replace(",", "")) + by
    if number < 0:
        return None
    told = f"{number:,}" if "," in whole else str(number).zfill(len(whole) if whole.startswith("0") else 0)
    return figure.instead(told + dot + part + figure.text[len(figure.text.rstrip(",")) :])


def digit_swapped(figure: Figure) -> str | None:
    """Two neighbours change places; a single digit becomes another one."""
    text = figure.text
    for place in range(len(text) - 1):
        a, b = text[place], text[place + 1]
        if a.isdigit() and b.isdigit() and a != b:
            return figure.instead(text[:place] + b + a + text[place + 2 :])
    return figure.instead(str((int(text) + 5) % 10)) if len(text) == 1 and text.isdigit() else None


def unit_changed(figure: Figure) -> str | None:
    unit = _BEHIND.match(figure.sentence, figure.end)
    return figure.instead(_UNIT[unit[2]], *unit.span(2)) if unit else None


def currency_changed(figure: Figure) -> str | None:
    before = figure.sentence[: figure.start].rstrip()
    sign = _CURRENCY.get(before[-1:])
    return figure.instead(sign, len(before) - 1, len(before)) if sign else None


def date_shifted(figure: Figure) -> str | None:
    """Another month or weekday, where one is named beside the figure."""
    near = [m for m in _DATE.finditer(figure.sentence) if figure.start - 12 <= m.start() <= figure.end + 12]
    return figure.instead(_NEXT[near[0][0]], *near[0].span()) if near else None


CHANGES: Final[dict[str, Callable[[Figure], str | None]]] = {
    "plus one": plus_one,
    "minus one": minus_one,
    "digit swapped": digit_swapped,
    "unit changed": unit_changed,
    "currency changed": currency_changed,
    "date shifted": date_shifted,
}
