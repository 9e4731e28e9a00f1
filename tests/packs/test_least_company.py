"""Systems that answer no more than they must: whoever asks for money gets a person, not an error."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from conversations.money import Money
from tests.house import House
from tests.tools.test_least_shapes import LEAST_ACCOUNT, least_order
from tools import pack
from tools.capabilities.get_order import GetOrder
from tools.contract import Caller
from tools.shapes import Account, Order, OrderStatus, OrderSummary


def get_order(args: GetOrder, caller: Caller) -> Order:
    return least_order().model_copy(update={"order_id": args.order_id, "customer_id": caller.customer_ref})


def get_customer(args: Any, caller: Caller) -> Account:
    one = OrderSummary(order_id="FW-10465", placed_at=caller.now, status=OrderStatus.DELIVERED,
                       products=["Year of service"], total=Money(900, "USD"))  # fmt: skip
    return LEAST_ACCOUNT.model_copy(update={"customer_id": caller.customer_ref, "orders": [one]})


@pytest.mark.parametrize(
    "words", ["FW-10465 arrived broken, I want my money back", "refund my last order, it is broken"]
)
def test_a_customer_who_asks_for_money_gets_a_person(
    small_house: House, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    alice, company = small_house.alice(), pack.active()
    little = dataclasses.replace(company, fulfil={"get_order": get_order, "get_customer": get_customer})
    monkeypatch.setattr(pack, "active", lambda: little)
    row, answers = small_house.ask(alice, words)
    assert row.handoffs.get().reason == "refund-by-person", answers


def test_its_order_is_told_without_what_nobody_knows(small_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, company = small_house.alice(), pack.active()
    little = dataclasses.replace(company, fulfil={"get_order": get_order, "get_customer": get_customer})
    monkeypatch.setattr(pack, "active", lambda: little)
    row, answers = small_house.ask(alice, "where is my order FW-10465?")
    assert "FW-10465" in "\n".join(answers[0])
    assert row.status == "active"
