"""What operators see of the agent's work: the trace beside a conversation, and one turn as exported JSON."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from conversations.access import Access, Actor, access
from conversations.models import Conversation

from . import state, trace
from .models import Turn

MOST_SHOWN = 20


@access(Access.OPERATOR)
@require_safe
def trace_panel(request: HttpRequest) -> HttpResponse:
    """The newest turns of a conversation, newest first."""
    actor = Actor.operator(int(request.user.pk or 0))
    key = as_uuid(request.GET.get("conversation", ""))
    conversation = get_object_or_404(Conversation.objects.for_actor(actor), public_id=key)
    turns = Turn.objects.for_actor(actor).filter(conversation=conversation).select_related("conversation")
    shown = [trace.shown(turn) for turn in turns.order_by("-attempt")[:MOST_SHOWN]]
    return render(request, "agents/_trace.html", {"conversation": conversation, "turns": shown})


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
