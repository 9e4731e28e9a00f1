"""Celery tasks: safe to run twice, and twice at once."""

from __future__ import annotations

from celery import shared_task

from . import findings, weekly


@shared_task(name=findings.AUDIT)
def audit() -> None:
    """Look at every published article; what was found before isn't opened again."""
    findings.refresh()


@shared_task(name=weekly.REPORT)
def report_week() -> None:
    """Write the week's report, once."""
    weekly.write()
