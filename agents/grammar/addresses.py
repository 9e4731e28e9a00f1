"""A postal address of the United States or Canada in a sentence, as people type it: commas or none, any case.

It is found from its end: a postcode behind a state. What can't be read whole isn't read at all: it is asked for, and in
the end a person writes it down. Whatever is read is read back before it counts.
"""

from __future__ import annotations

import re
from typing import Final

# The two-letter codes of the United States Postal Service and of Canada Post.
_NAMES: Final = """
AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|
DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|
LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|MO Missouri|MT Montana|
NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York|NC North Carolina|ND North Dakota|
OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|PR Puerto Rico|RI Rhode Island|SC South Carolina|SD South Dakota|
TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington|WV West Virginia|WI Wisconsin|WY Wyoming|
AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador|NS Nova Scotia|ON Ontario|
PE Prince Edward Island|QC Quebec|SK Saskatchewan
"""
REGIONS: Final = {name.casefold(): name for row in _NAMES.replace("\n", "").split("|") for name in row.split(" ", 1)}
_REGION: Final = "|".join(sorted(map(re.escape, REGIONS), key=len, reverse=True))
_END: Final = re.compile(
    rf"""(?<!\w)(?P<region>{_REGION})\.?[\s,]*
        (?P<postcode>\d{{5}}(?:-\d{{4}})?|[A-Z]\d[A-Z]\s?\d[A-Z]\d)(?![\w-])
        (?:[\s,]*(?P<country>USA|U\.S\.A\.?|US|United\ States|Canada)(?!\w))?""",
    re.VERBOSE | re.IGNORECASE,
)
_SUFFIX: Final = (
    r"(?:street|st|avenue|ave|road|rd|boulevard|blvd|drive|dr|lane|ln|court|ct|place|pl|square|sq|terrace|ter|parkway|"
    r"pkwy|highway|hwy|circle|cir|way|trail|trl|loop|row|alley|broadway)"
)
_SECOND: Final = r"(?:(?:apartment|apt|suite|ste|unit|floor|fl|room|rm)\b\.?\s*\#?|\#)\s*[\w-]{1,12}"
_NUMBER: Final = re.compile(r"(?<![\w#.-])\d{1,6}[A-Za-z]?\s+(?=\w)")
_NOT_A_HOUSE: Final = re.compile(r"(?:apartment|apt|suite|ste|unit|floor|fl|room|rm)\.?\s*$", re.IGNORECASE)
_RUN_ON: Final = re.compile(rf"(\S+\s+\S+.*?\s{_SUFFIX}\.?(?:\s+[NS]?[EWNS])?(?!\w))\s+(.+)", re.IGNORECASE)
_ALONE: Final = re.compile(rf"\S+(?:\s+\S+){{1,4}}?\s{_SUFFIX}\.?(?:\s+[NS]?[EWNS])?(?!\w)", re.IGNORECASE)
_AT_THE_END: Final = re.compile(rf"(.+?)\s+({_SECOND})", re.IGNORECASE)
_AT_THE_START: Final = re.compile(rf"({_SECOND})(?:\s+(.+))?", re.IGNORECASE)
_CITY: Final = re.compile(r"[^\W\d_][^\d,]{1,49}")
_FARTHEST: Final = 160  # characters before the state that may belong to an address


def find(text: str, country: str) -> dict[str, str] | None:
    """The last whole address in a text as the parts of a canonical one; `country` stands where none is named."""
    flat = _flat(text)
    for end in reversed(list(_END.finditer(flat))):
        parts = _street_and_city(flat[max(0, end.start() - _FARTHEST) : end.start()].rstrip(" ,."))
        land = end["country"] or country
        if parts is not None and land:
            region = REGIONS[end["region"].casefold()]
            return {**parts, "region": region, "postcode": end["postcode"].upper(), "country": land}
    return None


def street(text: str) -> str | None:
    """The last street with its number in a text that names no city: "no, 14 Elm Street"."""
    flat = _flat(text)
    found = [_ALONE.match(flat, start) for start in reversed(_houses(flat))]
    return next((_spelt(match[0]) for match in found if match is not None), None)


def _flat(text: str) -> str:
    return " ".join(re.sub(r"\s*\n\s*", ", ", text.strip()).split())


def _houses(text: str) -> list[int]:
    """Where a house number may stand."""
    return [found.start() for found in _NUMBER.finditer(text) if not _NOT_A_HOUSE.search(text[: found.start()])]


def _street_and_city(before: str) -> dict[str, str] | None:
    """Street, second line and city from what stands before the state; the last house number begins it."""
    houses = _houses(before)
    if not houses:
        return None
    chunks = [chunk.strip() for chunk in before[houses[-1] :].split(",") if chunk.strip()]
    if len(chunks) == 1:
        run_on = _RUN_ON.fullmatch(chunks[0])
        if run_on is None:
            return None
        chunks = [run_on[1], run_on[2]]
    first, between, city = chunks[0], chunks[1:-1], chunks[-1]
    if inside := _AT_THE_END.fullmatch(first):
        first, between = inside[1], [inside[2], *between]
    if (ahead := _AT_THE_START.fullmatch(city)) and ahead[2]:
        between, city = [*between, ahead[1]], ahead[2]
    if not _CITY.fullmatch(city) or len(first) > 60:
        return None
    return {"first": _spelt(first), "second": _spelt(", ".join(between)), "city": _spelt(city)}


def _spelt(words: str) -> str:
    """With capitals, where the customer typed none."""
    return " ".join(word.capitalize() if word.islower() else word for word in words.split())
