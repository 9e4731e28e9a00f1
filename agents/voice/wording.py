"""How dates, durations, money and lists read in a sentence. The output guard takes its receipts from the same forms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from conversations.money import Money

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
# The largest unit that fits at least once says it: 90 minutes are "1 hour", 36 hours are "1 day".
_UNITS: Final = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


def day(value: date | datetime, now: datetime) -> str:
    """Like "Tuesday 3 March", with the year when it isn't this one; a moment is read on the clock of `now`'s zone."""
    when = local_date(value, now)
    year = "" if when.year == now.year else f" {when.year}"
    return f"{DAYS[when.weekday()]} {when.day} {MONTHS[when.month - 1]}{year}"


def clock(value: datetime, now: datetime) -> str:
    """Like "14:05", in `now`'s time zone."""
    return value.astimezone(now.tzinfo).strftime("%H:%M")


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Like "1 parcel", "3 parcels"."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def duration(value: timedelta) -> str:
    """Like "9 days", "2 hours", "5 minutes"; less than a minute is "1 minute"."""
    for unit, noun in _UNITS:
        if value >= unit:
            return count(value // unit, noun)
    return count(1, "minute")


def ago(value: datetime, now: datetime) -> str:
    """Like "2 hours ago"; "just now" within the last minute (and for a clock that runs ahead)."""
    passed = now - value
    return "just now" if passed < timedelta(minutes=1) else f"{duration(passed)} ago"


def days_between(earlier: date | datetime, now: datetime) -> int:
    """Whole calendar days from one to the other, on `now`'s clock: what "{days} days ago" counts."""
    return abs((now.date() - local_date(earlier, now)).days)


def listing(items: Sequence[str], last: str = "and") -> str:
    """Like "a", "a and b", "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}" if items else ""


def money(value: Money) -> str:
    """Like "$12.50"."""
    return str(value)


def cost(value: Money) -> str:
    """Like "free of charge", "for $12.50"."""
    return f"for {value}" if value.cents else "free of charge"


def difference(value: Money) -> str:
    """Like "$12.50 more", "$5.00 less"."""
    return f"{Money(abs(value.cents), value.currency)} {'more' if value.cents > 0 else 'less'}"


def masked_email(address: str) -> str:
    """Like "a•••@example.com": enough to recognise, too little to learn."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}•••@{domain}"


def local_date(value: date | datetime, now: datetime) -> date:
    if isinstance(value, datetime):
        return value.astimezone(now.tzinfo).date() if value.tzinfo else value.date()
    return value
