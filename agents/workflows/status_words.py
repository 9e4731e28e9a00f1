"""An order's state as words: tables from what the systems know to the voice's keys and slots."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from agents import voice
from agents.desk import Desk
from agents.voice import wording
from tools.shapes import Order, OrderStatus, Parcel, ParcelStatus

# S3-07 and the shop's own promise: a week without a scan is too long, whatever the carrier says.
STUCK_AFTER: Final = timedelta(days=7)
ASKS_BACK: Final = frozenset(
    {"status.stuck", "status.late", "status.exception", "status.returned_to_sender", "status.returned"}
)
# The same without the offer, where the question no longer stands or is asked once for several orders.
TOLD: Final = {key: f"{key}.told" for key in ASKS_BACK}
TRAVELS: Final = frozenset({OrderStatus.SHIPPED, OrderStatus.DELIVERED})

Slots = dict[str, Any]


def status_line(desk: Desk, order: Order) -> tuple[str, Slots]:
    """The voice's key for an order, and its slots; several parcels become a list."""
    base: Slots = {
        "order": order.order_id,
        "items": items(desk, order, None),
        "placed_day": wording.day(order.placed_at, desk.now),
        **money_back(order, desk),
    }
    parcels = order.parcels if order.status in TRAVELS else []
    if len(parcels) > 1:
        return "status.two_parcels", base | {
            "how_many": desk.derived(wording.count(len(parcels), "parcel")),
            "parcel_list": "\n".join(parcel_row(desk, order, parcel) for parcel in parcels),
        }
    if parcels:
        state, slots = parcel_state(desk, parcels[0])
        return f"status.{state}", base | slots | {"items": items(desk, order, parcels[0])}
    return WITHOUT_PARCEL[order.status](base), base


def parcel_row(desk: Desk, order: Order, parcel: Parcel) -> str:
    state, slots = parcel_state(desk, parcel)
    row = {"moving.label": "label", "late": "moving", "delivered.no_day": "moving.no_eta"}.get(state, state)
    if row == "delivered" and "delivered_day" not in slots:
        row = "label"
    return voice.say(
        f"parcel.{row}",
        {**slots, "items": items(desk, order, parcel)},
        conversation=str(desk.work.public_id),
        pack=desk.kit.pack.voice,
    )


def parcel_state(desk: Desk, parcel: Parcel) -> tuple[str, Slots]:
    """The state's name in the voice, and what it says about the parcel."""
    slots: Slots = {"carrier": parcel.carrier, "link": parcel.link}
    if parcel.last_scan is not None:
        slots |= {"place": parcel.last_scan.place, "scan_day": wording.day(parcel.last_scan.at, desk.now)}
    return PARCELS[parcel.status](desk, parcel, slots)


def moving(desk: Desk, parcel: Parcel, slots: Slots) -> tuple[str, Slots]:
    scan = parcel.last_scan
    if scan is None:
        return "moving.label", slots
    if desk.now - scan.at >= STUCK_AFTER:
        silent = wording.count(wording.days_between(scan.at, desk.now), "day")
        return "stuck", slots | {"days": silent}
    if parcel.expected_on is None:
        return "moving.no_eta", slots
    eta = {"eta_day": wording.day(parcel.expected_on, desk.now)}
    return ("late" if parcel.expected_on < desk.now.date() else "moving"), slots | eta


def delivered(desk: Desk, parcel: Parcel, slots: Slots) -> tuple[str, Slots]:
    when = parcel.delivered_at or (parcel.last_scan.at if parcel.last_scan else None)
    if when is None:
        return "delivered.no_day", slots
    return "delivered", slots | {"delivered_day": wording.day(when, desk.now)}


def needs_scan(state: str) -> Callable[[Desk, Parcel, Slots], tuple[str, Slots]]:
    """A state whose words name the last scan; without one it is only known to be under way."""

    def describe(desk: Desk, parcel: Parcel, slots: Slots) -> tuple[str, Slots]:
        return (state if parcel.last_scan is not None else "moving.label"), slots

    return describe


PARCELS: Final[dict[ParcelStatus, Callable[[Desk, Parcel, Slots], tuple[str, Slots]]]] = {
    ParcelStatus.LABEL_CREATED: moving,
    ParcelStatus.IN_TRANSIT: moving,
    ParcelStatus.OUT_FOR_DELIVERY: needs_scan("out"),
    ParcelStatus.DELIVERED: delivered,
    ParcelStatus.EXCEPTION: needs_scan("exception"),
    ParcelStatus.RETURNED_TO_SENDER: needs_scan("returned_to_sender"),
}
WITHOUT_PARCEL: Final[dict[OrderStatus, Callable[[Slots], str]]] = {
    OrderStatus.PENDING: lambda _: "status.pending",
    OrderStatus.PROCESSING: lambda _: "status.processing",
    OrderStatus.SHIPPED: lambda _: "status.shipped",
    OrderStatus.DELIVERED: lambda _: "status.delivered.no_day",
    OrderStatus.CANCELLED: lambda s: "status.cancelled.refunded" if "amount" in s else "status.cancelled",
    OrderStatus.RETURN_REQUESTED: lambda _: "status.returning",
    OrderStatus.EXCHANGE_REQUESTED: lambda _: "status.exchanging",
    OrderStatus.RETURNED: lambda s: "status.returned.refunded" if "amount" in s else "status.returned",
}


def items(desk: Desk, order: Order, parcel: Parcel | None) -> str:
    """What is in it, in the customer's words; the whole order when there is no parcel."""
    lines = [line for line in order.lines if parcel is None or not parcel.line_ids or line.line_id in parcel.line_ids]
    names = list(dict.fromkeys(line.product for line in lines or order.lines))
    return wording.listing([*names[:2], desk.derived(f"{len(names) - 2} more")] if len(names) > 3 else names)


def money_back(order: Order, desk: Desk) -> Slots:
    """What went back last, when something did."""
    back = [entry for entry in order.entries if entry.kind == "refund"]
    if not back:
        return {}
    last = back[-1]
    return {"amount": str(last.amount), "method": last.method, "refund_day": wording.day(last.at, desk.now)}
