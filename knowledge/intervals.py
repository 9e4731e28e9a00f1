"""How long until an article is looked at again, as its editors write it: 90 days, 2 weeks, 6 months, 1 year."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from typing import Final

from django.core.exceptions import ValidationError

INTERVAL: Final = re.compile(r"([1-9]\d{0,3}) (day|week|month|year)s?")


def check(interval: str) -> None:
    """A validator of models and forms; empty is the product's own interval."""
    if interval and INTERVAL.fullmatch(interval) is None:
        raise ValidationError("Say how long, in days, weeks, months or years: 6 months.")


def after(day: date, interval: str) -> date:
    """ValueError when the interval can't be read."""
    found = INTERVAL.fullmatch(interval)
    if found is None:
        raise ValueError(f"{interval!r} is no interval. Write it like this: 6 months.")
    count, unit = int(found[1]), found[2]
    if unit in ("month", "year"):
        return _months_later(day, count * (12 if unit == "year" else 1))
    return day + timedelta(days=count * (7 if unit == "week" else 1))


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
