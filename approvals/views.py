"""The approvals desk's pages. Each: find the row through the actor, check the form, call one verb, answer."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from conversations.access import Access, Actor, access
from conversations.clock import business_now
from conversations.console.panels import slot
from conversations.console.views import page
from conversations.models import Conversation
from tools.models import ToolCall

from . import curve, deciding, desk, story
from .models import ApprovalRequest

CONFLICT, FORBIDDEN = 409, 403


class ListForm(forms.Form):
    tab = forms.ChoiceField(choices=list(desk.TABS.items()), required=False)
    show = forms.IntegerField(required=False, min_value=0, max_value=1000)


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(choices=[("approve", "Approve"), ("reject", "Reject")])
    reason = forms.CharField(
        max_length=deciding.MOST_REASON,
        error_messages={"required": "Say in a few words why: the reason is kept with the decision."},
    )


@access(Access.OPERATOR)
@require_GET
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    context = {"desk": _listing(request), "current": None}
    return page(request, "approvals/desk.html", "approvals/_list.html", context)


@access(Access.OPERATOR)
@require_GET
@never_cache
def card(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return page(request, "approvals/card.html", "approvals/_status.html", _card(request, public_id))


@access(Access.OPERATOR)
@require_POST
def decide(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Approve or reject, with a reason; refused with who and why when it is late (409) or not theirs (403)."""
    get_object_or_404(ApprovalRequest, public_id=public_id)
    form, refused, status = DecisionForm(request.POST), "", 200
    if form.is_valid():
        try:
            yes = form.cleaned_data["decision"] == "approve"
            deciding.decide(public_id, _user(request), yes=yes, reason=form.cleaned_data["reason"])
        except deciding.RefusedError as error:
            refused, status = str(error), FORBIDDEN if error.right else CONFLICT
    else:
        refused, status = str(next(iter(form.errors.values()))[0]), CONFLICT
    if refused:
        context = _card(request, public_id) | {"refused": refused, "typed": request.POST.get("reason", "")}
        return render(request, "approvals/card.html", context, status=status)
    return redirect("approvals:card", public_id)


@access(Access.OPERATOR)
@require_GET
@never_cache
def critic(request: HttpRequest) -> HttpResponse:
    """How often the Critic sends a write to people, and why."""
    found = curve.curve(business_now())
    weeks = [{"week": week, "percent": percent(week.share)} for week in reversed(found.weeks)]
    tone = {"as early": "warn", "on its way": "info", "stable": "good"}.get(found.standing, "quiet")
    context = {"curve": found, "percent": percent(found.share), "weeks": weeks, "tone": tone}
    return render(request, "approvals/critic.html", context)


@access(Access.OPERATOR)
@require_GET
@never_cache
def why(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    call = get_object_or_404(_calls(request).select_related("customer", "conversation", "asked_by"), key=key)
    context = {**story.told(call), "release_url": slot("write.release", release=call.release)}
    return render(request, "approvals/why.html", context)


@access(Access.OPERATOR)
@require_GET
@never_cache
def writes(request: HttpRequest) -> HttpResponse:
    """The writes of one conversation, for its side panel."""
    mine = Conversation.objects.for_actor(Actor.operator(_user(request).pk))
    found = get_object_or_404(mine, public_id=_uuid(request.GET.get("conversation", "")))
    return render(request, "approvals/_writes.html", {"writes": desk.writes(found.pk, request.user)})


@access(Access.OPERATOR)
@require_POST
def stop(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Take a proposal back before its effect."""
    call = get_object_or_404(_calls(request).select_related("conversation"), key=key)
    actor = Actor.operator(_user(request).pk)
    if deciding.withdraw(call.pk, actor, "withdrawn-by-operator") == "too-late":
        messages.warning(request, "It has gone out already and can't be stopped any more.")
    deciding.poke(call)
    return redirect("console:conversation", call.conversation.public_id)


def _card(request: HttpRequest, public_id: uuid.UUID) -> dict[str, Any]:
    found = get_object_or_404(desk.requests(), public_id=public_id)
    return {**desk.card(found, _user(request)), "desk": _listing(request), "current": found.public_id}


def _listing(request: HttpRequest) -> desk.Listing:
    form = ListForm(request.GET)
    form.is_valid()
    return desk.listing(_user(request), form.cleaned_data.get("tab") or "", form.cleaned_data.get("show") or 0)


def percent(share: float | None) -> int | None:
    return None if share is None else round(100 * share)


def _calls(request: HttpRequest) -> Any:
    return ToolCall.objects.for_actor(Actor.operator(_user(request).pk))


def _user(request: HttpRequest) -> Any:
    if not request.user.is_authenticated:
        raise PermissionDenied
    return request.user


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)
