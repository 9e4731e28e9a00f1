"""What operators see of the agent's work: the trace beside a conversation, and one turn as exported JSON."""

from __future__ import annotations

import re
import uuid

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from conversations.access import Access, Actor, access
from conversations.lifecycle import NotAllowedError
from conversations.models import Conversation
from tools.capabilities.process_refund import ReasonCode

from . import by_operator, kits, overview, signing, state, trace
from .models import Release, Turn
from .workflow import Workflow

MOST_SHOWN = 20
MOST_DIGITS = 10


@access(Access.OPERATOR)
@require_safe
def trace_panel(request: HttpRequest) -> HttpResponse:
    """The newest turns of a conversation, newest first."""
    actor = Actor.operator(int(request.user.pk or 0))
    key = as_uuid(request.GET.get("conversation", ""))
    conversation = get_object_or_404(Conversation.objects.for_actor(actor), public_id=key)
    turns = Turn.objects.for_actor(actor).filter(conversation=conversation).select_related("conversation", "release")
    shown = [trace.shown(turn) for turn in turns.order_by("-attempt")[:MOST_SHOWN]]
    mood = trace.mood(conversation.state)
    return render(request, "agents/_trace.html", {"conversation": conversation, "turns": shown, "mood": mood})


@access(Access.OPERATOR)
@require_safe
def release_panel(request: HttpRequest) -> HttpResponse:
    """What a release pins, for a page that knows its id alone."""
    key = request.GET.get("release", "")
    release = get_object_or_404(Release, pk=int(key) if key.isdecimal() and len(key) < MOST_DIGITS else 0)
    return render(request, "agents/_release.html", trace.pinned(release))


class RefundForm(forms.Form):
    """An operator's own refund. `lines`: the order's line numbers, empty for all that is left of it."""

    key = forms.UUIDField()
    order_id = forms.CharField(max_length=40, label="Order number")
    lines = forms.CharField(max_length=80, required=False, label="Lines (1, 2 …; empty: all that is left)")
    reason = forms.ChoiceField(choices=[(code.value, code.value.replace("_", " ")) for code in ReasonCode])
    why = forms.CharField(max_length=500, label="Why (kept with the refund)")

    def clean_lines(self) -> list[str]:
        return [part for part in re.split(r"[\s,;]+", str(self.cleaned_data["lines"])) if part]


@access(Access.OPERATOR)
@require_safe
def refund_panel(request: HttpRequest) -> HttpResponse:
    """The form for an operator's own refund in a conversation that they own."""
    found = mine(request, as_uuid(request.GET.get("conversation", "")))
    form = RefundForm(initial={"key": uuid.uuid4(), "reason": ReasonCode.OTHER.value})
    return render(request, "agents/_refund.html", {"conversation": found, "form": form})


@access(Access.OPERATOR)
@require_POST
def refund(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Start it, through the same rules and effect as the agent's; what stands against it is said."""
    found, form = mine(request, public_id), RefundForm(request.POST)
    if not form.is_valid():
        messages.warning(request, f"Nothing was refunded: {next(iter(form.errors.values()))[0]}")
        return redirect("console:conversation", public_id)
    asked = form.cleaned_data
    try:
        call = by_operator.start(
            found, request.user, asked["order_id"], asked["reason"], asked["lines"], asked["why"], asked["key"]
        )
    except (by_operator.CantError, NotAllowedError) as error:
        messages.warning(request, f"Nothing was refunded. {error}")
        return redirect("console:conversation", public_id)
    waiting = call.requests.filter(status="pending").first()
    return redirect("approvals:card", waiting.public_id) if waiting else redirect("console:conversation", public_id)


def mine(request: HttpRequest, public_id: uuid.UUID) -> Conversation:
    rows = Conversation.objects.for_actor(Actor.operator(int(request.user.pk or 0))).select_related("customer")
    found: Conversation = get_object_or_404(rows, public_id=public_id)
    return found


class SignForm(forms.Form):
    note = forms.CharField(
        max_length=500,
        label="What was looked at",
        error_messages={"required": "Say in a sentence what was looked at; it is kept with the signature for good."},
    )


@access(Access.OPERATOR)
@require_safe
def workflows(request: HttpRequest) -> HttpResponse:
    """Every workflow with its proofs, tests and signature."""
    return render(request, "agents/workflows.html", overview.listed(kits.installed()))


@access(Access.OPERATOR)
@require_safe
def workflow(request: HttpRequest, name: str) -> HttpResponse:
    """One of them, drawn from the code."""
    context = {**overview.shown(flow_named(name)), "form": SignForm(), "may_sign": signing.may_sign(request.user)}
    return render(request, "agents/workflow.html", context)


@access(Access.OPERATOR)
@require_POST
def sign(request: HttpRequest, name: str) -> HttpResponse:
    """A manager's signature under the graph as it is now."""
    flow, form = flow_named(name), SignForm(request.POST)
    if not form.is_valid():
        messages.warning(request, f"Nothing was signed: {next(iter(form.errors.values()))[0]}")
        return redirect("agents:workflow", name)
    if request.POST.get("version") != flow.version:
        messages.warning(request, "Nothing was signed: the graph has changed meanwhile. Look at it again.")
        return redirect("agents:workflow", name)
    try:
        signing.sign(flow, request.user, form.cleaned_data["note"])
    except signing.CantSignError as error:
        messages.warning(request, f"Nothing was signed. {error}")
    return redirect("agents:workflow", name)


def flow_named(name: str) -> Workflow:
    if name not in kits.installed():
        raise Http404
    return kits.installed()[name]


@access(Access.OPERATOR)
@require_safe
def turn(request: HttpRequest, turn_id: uuid.UUID) -> JsonResponse:
    """One turn's trace, with exactly the keys of docs/schemas/trace.schema.json."""
    turns = Turn.objects.for_actor(Actor.operator(int(request.user.pk or 0))).select_related("conversation")
    return JsonResponse(trace.exported(get_object_or_404(turns, pk=turn_id)))


@access(Access.OPERATOR)
@require_safe
def conversation_state(request: HttpRequest, public_id: uuid.UUID) -> JsonResponse:
    """The conversation as one value, with exactly the keys of the contract."""
    actor = Actor.operator(int(request.user.pk or 0))
    row = get_object_or_404(Conversation.objects.for_actor(actor).select_related("customer"), public_id=public_id)
    return JsonResponse(state.of(row).as_json())


def as_uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)
