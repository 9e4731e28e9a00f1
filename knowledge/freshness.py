"""Knowledge has a date: old and on a topic that changes means stale.

S1-24: at 90 days it is still fresh, at 91 stale; what doesn't change never goes stale.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from .models import Topic

STALE_DAYS: Final = 90  # where no policy is at hand: the help centre

# Prices, policies and product specifications change; how a company is reached or an account is opened hardly does.
CHANGES: Final[dict[str, bool]] = {
    Topic.RETURNS: True,
    Topic.SHIPPING: True,
    Topic.ORDERS: True,
    Topic.BILLING: True,
    Topic.PRICING: True,
    Topic.MEMBERSHIP: True,
    Topic.WARRANTY: True,
    Topic.PRODUCT: True,
    Topic.ACCOUNT: False,
    Topic.SECURITY: False,
    Topic.TECHNICAL: False,
    Topic.COMPANY: False,
}


def age_days(fresh_on: date, today: date) -> int:
    """Whole days since somebody vouched for it; a date in the future counts as today."""
    return max(0, (today - fresh_on).days)


def changes(topic: str) -> bool:
    """Whether the topic is one that changes; a topic that nobody has classed counts as changing."""
    return CHANGES.get(topic, True)


def is_stale(age: int, topic: str, stale_days: int) -> bool:
    return changes(topic) and age > stale_days


def answer_is_stale(sources: Iterable[tuple[int, str]], stale_days: int) -> bool:
    """S1-24 over all (age in days, topic) that an answer uses: the most recent one decides about the age."""
    used = list(sources)
    return bool(used) and min(age for age, _ in used) > stale_days and any(changes(topic) for _, topic in used)
