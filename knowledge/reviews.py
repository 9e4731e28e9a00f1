"""When an article has to be looked at again: its own interval, or the product's for what changes and what doesn't."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings

from . import freshness, intervals


def due(fresh_on: date, interval: str, topic: str) -> date:
    """The last day on which it still counts as checked. ValueError when the interval can't be read."""
    if interval:
        return intervals.after(fresh_on, interval)
    days = "review_days" if freshness.changes(topic) else "review_days_lasting"
    return fresh_on + timedelta(days=settings.HANDRAIL[days])
