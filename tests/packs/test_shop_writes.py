"""What may be changed in the shop, and what it refuses."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.packs.changes import (
    CHANGES,
    DINNER_SET,
    EACH,
    LANTERN,
    NOT_YET_SENT,
    REFUND,
    TICKET,
    TWO_THINGS,
    change,
    outcome,
    payments,
    refund,
)
from tests.shopserver import ShopServer


def test_a_refund_goes_back_to_the_card_that_paid(fresh_shop: ShopServer) -> None:
    key = uuid4()
    answer = refund(fresh_shop, TWO_THINGS, 7200, [2], key)
    assert answer.status_code == 201
    paid, back = payments(fresh_shop, TWO_THINGS)
    assert (back["kind"], back["amount_cents"], back["lines"], back["key"]) == ("refund", 7200, [2], str(key))
    assert back["reference"] == answer.json()["reference"]
    assert back["reference"].startswith("RF-")
    assert (back["method_id"], back["last_four"]) == (paid["method_id"], "4242")


def test_a_gift_card_gets_its_balance_back(fresh_shop: ShopServer) -> None:
    def balance() -> int:
        methods = fresh_shop.ask("GET", "/finance/customers/C-1001/payment-methods").json()["payment_methods"]
        return int(next(one["balance_cents"] for one in methods if one["source"] == "gift_card"))

    with psycopg.connect(fresh_shop.database_url, autocommit=True) as connection:
        connection.execute("UPDATE payments SET method_id = 'gift_1001' WHERE order_id = %s", [LANTERN])
    before = balance()
    assert refund(fresh_shop, LANTERN, 4500).status_code == 201
    assert balance() == before + 4500


def test_a_refund_says_nothing_about_the_state_of_the_order(fresh_shop: ShopServer) -> None:
    before = fresh_shop.ask("GET", "/admin/dump").json()
    refund(fresh_shop, LANTERN, 4500)
    after = fresh_shop.ask("GET", "/admin/dump").json()
    history = after["orders"][LANTERN].pop("payment_history")
    assert [(one["transaction_type"], one["amount"]) for one in history] == [("payment", 45.0), ("refund", 45.0)]
    before["orders"][LANTERN].pop("payment_history")
    assert after == before


@pytest.mark.parametrize(
    ("order", "cents", "lines"),
    [
        (LANTERN, 4501, [1]),  # more than was paid
        ("FW-10455", 1, [1]),  # all of it went back before
        ("FW-10463", 3401, [2]),  # more than what is left
        (LANTERN, 100, [2]),  # no such line
        (LANTERN, 100, [1, 1]),  # a line named twice
        (LANTERN, 100, [10**30]),
    ],
)
def test_a_refund_is_refused_where_nothing_is_owed(shop: ShopServer, order: str, cents: int, lines: list[int]) -> None:
    before, key = payments(shop, order), uuid4()
    assert outcome(refund(shop, order, cents, lines, key)) == (409, "refused")
    assert payments(shop, order) == before
    assert shop.ask("GET", f"/effects/{key}").status_code == 404


def test_a_line_goes_back_once(fresh_shop: ShopServer) -> None:
    assert refund(fresh_shop, TWO_THINGS, 100, [1]).status_code == 201
    assert outcome(refund(fresh_shop, TWO_THINGS, 100, [1])) == (409, "refused")
    assert outcome(refund(fresh_shop, TWO_THINGS, 200, [1, 2])) == (409, "refused")
    assert refund(fresh_shop, TWO_THINGS, 7200, [2]).status_code == 201


@EACH
def test_a_wish_that_is_not_the_contract_is_refused(shop: ShopServer, path: str) -> None:
    right = CHANGES[path]
    wrong: list[Any] = [None, [], "x", {}, {**right, "and": 1}]
    wrong += [{name: value for name, value in right.items() if name != left} for left in right]
    wrong += [{**right, name: None} for name in right]
    wrong += [{**right, text: "a\x00b"} for text in ("reason", "subject", "body", "order") if text in right]
    for wish in wrong:
        assert outcome(change(shop, path, wish)) == (400, "bad_body"), wish


@pytest.mark.parametrize("cents", [0, -1, 45.0, 45.5, "4500", True, 10**12])
def test_an_amount_is_a_number_of_cents(shop: ShopServer, cents: object) -> None:
    wish = {**REFUND, "amount_cents": cents}
    assert outcome(change(shop, f"/finance/orders/{LANTERN}/refunds", wish)) == (400, "bad_body")


@pytest.mark.parametrize("path", [path for path in CHANGES if path != "/tickets"])
def test_an_order_that_is_not_there_cannot_be_changed(shop: ShopServer, path: str) -> None:
    nowhere = path.replace(LANTERN, "FW-99999").replace(DINNER_SET, "FW-99999")
    assert outcome(change(shop, nowhere, CHANGES[path])) == (404, "not_found")


def test_a_brand_that_has_not_sent_it_is_stopped(fresh_shop: ShopServer) -> None:
    path = f"/orders/{NOT_YET_SENT}"
    assert fresh_shop.ask("GET", path).json()["open_for_shipping"] is True
    answer = change(fresh_shop, f"{path}/stop-shipment", {"reason": "other"})
    assert answer.json() == {"partner": "Lumen Loft", "stopped": True}
    assert fresh_shop.ask("GET", path).json()["open_for_shipping"] is False
    assert change(fresh_shop, f"{path}/stop-shipment", {"reason": "other"}).json()["stopped"] is False


def test_a_parcel_that_has_arrived_is_past_stopping(fresh_shop: ShopServer) -> None:
    answer = change(fresh_shop, f"/orders/{DINNER_SET}/stop-shipment", {"reason": "other"})
    assert answer.json() == {"partner": "Halden Ceramics", "stopped": False}


def test_a_brands_advance_comes_back_once(fresh_shop: ShopServer) -> None:
    path, wish = f"/finance/orders/{DINNER_SET}/claw-backs", {"lines": [1], "reason": "damaged"}
    answer = change(fresh_shop, path, wish).json()
    assert answer["reference"].startswith("CB-")
    assert (answer["amount_cents"], answer["partner"]) == (14900 * 70 // 100, "Halden Ceramics")
    assert outcome(change(fresh_shop, path, wish)) == (409, "refused")
    assert outcome(change(fresh_shop, path.replace(DINNER_SET, LANTERN), wish)) == (409, "refused")
    assert outcome(change(fresh_shop, path, {**wish, "lines": [7]})) == (409, "refused")


def test_a_ticket_is_opened_for_the_order_of_its_customer(fresh_shop: ShopServer) -> None:
    ticket = change(fresh_shop, "/tickets", TICKET).json()["id"]
    found = fresh_shop.ask("GET", f"/tickets/{ticket}").json()
    assert (found["kind"], found["status"], found["order_id"], found["body"]) == (
        "transfer_settlement", "open", LANTERN, "With the partner.",
    )  # fmt: skip
    assert outcome(change(fresh_shop, "/tickets", {**TICKET, "customer": "C-1002"})) == (409, "refused")
    assert outcome(change(fresh_shop, "/tickets", {**TICKET, "kind": "rumour"})) == (400, "bad_body")
