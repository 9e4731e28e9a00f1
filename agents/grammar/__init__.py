"""Slot filling by grammar: what a customer's words name, without a model. `fill` is the door."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from agents.grammar import answers, codes, dates, items, options, orders, reasons
from agents.grammar.slots import Context, ItemMatch, KnownOrder, OrderIds, SlotValue

__all__ = ["Context", "ItemMatch", "KnownOrder", "OrderIds", "SlotValue", "fill"]

Reader = Callable[[str, Context], SlotValue | None]

# slot name → who reads it; every reader looks at the same untouched text, so that spans are the customer's own.
READERS: Final[Mapping[str, Reader]] = {
    "order_id": orders.first,
    "order_ids": orders.every,
    "email": orders.email,
    "zip": orders.zip_code,
    "answer": answers.answer,
    "ordinal": answers.ordinal,
    "all": answers.everything,
    "reason": reasons.reason,
    "again": reasons.again,
    "other": reasons.other,
    "item": items.item,
    "date": dates.day,
    "code": codes.code,
    "named": options.names,
}


def fill(text: str, context: Context | None = None) -> dict[str, SlotValue]:
    """Every slot that the text names, by slot name; a slot that isn't there is absent.

    `order_id` (canonical; also by ordinal, or by an item that only one order holds), `order_ids`, `email`, `zip`,
    `answer` ("yes", "no", "yes_but", "no_but"), `ordinal` (0-based from the front, negative from the back), `reason`
    (code), `again` (true: the same goods once more), `other` (true: another kind of them), `item` (product name),
    `date` (ISO), `all` (true: every one of the orders in question), `named` (one of the things that the open question
    is about), `code` (where one was asked for: "typed", "another", "no-way").
    """
    known = context or Context()
    found = {name: value for name, read in READERS.items() if (value := read(text, known)) is not None}
    if "order_id" not in found and (pointed := _pointed_at(found, known)) is not None:
        found["order_id"] = pointed
    return found


def _pointed_at(found: Mapping[str, SlotValue], context: Context) -> SlotValue | None:
    """An order named without its number: "the second one" of those offered, or "the mug" that one order holds."""
    ordinal, item = found.get("ordinal"), found.get("item")
    if ordinal is not None and isinstance(ordinal.value, int):
        offered = context.offered or tuple(order.order_id for order in context.orders)
        if -len(offered) <= ordinal.value < len(offered):
            return ordinal.model_copy(update={"value": offered[ordinal.value]})
    if item is not None:
        best = items.matches(item.raw, context.orders)
        holders = {match.order_id for match in best if match.score >= best[0].score - items.TIE}
        if len(holders) == 1:
            return item.model_copy(update={"value": holders.pop()})
    return None
