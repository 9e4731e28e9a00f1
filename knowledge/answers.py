"""Answers without a model: the one or two sentences that answer, byte for byte, each with its citation and receipts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.urls import reverse

from . import specifics
from .keywords import keywords
from .models import Audience

MIN_SCORE: Final = 600  # thousandths: a passage that is less sure than this isn't quoted
LIST_FACTOR: Final = 2  # steps are quoted whole up to this many times the limit: half a list misleads

# What a sentence gains over its likeness to the question; tried on the demo's questions.
OVERLAP_GAIN, KIND_GAIN, PASSAGE_GAIN, STEPS_GAIN = 0.3, 0.15, 0.25, 0.15
SECOND_SHARE: Final = 0.75  # a second sentence has to score this share of the first

# What kind of specific a question asks for.
ASKS: Final[tuple[tuple[re.Pattern[str], frozenset[str]], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE), frozenset(kinds))
    for pattern, kinds in (
        (r"\bhow (?:much|expensive)\b|\bcosts?\b|\bprices?\b|\bfees?\b|\bcharge\b", {"money"}),
        (r"\bhow (?:long|fast|soon|quick(?:ly)?|many days)\b|\bwindow\b|\bwithin\b|\bpolicy\b", {"duration"}),
        (r"\bwhen\b|\bwhat time\b|\bhours\b", {"duration", "date", "time"}),
        (r"\bhow (?:heavy|big|large|wide|tall)\b|\bweigh|\bsize\b", {"measure"}),
        (r"\bdiscount\b|\bpercent", {"percent"}),
        (r"\b(?:tele)?phone\b|\bcall\b|\bnumber\b", {"phone"}),
        (r"\be-?mail\b|\bwrite\b", {"email"}),
    )
)
HOW_TO: Final = re.compile(
    r"\bhow (?:do|can|to|should)\b|\bset ?up\b|\bsteps?\b|\bconfigure\b|\bturn on\b", re.IGNORECASE
)
LEANS: Final = re.compile(
    r"(?:It|They|This|That|These|Those|Then|There|Each|Both|Above that|After that|We then|The other|If both)\b"
)
STEP: Final = re.compile(r"(?:\d{1,2}\.|-) ")


@dataclass(frozen=True)
class Quote:
    """text == the passage's text[start:end]; `n` is the citation's number in the answer."""

    n: int
    passage: dict[str, Any]
    start: int
    end: int

    @property
    def text(self) -> str:
        words: str = self.passage["text"][self.start : self.end]
        return words


@dataclass(frozen=True)
class Receipt:
    """Where a specific of the answer stands: the article, its version and the span in the passage's text."""

    specific: str
    kind: str
    article: str
    version: int
    passage_id: int
    start: int
    end: int
    age_days: int


@dataclass(frozen=True)
class Answer:
    quotes: tuple[Quote, ...]

    @property
    def text(self) -> str:
        """The quotes with their marks: "You have 14 days … [1]". A mark stands once, after its last sentence."""
        parts = []
        for place, quote in enumerate(self.quotes):
            last = place + 1 == len(self.quotes) or self.quotes[place + 1].n != quote.n
            parts.append(f"{quote.text} [{quote.n}]" if last else quote.text)
        return ("\n" if any(STEP.match(quote.text) for quote in self.quotes) else " ").join(parts)

    @property
    def citations(self) -> list[dict[str, Any]]:
        """As a message's `extra` keeps them."""
        return citations(list({quote.n: quote.passage for quote in self.quotes}.values()))

    def to_json(self) -> dict[str, Any]:
        """As a turn records it."""
        return {
            "text": self.text,
            "citations": self.citations,
            "receipts": [asdict(receipt) for receipt in self.receipts],
        }

    @property
    def receipts(self) -> list[Receipt]:
        return [
            Receipt(
                specific.text,
                specific.kind,
                quote.passage["article"],
                quote.passage["version"],
                quote.passage["passage_id"],
                quote.start + specific.start,
                quote.start + specific.end,
                quote.passage["age_days"],
            )
            for quote in self.quotes
            for specific in specifics.find(quote.text)
        ]


def citations(passages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Numbered in their order, as a message's `extra` keeps them; a page that the help centre doesn't show isn't
    linked."""
    return [
        {
            "n": n,
            "title": passage["title"],
            "url": reverse("help:article", args=[passage["article"]]),
            "updated": passage["updated"],
            "age_days": passage["age_days"],
            "stale": passage["stale"],
            **({} if passage.get("audience", Audience.PUBLIC) == Audience.PUBLIC else {"linked": False}),
        }
        for n, passage in enumerate(passages, 1)
    ]


def receipts_of(text: str, passages: Sequence[dict[str, Any]]) -> list[Receipt]:
    """Where each specific of a text stands in the passages: for words that aren't a passage's own."""
    return [
        Receipt(one.text, one.kind, passage["article"], passage["version"], passage["passage_id"], at,
                at + len(one.text), passage["age_days"])
        for one in specifics.find(text)
        for passage in passages
        if (at := passage["text"].find(one.text)) >= 0
    ]  # fmt: skip


@dataclass(frozen=True)
class Unit:
    """What can be quoted: a sentence, or a whole run of steps. `likeness` to the question is in thousandths."""

    passage: dict[str, Any]
    rank: int
    start: int
    end: int
    likeness: int

    @property
    def text(self) -> str:
        words: str = self.passage["text"][self.start : self.end]
        return words

    @property
    def is_list(self) -> bool:
        return STEP.match(self.text) is not None

    def fits(self, limit_words: int) -> bool:
        return len(self.text.split()) <= limit_words * (LIST_FACTOR if self.is_list else 1)


def extract(query: str, passages: Sequence[dict[str, Any]], limit_words: int = 45) -> Answer | None:
    """The sentences of `passages` (as search returned them) that answer `query`; None when none is sure enough.

    The passages come with their sentences, as search gives them when asked to: a pure function of what a turn recorded.
    """
    sure = [passage for passage in passages if passage["score"] >= MIN_SCORE]
    units = [unit for rank, passage in enumerate(sure) for unit in _units(passage, rank) if unit.fits(limit_words)]
    if not units:
        return None
    asked, kinds = keywords(query), _kinds(query)
    scores = [unit.likeness + round(1000 * _gain(unit, query, asked, kinds)) for unit in units]
    best = max(range(len(units)), key=lambda place: (scores[place], -place))
    return Answer(_numbered(_with_second(units, scores, best, limit_words)))


def _units(passage: dict[str, Any], rank: int) -> list[Unit]:
    units: list[Unit] = []
    for start, end, likeness in passage["sentences"]:
        unit = Unit(passage, rank, start, end, likeness)
        if units and _one_list(units[-1], unit):
            before = units.pop()
            unit = Unit(passage, rank, before.start, end, max(before.likeness, likeness))
        units.append(unit)
    return units


def _one_list(before: Unit, after: Unit) -> bool:
    """Steps that follow each other, and a step's further sentences on its own line."""
    between = before.passage["text"][before.end : after.start]
    return before.is_list and (after.is_list or "\n" not in between)


def _gain(unit: Unit, query: str, asked: set[str], kinds: frozenset[str]) -> float:
    said = keywords(f"{unit.passage['heading']} {unit.text}")
    gain: float = OVERLAP_GAIN * len(asked & said) / len(asked) if asked else 0.0
    gain += PASSAGE_GAIN * unit.passage["score"] / 1000 / (1 + unit.rank)
    if kinds & {specific.kind for specific in specifics.find(unit.text)}:
        gain += KIND_GAIN
    if unit.is_list and HOW_TO.search(query):
        gain += STEPS_GAIN
    return gain


def _kinds(query: str) -> frozenset[str]:
    return frozenset().union(*(kinds for pattern, kinds in ASKS if pattern.search(query)))


def _with_second(units: list[Unit], scores: list[int], best: int, limit_words: int) -> list[Unit]:
    """A sentence that leans on the one before it brings it along; else the article's runner-up joins when near enough.

    Never one of another article: two pages that don't agree would speak as one.
    """
    first = units[best]
    room = limit_words - len(first.text.split())
    if LEANS.match(first.text) and best and units[best - 1].passage is first.passage:
        before = units[best - 1]
        return [before, first] if len(before.text.split()) <= room else [first]
    others = [
        place
        for place, unit in enumerate(units)
        if place != best
        and not unit.is_list
        and len(unit.text.split()) <= room
        and scores[place] >= SECOND_SHARE * scores[best]
        and unit.passage["article"] == first.passage["article"]
        and unit.text != first.text
        and (not LEANS.match(unit.text) or place == best + 1)
    ]
    if not others:
        return [first]
    second = max(others, key=lambda place: (scores[place], -place))
    same = units[second].passage is first.passage
    return [units[place] for place in sorted((best, second))] if same else [first, units[second]]


def _numbered(units: list[Unit]) -> tuple[Quote, ...]:
    """One number for each article, in the order of their first quote."""
    numbers: dict[str, int] = {}
    for unit in units:
        numbers.setdefault(unit.passage["article"], len(numbers) + 1)
    return tuple(Quote(numbers[unit.passage["article"]], unit.passage, unit.start, unit.end) for unit in units)
