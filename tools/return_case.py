"""What a return, an exchange or a replacement would do: differences, goods at risk, and what is held meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from .capabilities.process_return import ProcessReturn, ReturnKind
from .case import OrderCase
from .contract import Plan
from .order_case import SwapCase, swapped
from .refund_case import FAULTS
from .shapes import OrderLine, Parcel, ParcelStatus

QUIET: Final = timedelta(days=7)  # a parcel that nobody has scanned for so long counts as lost
MOVING: Final = frozenset({ParcelStatus.LABEL_CREATED, ParcelStatus.IN_TRANSIT, ParcelStatus.OUT_FOR_DELIVERY})


@dataclass(frozen=True)
class ReturnCase(SwapCase):
    """Goods that come back, or that are sent again."""

    args: ProcessReturn

    @property
    def kind(self) -> ReturnKind:
        return self.args.kind

    @property
    def is_fault(self) -> bool:
        return self.args.reason_code in FAULTS

    def value(self) -> int:
        """Cents that the goods were sold for."""
        return sum(line.unit_price.cents * line.quantity for line in self.lines)


def plan(case: ReturnCase) -> Plan | None:
    """What would be done. The money of a return goes back when the goods have come; a replacement sends goods first."""
    if not case.lines or (case.kind is ReturnKind.EXCHANGE and case.swaps() is None):
        return None
    difference, facts = 0, dict[str, Any]()
    if case.kind is ReturnKind.EXCHANGE:
        difference = case.difference()
        facts = {"difference": case.cents(difference).to_json(), "items": swapped(case.swaps() or [])}
    if case.kind is not ReturnKind.REPLACEMENT and case.account is not None:
        facts["label_to"] = case.account.email
    if case.kind is ReturnKind.REPLACEMENT:
        facts["items"] = [again(line) for line in case.lines]
    exposure = {ReturnKind.REPLACEMENT: case.value(), ReturnKind.EXCHANGE: max(-difference, 0)}.get(case.kind, 0)
    ids = tuple(line.line_id for line in case.lines)
    return Plan(case.order.fulfilment, case.cents(0), ids, case.order.customer_id, exposure, held(ids), facts)


def again(line: OrderLine) -> dict[str, Any]:
    return {"line_id": line.line_id, "item_id": line.item_id, "quantity": line.quantity}


def held(line_ids: tuple[str, ...]) -> tuple[str, ...]:
    """A line comes back once, whatever for."""
    return tuple(f"return:{line}" for line in line_ids)


def parcels_of(case: OrderCase, line: OrderLine) -> list[Parcel]:
    return [parcel for parcel in case.order.parcels if line.line_id in parcel.line_ids]


def is_lost(case: OrderCase, line: OrderLine) -> bool:
    """On its way, and nobody has scanned any of its parcels for a week (without a scan, since the order)."""
    own = parcels_of(case, line)
    return bool(own) and all(is_quiet(parcel, case.order.placed_at, case.now) for parcel in own)


def is_quiet(parcel: Parcel, placed_at: datetime, now: datetime) -> bool:
    last = parcel.last_scan.at if parcel.last_scan is not None else placed_at
    return parcel.status in MOVING and now - last >= QUIET
