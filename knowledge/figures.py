"""Specifics as values that compare: two sentences with the same kind of figure agree, or they don't."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from . import specifics

NUMBER: Final = re.compile(r"\d[\d,]*(?:\.\d+)?")
WORDS: Final = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fourteen": 14, "fifteen": 15, "twenty": 20, "thirty": 30, "sixty": 60, "ninety": 90,
}  # fmt: skip
SPELT: Final = re.compile(rf"\b(?:{'|'.join(WORDS)})\b", re.IGNORECASE)
# Unit → (what it is a measure of, how many of the smallest): a week is seven days, a month isn't thirty.
PERIODS: Final = {
    "second": ("time", 1), "minute": ("time", 60), "hour": ("time", 3600), "day": ("time", 86_400),
    "week": ("time", 604_800), "month": ("months", 1), "year": ("months", 12),
}  # fmt: skip
CURRENCIES: Final = {
    "$": "usd", "€": "eur", "£": "gbp", "usd": "usd", "eur": "eur", "gbp": "gbp", "dollar": "usd", "pounds": "gbp",
    "cent": "cents",
}  # fmt: skip
RINGS: Final = re.compile(
    r"\b(?:phone|telephone|call|dial|ring|fax|hotline|text)\b", re.IGNORECASE
)  # or it is a version
ONE: Final = re.compile(
    r"(?<=\bwithin )an? (?:hour|day|week|month|year)\b|(?<=\btakes )an? (?:hour|day|week|month|year)\b", re.IGNORECASE
)
COUNTED: Final = re.compile(r"(?<![\w.,:/-])(?<!- )(\d[\d,]*)\s+(?:[a-z]+ed\s+)?([a-z]{3,})\b")


@dataclass(frozen=True)
class Figure:
    """`measure` says what may be compared with it; `values` are its lower and upper bound, or the one value."""

    measure: str
    values: tuple[float, ...]
    text: str
    start: int
    end: int

    def agrees(self, other: Figure) -> bool:
        """ "Up to 5 days" and "3 to 5 days" don't disagree: who waits for 5 days is told the same."""
        return self.values == other.values or (
            len(self.values) != len(other.values) and self.values[-1] == other.values[-1]
        )


@lru_cache(maxsize=8192)
def read(text: str) -> tuple[Figure, ...]:
    """The figures of a sentence, in its order."""
    rings = RINGS.search(text) is not None
    found = [figure for one in specifics.find(text) if (figure := _figure(one)) and (rings or one.kind != "phone")]
    for match in ONE.finditer(text):
        measure, factor = _measure("duration", match[0].lower().split()[1])
        found.append(Figure(measure, (factor,), match[0], *match.span()))
    taken = [(figure.start, figure.end) for figure in found]
    for match in COUNTED.finditer(text):
        if all(match.end(1) <= start or match.start(1) >= end for start, end in taken):
            found.append(Figure(f"count:{match[2].rstrip('s')}", (_number(match[1]),), match[0], *match.span()))
    return tuple(sorted(found, key=lambda figure: figure.start))


def _figure(one: specifics.Specific) -> Figure | None:
    text = one.text.lower()
    values = tuple(_number(found) for found in NUMBER.findall(text)) or tuple(
        float(WORDS[word.lower()]) for word in SPELT.findall(text)
    )
    measure, factor = _measure(one.kind, text)
    if one.kind in ("email", "phone", "date", "time"):
        values = (_spelling(text),)
    if not values:
        return None
    return Figure(measure, tuple(value * factor for value in values), one.text, one.start, one.end)


def _measure(kind: str, text: str) -> tuple[str, int]:
    if kind == "duration":
        name, factor = next(PERIODS[unit] for unit in PERIODS if unit in text)
        return f"duration:{name}", factor
    if kind == "money":
        return f"money:{next((code for sign, code in CURRENCIES.items() if sign in text), 'usd')}", 1
    if kind == "measure":
        return f"measure:{NUMBER.sub('', text).strip().rstrip('s.')}", 1
    return kind, 1


def _spelling(text: str) -> float:
    """Kinds that have no order compare by their letters and digits."""
    return float(zlib.crc32(re.sub(r"[^a-z0-9@]", "", text).encode()))


def _number(text: str) -> float:
    return float(text.replace(",", ""))
