"""What an operator chooses from, read live from the systems of record, and how each of it is called."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from approvals import cases, desk
from conversations.clock import business_now
from conversations.models import Conversation, Message
from conversations.money import Money
from conversations.presentation import plain_words
from tools import pack
from tools import writes as specs
from tools.catalogue import Deed, Part
from tools.contract import Arguments, Filled
from tools.shapes import Account, Choice, Order, OrderLine, OrderSummary, PaymentMethod

from . import by_operator

LABELS: Final = {
    Filled.ORDER: "Order",
    Filled.LINES: "Items",
    Filled.METHOD: "Means of payment",
    Filled.EMAIL: "E-mail address",
    Filled.WORDS: "In the customer's own words",
}
RECENT: Final = 20


@dataclass(frozen=True)
class Offers:
    """What there is to choose from, as the systems of record show it now. `said`: the customer's last words."""

    account: Account
    order: Order | None
    said: str = ""

    @property
    def paid_with(self) -> str:
        entries = self.order.entries if self.order is not None else []
        return next((entry.method_id for entry in entries if entry.kind == "payment"), "")


def offers(conversation: Conversation, deed: Deed, order_id: str | None) -> Offers:
    """Read live. `order_id` None: the order that the conversation is about, if that is clear."""
    asker, spec = by_operator.asker(conversation), specs.specs()[deed.capability.name]
    said = words_of(conversation)
    _, account = cases.looked_up(asker, business_now(), None)
    known = [order.order_id for order in account.orders]
    wanted = order_id if order_id is not None else spoken_of(said, known)
    order = None
    if spec.about_order and wanted in known:
        order, account = cases.looked_up(asker, business_now(), cases.about(wanted, spec))
    return Offers(account, order, said[0] if said else "")


def words_of(conversation: Conversation) -> list[str]:
    """The customer's messages, the newest first."""
    said = Message.objects.filter(conversation=conversation, author=Message.Author.CUSTOMER).order_by("-seq")
    return list(said.values_list("text", flat=True)[:RECENT])


def spoken_of(said: list[str], known: list[str]) -> str:
    """The customer's order that was named last; without one, their only one."""
    named = (order for text in said for order in pack.active().order_ids.find(text) if order in known)
    return next(named, known[0] if len(known) == 1 else "")


# in words -----------------------------------------------------------------------------------------------------------


def label(part: Part) -> str:
    return LABELS.get(part.filled, plain_words(part.name.removesuffix("_code").removesuffix("_id")))  # type: ignore[arg-type]


def options_of(part: Part) -> list[tuple[str, str]]:
    kinds: Any = part.type if issubclass(part.type, Enum) else ()
    return [(one.value, plain_words(one.value)) for one in kinds]


def in_short(order: OrderSummary) -> str:
    things = ", ".join(order.products[:2]) + (" …" if len(order.products) > 2 else "")
    return f"{order.order_id} · {things} · {plain_words(order.status.value).lower()} · {order.total}"


def line_words(line: OrderLine) -> str:
    parts = [line.product + (f" × {line.quantity}" if line.quantity > 1 else ""), options_words(line.options),
             str(line.unit_price), "refunded" if line.refunded else ""]  # fmt: skip
    return " · ".join(part for part in parts if part)


def options_words(options: dict[str, str]) -> str:
    return ", ".join(options.values())


def instead(order: Order, line: OrderLine) -> list[Choice]:
    same = (one for one in order.choices if one.product_id == line.product_id and one.item_id != line.item_id)
    return [one for one in same if one.available]


def swap_words(line: OrderLine, item: Choice) -> str:
    more = (item.price.cents - line.unit_price.cents) * line.quantity
    sign = "" if more == 0 else f" ({'+' if more > 0 else '−'}{Money(abs(more), item.price.currency)})"
    return f"{options_words(item.options) or item.item_id} · {item.price}{sign}"


def method_words(method: PaymentMethod, paid_with: str) -> str:
    balance = f" · {method.balance} on it" if method.balance is not None else ""
    return f"{method.label}{balance}{' · paid with this' if method.method_id == paid_with else ''}"


def in_words(deed: Deed, args: Arguments, found: Offers) -> list[tuple[str, str]]:
    """The arguments as people read them: what was chosen by its name, not by its id."""
    given = args.model_dump(mode="json")
    asked = [(part, given[part.name]) for part in deed.arguments if given[part.name] not in (None, [])]
    return [(label(part), in_word(value, names(part, found))) for part, value in asked]


def names(part: Part, found: Offers) -> dict[str, str]:
    """What a value of this argument is called."""
    order = found.order
    if part.filled is Filled.ORDER:
        return {one.order_id: f"{one.order_id} · {', '.join(one.products)}" for one in found.account.orders}
    if part.filled is Filled.LINES:
        return {line.line_id: line_words(line) for line in order.lines} if order is not None else {}
    if part.filled is Filled.ITEMS:
        chosen = order.choices if order is not None else []
        return {one.item_id: f"{options_words(one.options) or one.item_id} · {one.price}" for one in chosen}
    if part.filled is Filled.METHOD:
        return {one.method_id: one.label for one in found.account.methods}
    return dict(options_of(part))


def in_word(value: Any, called: dict[str, str]) -> str:
    if isinstance(value, dict):
        return desk.in_words(value)
    if isinstance(value, list):
        return "; ".join(in_word(one, called) for one in value)
    return called.get(str(value), str(value))
