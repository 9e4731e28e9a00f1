"""Why did this happen: one write told from rows and sealed events alone, for the customer, compliance and the
post-mortem (S4-06). What isn't on record is said to be missing, never guessed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from conversations import events
from conversations.lifecycle import display_name
from conversations.models import Event, Message
from tools.models import ToolCall

from . import desk, saying
from .models import ApprovalRequest


def told(call: ToolCall) -> dict[str, Any]:
    """Three answers to three askers, from the same rows."""
    found = stream_events(call)
    return {
        "call": call,
        "amount": desk.headline(call),
        "fate": desk.fate(call),
        **desk.facts(call),
        "plainly": plainly(call),
        "requests": [request_facts(request) for request in requests_of(call)],
        "events": found,
        "seals": events.broken(streams(call)),
        "timeline": timeline(call, found),
    }


def streams(call: ToolCall) -> list[str]:
    effect = desk.effect_of(call)
    named = [f"toolcall:{call.pk}"] + ([f"effect:{effect.pk}"] if effect is not None else [])
    return [*named, *(f"approvalrequest:{request.pk}" for request in requests_of(call))]


def requests_of(call: ToolCall) -> list[ApprovalRequest]:
    return list(call.requests.order_by("pk").prefetch_related("votes__operator"))


def request_facts(request: ApprovalRequest) -> dict[str, Any]:
    return {
        "request": request,
        "needs": desk.needs(request),
        "why": desk.WHY.get(request.why, request.why),
        "votes": desk.votes(request),
    }


def stream_events(call: ToolCall) -> list[Event]:
    return list(Event.objects.filter(stream__in=streams(call)).order_by("id"))


def plainly(call: ToolCall) -> list[str]:
    """For the customer: each sentence stands on a row."""
    effect, order = desk.effect_of(call), call.order_ref
    reason = f", reason: {call.args['reason_code']}" if call.args.get("reason_code") else ""
    said = [f"{desk.deed(call)} for {order} was asked for{reason}."]
    if call.origin == ToolCall.Origin.OPERATOR and call.asked_by is not None:
        said.append(f"{display_name(call.asked_by)} from our team asked for it on the customer's behalf.")
    else:
        said.append(confirmed(call))
    said += [sentence for request in requests_of(call) for sentence in decided(request)]
    if effect is None:
        ends = {"denied": "Its review did not approve it", "dropped": "It was taken back", "proposed": "It is open"}
        said.append(f"{ends.get(call.status, 'It is under way')} ({call.moved_why}). Nothing was changed.")
    else:
        said.append(outcome(call))
    said.append("The customer was told in the conversation." if call.told else "The customer has not been told yet.")
    return said


def confirmed(call: ToolCall) -> str:
    """The message that said yes, by its number, if it is still there."""
    seq = call.confirmation.get("yes")
    message = Message.objects.filter(conversation_id=call.conversation_id, seq=seq).first() if seq else None
    if message is None:
        return "The customer's yes is not on record."
    return f"The offer was read back; the yes is message {seq} ({message.created_at:%d %b %Y, %H:%M} UTC)."


def decided(request: ApprovalRequest) -> list[str]:
    """Who said what; why is for the house, but for what the customer was told of it."""
    words = [
        f"{vote['who']} ({vote['role'].lower()}) said {'yes' if vote['yes'] else 'no'}." for vote in desk.votes(request)
    ]
    told = saying.told(request)
    words += [f"They wrote to the customer: “{told}”"] if told else []
    return words or [f"{desk.needs(request).capitalize()} was asked to decide: {request.get_status_display().lower()}."]


def outcome(call: ToolCall) -> str:
    effect = desk.effect_of(call)
    assert effect is not None
    ticket = (effect.outcome or {}).get("ticket_id")
    if effect.status == "confirmed":
        return f"It was carried out{f', ticket {ticket}' if ticket else ''} ({effect.settled_at:%d %b %Y, %H:%M} UTC)."
    if effect.status == "refused":
        return f"The company's system refused it ({effect.moved_why}). Nothing was changed."
    return "It was sent, and the company's system has not answered yet; it is asked again and can't be done twice."


def timeline(call: ToolCall, found: list[Event]) -> list[dict[str, Any]]:
    """For the post-mortem: every recorded moment in order, with what passed between them in milliseconds."""
    rows: list[tuple[datetime, str, str]] = [
        (e.at, f"{e.stream.split(':')[0]} {e.verb}", f"{e.reason} · {e.actor}") for e in found
    ]
    rows += [(review.at, "critic", f"{review.reason}, {review.ms} ms") for review in call.reviews.all()]
    rows.sort(key=lambda row: row[0])
    shown, before = [], None
    for at, what, detail in rows:
        gap = int((at - before).total_seconds() * 1000) if before is not None else 0
        shown.append({"at": at, "what": what, "detail": detail, "after_ms": gap})
        before = at
    return shown
