"""The console's pages of the articles: what the audit found, who mends it, and where an article is used.

Who may view findings reads them; who may change them takes, leaves and settles.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from itertools import accumulate
from typing import Any, Final, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from conversations.access import Access, access
from conversations.clock import business_now
from conversations.console.panels import slot
from conversations.lifecycle import NotAllowedError

from . import blast, burndown, feedback, findings, freshness, pages, usage, waiting, weekly
from .models import Article, AuditDay, Finding, WeeklyReport

SEE: Final = "knowledge.view_finding"
USED_DAYS: Final = 30
A_PAGE: Final = 50
REPLIES: Final = 20
COMMENTS: Final = 20
TONES: Final = {"outdated": "warn", "contradictory": "bad", "ambiguous": "info", "ok": "good"}
View = Callable[..., HttpResponseBase]


class ListForm(forms.Form):
    """What of the worklist is shown."""

    status = forms.ChoiceField(choices=Finding.Status.choices, required=False)
    kind = forms.ChoiceField(choices=Finding.Kind.choices, required=False)
    page = forms.IntegerField(min_value=1, required=False)


class SettleForm(forms.Form):
    deed = forms.ChoiceField(choices=[("take", "take"), ("leave", "leave"), ("right", "right")])
    reason = forms.CharField(max_length=200, required=False)


def readers(view: View) -> View:
    """Operators who may see findings; what they may do is asked at the deed."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.has_perm(SEE):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@access(Access.OPERATOR)
@require_safe
@never_cache
@readers
def knowledge(request: HttpRequest) -> HttpResponse:
    """The shares, the worklist, the burn-down, and every article with its age and use."""
    form = ListForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    status = wanted.get("status") or Finding.Status.OPEN
    counts, report = findings.classes(), WeeklyReport.objects.order_by("-week").first()
    shares = [(name, counts[name], share, TONES[name]) for name, share in findings.shares(counts).items()]
    last = AuditDay.objects.order_by("-day").first()
    context = {
        "shares": shares,
        "bar": bar(shares),
        "total": sum(counts.values()),
        "last": last,
        "gaps": findings.in_words(last.gaps) if last else [],
        "status": status,
        "kind": wanted.get("kind") or "",
        "kinds": Finding.Kind.choices,
        "tabs": [(value, label, findings.by_status()[value]) for value, label in Finding.Status.choices],
        "rows": worklist(status, wanted.get("kind") or "", wanted.get("page") or 1),
        "today": business_now().date(),
        "may": request.user.has_perm(findings.RIGHT),
        "waiting": waiting.queue().count(),
        "chart": burndown.chart(),
        "articles": articles(business_now()),
        "report": report,
        "report_text": weekly.in_words(report.week, report.figures) if report else "",
    }
    return render(request, "knowledge/console.html", context)


def bar(shares: list[tuple[str, int, float, str]]) -> list[dict[str, Any]]:
    """Where each share begins and how wide it is, in per cent."""
    starts = accumulate((share for _, _, share, _ in shares), initial=0.0)
    return [
        {"x": round(x, 1), "width": share, "tone": tone} for x, (_, _, share, tone) in zip(starts, shares, strict=False)
    ]


def worklist(status: str, kind: str, number: int) -> Any:
    """The most urgent first; of what is done, the latest."""
    rows = Finding.objects.filter(status=status).select_related("article__current", "holder")
    if kind:
        rows = rows.filter(kind=kind)
    order = "-closed_at" if status == Finding.Status.DONE else "due"
    return Paginator(rows.order_by(order, "pk"), A_PAGE).get_page(number)


def articles(now: datetime) -> list[dict[str, Any]]:
    """Every published article: class, age, when its review is due, its use in thirty days, and what readers said."""
    kinds: dict[int, set[str]] = {}
    for pk, kind in findings.left().values_list("article", "kind"):
        kinds.setdefault(pk, set()).add(kind)
    used, votes = usage.uses(now - timedelta(days=USED_DAYS)), feedback.votes()
    return [
        {
            "page": page,
            "class": findings.class_of(kinds.get(page.pk, ())),
            "tone": TONES[findings.class_of(kinds.get(page.pk, ()))],
            "age": freshness.age_days(page.fresh_on, now.date()) if page.fresh_on else None,
            "use": used.get(usage.address(page.slug), usage.Use()),
            "votes": votes.get(page.slug),
        }
        for page in pages.published()
    ]


@access(Access.OPERATOR)
@require_safe
@never_cache
@readers
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """Where is this used: replies, workflows and cases that it touches, and what an edit would change."""
    found = get_object_or_404(Article.objects.select_related("current"), slug=slug)
    now = business_now()
    uses = usage.uses(now - timedelta(days=USED_DAYS))
    replies = blast.recent(slug)
    context = {
        "article": found,
        "page": next((page for page in pages.published() if page.slug == slug), None),
        "use": uses.get(usage.address(slug), usage.Use()),
        "votes": feedback.by_version(found),
        "comments": feedback.comments(found)[:COMMENTS],
        "findings": found.findings.exclude(status=Finding.Status.DONE).select_related("holder").order_by("due"),
        "edit": blast.waiting(found),
        "waits": waiting.queue().filter(pk=found.pk).exists(),
        "replies": replies[:REPLIES],
        "count": replies.count(),
        "today": now.date(),
        "may": request.user.has_perm(findings.RIGHT),
        "may_edit": request.user.has_perm("knowledge.change_article"),
        "workflows_url": slot("article.workflows", article=slug),
        "cases_url": slot("article.cases", article=slug),
    }
    return render(request, "knowledge/used.html", context)


@access(Access.OPERATOR)
@require_POST
@readers
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it, leave it to others, or call it right as it is."""
    if not request.user.has_perm(findings.RIGHT):
        raise PermissionDenied
    row = get_object_or_404(Finding, pk=pk)
    form, user = SettleForm(request.POST), cast("User", request.user)
    try:
        if not form.is_valid():
            raise NotAllowedError("Choose what to do with it.")
        deed, reason = form.cleaned_data["deed"], form.cleaned_data["reason"]
        {
            "take": lambda: findings.take(row.pk, user),
            "leave": lambda: findings.leave(row.pk, user),
            "right": lambda: findings.call_right(row.pk, user, reason),
        }[deed]()
    except NotAllowedError as error:
        messages.warning(request, f"Nothing was changed. {error}")
    back = request.POST.get("back", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else "knowledge:console")
