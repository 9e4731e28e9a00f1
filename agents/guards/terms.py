"""Specifics that are said in words alone: when, without a date; how much, without a figure; and what somebody is
entitled to. Each group of phrases means the same, and a fact has to say one of them, as plainly as the reply does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_UNIT: Final = r"(?:minute|hour|day|week|month|year)"
_SUM: Final = r"(?:price|amount|money|sum|cost|refund|value)"
_PART: Final = rf"(?:of\s+it\b|(?:of\s+)?(?:the|your)\s+{_SUM}|back\b|off\b)"
_GIVEN: Final = r"(?:refund|return|exchange|cancel|replace|claim|warrant|guarantee|send\s+\w+\s+back)"
_SPEEDY: Final = r"(?:instant(?:ly|aneous\w*)?|immediate(?:ly)?|straight\s+away|right\s+away|at\s+once|on\s+the\s+spot)"
_MOVES: Final = r"(?:refund\w*|arriv\w*|deliver\w*|ship\w*|paid|credited|money|reach\w*|shows?\s+up)"
# name → the ways to say it. What a name stands for is the same promise, whoever words it.
WAYS: Final[dict[str, str]] = {
    # what it costs
    "free": r"(?<![\w-])(?<!feel )(?<!keep )free(?:\s+of\s+charge)?(?![\w-]|\s+(?:to|up|from|time|slots?|hand)\b)"
    r"|\bat\s+no\s+(?:\w+\s+)?(?:cost|charge|expense)\b|\bno\s+(?:extra\s+|additional\s+|hidden\s+)?(?:fees?|charges?)\b|\bcosts?\s+(?:you\s+)?nothing\b"
    r"|\b(?:is|are|it's)\s+on\s+(?:us|the\s+house)\b|\bcomplimentary\b|\bfor\s+nothing\b|\bwithout\s+(?:\w+\s+)?(?:fees?|charges?|cost)\b",
    # how long it holds
    "lifetime": r"\blife-?\s?(?:time|long)\b|\bnever\s+(?:ends?|expires?|runs?\s+out)\b|\bindefinite(?:ly)?\b"
    r"|\b(?:lasts?|valid|good)\s+forever\b",
    "any-time": rf"\b(?:any\s?time|whenever\s+you\s+(?:like|want|wish))\b(?=[^.?!]*\b{_GIVEN})"
    rf"|\b{_GIVEN}\w*\b[^.?!]{{0,40}}\b(?:any\s?time|whenever\s+you\s+(?:like|want|wish))\b"
    rf"|\b(?:can|may)\s+always\s+(?:be\s+)?{_GIVEN}|\bno\s+(?:time\s+)?(?:limit|deadline)\b"
    r"|\bwithout\s+(?:any\s+)?(?:time\s+)?(?:limit|deadline)\b",
    "all-items": r"\b(?:all|any|every|each)\s+(?:items?|orders?|products?|purchases?)\s+(?:can|may)\s+be\b",
    # how much of it
    "in-full": r"\b(?:full|complete|entire|whole|total)\s+(?:refund|amount|price|sum|credit)\b"
    r"|\b(?:refund\w*|credit\w*|paid|money|back)\s+(?:back\s+)?in\s+full\b|\ball\s+(?:of\s+)?your\s+money\b",
    "half": rf"\bhalf\s+{_PART}",
    "third": rf"\b(?:a|one)[\s-]third\s+{_PART}",
    "two-thirds": rf"\btwo[\s-]thirds\s+{_PART}",
    "quarter": rf"\b(?:a|one)[\s-]quarter\s+{_PART}",
    "three-quarters": rf"\bthree[\s-]quarters\s+{_PART}",
    "double": rf"\b(?:double|twice)\s+(?:the|your)\s+{_SUM}\b",
    "triple": rf"\b(?:triple|three\s+times)\s+(?:the|your)\s+{_SUM}\b",
    # when
    "at-once": rf"\b{_SPEEDY}\b(?=[^.?!]*\b{_MOVES}\b)|\b{_MOVES}\b[^.?!]{{0,30}}\b{_SPEEDY}\b|\bin\s+no\s+time\b",
    "same-day": r"\bsame[\s-]day\b",
    "next-day": r"\bnext[\s-]day\b|\bovernight\b",
    "tonight": r"\btonight\b|\bthis\s+evening\b",
    "this-morning": r"\bthis\s+morning\b",
    "this-afternoon": r"\bthis\s+afternoon\b",
    "weekend": r"\bweekends?\b",
    "this-week": r"\b(?:this|the\s+same)\s+week\b(?!end)",
    "next-week": r"\bnext\s+week\b(?!end)",
    "this-month": r"\bthis\s+month\b",
    "next-month": r"\bnext\s+month\b",
    "this-year": r"\bthis\s+year\b",
    "next-year": r"\bnext\s+year\b",
    **{f"end-of-{unit}": rf"\bend\s+of\s+(?:the|this)\s+{unit}\b" for unit in ("week", "month", "year")},
    **{name: rf"\b(?:in|by|this|next|until|before|after)\s+(?:the\s+)?(?:early\s+|late\s+)?{ways}\b" for name, ways in (
        ("spring", "spring"), ("summer", "summer"), ("autumn", "(?:autumn|fall)"), ("winter", "winter"),
        ("christmas", "(?:christmas|xmas)"), ("easter", "easter"), ("thanksgiving", "thanksgiving"),
        ("new-year", "new\\s+year(?:'s)?"), ("black-friday", "black\\s+friday"))},
    "around-the-clock": r"\b(?:around|round)[\s-]the[\s-]clock\b|\bday\s+(?:and|or)\s+night\b",
    "noon": r"\b(?:at|by|until|till|before|after|from)\s+(?:noon|midday)\b",
    "midnight": r"\bmidnight\b",
    # how long, vaguely
    **{f"{name}-{unit}": rf"\b(?:{ways})\s+(?:(?:business|working|more|further|short)\s+)?{unit}s?\b"
       for unit in ("minute", "hour", "day", "week", "month", "year")
       for name, ways in (("few", r"(?:a|the|next|last|within)\s+few|several"), ("couple", r"couple(?:\s+of)?"))},
    "fortnight": r"\bfortnights?\b",
    "decade": r"\bdecades?\b",
    "dozen": r"\bdozens\b",
}  # fmt: skip
# Each way begins with a word: nowhere else is any of them tried.
_FOUND: Final = re.compile(
    rf"(?<!\w)(?=\w)(?:{'|'.join(f'(?P<t{place}>{way})' for place, way in enumerate(WAYS.values()))})", re.IGNORECASE
)
_NAMES: Final = tuple(WAYS)
# "Not free of charge" grants nothing, and "free of charge" isn't what it says.
_NOT: Final = re.compile(r"(?:\b(?:not|never|no\s+longer|without|nor|isn't|aren't|can't|won't)|n't)\b[^.?!,;:]{0,16}$")
# "A full refund, or a part of it?" grants nothing either.
_ASKED: Final = re.compile(r"[^.?!]*\?")


def find(text: str) -> Iterator[tuple[str, re.Match[str]]]:
    """(name, where), in the order of the text; the name of one that is denied begins with "not-"."""
    for match in _FOUND.finditer(text):
        name = _NAMES[int(str(match.lastgroup)[1:])]
        if name == "in-full" and _ASKED.match(text, match.end()):
            continue
        yield f"{'not-' * bool(_NOT.search(text[: match.start()].lower()))}{name}", match
