"""Specifics: prices, percentages, dates, times, durations, measures, addresses. Each one said owes a receipt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_NUMBER = r"\d[\d,]*(?:\.\d+)?"
_WORD = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|fifteen|twenty|thirty|sixty|ninety)"
)
_COUNT = rf"(?:{_NUMBER}|{_WORD})"
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:t(?:ember)?)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
_PERIOD = r"(?:second|minute|hour|(?:business|working|calendar)?[ -]?day|week|month|year)s?"
_UNIT = r"(?:pounds?|lbs?|ounces?|oz|inch(?:es)?|feet|ft|miles?|kg|g|cm|mm|m|km|l|ml|watts?|W|Wh|GHz|MHz|GB|MB|°[CF])"

# Earlier kinds win where two overlap: "$5 a day" is an amount, "May 5" is a date.
PATTERNS: Final[dict[str, re.Pattern[str]]] = {
    "email": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "money": re.compile(rf"[$€£]\s?{_NUMBER}|\b{_NUMBER}\s?(?:USD|EUR|GBP|dollars?|euros?|pounds sterling|cents?)\b"),
    "percent": re.compile(rf"\b{_NUMBER}\s?(?:%|percent\b|per cent\b)"),
    "date": re.compile(
        rf"\b\d{{4}}-\d{{2}}-\d{{2}}\b|\b{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?(?:, \d{{4}})?\b"
        rf"|\b\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}\b(?: \d{{4}}\b)?|\b\d{{1,2}}/\d{{1,2}}/\d{{2,4}}\b"
    ),
    "time": re.compile(r"\b\d{1,2}(?::\d{2})?\s?[ap]\.?m\b\.?|\b\d{1,2}:\d{2}\b", re.IGNORECASE),
    "duration": re.compile(rf"\b{_COUNT}(?:\s?(?:to|-|–|or)\s?{_COUNT})?[ -]{_PERIOD}\b", re.IGNORECASE),
    "phone": re.compile(r"(?<![\w-])\+?\(?\d{1,4}\)?(?:[ .-]\(?\d{2,4}\)?){2,4}(?![\w-])|\b\d{3}-\d{4}\b"),
    "measure": re.compile(rf"\b{_NUMBER}\s?{_UNIT}(?![\w])"),
}


@dataclass(frozen=True)
class Specific:
    """One of them, and where it stands in the text."""

    kind: str
    text: str
    start: int
    end: int


def find(text: str) -> list[Specific]:
    """In the order of the text; no two overlap."""
    found: list[Specific] = []
    for kind, pattern in PATTERNS.items():
        for match in pattern.finditer(text):
            if all(match.end() <= other.start or match.start() >= other.end for other in found):
                found.append(Specific(kind, match.group(), match.start(), match.end()))
    return sorted(found, key=lambda specific: specific.start)
