"""What the audit found, kept: opened once for the same words, taken up by an editor, closed when the defect is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from conversations.clock import business_now

from . import audit, pages, usage


def report(as_of: date | None = None) -> audit.Report:
    """The published articles, judged by this day or today, with what conversations show of them."""
    now, found = business_now(), pages.published()
    told = audit.audit(found, as_of or now.date())
    return replace(told, defects=[*told.defects, *usage.unused(found, now), *usage.differing(found, now)])
