"""What the audit found, kept: opened once for the same words, taken by an editor, closed when the defect is gone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Count

from conversations.access import SYSTEM, Actor
from conversations.clock import business_now
from conversations.lifecycle import NotAllowedError, move
from conversations.models import Now

from . import audit, feedback, gaps, pages, usage
from .audit import Class, Defect, Report
from .models import Article, AuditDay, Finding, Gap

AUDIT: Final = "knowledge.audit"  # the task
RIGHT: Final = "knowledge.change_finding"
GONE, BACK, KEPT, TAKEN, LEFT = "gone", "back", "kept", "taken", "left"
# Days until it should be mended: what can mislead somebody today comes first, all of it within the eight weeks planned.
WITHIN: Final[dict[str, int]] = {
    Finding.Kind.CONTRADICTORY: 7,
    Finding.Kind.DIFFERS: 7,
    Finding.Kind.OUTDATED: 14,
    Finding.Kind.AMBIGUOUS: 28,
    Finding.Kind.UNHELPFUL: 28,
    Finding.Kind.UNUSED: 56,
}
ORDER: Final = (Class.OK.value, *(one.value for one in Class if one is not Class.OK))  # as they are told
GAPS: Final = 20
LOCK: Final = "select pg_advisory_xact_lock(hashtextextended('knowledge.audit', 0))"


def report(as_of: date | None = None) -> Report:
    """The published articles, judged by this day or today, with what conversations and readers show of them."""
    now, found = business_now(), pages.published()
    told = audit.audit(found, as_of or now.date())
    shown = [*usage.unused(found, now), *usage.differing(found, now), *feedback.unhelpful()]
    return replace(told, defects=[*told.defects, *shown])


def refresh() -> None:
    """Audit what is published and keep what was found. A second run, also at the same time, changes nothing more."""
    found, missing = report(), dearest()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK)
        keep(found)
        facts = {"articles": len(found.pages), "counts": classes(), "left": left().count(), "gaps": missing}
        AuditDay.objects.update_or_create(day=found.as_of, defaults=facts)


def dearest() -> list[dict[str, Any]]:
    """S1-61: what no page answers, by its cost: how often it was asked, times the handoffs that it caused."""
    found = sorted(gaps.ranked(), key=lambda one: (-one.times * one.handoffs, -one.times, one.keys[0]))
    return [{"key": one.keys[0], "times": one.times, "handoffs": one.handoffs} for one in found[:GAPS]]


def in_words(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same in a customer's words. What was erased or answered since is left out."""
    listed = list(rows)
    open_ones = Gap.objects.filter(key__in=[row["key"] for row in listed], closed_at__isnull=True).order_by("at")
    said = dict(open_ones.values_list("key", "question"))
    return [
        {**row, "question": said[row["key"]], "cost": row["times"] * row["handoffs"]}
        for row in listed
        if row["key"] in said
    ]


def keep(found: Report) -> None:
    """Open what is new, close what is gone, open again what is back; what an editor has called right stays so."""
    defects = {defect.key: defect for defect in found.defects}
    rows = {row.key: row for row in Finding.objects.all()}
    articles = dict(Article.objects.values_list("slug", "pk"))
    for key, defect in defects.items():
        if key not in rows:
            open_new(defect, articles[defect.page], found.as_of)
        elif rows[key].status == Finding.Status.DONE and not rows[key].kept:
            reopen(rows[key], found.as_of)
    for key, row in rows.items():
        if key in defects:
            renew(row, defects[key])
        elif row.status != Finding.Status.DONE:
            close(row.pk, SYSTEM, GONE)


def open_new(defect: Defect, article: int, today: date) -> None:
    due = today + timedelta(days=WITHIN[Finding.Kind(defect.kind)])
    facts = {"kind": defect.kind, "why": defect.why, "says": list(defect.says), "due": due}
    Finding.objects.create(key=defect.key, article_id=article, **facts)


def renew(row: Finding, defect: Defect) -> None:
    """The days that a review is overdue and the conversations that answers went to move on."""
    facts = {"why": defect.why, "says": list(defect.says)}
    if (row.why, row.says) != (defect.why, list(defect.says)):
        Finding.objects.filter(pk=row.pk).update(**facts)


def reopen(row: Finding, today: date) -> None:
    def change(again: Finding) -> list[str]:
        again.closed_at, again.due = None, today + timedelta(days=WITHIN[Finding.Kind(again.kind)])
        return ["closed_at", "due"]

    move(Finding, row.pk, "reopen", SYSTEM, BACK, change)


def close(pk: int, actor: Actor, reason: str, kept: str = "") -> Finding:
    def change(row: Finding) -> list[str]:
        row.closed_at, row.holder_id, row.kept = Now(), None, kept
        return ["closed_at", "holder", "kept"]

    return move(Finding, pk, "settle", actor, reason, change)


def take(pk: int, user: User) -> Finding:
    """`user` mends it."""

    def change(row: Finding) -> list[str]:
        row.holder = user
        return ["holder"]

    return move(Finding, pk, "take", Actor.operator(user.pk), TAKEN, change)


def leave(pk: int, user: User) -> Finding:
    def change(row: Finding) -> list[str]:
        if row.holder_id != user.pk:
            raise NotAllowedError("A colleague mends this. Ask them to leave it.")
        row.holder = None
        return ["holder"]

    return move(Finding, pk, "leave", Actor.operator(user.pk), LEFT, change)


def call_right(pk: int, user: User, reason: str) -> Finding:
    """It is right as it is: the same words aren't found again. An overdue review is no matter of opinion."""
    if not reason.strip():
        raise NotAllowedError("Say why it is right as it is.")
    if Finding.objects.get(pk=pk).kind == Finding.Kind.OUTDATED:
        raise NotAllowedError("Its review is overdue. Review the article and say so there.")
    return close(pk, Actor.operator(user.pk), KEPT, reason.strip()[:200])


def classes() -> dict[str, int]:
    """How many published articles are of each class, by the findings that are left. See audit.Report."""
    kinds: dict[int, set[str]] = {pk: set() for pk in Article.objects.published().values_list("pk", flat=True)}
    for article, kind in left().values_list("article", "kind"):
        kinds.get(article, set()).add(kind)
    counts = dict.fromkeys(ORDER, 0)
    for held in kinds.values():
        counts[class_of(held)] += 1
    return counts


def shares(counts: dict[str, int]) -> dict[str, float]:
    """In per cent."""
    total = max(1, sum(counts.values()))
    return {name: round(100 * count / total, 1) for name, count in counts.items()}


def class_of(kinds: Iterable[str]) -> str:
    held = set(kinds)
    return next((one.value for one in Class if one.value in held), Class.OK.value)


def left() -> Any:
    return Finding.objects.exclude(status=Finding.Status.DONE)


def by_status() -> dict[str, int]:
    rows = Finding.objects.values_list("status").annotate(n=Count("pk"))
    return {**dict.fromkeys(Finding.Status.values, 0), **dict(rows)}
