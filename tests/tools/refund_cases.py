"""A refund that nothing speaks against: two own goods of Alice's, delivered ten days ago. Tests change one thing."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from conversations.money import Money
from knowledge.policy import Policy
from tools.capabilities.process_refund import ProcessRefund
from tools.contract import Proof
from tools.rules import RefundCase
from tools.shapes import (
    Account,
    Fulfilment,
    Order,
    OrderLine,
    OrderStatus,
    Parcel,
    ParcelStatus,
    PaymentEntry,
    Scan,
    Tier,
)

NOW: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FILE: Final = Path(__file__).resolve().parents[2] / "packs" / "demo_shop" / "policy.yaml"
REFUNDS: Final = Policy.parse(FILE.read_text(encoding="utf-8")).refunds


def usd(cents: int) -> Money:
    return Money(cents, "USD")


def line(number: str = "1", cents: int = 3000, **changed: Any) -> OrderLine:
    facts: dict[str, Any] = {
        "line_id": number,
        "product": f"Kettle {number}",
        "options": {},
        "quantity": 1,
        "unit_price": usd(cents),
        "state": "opened",
        "refunded": False,
    }
    return OrderLine(**{**facts, **changed})


def entry(kind: str, cents: int, **changed: Any) -> PaymentEntry:
    facts: dict[str, Any] = {
        "kind": kind,
        "amount": usd(cents),
        "method": "Visa ending 4242",
        "at": NOW - timedelta(days=5),
        "reference": f"{kind[:3].upper()}-1",
        "line_ids": [],
        "key": None,
    }
    return PaymentEntry(**{**facts, **changed})


def parcel(
    *lines: str, arrived: datetime | None = NOW - timedelta(days=10), seen: datetime = NOW - timedelta(days=1)
) -> Parcel:
    """`seen`: when it was last scanned."""
    status = ParcelStatus.IN_TRANSIT if arrived is None else ParcelStatus.DELIVERED
    return Parcel(tracking_id="T", carrier="C", link="", status=status,
                  last_scan=Scan(at=seen, place="", note=""), expected_on=None,
                  delivered_at=arrived, line_ids=list(lines))  # fmt: skip


def order(**changed: Any) -> Order:
    lines = changed.get("lines", [line("1"), line("2", 1000)])
    total = sum(one.unit_price.cents * one.quantity for one in lines)
    facts: dict[str, Any] = {
        "order_id": "A-1",
        "customer_id": "alice",
        "placed_at": NOW - timedelta(days=12),
        "status": OrderStatus.DELIVERED,
        "fulfilment": Fulfilment.PLATFORM_OWNED,
        "partner": None,
        "lines": lines,
        "total": usd(total),
        "money": [entry("payment", total)],
        "parcels": [parcel(*(one.line_id for one in lines))],
        "open_for_shipping": False,
        "note": "",
    }
    return Order(**{**facts, **changed})


def account(tier: Tier = Tier.STANDARD, flags: tuple[str, ...] = ()) -> Account:
    return Account(customer_id="alice", first_name="Alice", last_name="M", email="a@example.com", tier=tier,
                   subscription_status="none", open_tickets=0, last_payment=None, risk_flags=list(flags),
                   orders=[])  # fmt: skip


def wish(reason: str = "does_not_fit", lines: list[str] | None = None) -> ProcessRefund:
    return ProcessRefund(order_id="A-1", reason_code=reason, lines=lines)


def case(**changed: Any) -> RefundCase:
    facts: dict[str, Any] = {
        "order": order(),
        "account": account(),
        "args": wish(),
        "refunds": REFUNDS,
        "now": NOW,
        "customer_ref": "alice",
        "proof": Proof.SIGNED_IN,
        "currency": "USD",
    }
    return RefundCase(**{**facts, **changed})


def but(held: RefundCase, **changed: Any) -> RefundCase:
    return dataclasses.replace(held, **changed)
