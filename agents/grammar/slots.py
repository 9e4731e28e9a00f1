"""A slot value read from a customer's words, with the place it was read from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from re import Pattern
from typing import Protocol

from agents.results import Result

Value = str | int | bool | tuple[str, ...]


class SlotValue(Result):
    """`source_span`: start and end in the customer's text, `raw`: the words there, `score`: certainty, thousandths."""

    value: Value
    source_span: tuple[int, int]
    raw: str
    score: int = 1000


class ItemMatch(Result):
    """A line of a known order that the customer's noun may mean; `score` in thousandths."""

    order_id: str
    product: str
    score: int


class OrderIds(Protocol):
    """How a company writes its order numbers (a pack's `order_ids` fits).

    `patterns` find one anywhere in text; `normalise` takes what was typed ("fw 10482", "10482") where an order number
    is meant, and answers the company's spelling, or None when it can't be one.
    """

    @property
    def patterns(self) -> tuple[Pattern[str], ...]: ...

    def normalise(self, typed: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """One of the customer's own orders, as far as words can point to it."""

    order_id: str
    products: tuple[str, ...]
    options: tuple[str, ...] = ()  # "green", "large": option values of its lines


@dataclass(frozen=True, slots=True)
class Context:
    """What the conversation knows while it reads: the company's ids, the customer's orders (newest first), the orders
    last offered in the order of the list, today's date, the slot that was asked for, and the names of what the open
    question is about ("navy", "gift card")."""

    order_ids: OrderIds | None = None
    orders: tuple[KnownOrder, ...] = ()
    offered: tuple[str, ...] = ()
    today: date | None = None
    expecting: str | None = None
    names: tuple[str, ...] = ()
