"""What the customer reads of a write that no run of the agent's tells them of: one line, from its rows alone, with the
reference under which the company keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from agents import voice
from agents.voice import wording
from approvals import cases
from approvals.cases import Asker, UnreadableError
from conversations.clock import business_now
from conversations.money import Money
from conversations.presentation import plain_words
from tools import pack
from tools.models import Effect, ToolCall
from tools.shapes import Address
from tools.writes import ACCOUNT

# How it ended, as the voice calls it; whatever else became of a proposal, it was dropped.
ENDS: Final = {"confirmed": "done", "refused": "refused", "rejected": "rejected", "expired": "expired",
               "withdrawn": "withdrawn"}  # fmt: skip
OTHERWISE: Final = "dropped"


def line(call: ToolCall, pack_voice: Path) -> str:
    """What became of it: the most special line that the voice has for it, else that of any change."""
    effect = Effect.objects.filter(call=call).first()
    end = ENDS.get(effect.status if effect is not None else call.moved_why, OTHERWISE)
    slots = slots_of(call)
    if effect is not None and end == "done":
        slots |= {name: value for name, value in (effect.outcome or {}).items() if isinstance(value, str)}
        slots["reference"] = reference_of(call, effect)
    known = voice.lines(pack_voice).table
    key = next((one for one in keys(end, call, slots) if one in known), f"system.{end}")
    if key == f"system.{end}":
        slots["order"] = "your account" if is_on_account(call) else f"order {call.order_ref}"
    return voice.say(key, slots, conversation=str(call.conversation.public_id), pack=pack_voice)


def slots_of(call: ToolCall) -> dict[str, Any]:
    """The arguments in words; the sum is what rule code worked out."""
    chosen = {name: plain_words(value).lower() for name, value in call.args.items() if isinstance(value, str)}
    if address := call.args.get("address"):
        chosen["address"] = Address(**address).one_line
    money = Money(call.weight_cents, call.currency)
    return {**chosen, "amount": wording.money(money), "order": call.order_ref}


def keys(end: str, call: ToolCall, slots: dict[str, Any]) -> Iterator[str]:
    """The lines for exactly this, the most special first. What was done and has no reference is said plainly."""
    one = pack.capability(call.capability)  # None: the company has given it up since
    variant = [str(call.args[one.variant])] if one is not None and one.variant else []
    base = ".".join([f"system.{end}", call.capability, *variant])
    if end == "done" and not slots["reference"]:
        yield f"{base}.plain"
        return
    if slots.get("ticket_id"):
        yield f"{base}.ticket"
    if is_on_account(call):
        yield f"{base}.account"
    if not call.weight_cents:
        yield f"{base}.free"
    yield base


def is_on_account(call: ToolCall) -> bool:
    return call.order_ref.startswith(ACCOUNT)


def reference_of(call: ToolCall, effect: Effect) -> str:
    """What the company's system answered with; money is looked up in the order's record, under our own key."""
    outcome = effect.outcome or {}
    return str(outcome.get("reference") or outcome.get("ticket_id") or "") or booked_as(call)


def booked_as(call: ToolCall) -> str:
    if is_on_account(call):
        return ""
    try:
        order, _ = cases.looked_up(Asker.of(call), business_now(), {"order_id": call.order_ref})
    except UnreadableError:
        return ""
    entries = order.entries if order is not None else []
    return next((entry.reference for entry in entries if entry.key == str(call.key)), "")
