"""Does a sentence repeat one of its sources, and with the source's own figures? "Within 14 days" where the page has
ten is wrong also when a 14 stands elsewhere on it.

A text is read as words and figures. Figures are numbers in digits or words, the word that each of them counts, and
months, weekdays and currencies; all the other words must be the same for a sentence to be a repetition.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from agents.grammar.dates import DAYS, MONTHS

FEWEST_WORDS: Final = 4  # beside its figures: a sentence with fewer says the same of many things
FIGURE: Final = "#"
_TOKEN: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+(?:[.,:]\d+)*|[$€£¥₹%°]")
_CITED: Final = re.compile(r"\[\d{1,2}\s?\]")
_ONES: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SPELT: Final = {
    **{word: str(number) for number, word in enumerate(_ONES)},
    **{ten: str(10 * number) for number, ten in enumerate(_TENS, 2)},
    "hundred": "100",
    "half": "1/2",
    "once": "1x",
    "twice": "2x",
}
_NAMED: Final = {
    **{name: f"month {n}" for n, name in enumerate(MONTHS, 1)},
    **{name[:3]: f"month {n}" for n, name in enumerate(MONTHS, 1) if name != "may"},
    "sept": "month 9",
    **{name: name for name in DAYS},
    **dict.fromkeys(("$", "usd", "dollar", "dollars"), "usd"),
    **dict.fromkeys(("€", "eur", "euro", "euros"), "eur"),
    **dict.fromkeys(("£", "gbp"), "gbp"),
    **dict.fromkeys(("¥", "jpy", "yen"), "jpy"),
    **dict.fromkeys(("₹", "inr", "rupee", "rupees"), "inr"),
    **dict.fromkeys(("%", "percent"), "%"),
    **{
        form: unit
        for unit in ("second", "minute", "hour", "day", "week", "month", "year")
        for form in (unit, f"{unit}s")
    },
}
del _NAMED["second"], _NAMED["march"], _NAMED["may"]  # words as often as figures
_ANY_ORDER: Final = frozenset(_NAMED.values()) - {"%"}


class Repeats(StrEnum):
    """What a sentence is to its sources: the same with the same figures, the same with others, or its own."""

    FAITHFULLY = "faithfully"
    WRONGLY = "wrongly"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Pattern:
    """A text as words, each figure a "#", and what the figures are."""

    words: tuple[str, ...]
    values: tuple[str, ...]  # "" for a word
    joined: str  # " w1 w2 # w3 ", to look for another pattern in
    starts: tuple[int, ...]  # where each word begins in `joined`

    def figures(self, start: int, end: int) -> list[list[str]]:
        """Run by run, in order; within a run that names a date or a currency the order is a matter of taste."""
        runs, last = list[list[str]](), -1
        for place in range(start, end):
            if self.values[place]:
                if last != place - 1 or not runs:
                    runs.append([])
                runs[-1].append(self.values[place])
                last = place
        return [sorted(run) if _ANY_ORDER & set(run) else run for run in runs]

    @property
    def says_enough(self) -> bool:
        return len(self.words) - self.words.count(FIGURE) >= FEWEST_WORDS

    @property
    def is_told(self) -> bool:
        """ "14 days" is a value, and no sentence that could be told wrongly."""
        return len(self.words) > self.words.count(FIGURE) or len(self.words) > 2


@lru_cache(maxsize=4096)  # passages and the words of systems come again
def pattern(text: str) -> Pattern:
    plain = unicodedata.normalize("NFKC", _CITED.sub(" ", text)).replace("’", "'").lower()
    words, values, counts = list[str](), list[str](), False
    for token in _TOKEN.findall(plain):
        value, counts = _value(token, counts)
        words.append(FIGURE if value else token)
        values.append(value)
    starts, at = list[int](), 1
    for word in words:
        starts.append(at)
        at += len(word) + 1
    return Pattern(tuple(words), tuple(values), f" {' '.join(words)} ", tuple(starts))


def _value(token: str, counts: bool) -> tuple[str, bool]:
    """The figure that a token is, "" for a word; and whether it counts the next one. `counts`: the one before did."""
    if token[0].isdigit():
        return token.replace(",", "").removesuffix(".00"), True
    if token in SPELT:
        return SPELT[token], token not in ("one", "once", "twice")
    if token in _NAMED:
        return _NAMED[token], False
    return (token.removesuffix("s"), False) if counts else ("", False)


def repeats(said: Pattern, sources: tuple[Pattern, ...]) -> Repeats:
    """FAITHFULLY as soon as one source has these words with these figures; WRONGLY when only others have them. What
    says little beside its figures is the same only as a whole text."""
    if FIGURE not in said.words:
        return Repeats.NOTHING
    figures, found = said.figures(0, len(said.words)), Repeats.NOTHING
    for source in sources:
        at = source.joined.find(said.joined)
        while at >= 0:
            first = bisect_right(source.starts, at + 1) - 1
            if source.figures(first, first + len(said.words)) == figures:
                return Repeats.FAITHFULLY
            if said.says_enough or (said.is_told and said.words == source.words):
                found = Repeats.WRONGLY
            at = source.joined.find(said.joined, at + 1)
    return found
