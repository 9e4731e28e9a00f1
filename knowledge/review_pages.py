"""The console's review of articles: what waits, what each would change, and the two answers to it."""

from __future__ import annotations

from typing import Any, Final, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from conversations.access import Access, access
from conversations.lifecycle import NotAllowedError

from . import blast, waiting
from .console import readers
from .models import Article
from .rendering import to_html

A_PAGE: Final = 30


class DecideForm(forms.Form):
    """`seen`: the number of the version that was on the page."""

    deed = forms.ChoiceField(choices=[("publish", "Publish"), ("send_back", "Send back")])
    seen = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    reason = forms.CharField(max_length=500, required=False)


@access(Access.OPERATOR)
@require_safe
@never_cache
@readers
def queue(request: HttpRequest) -> HttpResponse:
    number = request.GET.get("page", "")
    page = Paginator(waiting.queue(), A_PAGE).get_page(number if number.isdecimal() else 1)
    context = {"page": page, "rows": waiting.listed(page.object_list), "may": request.user.has_perm(waiting.RIGHT)}
    return render(request, "knowledge/review.html", context)


@access(Access.OPERATOR)
@require_safe
@never_cache
@readers
def card(request: HttpRequest, slug: str) -> HttpResponse:
    """One article that waits; one that doesn't any more says so."""
    found = get_object_or_404(Article.objects.select_related("current"), slug=slug)
    row = waiting.one(slug)
    context: dict[str, Any] = {
        "article": found,
        "row": row,
        "edit": blast.waiting(found) if row else None,
        "body": to_html(row.version.body) if row else "",
        "notes": waiting.notes(found)[:5],
        "own": bool(row and row.version.author_id == request.user.pk),
        "next": waiting.after(slug),
        "may": request.user.has_perm(waiting.RIGHT),
    }
    return render(request, "knowledge/review_card.html", context)


@access(Access.OPERATOR)
@require_POST
@readers
def decide(request: HttpRequest, slug: str) -> HttpResponse:
    """Publish it or send it back; then the next one that waits."""
    if not request.user.has_perm(waiting.RIGHT):
        raise PermissionDenied
    found = get_object_or_404(Article, slug=slug)
    form, reviewer = DecideForm(request.POST), cast("User", request.user)
    try:
        if not form.is_valid():
            raise NotAllowedError("Choose what to do with it; a reason has at most 500 letters.")
        seen, why = form.cleaned_data["seen"], form.cleaned_data["reason"]
        if form.cleaned_data["deed"] == "publish":
            waiting.publish(found.pk, seen, reviewer)
        else:
            waiting.send_back(found.pk, seen, reviewer, why)
    except NotAllowedError as error:
        messages.warning(request, f"Nothing was changed. {error}")
        return redirect("knowledge:review-card", slug)
    following = waiting.after(slug)
    return redirect("knowledge:review-card", following) if following else redirect("knowledge:review")
