"""Pairs of sentences about the same thing that can't both be right: another figure, or the opposite."""

from __future__ import annotations

import re
from calendar import day_name, month_name
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Final, Literal

import numpy as np

from . import embeddings, figures
from .figures import Figure

# Likeness of two sentences with their titles: below it nothing is looked at, above it the words decide.
NEAR: Final = 0.45
FEWEST: Final = 2  # words of the subject that both have to say
SLACK: Final = 2  # words that only one of two opposites says
BLOCK: Final = 512  # sentences compared at a time

WORD: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
ANAPHOR: Final = re.compile(r"^(?:it|they|this|that|these|those)\b", re.IGNORECASE)
POINTED: Final = re.compile(r"\b(?:this|that|these|those|such)\s+[a-z]+", re.IGNORECASE)
NO: Final = re.compile(
    r"\b(?:can|do|does|is|are|will|must|may|should|has|have|was|were|could|would)(?:not|n['’ ]t| not| never)\b"
    r"|\b(?:can|won)['’ ]t\b|\bnever\b",
    re.IGNORECASE,
)
NOT: Final = re.compile(r"\b(?:not|no|never|without)\b|n['’]t\b", re.IGNORECASE)
YES: Final = re.compile(r"\b(?:can|is|are|will|must|may|should|always)\b", re.IGNORECASE)
CONDITION: Final = re.compile(r"\b(?:if|unless|until|when|once|while|except|before|after)\b[^,;.]*", re.IGNORECASE)
CLAUSE: Final = re.compile(
    r"[;:]|,\s+(?=(?:but|because|unless|so|when|if|and (?:then|we|you|it))\b)|\s(?=(?:because|unless|but)\s)"
)
EXAMPLE: Final = re.compile(
    r"\b(?:for example|for instance|e\.g\.|such as|let['’]?s say|suppose)|^so if\b", re.IGNORECASE
)
# They narrow when something holds, not what it is.
WHEN: Final = frozenset(name.lower() for name in (*month_name[1:], *day_name)) | {"et", "ct", "pt", "gmt", "utc"}
# Words that tell nothing of what a sentence is about: whoever says them, the verbs between a thing and its figure, and
# the signs of a bound.
EMPTY: Final = frozenset(
    WORD.findall("""
    a about above after all also an and any are as at be been before below between but by can could did do does each
    either every everywhere everybody else for from get give given had has have here how i if in into is it its just
    least less like may me might more most much must my need no not now of off on once one only onto or other our ours
    out over own per please shall should since so some still such t than that the their them then there these they
    this those through to too under until up us very was we were what when where whether which while who whose will
    with within without would you your yours re ll ve
    always never cannot nobody nothing neither
    allow allowed become cost count last maximum minimum receive require run stay take want amount total exactly
    approximately roughly around currently usually normally generally typically day week month year hour minute
    business working calendar
    """)
)


@dataclass(frozen=True)
class Sentence:
    """A sentence where it stands. `before` is the one in front of it, which a pronoun leans on."""

    page: str
    title: str
    heading: str
    text: str
    before: str = ""

    @property
    def standalone(self) -> str:
        return f"{self.title}. {self.heading}: {self.text}" if self.heading else f"{self.title}: {self.text}"

    @cached_property
    def lead(self) -> frozenset[str]:
        """What a pronoun at its start means: the subject of the sentence before, or the heading."""
        if not ANAPHOR.match(self.text):
            return frozenset()
        figure = next(iter(figures.read(self.before)), None)
        return stems(self.before[: figure.start] if figure else self.before) or stems(self.heading or self.title)

    @cached_property
    def words(self) -> frozenset[str]:
        return stems(self.text) | self.lead

    @cached_property
    def around(self) -> frozenset[str]:
        """Its words and those that stand above it."""
        return self.words | stems(f"{self.title} {self.heading}")

    def subject(self, figure: Figure) -> frozenset[str]:
        """What the figure is of: the words of its clause in front of it; of a clause that begins with it, all."""
        start = max((gap.end() for gap in CLAUSE.finditer(self.text, 0, figure.start)), default=0)
        led = self.lead if start == 0 else frozenset()
        return (stems(self.text[start : figure.start]) | led) or stems(self.text[figure.end :])


@dataclass(frozen=True)
class Contradiction:
    kind: Literal["figure", "opposite"]
    one: Sentence
    other: Sentence
    words: tuple[str, str]  # the two figures, or the yes and the no


def stems(text: str) -> frozenset[str]:
    """The words that tell what it is about, without figures and the commonest endings."""
    plain = POINTED.sub(" ", text.lower())
    for figure in figures.read(plain):
        plain = plain[: figure.start] + " " * (figure.end - figure.start) + plain[figure.end :]
    words = (word for word in WORD.findall(plain.replace("’", "'")) if word not in EMPTY and len(word) > 1)
    return frozenset(stem(word) for word in words if not word.isdigit()) - EMPTY_STEMS


def stem(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) > 2 and not word.endswith("ss"):
            return word[: -len(ending)].removesuffix("e")
    return word.removesuffix("e") if len(word) > 3 else word


EMPTY_STEMS: Final = frozenset(stem(word) for word in EMPTY)


def find(sentences: Sequence[Sentence]) -> list[Contradiction]:
    """In the order of the pages, each pair once."""
    told = [*_figures_disagree(sentences), *_opposites(sentences)]
    return sorted(told, key=lambda pair: (pair.one.page, pair.other.page, pair.one.text, pair.other.text))


def _figures_disagree(sentences: Sequence[Sentence]) -> Iterator[Contradiction]:
    measured = [one for one in sentences if figures.read(one.text) and not EXAMPLE.search(one.text)]
    for one, other in _near(measured):
        if differing := disagreement(one, other):
            yield Contradiction("figure", one, other, (differing[0].text, differing[1].text))


def _near(sentences: Sequence[Sentence]) -> Iterator[tuple[Sentence, Sentence]]:
    """Pairs whose vectors are near, each once."""
    if len(sentences) < 2:
        return
    vectors = embeddings.encode([one.standalone for one in sentences])
    for start in range(0, len(sentences), BLOCK):
        likeness = vectors[start : start + BLOCK] @ vectors.T
        for row, column in zip(*np.nonzero(likeness >= NEAR), strict=True):
            if start + row < column:
                yield sentences[start + row], sentences[column]


def disagreement(one: Sentence, other: Sentence) -> tuple[Figure, Figure] | None:
    """The first two figures of the same thing that differ, unless any figure of their measure is said by both."""
    for measure in sorted(_measures(one) & _measures(other)):
        mine = [figure for figure in figures.read(one.text) if figure.measure == measure]
        theirs = [figure for figure in figures.read(other.text) if figure.measure == measure]
        if any(a.agrees(b) for a, b in product(mine, theirs)):
            continue
        if found := next(((a, b) for a, b in product(mine, theirs) if same_thing(one, a, other, b)), None):
            return found
    return None


def _measures(one: Sentence) -> set[str]:
    return {figure.measure for figure in figures.read(one.text)}


def same_thing(one: Sentence, a: Figure, other: Sentence, b: Figure) -> bool:
    """Whether both sentences say what either figure is of."""
    if _denial(one) != _denial(other):
        return False
    if one.page == other.page:
        return _told_twice(one, a, other, b)
    first, second = one.subject(a) - WHEN, other.subject(b) - WHEN
    both = one.words & other.words
    return len((first | second) & both) >= FEWEST and first <= other.words and second <= one.words


def _told_twice(one: Sentence, a: Figure, other: Sentence, b: Figure) -> bool:
    """One page that lists cases tells them apart by their headings or by a word: here every word has to be the same."""
    same = one.heading == other.heading and one.words == other.words and one.subject(a) == other.subject(b)
    return same and len(one.words) > FEWEST and len(NOT.findall(one.text)) == len(NOT.findall(other.text))


def _opposites(sentences: Sequence[Sentence]) -> Iterator[Contradiction]:
    """A sentence that denies what another page says in the same words."""
    plain = [one for one in sentences if len(one.words) > FEWEST and not one.text.endswith(("?", ":"))]
    having = defaultdict[str, list[Sentence]](list)
    for one in plain:
        if not _denial(one):
            for word in one.words:
                having[word].append(one)
    for one in plain:
        if no := _denial(one):
            # Whoever has all of its words but a few has one of the rarest few.
            rare = sorted(one.words, key=lambda word: (len(having[word]), word))[: SLACK + 1]
            for other in {id(found): found for word in rare for found in having[word]}.values():
                if opposite(one, other):
                    yield Contradiction("opposite", *_in_order(one, other, no))


def _in_order(denies: Sentence, says: Sentence, no: str) -> tuple[Sentence, Sentence, tuple[str, str]]:
    yes = YES.search(says.text)
    said = yes[0] if yes else "says so"
    return (denies, says, (no, said)) if denies.page < says.page else (says, denies, (said, no))


def _denial(one: Sentence) -> str:
    """The words with which its main clause says no; empty when it doesn't."""
    found = NO.search(CONDITION.sub(" ", one.text))
    return found[0] if found else ""


def opposite(denies: Sentence, says: Sentence) -> bool:
    """The same words up to one or two, the subject included, and no condition that only one of them has."""
    if denies.page == says.page or bool(CONDITION.search(denies.text)) != bool(CONDITION.search(says.text)):
        return False
    return len(denies.words ^ says.words) <= SLACK and len(denies.words & says.words) > FEWEST
