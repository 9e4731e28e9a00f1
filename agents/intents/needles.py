"""Words that a pattern can't match without: looking for them first spares the rules tier most of its patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from re import _constants, _parser  # type: ignore[attr-defined]  # the only parser of Python's own dialect
from typing import Any, Final

SHORTEST: Final = 2
MOST: Final = 400  # a pattern that may begin in more ways than this is simply tried
Needles = frozenset[str]


@dataclass(frozen=True)
class Index:
    """`needed`: literal → numbers of the patterns that it may open; `always`: patterns that need no literal."""

    needed: tuple[tuple[str, tuple[int, ...]], ...]
    always: tuple[int, ...]

    def candidates(self, text: str) -> list[int]:
        """Numbers, ascending, of the patterns that may match: the others can't."""
        low = text.lower()
        found = set(self.always)
        for needle, numbers in self.needed:
            if needle in low:
                found.update(numbers)
        return sorted(found)


class Patterns:
    """Patterns that are asked as one: a search tries only those whose literals are there, in their order."""

    def __init__(self, *patterns: str) -> None:
        self.compiled = tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)
        self.index = index(patterns)

    def search(self, text: str) -> re.Match[str] | None:
        tries = (self.compiled[number].search(text) for number in self.index.candidates(text))
        return next((match for match in tries if match is not None), None)


def index(patterns: Sequence[str]) -> Index:
    needed: dict[str, list[int]] = {}
    always = []
    for number, pattern in enumerate(patterns):
        literals = required(pattern)
        if literals is None:
            always.append(number)
        for literal in sorted(literals or ()):
            needed.setdefault(literal, []).append(number)
    return Index(tuple((literal, tuple(numbers)) for literal, numbers in sorted(needed.items())), tuple(always))


def required(pattern: str) -> Needles | None:
    """Lower-case literals of which every match holds at least one; None when there is no such set."""
    return _of_sequence(_parser.parse(pattern))


def _of_sequence(items: Iterable[tuple[Any, Any]]) -> Needles | None:
    """The most telling of what follows one another: a run of letters, or what one of the parts needs."""
    offers: list[Needles] = []
    run = ""
    for kind, value in items:
        if kind is _constants.LITERAL and chr(value).lower() == chr(value).casefold() and chr(value) != " ":
            run += chr(value).lower()
            continue
        offers += [frozenset({run})] if len(run) >= SHORTEST else []
        run = ""
        inner = _of_part(kind, value)
        offers += [inner] if inner is not None else []
    offers += [frozenset({run})] if len(run) >= SHORTEST else []
    return min(offers, key=_cost, default=None)


def _cost(needles: Needles) -> tuple[int, int]:
    """Few and long is good: a short literal is in every text."""
    return (min(map(len, needles)) < 3, len(needles))


def _of_part(kind: Any, value: Any) -> Needles | None:
    if kind is _constants.SUBPATTERN:
        return _of_sequence(value[-1])
    if kind in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
        return _of_sequence(value[2]) if value[0] >= 1 else None
    if kind is _constants.BRANCH:
        ways = [_of_sequence(way) for way in value[1]]
        union = frozenset().union(*(way for way in ways if way is not None))
        return union if all(way is not None for way in ways) and len(union) <= MOST else None
    return None
