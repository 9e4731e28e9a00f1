"""The action names of the tau-bench retail export, as our capabilities: the one place that knows both.

Another shop's export is measured by another such module: `translate(action, look)`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tools import writes
from tools.capabilities.process_refund import ReasonCode
from tools.contract import Arguments
from tools.shapes import Order

# Asks for the order as the customer may see it; None when there is none for them.
Look = Callable[[str], Order | None]

PARTS: Final = {"first": "address1", "second": "address2", "city": "city", "region": "state", "country": "country",
                "postcode": "zip"}  # fmt: skip
REASONS: Final = {
    "no longer needed": ReasonCode.NO_LONGER_NEEDED,
    "ordered by mistake": ReasonCode.ORDERED_BY_MISTAKE,
}


def translate(action: dict[str, Any], look: Look) -> Arguments:
    """The arguments of the capability that the action means; ValueError (pydantic's) when they break its contract."""
    name, args = action["name"], action["args"]
    if name not in TRANSLATIONS:
        raise ValueError(f"{name} is no writing action of this export")
    capability, value = TRANSLATIONS[name](args, look)
    return writes.arguments(capability, value)


def cancel(args: dict[str, Any], look: Look) -> tuple[str, dict[str, Any]]:
    reason = REASONS.get(args["reason"], ReasonCode.OTHER)
    return "change_order", {"order_id": args["order_id"], "change": "cancel", "reason_code": reason}


def readdress(args: dict[str, Any], look: Look) -> tuple[str, dict[str, Any]]:
    return "change_order", {"order_id": args["order_id"], "change": "address", "address": address(args)}


def pay(args: dict[str, Any], look: Look) -> tuple[str, dict[str, Any]]:
    return "change_order", {"order_id": args["order_id"], "change": "payment", "method_id": args["payment_method_id"]}


def swap(args: dict[str, Any], look: Look) -> tuple[str, dict[str, Any]]:
    return "change_order", {**goods(args, look), "change": "items", "new_items": list(args["new_item_ids"])}


def give_back(args: dict[str, Any], look: Look) -> tuple[str, dict[str, Any]]:
    return "process_return", {**goods(args, look), "kind": "return"}


def exchange(args: dict[str, Any], look: Look) -> tuple[str, dict[str, Any]]:
    return "process_return", {**goods(args, look), "kind": "exchange", "new_items": list(args["new_item_ids"])}


def move_house(args: dict[str, Any], look: Look) -> tuple[str, dict[str, Any]]:
    return "update_account", {"change": "address", "address": address(args)}


TRANSLATIONS: Final = {
    "cancel_pending_order": cancel,
    "modify_pending_order_address": readdress,
    "modify_pending_order_payment": pay,
    "modify_pending_order_items": swap,
    "return_delivered_order_items": give_back,
    "exchange_delivered_order_items": exchange,
    "modify_user_address": move_house,
}


def address(args: dict[str, Any]) -> dict[str, str]:
    return {ours: args[theirs] for ours, theirs in PARTS.items()}


def goods(args: dict[str, Any], look: Look) -> dict[str, Any]:
    """Our lines for their articles: the first of each that isn't named yet; one that isn't there stays what it is."""
    order = look(args["order_id"])
    left = {line.line_id: line.item_id for line in order.lines} if order is not None else {}
    lines = []
    for item in args["item_ids"]:
        found = next((line for line, held in left.items() if held == item), None)
        left.pop(found or "", None)
        lines.append(found or f"none-{item}")
    return {"order_id": args["order_id"], "lines": lines, "method_id": args["payment_method_id"]}
