"""What a change of an order would do, by arithmetic over records: differences, sums, and what is held meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conversations.money import Money

from .capabilities.change_order import Change, ChangeOrder
from .case import OrderCase
from .contract import Plan
from .shapes import Choice, OrderLine, PaymentMethod

# What a change holds beside lines: the whole order, its payment, its items.
WHOLE: Final = "order"
PAYMENT, ITEMS = "payment", "items"
MOVES: Final = (PAYMENT, ITEMS)


@dataclass(frozen=True)
class SwapCase(OrderCase):
    """A case that names lines, what to have instead, and a means of payment."""

    @property
    def line_ids(self) -> list[str]:
        return list(self.args.lines or [])

    @property
    def wanted(self) -> list[str]:
        return list(self.args.new_items or [])

    @property
    def lines(self) -> list[OrderLine]:
        """The named lines, in the order in which they were named."""
        known = {line.line_id: line for line in self.order.lines}
        return [known[line] for line in self.line_ids if line in known]

    @property
    def method(self) -> PaymentMethod | None:
        """The means of payment that was named, if it is the customer's."""
        own = self.account.methods if self.account is not None else []
        return next((one for one in own if one.method_id == self.args.method_id), None)

    @property
    def paid_with(self) -> str:
        """The means of the first payment; empty when the record doesn't say."""
        return next((entry.method_id for entry in self.order.entries if entry.kind == "payment"), "")

    def choice(self, line: OrderLine, item_id: str) -> Choice | None:
        """The article, if it is of the same product."""
        same = (one for one in self.order.choices if one.product_id == line.product_id)
        return next((one for one in same if one.item_id == item_id), None)

    def swaps(self) -> list[tuple[OrderLine, Choice]] | None:
        """Line and article, pair by pair; None when one of them doesn't fit."""
        if len(self.wanted) != len(self.line_ids) or len(self.lines) != len(self.line_ids):
            return None
        pairs = [(line, self.choice(line, item)) for line, item in zip(self.lines, self.wanted, strict=True)]
        fitting = [(line, choice) for line, choice in pairs if choice is not None]
        return fitting if len(fitting) == len(pairs) else None

    def difference(self) -> int:
        """Cents that the customer pays more; below zero they get some back."""
        return sum((new.price.cents - old.unit_price.cents) * old.quantity for old, new in self.swaps() or [])

    def cents(self, amount: int) -> Money:
        return Money(amount, self.order.total.currency)


@dataclass(frozen=True)
class ChangeCase(SwapCase):
    """A change of an order that hasn't been sent."""

    args: ChangeOrder

    @property
    def change(self) -> Change:
        return self.args.change


def plan(case: ChangeCase) -> Plan | None:
    """What would be done, or None when nothing can be."""
    return PLANS[case.change](case)


def cancelled(case: ChangeCase) -> Plan | None:
    """All that is left of what was paid goes back, and every line is spoken for."""
    lines = tuple(line.line_id for line in case.order.lines)
    return made(case, max(case.left_cents, 0), lines, (*lines, WHOLE))


def readdressed(case: ChangeCase) -> Plan | None:
    phone = case.account.phone if case.account is not None else ""
    return made(case, 0, (), (), facts={"text_to": phone} if phone else None)


def paid_otherwise(case: ChangeCase) -> Plan | None:
    """The whole sum changes places: what was paid goes back, and is paid anew. Nobody gains by it."""
    return made(case, case.paid_cents, (), (PAYMENT,), exposure=0)


def changed(case: ChangeCase) -> Plan | None:
    swaps = case.swaps()
    if not swaps:
        return None
    difference = case.difference()
    facts: dict[str, object] = {"difference": case.cents(difference).to_json(), "items": swapped(swaps)}
    return made(case, max(-difference, 0), tuple(case.line_ids), (ITEMS,), facts=facts)


def swapped(swaps: list[tuple[OrderLine, Choice]]) -> list[dict[str, object]]:
    """Pair by pair what the company's systems need, and what people look at."""
    return [{"line_id": old.line_id, "item_id": new.item_id, "price": new.price.to_json(), "was": old.item_id,
             "options": new.options} for old, new in swaps]  # fmt: skip


def made(
    case: ChangeCase,
    cents: int,
    lines: tuple[str, ...],
    claims: tuple[str, ...],
    exposure: int | None = None,
    facts: dict[str, object] | None = None,
) -> Plan:
    return Plan(case.order.fulfilment, case.cents(cents), lines, case.order.customer_id, exposure, claims, facts or {})


PLANS: Final = {
    Change.CANCEL: cancelled,
    Change.ADDRESS: readdressed,
    Change.PAYMENT: paid_otherwise,
    Change.ITEMS: changed,
}
