"""Plain dates in a customer's words: ISO, "3 March", "March 3rd", "yesterday", "last Tuesday". Needs today's date."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from agents.grammar.slots import Context, SlotValue

MONTHS: Final = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH: Final = (
    "(" + "|".join(f"{name[:3]}(?:{name[3:]})?\\.?" if name != "may" else "may" for name in MONTHS) + "|sept\\.?)"
)
_ISO: Final = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_DAY_MONTH: Final = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?:,?\s+(\d{{4}}))?\b", re.IGNORECASE
)
_MONTH_DAY: Final = re.compile(rf"\b{_MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(\d{{4}}))?\b", re.IGNORECASE)
_RELATIVE: Final = {"today": 0, "tonight": 0, "yesterday": -1, "tomorrow": 1}
_WORD: Final = re.compile(rf"\b(?:{'|'.join(_RELATIVE)})\b", re.IGNORECASE)
_WEEKDAY: Final = re.compile(rf"\b(?:(last|next|this|on|since|by)\s+)?({'|'.join(DAYS)})\b", re.IGNORECASE)


def month_number(name: str) -> int:
    return next(i for i, full in enumerate(MONTHS, 1) if full[:3] == name[:3].lower())


def day(text: str, context: Context) -> SlotValue | None:
    """The first date named, as ISO text. A day without a year lies nearest to today; a bare weekday lies behind."""
    for pattern, read in (
        (_ISO, _iso),
        (_DAY_MONTH, _day_month),
        (_MONTH_DAY, _month_day),
        (_WORD, _word),
        (_WEEKDAY, _weekday),
    ):
        match = pattern.search(text)
        found = read(match, context.today) if match else None
        if match and found:
            return SlotValue(value=found.isoformat(), source_span=match.span(), raw=match[0])
    return None


def _safe(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _iso(match: re.Match[str], _: date | None) -> date | None:
    return _safe(int(match[1]), int(match[2]), int(match[3]))


def _nearest(month: int, number: int, year: str | None, today: date | None) -> date | None:
    if year:
        return _safe(int(year), month, number)
    if today is None:
        return None
    choices = [made for offset in (-1, 0, 1) if (made := _safe(today.year + offset, month, number))]
    return min(choices, key=lambda made: abs(made - today), default=None)


def _day_month(match: re.Match[str], today: date | None) -> date | None:
    return _nearest(month_number(match[2]), int(match[1]), match[3], today)


def _month_day(match: re.Match[str], today: date | None) -> date | None:
    return _nearest(month_number(match[1]), int(match[2]), match[3], today)


def _word(match: re.Match[str], today: date | None) -> date | None:
    return today + timedelta(_RELATIVE[match[0].lower()]) if today else None


def _weekday(match: re.Match[str], today: date | None) -> date | None:
    if today is None:
        return None
    behind = (today.weekday() - DAYS.index(match[2].lower())) % 7
    if (match[1] or "").lower() in {"next", "by", "this"}:
        return today + timedelta((7 - behind) % 7 or 7)
    return today - timedelta(behind or 7 * ((match[1] or "").lower() == "last"))
