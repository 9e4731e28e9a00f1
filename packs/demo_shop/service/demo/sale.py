"""One order of the demo as a plan in days before (or after) the day of seeding; build.py turns it into rows."""

from __future__ import annotations

from dataclasses import dataclass, field

from .catalogue import Variant


@dataclass(frozen=True)
class Line:
    variant: Variant
    quantity: int = 1
    state: str = "new"


@dataclass(frozen=True)
class Stop:
    """A scan, `ago` days before the day of seeding."""

    ago: float
    place: str
    note: str


@dataclass(frozen=True)
class Shipment:
    """`lines` are line numbers; `expected_in` is in days from the day of seeding, negative for the past."""

    lines: tuple[int, ...]
    carrier: str
    tracking_id: str
    status: str
    stops: tuple[Stop, ...] = ()
    expected_in: int | None = None
    delivered_ago: float | None = None


@dataclass(frozen=True)
class Refund:
    ago: float
    cents: int


@dataclass(frozen=True)
class Sale:
    number: int
    customer: str
    placed_ago: float
    status: str
    lines: tuple[Line, ...]
    method: str
    shipments: tuple[Shipment, ...] = ()
    refunds: tuple[Refund, ...] = field(default=())
    note: str = ""

    @property
    def order_id(self) -> str:
        return f"FW-{self.number}"

    @property
    def total(self) -> int:
        """In cents."""
        return sum(line.variant.price * line.quantity for line in self.lines)
