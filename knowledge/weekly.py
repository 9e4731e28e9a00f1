"""What is told of a week: how right the articles are, what came and went, what falls due, and what is missing most."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from conversations.clock import business_now

from . import findings, pages
from .models import Finding, WeeklyReport

REPORT: Final = "knowledge.report_week"  # the task
AHEAD: Final = timedelta(days=14)
SHOWN: Final = 10  # of each list


def write() -> WeeklyReport:
    """This week's report: written once, whoever asks again."""
    today = business_now().date()
    week = monday(today)
    there = WeeklyReport.objects.filter(week=week).first()
    return there or WeeklyReport.objects.get_or_create(week=week, defaults={"figures": figures(today)})[0]


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def figures(today: date) -> dict[str, Any]:
    """Of the seven days before `today`, and of the fourteen behind it."""
    since = today - timedelta(days=7)
    counts = findings.classes()
    closed = Finding.objects.filter(status=Finding.Status.DONE, closed_at__date__gte=since)
    return {
        "articles": sum(counts.values()),
        "counts": counts,
        "shares": findings.shares(counts),
        "left": findings.left().count(),
        "new": Finding.objects.filter(opened_at__date__gte=since).count(),
        "mended": closed.filter(kept="").count(),
        "kept": closed.exclude(kept="").count(),
        "late": findings.left().filter(due__lt=today).count(),
        "reviews_due": reviews_due(today),
        "gaps": findings.dearest()[:SHOWN],
    }


def reviews_due(today: date) -> list[dict[str, str]]:
    """Articles whose review falls due in the next two weeks, the first first."""
    soon = [page for page in pages.published() if page.due and today <= page.due <= today + AHEAD]
    rows = [{"article": page.slug, "title": page.title, "owner": page.owner, "due": str(page.due)} for page in soon]
    return sorted(rows, key=lambda row: (row["due"], row["article"]))


def in_words(week: date, told: dict[str, Any]) -> str:
    """The report as a text."""
    missing = findings.in_words(told["gaps"])
    shares = ", ".join(f"{name} {told['shares'][name]}%" for name in findings.ORDER)
    lines = [
        f"Knowledge, week of {week}: {told['articles']} articles, {shares}.",
        f"{told['new']} new, {told['mended']} mended, {told['kept']} found right as they are; {told['left']} left, "
        f"{told['late']} of them late.",
        f"Reviews that fall due within {AHEAD.days} days: {len(told['reviews_due']) or 'none'}.",
        *(f"  {row['due']} {row['article']} ({row['owner'] or 'nobody'})" for row in told["reviews_due"][:SHOWN]),
        f"Questions that no page answers: {len(missing) or 'none'}.",
        *(f"  {row['question']} ({row['times']} times, {row['handoffs']} to a person)" for row in missing),
    ]
    return "\n".join(lines)
