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
from tools.models import Effect, ToolCall
from tools.registry import CAPABILITIES
from tools.writes import ACCOUNT

LINES: Final = {
    "confirmed": "system.refund.done",
    "refused": "system.refund.refused",
    "rejected": "system.refund.rejected",
    "expired": "system.refund.expired",
    "withdrawn": "system.refund.withdrawn",
}
OTHERWISE: Final = "system.refund.dropped"


def line(call: ToolCall, pack_voice: Path) -> str:
    """What became of it. What was done is said by what it was, where the voice has a line for that."""
    effect = Effect.objects.filter(call=call).first()
    key, slots = LINES.get(effect.status if effect is not None else call.moved_why, OTHERWISE), slots_of(call)
    if effect is not None and effect.status == Effect.Status.CONFIRMED:
        slots |= {name: value for name, value in (effect.outcome or {}).items() if isinstance(value, str)}
        slots["reference"] = reference_of(call, effect)
        key = next((one for one in done_keys(call, slots, pack_voice)), key)
    if key.startswith("system.refund.") and call.capability != "process_refund":
        key = key.replace("system.refund.", "system.write.")
        slots["order"] = "your account" if is_on_account(call) else f"order {call.order_ref}"
    return voice.say(key, slots, conversation=str(call.conversation.public_id), pack=pack_voice)


def slots_of(call: ToolCall) -> dict[str, Any]:
    """The arguments in words; the sum is what rule code worked out."""
    chosen = {name: plain_words(value).lower() for name, value in call.args.items() if isinstance(value, str)}
    money = Money(call.weight_cents, call.currency)
    return {**chosen, "amount": wording.money(money), "order": call.order_ref}


def done_keys(call: ToolCall, slots: dict[str, Any], pack_voice: Path) -> Iterator[str]:
    """The lines for exactly this, the most special first; none without a reference to give."""
    one = CAPABILITIES[call.capability]
    base = ".".join(["system.done", one.name, *([call.args[one.variant]] if one.variant else [])])
    special = [".account"] if is_on_account(call) else [] if call.weight_cents else [".free"]
    ticket = [".ticket"] if slots.get("ticket_id") else []
    known = voice.lines(pack_voice).table
    yield from (key for key in [base + end for end in (*ticket, *special, "")] if slots["reference"] and key in known)


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
