"""The operators' pages. Each: find the object through the actor, check the form, call one verb, answer."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from .. import pauses, surveys
from ..access import Access, Actor, access
from ..channels.base import BadMessageError
from ..lifecycle import NotAllowedError
from ..models import Conversation
from ..outbox import NotOwnerError, operator_reply
from ..presentation import with_queue
from ..templatetags.pauses import mark
from . import packet, samples
from .acts import ACTS, possible, reply_hint
from .forms import ActForm, ListForm, ReplyForm, SinceForm
from .inbox import Listing, listing
from .panels import slot
from .thread import thread

NO_CONTENT = 204
CONFLICT = 409


def page(request: HttpRequest, whole: str, fragment: str, context: dict[str, Any]) -> HttpResponse:
    """The one place that decides between a page and its fragment."""
    wants_part = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
    answer = render(request, fragment if wants_part else whole, context)
    answer["Vary"] = "HX-Request"
    return answer


@access(Access.OPERATOR)
@require_GET
@never_cache
def inbox(request: HttpRequest) -> HttpResponse:
    return page(request, "console/inbox.html", "console/_inbox.html", {"inbox": _listing(request)})


@access(Access.OPERATOR)
@require_GET
@never_cache
def conversation(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    found = _conversation(request, public_id)
    earlier = found.customer.conversations.exclude(pk=found.pk).order_by("-id")[:10]
    context = {
        **_state(request, found),
        "inbox": _listing(request),
        "thread": thread(found, whole="all" in request.GET),
        "previous": earlier,
        "trace_url": slot("conversation.trace", conversation=found.public_id),
        "writes_url": slot("conversation.writes", conversation=found.public_id),
        "write_url": slot("conversation.write", conversation=found.public_id),
        "client_id": uuid.uuid4(),
    }
    return render(request, "console/conversation.html", context)


@access(Access.OPERATOR)
@require_GET
@never_cache
def lines(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The lines after ?after (message) and ?after_event (activity): the page appends them."""
    since = _since(request)
    fresh = thread(_conversation(request, public_id), since.get("after") or 0, since.get("after_event") or 0)
    return render(request, "console/_lines.html", {"thread": fresh})


@access(Access.OPERATOR)
@require_GET
@never_cache
def state(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Who has it and what may be done; the packet only when the page has an older one."""
    context = _state(request, _conversation(request, public_id))
    handoff = context["handoff"]
    context["newer_packet"] = handoff is not None and handoff.pk != (_since(request).get("handoff") or 0)
    return render(request, "console/_state.html", context)


@access(Access.OPERATOR)
@require_POST
def act(request: HttpRequest, public_id: uuid.UUID, name: str) -> HttpResponse:
    """Any move: the predicate the button asked, then the verb, which asks again under the row's lock."""
    if name not in ACTS:
        raise Http404
    found = _conversation(request, public_id)
    form = ActForm(request.POST)
    read = {"seen": form.cleaned_data.get("seen")} if ACTS[name].ends and form.is_valid() else {}
    refused = ACTS[name].why_not(found, request.user)
    if not refused:
        try:
            ACTS[name].do(found, request.user, **read)
        except NotAllowedError as error:
            refused = str(error)
    return _answer(request, public_id, refused, {} if refused else {"acted": name})


@access(Access.OPERATOR)
@require_POST
def reply(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    form = ReplyForm(request.POST)
    refused = "" if form.is_valid() else str(form.errors.get("text", ["Load the page again, then send."])[0])
    if not refused:
        said = form.cleaned_data
        try:
            operator_reply(_conversation(request, public_id), _operator(request), said["text"], str(said["client_id"]))
        except (NotOwnerError, BadMessageError) as error:
            refused = str(error)
    return _answer(request, public_id, refused, {} if refused else {"replied": str(uuid.uuid4())})


@access(Access.OPERATOR)
@require_GET
def components(request: HttpRequest) -> HttpResponse:
    """Every component in every state, for whoever changes one."""
    return render(request, "console/components.html", samples.context())


@access(Access.OPERATOR)
@require_GET
@never_cache
def paused(request: HttpRequest) -> HttpResponse:
    """What of the agent is paused; nothing when the page shows that already."""
    if request.GET.get("seen") == mark(pauses.now()):
        return HttpResponse(status=NO_CONTENT)
    return render(request, "console/_paused.html")


def _answer(request: HttpRequest, public_id: uuid.UUID, refused: str, happened: dict[str, str]) -> HttpResponse:
    """The state fragment with what happened, or without scripts the page again."""
    if request.headers.get("HX-Request") != "true":
        if refused:
            messages.warning(request, refused)
        return redirect("console:conversation", public_id)
    context = {**_state(request, _conversation(request, public_id)), "refused": refused}
    answer = render(request, "console/_state.html", context, status=CONFLICT if refused else 200)
    answer["HX-Trigger"] = json.dumps({f"handrail:{key}": {"value": value} for key, value in happened.items()})
    return answer


def _conversation(request: HttpRequest, public_id: uuid.UUID) -> Conversation:
    mine = Conversation.objects.for_actor(Actor.operator(_operator(request).pk))
    return get_object_or_404(with_queue(mine).select_related("customer", "operator"), public_id=public_id)


def _operator(request: HttpRequest) -> Any:
    if not request.user.is_authenticated:
        raise PermissionDenied
    return request.user


def _state(request: HttpRequest, found: Conversation) -> dict[str, Any]:
    handoff = found.handoffs.order_by("-id").first()
    return {
        "conversation": found,
        "rating": surveys.outcome(found),
        "acts": possible(found, request.user),
        "hint": reply_hint(found, request.user),
        "handoff": handoff,
        "brief": packet.as_lines(handoff.packet.get(packet.BRIEF, [])) if handoff else [],
        "sections": packet.sections(handoff.packet) if handoff else [],
    }


def _listing(request: HttpRequest) -> Listing:
    form = ListForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    return listing(request.user, asked.get("tab", ""), asked.get("q", ""), asked.get("show") or 0)


def _since(request: HttpRequest) -> dict[str, Any]:
    form = SinceForm(request.GET)
    form.is_valid()
    return form.cleaned_data
