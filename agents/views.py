"""What operators see of the agent's work: the trace beside a conversation, and one turn as exported JSON."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from approvals import deciding
from approvals.models import ApprovalRequest
from conversations.access import Access, Actor, access
from conversations.models import Conversation

from . import changing, kits, overview, signing, state, steering, trace
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
    context = {
        "conversation": conversation,
        "turns": shown,
        "mood": trace.mood(conversation.state),
        "is_marked": steering.is_marked(conversation.state),
        "longest": steering.LONGEST_WHY,
    }
    return render(request, "agents/_trace.html", context)


@access(Access.OPERATOR)
@require_safe
def release_panel(request: HttpRequest) -> HttpResponse:
    """What a release pins, for a page that knows its id alone."""
    key = request.GET.get("release", "")
    release = get_object_or_404(Release, pk=int(key) if key.isdecimal() and len(key) < MOST_DIGITS else 0)
    return render(request, "agents/_release.html", trace.pinned(release))


@access(Access.OPERATOR)
@require_POST
def clear_steering(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Somebody has read it and found it harmless: writes go their usual way again."""
    found = mine(request, public_id)
    try:
        steering.clear(found.public_id, request.user, request.POST.get("why", ""))
    except steering.CantError as error:
        messages.warning(request, f"Nothing was cleared. {error}")
    return redirect("console:conversation", found.public_id)


class ChangeForm(forms.Form):
    reason = forms.CharField(
        max_length=deciding.MOST_REASON, error_messages={"required": "Say in a few words why: it is kept."}
    )


@access(Access.OPERATOR)
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Approve less of a write than was asked for; what stands against it is said on its card."""
    found = get_object_or_404(ApprovalRequest, public_id=as_uuid(request.GET.get("request", "")))
    form = ChangeForm(request.POST)
    try:
        if not form.is_valid():
            raise deciding.RefusedError(str(next(iter(form.errors.values()))[0]))
        changing.start(found.public_id, request.user, request.POST.getlist("keep"), form.cleaned_data["reason"])
    except deciding.RefusedError as error:
        messages.warning(request, f"Nothing was changed. {error}")
    return redirect("approvals:card", found.public_id)


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
