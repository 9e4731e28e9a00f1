"""Pairs of sentences about the same thing that can't both be right: another figure, or the opposite."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Final, Literal

from . import embeddings, figures
from .figures import Figure
from .sentences import Sentence, stems

# Likeness of two sentences with their titles: below it nothing is looked at, above it the words decide.
NEAR: Final = 0.45
FEWEST: Final = 2  # words that two sentences have in common, unless they have no other
MANY: Final = ("email", "date")  # of which a house has several, so that one word in common says little
SLACK: Final = 2  # words that only one of two opposites says
Told = tuple[tuple[Sentence, Sentence], tuple[Figure, Figure]]

NO: Final = re.compile(
    r"\b(?:can|do|does|is|are|will|must|may|should|has|have|was|were|could|would)(?:not|n['’ ]t| not| never)\b"
    r"|\b(?:can|won)['’ ]t\b|\bnever\b",
    re.IGNORECASE,
)
NOT: Final = re.compile(r"\b(?:not|no|never|without)\b|n['’]t\b", re.IGNORECASE)
YES: Final = re.compile(r"\b(?:can|is|are|will|must|may|should|always)\b", re.IGNORECASE)
# The yes of "never expire" is "expire", without a sign of its own.
PLAIN: Final = re.compile(r"never|(?:do|does)\b.*|(?:do|does)n.t", re.IGNORECASE)
# "After 12 months" says how long, "after they ship" says when it holds.
CONDITION: Final = re.compile(
    r"\b(?:(if|unless|until|when|once|while|except)|(before|after)(?! (?:\d|an? |one |two ))) ([^,;.]*)", re.IGNORECASE
)
EXAMPLE: Final = re.compile(
    r"\b(?:for example|for instance|e\.g\.|such as|let['’]?s say|suppose)|^so if\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Contradiction:
    kind: Literal["figure", "opposite"]
    one: Sentence
    other: Sentence
    words: tuple[str, str]  # the two figures, or the yes and the no


def find(sentences: Sequence[Sentence]) -> list[Contradiction]:
    """In the order of the pages, each pair once."""
    plain = [one for one in sentences if not one.is_code]
    told = [*_figures_disagree(plain), *_opposites(plain)]
    return sorted(told, key=lambda pair: (pair.one.page, pair.other.page, pair.one.text, pair.other.text))


def _figures_disagree(sentences: Sequence[Sentence]) -> Iterator[Contradiction]:
    """Words choose the pairs, because they cost nothing; vectors are made of what is left alone."""
    measured = [one for one in sentences if figures.read(one.text) and not EXAMPLE.search(one.text)]
    told = [(pair, differing) for pair in _alike(measured) if (differing := disagreement(*pair))]
    for (one, other), (a, b) in _near(told):
        yield Contradiction("figure", one, other, (a.text, b.text))


def _alike(sentences: Sequence[Sentence]) -> Iterator[tuple[Sentence, Sentence]]:
    """Pairs that have a measure and a word in common, each once, in the order of the sentences."""
    having = defaultdict[tuple[str, str], list[int]](list)
    for place, one in enumerate(sentences):
        for key in product(_measures(one), one.core):
            having[key].append(place)
    pairs = {pair for places in having.values() for pair in combinations(places, 2)}
    for place, after in sorted(pairs):
        yield sentences[place], sentences[after]


def _near(told: list[Told]) -> Iterator[Told]:
    """Those whose vectors are near."""
    if not told:
        return
    texts = list(dict.fromkeys(one.standalone for pair, _ in told for one in pair))
    vectors = dict(zip(texts, embeddings.encode(texts), strict=True))
    for (one, other), differing in told:
        if float(vectors[one.standalone] @ vectors[other.standalone]) >= NEAR:
            yield (one, other), differing


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
    """Whether both say what either figure is of, and not each a word of its own that sets them apart."""
    if _denial(one) != _denial(other) or (one.when and other.when and not one.when & other.when):
        return False
    if one.page == other.page:
        return _told_twice(one, a, other, b)
    if not (one.subject(a) <= other.around and other.subject(b) <= one.around):
        return False
    mine, theirs = one.core - other.around, other.core - one.around
    both = one.core & other.core
    if mine and theirs:
        return False
    same = one.front(a) == other.front(b) != frozenset() or not (mine or theirs)
    return len(both) >= FEWEST or bool(both and same and a.measure not in MANY)


def _told_twice(one: Sentence, a: Figure, other: Sentence, b: Figure) -> bool:
    """One page that lists cases tells them apart by their headings or by a word: here every word has to be the same."""
    same = one.heading == other.heading and one.words == other.words and one.subject(a) == other.subject(b)
    return same and len(one.words) > FEWEST and len(NOT.findall(one.text)) == len(NOT.findall(other.text))


def _opposites(sentences: Sequence[Sentence]) -> Iterator[Contradiction]:
    """A sentence that denies what another page says in the same words."""
    plain = [one for one in sentences if len(one.words) >= FEWEST and not one.text.endswith(("?", ":"))]
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
    """The same words up to one or two, under the same condition, and of the same amount where both name one."""
    if denies.page == says.page or _conditions(denies) != _conditions(says) or disagrees(denies, says):
        return False
    if PLAIN.fullmatch(_denial(denies)) is None and YES.search(says.text) is None:
        return False
    apart, both = len(denies.words ^ says.words), len(denies.words & says.words)
    return (apart == 0 and both >= FEWEST) or (apart <= SLACK and both > FEWEST)


def _conditions(one: Sentence) -> set[tuple[str, frozenset[str]]]:
    return {((found[1] or found[2]).lower(), stems(found[3])) for found in CONDITION.finditer(one.text)}


def disagrees(one: Sentence, other: Sentence) -> bool:
    """Whether they name amounts of one measure and none of them agree: "above 100 Wh" and "up to 50 Wh" both hold."""
    pairs = [(a, b) for a, b in product(figures.read(one.text), figures.read(other.text)) if a.measure == b.measure]
    return bool(pairs) and not any(a.agrees(b) for a, b in pairs)
