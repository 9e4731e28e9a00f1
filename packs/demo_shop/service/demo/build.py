"""Turns the demo's plans into a stock, dated from one moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from .. import stock
from ..stock import Stock
from . import cast, crowd
from .catalogue import PRODUCTS, variants
from .people import PHONES, Person, everybody
from .sale import Sale, Shipment

CURRENCY: Final = "USD"
PLAN: Final = "Fernway Plus"
PLAN_CENTS: Final = 4900
UNBILLED: Final = frozenset({"pending"})

# customer, order, subject, status, days ago
TICKETS: Final = (
    ("C-1002", "FW-10461", "Asks whether a worn jacket can go back", "open", 5.2),
    ("C-1003", "FW-10455", "Says the refund never arrived", "waiting", 4.1),
    ("C-1005", "FW-10458", "Parcel went back to the warehouse", "open", 9.6),
    ("C-1001", "FW-10398", "Return of the step stool", "solved", 52.0),
)
FLAGS: Final = (("C-1003", "chargeback", 140.0), ("C-1003", "many_refunds", 30.0), ("C-1012", "address_mismatch", 12.0))


def demo(moment: datetime) -> Stock:
    """The whole shop as of `moment`: the same rows each time, only the dates move along."""
    base = moment.replace(second=0, microsecond=0)
    goods = stock.empty()
    goods["shop"].append({"currency": CURRENCY, "source": "demo", "base_at": base})
    sales = sorted(_sales(), key=lambda sale: sale.number)
    for person in everybody():
        _add_person(goods, person, [sale.order_id for sale in sales if sale.customer == person.id], base)
    _add_catalogue(goods)
    for sale in sales:
        _add_sale(goods, sale, base)
    _add_cases(goods, base)
    return goods


def _sales() -> tuple[Sale, ...]:
    told = cast.sales()
    return told + crowd.sales({sale.number for sale in told})


def _add_person(goods: Stock, person: Person, order_ids: list[str], base: datetime) -> None:
    goods["customers"].append(
        {
            "id": person.id,
            "email": person.email,
            "phone": PHONES.get(person.id, ""),
            "first_name": person.first_name,
            "last_name": person.last_name,
            "address": person.address,
            "tier": person.tier,
            "order_ids": order_ids,
        }
    )
    for place, method in enumerate(person.methods):
        goods["payment_methods"].append(
            {
                "customer_id": person.id,
                "id": method.id,
                "place": place,
                "source": method.source,
                "brand": method.brand,
                "last_four": method.last_four,
                "balance_cents": method.balance,
            }
        )
    if person.plan_days is not None:
        goods["subscriptions"].append(
            {
                "customer_id": person.id,
                "plan": PLAN,
                "price_cents": PLAN_CENTS,
                "renews_on": (base + timedelta(days=person.plan_days)).date(),
                "cancelled_at": base - timedelta(days=25) if person.plan_cancelled else None,
            }
        )


def _add_catalogue(goods: Stock) -> None:
    for product in PRODUCTS:
        goods["products"].append(
            {"id": product.id, "name": product.name, "department": product.department, "extra": {"id": product.id}}
        )
    for variant in variants():
        goods["variants"].append(
            {
                "id": variant.id,
                "product_id": variant.product.id,
                "place": variant.place,
                "options": variant.options,
                "available": variant.available,
                "price_cents": variant.price,
            }
        )


def _add_sale(goods: Stock, sale: Sale, base: datetime) -> None:
    person = next(person for person in everybody() if person.id == sale.customer)
    product = sale.lines[0].variant.product
    placed_at = base - timedelta(days=sale.placed_ago)
    goods["orders"].append(
        {
            "id": sale.order_id,
            "customer_id": sale.customer,
            "placed_at": placed_at,
            "status": sale.status,
            "fulfilment": product.fulfilment,
            "partner": product.partner,
            "address": person.address,
            "note": sale.note,
            "extra": {"id": sale.order_id},
        }
    )
    goods["order_items"] += [_item(sale, place) for place in range(len(sale.lines))]
    goods["payments"] += _payments(sale, base)
    for n, shipment in enumerate(sale.shipments, 1):
        _add_shipment(goods, sale, n, shipment, base)
    if sale.status not in UNBILLED:
        goods["invoices"].append(
            {
                "id": f"INV-{sale.number}",
                "customer_id": sale.customer,
                "order_id": sale.order_id,
                "amount_cents": sale.total,
                "issued_at": placed_at + timedelta(hours=2),
            }
        )


def _item(sale: Sale, place: int) -> dict[str, Any]:
    line = sale.lines[place]
    return {
        "order_id": sale.order_id,
        "line": place + 1,
        "item_id": line.variant.id,
        "product_id": line.variant.product.id,
        "name": line.variant.product.name,
        "options": line.variant.options,
        "quantity": line.quantity,
        "price_cents": line.variant.price,
        "state": line.state,
    }


def _payments(sale: Sale, base: datetime) -> list[dict[str, Any]]:
    made = [("payment", sale.placed_ago, sale.total)]
    made += [("refund", refund.ago, refund.cents) for refund in sale.refunds]
    return [
        {
            "order_id": sale.order_id,
            "n": n,
            "kind": kind,
            "amount_cents": cents,
            "method_id": sale.method,
            "at": base - timedelta(days=ago),
            "reference": f"{'PAY' if kind == 'payment' else 'REF'}-{sale.number}-{n}",
        }
        for n, (kind, ago, cents) in enumerate(made, 1)
    ]


def _add_shipment(goods: Stock, sale: Sale, n: int, shipment: Shipment, base: datetime) -> None:
    expected, delivered = shipment.expected_in, shipment.delivered_ago
    goods["parcels"].append(
        {
            "order_id": sale.order_id,
            "n": n,
            "tracking_ids": [shipment.tracking_id],
            "lines": list(shipment.lines),
            "carrier": shipment.carrier,
            "status": shipment.status,
            "expected_on": None if expected is None else (base + timedelta(days=expected)).date(),
            "delivered_at": None if delivered is None else base - timedelta(days=delivered),
        }
    )
    for stop in shipment.stops:
        scan = {"at": base - timedelta(days=stop.ago), "place": stop.place, "note": stop.note}
        goods["scans"].append({"order_id": sale.order_id, "n": n, **scan})


def _add_cases(goods: Stock, base: datetime) -> None:
    """What the ticket and risk systems hold."""
    for number, (customer, order, subject, status, ago) in enumerate(TICKETS, 501):
        goods["tickets"].append(
            {
                "id": f"T-{number}",
                "customer_id": customer,
                "order_id": order,
                "subject": subject,
                "status": status,
                "opened_at": base - timedelta(days=ago),
            }
        )
    for customer, kind, ago in FLAGS:
        goods["risk_flags"].append({"customer_id": customer, "kind": kind, "raised_at": base - timedelta(days=ago)})
