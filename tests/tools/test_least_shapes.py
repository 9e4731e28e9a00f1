"""A company that knows little: whatever it leaves out costs people's time, and is never an error or a gift."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from conversations.money import Money
from tests.tools.refund_cases import REFUNDS, entry, parcel
from tools import shapes
from tools.account_case import AccountCase
from tools.capabilities.process_refund import ProcessRefund, ReasonCode
from tools.capabilities.update_account import AccountChange, UpdateAccount
from tools.contract import Proof
from tools.refund_case import RefundCase, plan
from tools.rules import Verdict, decide, hits
from tools.shapes import Account, Fulfilment, Order, OrderLine, OrderStatus

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LEAST_ACCOUNT = Account(customer_id="C-1", first_name="Al", last_name="M", email="al@example.com", orders=[])
FIELD = re.compile(r"^    (\w+): .* = ", re.MULTILINE)


def least_order(status: OrderStatus = OrderStatus.DELIVERED, **more: Any) -> Order:
    price = Money(900, "USD")
    return Order(order_id="A-1", customer_id="C-1", placed_at=NOW - timedelta(days=3), status=status,
                 fulfilment=Fulfilment.PLATFORM_OWNED, total=price,
                 lines=[OrderLine(line_id="1", product="Year of service", unit_price=price)], **more)  # fmt: skip


def refund(order: Order, reason: ReasonCode = ReasonCode.DAMAGED, account: Account = LEAST_ACCOUNT) -> RefundCase:
    return RefundCase(order=order, account=account, args=ProcessRefund(order_id="A-1", reason_code=reason),
                      refunds=REFUNDS, now=NOW, customer_ref="C-1", proof=Proof.SIGNED_IN, currency="USD")  # fmt: skip


@pytest.mark.parametrize("reason", list(ReasonCode))
@pytest.mark.parametrize("status", [OrderStatus.PENDING, OrderStatus.SHIPPED, OrderStatus.DELIVERED])
def test_a_refund_of_the_least_order_is_for_people(status: OrderStatus, reason: ReasonCode) -> None:
    case = refund(least_order(status), reason)
    decision = decide(case)
    assert (decision.verdict, decision.rule, decision.reason) == (Verdict.ASK, "REF-5", "payments-unknown")
    assert plan(case) is None, "without payments there is no amount, so nobody can send it from here"


def test_each_thing_that_is_told_takes_one_obstacle_away() -> None:
    """The same order with its payments, its parcels, and a customer whose risk flags are known to be none."""
    told: dict[str, Any] = {"money": [entry("payment", 900)], "parcels": [parcel("1")]}
    flags = LEAST_ACCOUNT.model_copy(update={"risk_flags": []})
    reasons = [
        {one.reason for one in hits(refund(least_order()))},
        {one.reason for one in hits(refund(least_order(money=told["money"])))},
        {one.reason for one in hits(refund(least_order(**told)))},
        {one.reason for one in hits(refund(least_order(**told), account=flags))},
    ]
    assert reasons == [
        {"payments-unknown", "delivery-unknown", "look-closer"},
        {"delivery-unknown", "look-closer"},
        {"look-closer"},
        set(),
    ]
    without_a_fault = refund(least_order(**told), ReasonCode.DOES_NOT_FIT, flags)
    assert decide(without_a_fault).reason == "no-window", "a line's state is unknown, so no window fits it"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (AccountChange.CANCEL_SUBSCRIPTION, "ACC-4"),
        (AccountChange.CLOSE, "ACC-5"),
        (AccountChange.PASSWORD_RESET, "ACC-7"),
    ],
)
def test_the_least_account_is_changed_by_nobody_alone(change: AccountChange, rule: str) -> None:
    case = AccountCase(order=None, account=LEAST_ACCOUNT, args=UpdateAccount(change=change), refunds=REFUNDS, now=NOW,
                       customer_ref="C-1", proof=Proof.ONE_TIME_CODE)  # fmt: skip
    assert decide(case).rule == rule
    assert decide(case).verdict in (Verdict.ASK, Verdict.DENY)


def test_the_least_survives_the_way_in_and_out() -> None:
    for shape in (least_order(), LEAST_ACCOUNT):
        assert type(shape).model_validate_json(shape.model_dump_json(), strict=True) == shape


def test_every_field_that_may_be_missing_says_what_that_costs() -> None:
    text = Path(shapes.__file__).read_text(encoding="utf-8")
    assert len(FIELD.findall(text)) > 25
    assert list(silent(text)) == []
    assert list(silent("class A:\n    # Without it nothing.\n    a: int = 1\n    b: int = 2\n")) == ["b"]


def silent(text: str) -> Iterator[str]:
    """Fields with a default and no word about its price, on their line or in the comment above it."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        found = FIELD.match(line)
        if found is None:
            continue
        above = number - 1
        while lines[above].strip().startswith("#"):
            above -= 1
        said = " ".join([line.partition("#")[2], *lines[above + 1 : number]])
        if "without" not in said.lower() and found.group(1) not in COVERED:
            yield found.group(1)


# Their price stands at the field before them.
COVERED = {"product_id"}
