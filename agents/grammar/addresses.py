"""A postal address in a sentence: street with a number, city, region, postcode, and a country where one is named.

What can't be read whole isn't read at all: it is asked for, and in the end a person writes it down.
"""

from __future__ import annotations

import re
from typing import Final

_ADDRESS: Final = re.compile(
    r"""(?P<first>(?<![\w\#-])\d{1,6}[A-Za-z]?\s+[A-Za-z0-9.'’ -]{2,60}?)\s*[,\n]\s*
        (?:(?P<second>(?i:apt|apartment|suite|unit|floor|fl|ste|room|\#)\.?\s*[\w-]{1,12})\s*[,\n]\s*)?
        (?P<city>[A-Za-zÀ-ÿ.'’ -]{2,50}?)\s*[,\n]\s*
        (?P<region>[A-Z]{2}|[A-Z][a-z]{3,20}(?:\s[A-Z][a-z]{3,20})?)\s*,?\s+
        (?P<postcode>\d{5}(?:-\d{4})?|[A-Z]\d[A-Z]\s?\d[A-Z]\d)\b
        (?:\s*[,\n]\s*(?P<country>USA|U\.S\.A\.|US|United\ States|Canada))?""",
    re.VERBOSE,
)
_TRAILING: Final = re.compile(r"\s+(?:please|thanks|thank\s+you)\W*$", re.IGNORECASE)


def find(text: str, country: str) -> dict[str, str] | None:
    """The last whole address in a text as the parts of a canonical one; `country` stands where none is named."""
    found = list(_ADDRESS.finditer(_TRAILING.sub("", " ".join(text.split()))))
    if not found:
        return None
    parts = {name: (value or "").strip(" ,") for name, value in found[-1].groupdict().items()}
    parts["country"] = parts["country"] or country
    return parts if parts["country"] else None
