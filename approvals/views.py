"""The approvals desk's pages. Each: find the row through the actor, check the form, call one verb, answer."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from conversations.access import Access, Actor, access
from conversations.clock import business_now
from conversations.console.panels import slot
from conversations.console.views import page
from conversations.models import Conversation
from tools.models import ToolCall
from tools.writes import specs

from . import asking, curve, deciding, desk, listing, presence, saying, story
from .models import ApprovalRequest, Role

CONFLICT, FORBIDDEN = 409, 403
ANSWERS = ("approve", "reject", "take_over")
MOST_AT_ONCE = 100
NO_REASON = {"required": "Say in a few words why: the reason is kept with the decision."}
TOO_MUCH = {"max_length": f"What the customers are to read has {saying.MOST_CHARS} characters at most."}


class ListForm(forms.Form):
    """A tab and its filters. Whatever is odd counts as not said."""

    tab = forms.ChoiceField(choices=list(listing.TABS.items()), required=False)
    q = forms.CharField(max_length=80, required=False)
    capability = forms.ChoiceField(choices=lambda: [(name, name) for name in specs()], required=False)
    role = forms.ChoiceField(choices=Role.choices, required=False)
    band = forms.ChoiceField(choices=[(key, key) for key in listing.BANDS], required=False)
    soon = forms.BooleanField(required=False)
    may = forms.BooleanField(required=False)
    who = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    ended = forms.ChoiceField(choices=[(key, key) for key in listing.ENDS], required=False)
    days = forms.TypedChoiceField(choices=[(n, n) for n in listing.DAYS], coerce=int, empty_value=None, required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=10_000)
    show = forms.IntegerField(required=False, min_value=1, max_value=listing.MOST_ROWS)


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(choices=[(name, name) for name in ANSWERS])
    reason = forms.CharField(max_length=deciding.MOST_REASON, error_messages=NO_REASON)
    told = forms.CharField(max_length=saying.MOST_CHARS, required=False)


class BulkForm(forms.Form):
    """One reason for all that was chosen, and the same words for each of the customers."""

    reason = forms.CharField(max_length=deciding.MOST_REASON, error_messages=NO_REASON)
    told = forms.CharField(max_length=saying.MOST_CHARS, required=False, error_messages=TOO_MUCH)


@access(Access.OPERATOR)
@require_GET
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    context = {"desk": _listing(request), "current": None, "choices": listing.choices(), "deciders": listing.deciders()}
    return page(request, "approvals/desk.html", "approvals/_list.html", context)


@access(Access.OPERATOR)
@require_GET
@never_cache
def mark(request: HttpRequest) -> HttpResponse:
    """How many wait that this person may decide: stands beside the desk's name on every page."""
    return render(request, "approvals/_mark.html", {"count": listing.count_for(_user(request))})


@access(Access.OPERATOR)
@require_GET
@never_cache
def card(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    return render(request, "approvals/card.html", _card(request, public_id))


@access(Access.OPERATOR)
@require_POST
def look(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The open card says every few seconds that it is looked at, and hears how the request stands."""
    found = get_object_or_404(ApprovalRequest.objects.select_related("call__conversation"), public_id=public_id)
    presence.look(found, _user(request))
    found = listing.requests().get(pk=found.pk)
    return render(request, "approvals/_status.html", listing.card(found, _user(request)))


@access(Access.OPERATOR)
@require_POST
def decide(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One of the answers, with a reason; refused with who and why when it is late (409) or not theirs (403)."""
    get_object_or_404(ApprovalRequest, public_id=public_id)
    form, refused, status = DecisionForm(request.POST), "", 200
    if form.is_valid():
        try:
            given = form.cleaned_data
            yes, take = given["decision"] == "approve", given["decision"] == "take_over"
            said = {"reason": given["reason"], "told": given["told"]}
            found = deciding.decide(public_id, _user(request), yes=yes, take=take, **said)
            if take:
                return redirect("console:conversation", found.call.conversation.public_id)
        except deciding.RefusedError as error:
            refused, status = str(error), FORBIDDEN if error.right else CONFLICT
    else:
        refused, status = str(next(iter(form.errors.values()))[0]), CONFLICT
    if refused:
        typed = {"refused": refused, "typed": request.POST.get("reason", ""), "told": request.POST.get("told", "")}
        context = _card(request, public_id) | typed
        return render(request, "approvals/card.html", context, status=status)
    return _to_card(request, public_id)


@access(Access.OPERATOR)
@require_POST
def ask(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A question to the customer before it is decided; why not is said on the card."""
    get_object_or_404(ApprovalRequest, public_id=public_id)
    try:
        asking.put(public_id, _user(request), request.POST.get("question", ""))
    except deciding.RefusedError as error:
        typed = {"refused": str(error), "question": request.POST.get("question", "")}
        context = _card(request, public_id) | typed
        return render(request, "approvals/card.html", context, status=FORBIDDEN if error.right else CONFLICT)
    return _to_card(request, public_id)


@access(Access.OPERATOR)
@require_POST
def reject(request: HttpRequest) -> HttpResponse:
    """Several at once, for one reason; what could not be rejected is named with why."""
    form, chosen = BulkForm(request.POST), [_uuid(one) for one in request.POST.getlist("chosen")[:MOST_AT_ONCE]]
    if not form.is_valid():
        messages.warning(request, f"Nothing was rejected: {next(iter(form.errors.values()))[0]}")
    elif not chosen:
        messages.warning(request, "Nothing was rejected: choose at least one request.")
    else:
        ended = deciding.reject_all(chosen, _user(request), form.cleaned_data["reason"], form.cleaned_data["told"])
        refused = [f"{one.call.order_ref}: {why}" for one, why in ended if why]
        messages.warning(request, " ".join([f"{len(ended) - len(refused)} rejected.", *refused]))
    return redirect(f"{reverse('approvals:desk')}?{_wanted(request).query}")


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


def _to_card(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Back to the card, beside the same list."""
    query = _wanted(request).query
    return redirect(reverse("approvals:card", args=[public_id]) + (f"?{query}" if query else ""))


def _card(request: HttpRequest, public_id: uuid.UUID) -> dict[str, Any]:
    found = get_object_or_404(listing.requests(), public_id=public_id)
    return {**listing.card(found, _user(request)), "desk": _listing(request), "current": found.public_id}


def _listing(request: HttpRequest) -> listing.Listing:
    return listing.listing(_user(request), _wanted(request))


def _wanted(request: HttpRequest) -> listing.Wanted:
    form = ListForm(request.GET)
    form.is_valid()
    return listing.Wanted(**{name: value for name, value in form.cleaned_data.items() if value})


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
