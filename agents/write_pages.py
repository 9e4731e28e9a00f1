"""An operator's own writes, in the conversation's page: choose it, fill it in, look at what would happen, do it."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from approvals.cases import UnreadableError
from conversations import pauses
from conversations.access import Access, access
from conversations.console.views import page
from conversations.lifecycle import NotAllowedError
from conversations.models import Conversation
from tools import catalogue, pack
from tools import writes as specs
from tools.catalogue import Deed
from tools.models import ToolCall

from . import by_operator, write_offers, write_words
from .by_operator import CantError, MovedError
from .views import as_uuid, mine
from .write_form import WriteForm

CONFLICT: Final = 409
UNREADABLE: Final = {
    "not_found": "The company's systems don't know this customer: there is no account to act on.",
    "proof_needed": "Nobody has signed in here: there is no account to act on.",
}
MOVED: Final = "Something has changed since you looked. This is what would be done now; nothing has been done."
LOST: Final = "Nothing was done: this was looked at too long ago, or not by you. Choose what to do again."


@access(Access.OPERATOR)
@require_safe
@never_cache
def panel(request: HttpRequest) -> HttpResponse:
    """What may be done, the form of one deed when it is named, or how far a write has come."""
    found = mine(request, as_uuid(request.GET.get("conversation", "")))
    if call := ToolCall.objects.filter(conversation=found, key=as_uuid(request.GET.get("done", ""))).first():
        return shown(request, found, done=write_words.outcome(call, request.user), looks_again=True)
    deed = catalogue.deeds(pack.active()).get(request.GET.get("deed", ""))
    if deed is None or not owns(request, found):
        return shown(request, found)
    return shown(request, found, **filled(found, deed, request.GET.get("order_id")))


@access(Access.OPERATOR)
@require_POST
def preview(request: HttpRequest, public_id: uuid.UUID, deed: str) -> HttpResponse:
    """What would happen, by whose leave, and what speaks against it. Nothing is written."""
    found, chosen = mine(request, public_id), named(deed)
    if not owns(request, found):
        return shown(request, found, CONFLICT)
    context = filled(found, chosen, request.POST.get("order_id", ""), request.POST)
    form: WriteForm | None = context.get("form")
    if form is None or not form.is_valid() or form.args is None:
        return shown(request, found, CONFLICT, **context)
    try:
        seen = by_operator.look(found, request.user, form.args)
    except CantError as error:
        return shown(request, found, CONFLICT, **context, refused=str(error))
    told = write_words.preview(chosen, seen, form.found, request.user, form.cleaned_data["why"])
    return shown(request, found, **context, preview=told)


@access(Access.OPERATOR)
@require_POST
def do(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Exactly what was looked at, once, however often it is clicked."""
    found, sealed = mine(request, public_id), request.POST.get("preview", "")
    if not owns(request, found):
        return shown(request, found, CONFLICT)
    try:
        call = by_operator.do(found, request.user, sealed)
    except (CantError, NotAllowedError) as error:
        return shown(request, found, CONFLICT, refused=f"Nothing was done. {error}")
    except MovedError:
        return again(request, found, sealed)
    answer = shown(request, found, done=write_words.outcome(call, request.user))
    answer["HX-Trigger"] = "handrail:wrote"
    return answer


def again(request: HttpRequest, found: Conversation, sealed: str) -> HttpResponse:
    """The same wish, looked at anew."""
    held = by_operator.opened(found, request.user, sealed)
    if held is None:
        return shown(request, found, CONFLICT, refused=LOST)
    args = specs.arguments(held["capability"], held["args"])
    deed = next(one for one in catalogue.deeds(pack.active()).values() if one.takes(args))
    try:
        seen = by_operator.look(found, request.user, args)
        offers = write_offers.offers(found, deed, specs.order_of(args))
    except (CantError, UnreadableError) as error:
        return shown(request, found, CONFLICT, refused=f"Nothing was done. {error}")
    told = write_words.preview(deed, seen, offers, request.user, held["why"])
    return shown(request, found, CONFLICT, deed=deed, preview=told, refused=MOVED)


def filled(conversation: Conversation, deed: Deed, order_id: str | None, data: Any = None) -> dict[str, Any]:
    """The deed's form, or why there is none."""
    try:
        offers = write_offers.offers(conversation, deed, order_id)
    except UnreadableError as error:
        sentence = UNREADABLE.get(str(error), f"The records can't be read just now ({error}). Try again.")
        return {"deed": deed, "refused": sentence}
    return {"deed": deed, "form": WriteForm(deed, offers, data)}


def shown(request: HttpRequest, conversation: Conversation, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "conversation": conversation,
        "owned": owns(request, conversation),
        "deeds": write_words.menu(catalogue.deeds(pack.active())),
        "held": pauses.now(),
        "public_id": str(conversation.public_id),
        **more,
    }
    answer = page(request, "agents/write.html", "agents/_write.html", context)
    answer.status_code = status
    return answer


def owns(request: HttpRequest, conversation: Conversation) -> bool:
    return conversation.status == Conversation.Status.HUMAN and conversation.operator_id == request.user.pk


def named(slug: str) -> Deed:
    known = catalogue.deeds(pack.active())
    if slug not in known:
        raise Http404
    return known[slug]
