"""Specifics in a text as comparable values: money, dates, weekdays, durations, percentages, measures, ids, links and
numbers.

The same reading serves both sides: what a reply claims, and what the facts of the turn hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from agents.grammar.dates import DAYS, MONTHS, month_number
from agents.guards import terms

Key = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """`kind` and `key` compare; `raw` and the span say where it stands."""

    kind: str
    key: Key
    raw: str
    start: int
    end: int


_CURRENCY: Final = {
    word: code
    for code, words in {
        "USD": "$ us$ usd dollar dollars bucks cents",
        "EUR": "€ eur euro euros",
        "GBP": "£ gbp pound pounds",
        "JPY": "¥ jpy yen",
        "INR": "₹ inr rupees",
        **{other: other.lower() for other in ("CHF", "CAD", "AUD", "SEK", "NOK", "DKK", "PLN")},
    }.items()
    for word in words.split()
}
_ONES: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS: Final = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS: Final = {
    **{word: number for number, word in enumerate((*_ONES, *_TEENS))},
    **{ten: 10 * number for number, ten in enumerate(_TENS, 2)},
    **{
        f"{ten}{sign}{_ONES[one]}": 10 * number + one
        for number, ten in enumerate(_TENS, 2)
        for one in range(1, 10)
        for sign in "- "
    },
    "a couple of": 2,
    "half a dozen": 6,
    "a dozen": 12,
    "a hundred": 100,
    "one hundred": 100,
    "hundred": 100,
}
_NUM: Final = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?"
_SPELT: Final = "|".join(sorted((re.escape(word).replace(r"\ ", r"\s+") for word in _WORDS), key=len, reverse=True))
_COUNT: Final = rf"(?:{_NUM}|{_SPELT})"
_MONTHS: Final = [f"{name[:3]}(?:{name[3:]})?\\.?" for name in MONTHS if name != "may"]
_MONTH: Final = "(?:" + "|".join([*_MONTHS, "may", "sept\\.?"]) + ")"
_DAY: Final = "(?:" + "|".join(f"{d[:3]}(?:{d[3:]})?" for d in DAYS) + "|tues|thur|thurs)"
_UNIT: Final = {
    "second": "second", "minute": "minute", "min": "minute", "hour": "hour", "hr": "hour", "day": "day", "week": "week",
    "month": "month", "year": "year",
}  # fmt: skip
_MEASURES: Final = """
lb lbs pound pounds, oz ounce ounces, kg kilogram kilograms kilo kilos, g gram grams, mg, inch inches, ft foot feet,
mile miles, mm millimeter millimeters millimetre millimetres, cm centimeter centimeters centimetre centimetres,
m meter meters metre metres, km kilometer kilometers kilometre kilometres, l liter liters litre litres, ml,
gallon gallons, w watt watts, kw, wh, kwh, v volt volts, mah, hz, mhz, ghz, kb, mb, gb, tb, mbps, mph, °c, °f,
° degree degrees, px pixel pixels
"""  # the forms of a unit, the first one names it
_MEASURE_UNIT: Final = {form: forms.split()[0] for forms in _MEASURES.split(",") for form in forms.split()}

_URL: Final = re.compile(r"https?://[^\s<>()\[\]\"']+[^\s<>()\[\]\"'.,;:!?]", re.IGNORECASE)
_MONEY_BEFORE: Final = re.compile(rf"(?P<sign>-)?(?P<cur>US\$|[$€£¥₹])\s?(?P<num>{_NUM})(?P<k>k\b)?", re.IGNORECASE)
_MONEY_AFTER: Final = re.compile(
    rf"(?<![\w.,])(?P<num>{_COUNT})\s?(?:US\s+)?(?P<cur>€|£|\$"
    rf"|(?:{'|'.join(sorted((c for c in _CURRENCY if c.isalpha()), key=len, reverse=True))})\b)",
    re.IGNORECASE,
)
_PERCENT: Final = re.compile(
    rf"(?<![\w.,])(?P<num>{_COUNT})\s?(?:%|percent\b|per\s+cent\b)|\b(?P<half>half)\s+(?:price|off"
    rf"|the\s+price)\b",
    re.IGNORECASE,
)
_ISO: Final = re.compile(
    r"(?<![\w-])(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(?:Z"
    r"|[+-]\d{2}:?\d{2})?)?(?![\w-])"
)
_SLASHED: Final = re.compile(r"(?<![\w/.-])(\d{1,2})([/.])(\d{1,2})\2(\d{2,4})(?![\w/-])")
_DATE: Final = re.compile(
    rf"\b(?:(?P<wd>{_DAY})\.?,?\s+(?:the\s+)?)?(?:(?P<d1>\d{{1,2}})(?:st|nd|rd"
    rf"|th)?\s+(?:of\s+)?(?P<m1>{_MONTH})|(?P<m2>{_MONTH})\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?)"
    r"(?!\d)(?:,?\s+(?P<y>\d{4})\b)?",
    re.IGNORECASE,
)
_MONTH_YEAR: Final = re.compile(rf"\b(?P<m>{_MONTH})\s+(?P<y>(?:19|20)\d{{2}})\b", re.IGNORECASE)
_WEEKDAY: Final = re.compile(rf"\b({'|'.join(DAYS)})s?\b", re.IGNORECASE)
_DURATION: Final = re.compile(
    rf"(?<![\w.,])(?P<a>{_COUNT})(?:\s?(?:-|–|—|-?to-?|or"
    rf"|and)\s?(?P<b>{_COUNT}))?[\s-]*(?P<adj>(?:business|working|calendar|full|more|further|other"
    rf"|whole)\s+)?"
    rf"(?P<unit>{'|'.join(_UNIT)})s?\b",
    re.IGNORECASE,
)
# "An hour", "half a year", "a year and a half".
_LONG: Final = "|".join(unit for unit in _UNIT if unit != "second")
_NO_DAY: Final = "".join(rf"(?<!{word} )" for word in ("promise", "name", "pick", "choose", "give", "say", "such"))
_ONE_UNIT: Final = re.compile(
    rf"\b(?P<half>half\s+)?{_NO_DAY}(?P<one>an?)\s+(?:(?:business|working|calendar|full|further|whole)\s+)?(?P<unit>{_LONG})\b"
    r"(?P<more>\s+and\s+a\s+half)?(?!-)|\bwithin\s+the\s+(?P<within>hour|day|week|month|year)\b",
    re.IGNORECASE,
)
_TIME: Final = re.compile(
    r"(?<![\d:])(?:(?P<h>[01]?\d|2[0-3]):(?P<m>[0-5]\d)(?:\s?(?P<ap>[ap])\.?m\b\.?)?|(?P<h2>1[0-2]"
    r"|[1-9])\s?(?P<ap2>[ap])\.?m\b\.?)(?!\d)",
    re.IGNORECASE,
)
_OCLOCK: Final = re.compile(
    rf"\b(?:(?P<half>half\s+past)\s+(?P<a>{_COUNT})\b|(?P<b>{_COUNT})\s+o'?\s?clock\b)", re.IGNORECASE
)
_ZONE: Final = re.compile(
    r"\b(?:CES?T|E[SD]T|P[SD]T|C[SD]T|M[SD]T|GMT|UTC|BST|A[EW]S?[DS]T|JST)\b"
    r"|\b(?:Eastern|Pacific|Central|Mountain|Greenwich)(?:\s+\w+)?\s+[Tt]ime\b"
)
_MEASURE: Final = re.compile(
    rf"(?<![\w.,])(?P<num>{_COUNT})[\s-]?"
    rf"(?P<unit>{'|'.join(sorted(map(re.escape, _MEASURE_UNIT), key=len, reverse=True))})(?!\w)",
    re.IGNORECASE,
)
# Letters and digits in one word, or six digits and more: an order, tracking or reference id.
_ID: Final = re.compile(
    r"#?(?<![\w])(?=[\w-]*\d)(?:[A-Za-z]+[-_]?\d[\w-]*|\d+[A-Za-z][\w-]*|\d{6,}[\w-]*"
    r"|[A-Za-z]+(?:-[A-Za-z0-9]+)*-\d[\w-]*)(?![\w])"
)
_ORDINAL: Final = re.compile(r"\b(\d+)(?:st|nd|rd|th)\b", re.IGNORECASE)
# Said in a word: as a day of the month, as a place, or far enough up to be no way of pointing.
_NTH: Final = {
    **{word: place for place, word in enumerate(
        ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
         "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
         "twentieth"), 1)},
    "thirtieth": 30,
    **{f"twenty-{word}": 20 + place for place, word in enumerate(
        ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"), 1)},
    "thirty-first": 31,
}  # fmt: skip
_NTH_WORD: Final = "|".join(sorted(_NTH, key=len, reverse=True))
_HIGH: Final = "|".join(sorted((word for word, place in _NTH.items() if place > 10), key=len, reverse=True))
_NTH_DATE: Final = re.compile(
    rf"\b(?:(?P<m1>{_MONTH})\s+(?:the\s+)?(?P<d1>{_NTH_WORD})|(?P<d2>{_NTH_WORD})\s+of\s+(?P<m2>{_MONTH}))\b",
    re.IGNORECASE,
)
_NTH_PLACE: Final = re.compile(rf"\b(?:({_NTH_WORD})\s+in\s+(?:line|the\s+(?:line|queue))|({_HIGH}))\b", re.IGNORECASE)
_SHORT_DAY: Final = re.compile(
    r"\b(?:[Oo]n|[Bb]y|[Uu]ntil|[Tt]ill|[Bb]efore|[Aa]fter|[Ff]rom|[Nn]ext|[Tt]his|[Ss]ince|[Aa]rrives|[Cc]omes|[Dd]ue)\s+"
    r"(Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\b\.?"
)
_MONTH_ALONE: Final = re.compile(
    r"\b(?:[Ii]n|[Bb]y|[Uu]ntil|[Tt]ill|[Bb]efore|[Aa]fter|[Ss]ince|[Ff]rom|[Nn]ext|[Tt]his|[Oo]f|[Ll]ate|[Ee]arly)\s+"
    rf"({'|'.join(name.capitalize() for name in MONTHS)})\b(?!\s+\d)"
)
# A sum or a stock that is told in words alone: "it costs fifty", "three are left".
_LONE: Final = re.compile(
    rf"\bcosts?\s+(?:about\s+|only\s+)?(?P<a>{_SPELT})\b(?!\s+(?:of|more))"
    rf"|\b(?P<b>{_SPELT})\s+(?:are\s+|is\s+)?(?:left|remaining|in\s+stock)\b",
    re.IGNORECASE,
)
_FRACTION: Final = re.compile(r"(?P<whole>\d*)\s?(?P<part>[½¼¾⅓⅔])")
_PARTS: Final = {"½": 500, "¼": 250, "¾": 750, "⅓": 333, "⅔": 667}
_NUMBER: Final = re.compile(rf"(?<![\w.,])(?:{_NUM})(?!\w)")
_RELATIVE: Final = re.compile(
    r"\b(?:yesterday|tomorrow|(?<=arrives )today|(?<=delivered )today|(?<=due )today|(?<=expected "
    r")today)\b",
    re.IGNORECASE,
)
# Without one of these a text names nothing that could be checked.
_TELLING: Final = re.compile(
    rf"\d|https?://|[½¼¾⅓⅔]|\b(?:half|{_SPELT}|{_NTH_WORD}|{'|'.join(DAYS)}|{'|'.join(MONTHS)}|yesterday|tomorrow|today"
    rf"|an?\s+(?:\w+\s+)?(?:{_LONG})|within\s+the|time\b|UTC|GMT|mon|tue|wed|thu|fri|sat|sun)",
    re.IGNORECASE,
)
_CITATION: Final = re.compile(r"\[\d{1,2}\]")
_BULLET: Final = re.compile(r"^\s*\d{1,2}[.)]\s", re.MULTILINE)


@lru_cache(maxsize=4096)  # the words of systems repeat: states, carriers, currencies
def read(text: str) -> tuple[Claim, ...]:
    """Every specific in the text, in its order; what a surer reading has claimed no other reading sees."""
    if not _TELLING.search(text):
        return tuple(_told(text))
    taken: list[tuple[int, int]] = [m.span() for pattern in (_CITATION, _BULLET) for m in pattern.finditer(text)]
    found: list[Claim] = []
    lowered = text.lower()
    for pattern, make in _READERS:
        if pattern in _NEEDS and not any(word in lowered for word in _NEEDS[pattern]):
            continue
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < used_end and used < end for used, used_end in taken):
                continue
            made = list(make(match))
            taken += [(start, end)] * bool(made)
            found += made
    return tuple(sorted([*found, *_told(text)], key=lambda claim: claim.start))


def _told(text: str) -> Iterator[Claim]:
    for name, match in terms.find(text):
        yield _claim(match, "term", name)


def number(raw: str) -> int:
    """A count or amount in thousandths: "1,299.50" is 1299500; words too."""
    word = " ".join(raw.lower().split())
    if word in _WORDS:
        return _WORDS[word] * 1000
    plain = raw.replace(",", "") if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", raw) else raw.replace(",", ".")
    whole, _, part = plain.partition(".")
    return int(whole) * 1000 + int((part + "000")[:3])


def plain_id(raw: str) -> str:
    """An id without the signs that people leave out."""
    return re.sub(r"[^A-Z0-9]", "", raw.upper())


def _claim(match: re.Match[str], kind: str, *key: str | int) -> Claim:
    return Claim(kind, (kind, *key), match[0], *match.span())


def _money(match: re.Match[str]) -> Iterator[Claim]:
    groups = match.groupdict()
    amount = number(match["num"]) * (1000 if groups.get("k") else 1)
    cents = amount // 1000 if match["cur"].lower() == "cents" else amount // 10
    yield _claim(match, "money", -cents if groups.get("sign") else cents, _CURRENCY[match["cur"].lower()])


def _percent(match: re.Match[str]) -> Iterator[Claim]:
    yield _claim(match, "percent", 50_000 if match["half"] else number(match["num"]))


def _dated(match: re.Match[str], year: int | None, month: int, day: int, weekday: str | None = None) -> Iterator[Claim]:
    """A date as (year or 0, month, day, weekday or -1); an impossible one keeps its figures and so finds no receipt."""
    index = next((i for i, name in enumerate(DAYS) if weekday and name.startswith(weekday[:3].lower())), -1)
    yield _claim(match, "date", year or 0, month, day, index)


def _iso(match: re.Match[str]) -> Iterator[Claim]:
    yield from _dated(match, int(match[1]), int(match[2]), int(match[3]))


def _slashed(match: re.Match[str]) -> Iterator[Claim]:
    """3/4/2026 may be either; the reading is left open, and a receipt for one of the two is enough."""
    a, b, year = int(match[1]), int(match[3]), int(match[4]) + (2000 if len(match[4]) == 2 else 0)
    yield _claim(match, "slashed", year, a, b)


def _date(match: re.Match[str]) -> Iterator[Claim]:
    year = int(match["y"]) if match["y"] else None
    yield from _dated(
        match, year, month_number(match["m1"] or match["m2"]), int(match["d1"] or match["d2"]), match["wd"]
    )


def _month_year(match: re.Match[str]) -> Iterator[Claim]:
    yield _claim(match, "month", int(match["y"]), month_number(match["m"]))


def _weekday(match: re.Match[str]) -> Iterator[Claim]:
    yield _claim(match, "weekday", DAYS.index(match[1].lower()))


def _duration(match: re.Match[str]) -> Iterator[Claim]:
    unit = _UNIT[match["unit"].lower()]
    for group in ("a", "b"):
        if match[group]:
            yield _claim(match, "duration", number(match[group]), unit)


def _one_unit(match: re.Match[str]) -> Iterator[Claim]:
    if match["within"]:
        yield _claim(match, "duration", 1000, match["within"].lower())
        return
    count = 500 if match["half"] else 1500 if match["more"] else 1000
    yield _claim(match, "duration", count, _UNIT[match["unit"].lower()])


def _oclock(match: re.Match[str]) -> Iterator[Claim]:
    """Said without a half of the day; a receipt for either is enough."""
    yield _claim(match, "clock", number(match["a"] or match["b"]) // 1000 % 12, 30 if match["half"] else 0)


def _nth_date(match: re.Match[str]) -> Iterator[Claim]:
    day = _NTH[(match["d1"] or match["d2"]).lower()]
    yield from _dated(match, None, month_number(match["m1"] or match["m2"]), day)


def _short_day(match: re.Match[str]) -> Iterator[Claim]:
    yield _claim(match, "weekday", next(i for i, name in enumerate(DAYS) if name.startswith(match[1][:3].lower())))


def _measure(match: re.Match[str]) -> Iterator[Claim]:
    yield _claim(match, "measure", number(match["num"]), _MEASURE_UNIT[match["unit"].lower()])


def _time(match: re.Match[str]) -> Iterator[Claim]:
    hour, minute = int(match["h"] or match["h2"]), int(match["m"] or 0)
    half = (match["ap"] or match["ap2"] or "").lower()
    yield _claim(match, "time", (hour % 12) + 12 * (half == "p") if half else hour, minute)


def _id(match: re.Match[str]) -> Iterator[Claim]:
    if not _ORDINAL.fullmatch(match[0]):
        yield _claim(match, "id", plain_id(match[0]))


def _number(match: re.Match[str]) -> Iterator[Claim]:
    yield _claim(match, "number", number(match[0]))


_READERS: Final = (
    (_URL, lambda match: iter((_claim(match, "link", match[0]),))),
    (_MONEY_BEFORE, _money),
    (_MONEY_AFTER, _money),
    (_PERCENT, _percent),
    (_ISO, _iso),
    (_SLASHED, _slashed),
    (_DATE, _date),
    (_NTH_DATE, _nth_date),
    (_MONTH_YEAR, _month_year),
    (_MONTH_ALONE, lambda match: iter((_claim(match, "month", 0, month_number(match[1])),))),
    (_DURATION, _duration),
    (_ONE_UNIT, _one_unit),
    (_TIME, _time),
    (_OCLOCK, _oclock),
    (_ZONE, lambda match: iter((_claim(match, "zone", match[0].lower()),))),
    (_WEEKDAY, _weekday),
    (_SHORT_DAY, _short_day),
    (_LONE, lambda match: iter((_claim(match, "number", number(match["a"] or match["b"])),))),
    (_MEASURE, _measure),
    (_RELATIVE, lambda match: iter((_claim(match, "relative", match[0].lower()),))),
    (_ID, _id),
    (_ORDINAL, lambda match: iter((_claim(match, "nth", int(match[1])),))),
    (_NTH_PLACE, lambda match: iter((_claim(match, "nth", _NTH[(match[1] or match[2]).lower()]),))),
    (
        _FRACTION,
        lambda match: iter((_claim(match, "number", int(match["whole"] or 0) * 1000 + _PARTS[match["part"]]),)),
    ),
    (_NUMBER, _number),
)
# The words without which a slow one finds nothing.
_NEEDS: Final = {
    _OCLOCK: ("clock", "past"),
    _LONE: ("cost", "left", "remaining", "stock"),
    _ONE_UNIT: tuple(_LONG.split("|")),
    _DURATION: tuple(_UNIT),
}


def moment(text: str) -> date | datetime | None:
    """A whole string that is an ISO date or moment, as systems write them; eight digits in a row are an id."""
    if not _ISO.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text) if len(text) > 10 else date.fromisoformat(text)
    except ValueError:
        return None
