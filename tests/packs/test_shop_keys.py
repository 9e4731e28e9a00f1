"""A key makes every repeat of a change the same change, whatever the network did."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import uuid4

import httpx
import pytest

from packs.demo_shop import operations
from tests.packs.changes import (
    BLENDER,
    CHANGES,
    DINNER_SET,
    EACH,
    LANTERN,
    REFUND,
    TICKET,
    change,
    endpoints,
    outcome,
    payments,
    refund,
)
from tests.shopserver import ShopServer


def test_a_refused_key_may_still_be_used(fresh_shop: ShopServer) -> None:
    key = uuid4()
    assert refund(fresh_shop, LANTERN, 4501, key=key).status_code == 409
    assert refund(fresh_shop, LANTERN, 4500, key=key).status_code == 201


@EACH
def test_the_same_key_gets_the_same_answer_and_changes_nothing_more(fresh_shop: ShopServer, path: str) -> None:
    key = uuid4()
    first, second = (change(fresh_shop, path, CHANGES[path], key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert endpoints(fresh_shop) == [path]


@EACH
def test_a_key_is_for_one_wish_at_one_endpoint(fresh_shop: ShopServer, path: str) -> None:
    key = uuid4()
    changed = {**CHANGES[path], "subject" if path == "/tickets" else "reason": "other"}
    elsewhere = next(other for other in CHANGES if other != path)
    assert change(fresh_shop, path, CHANGES[path], key).status_code == 201
    assert outcome(change(fresh_shop, path, changed, key)) == (409, "key_reused")
    assert outcome(change(fresh_shop, elsewhere, CHANGES[elsewhere], key)) == (409, "key_reused")
    assert endpoints(fresh_shop) == [path]


@EACH
def test_eight_at_once_under_one_key_are_one_change(fresh_shop: ShopServer, path: str) -> None:
    key = uuid4()
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: change(fresh_shop, path, CHANGES[path], key), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.text for answer in answers}) == 1
    assert endpoints(fresh_shop) == [path]


def test_eight_at_once_under_eight_keys_pay_a_line_once(fresh_shop: ShopServer) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: refund(fresh_shop, BLENDER, 100), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert len(payments(fresh_shop, BLENDER)) == 2


def test_without_a_shared_key_a_repeat_is_another_change(fresh_shop: ShopServer) -> None:
    """The twin: it is the key that holds the second one back."""
    for _ in range(2):
        assert change(fresh_shop, "/tickets", TICKET).status_code == 201
    assert endpoints(fresh_shop) == ["/tickets"] * 2


@EACH
@pytest.mark.parametrize("key", ["", "1", "not-a-uuid"])
def test_a_change_without_a_key_is_refused(shop: ShopServer, path: str, key: str) -> None:
    assert outcome(shop.ask("POST", path, CHANGES[path], Idempotency_Key=key)) == (400, "no_key")


def test_what_was_done_under_a_key_can_be_asked(fresh_shop: ShopServer) -> None:
    """For whoever never got the answer."""
    key, path = uuid4(), f"/finance/orders/{LANTERN}/refunds"
    assert outcome(fresh_shop.ask("GET", f"/effects/{key}")) == (404, "not_found")
    done = change(fresh_shop, path, REFUND, key).json()
    found = fresh_shop.ask("GET", f"/effects/{key}").json()
    assert (found["endpoint"], found["answer"]) == (path, done)
    assert datetime.fromisoformat(found["at"]).tzinfo is not None
    assert outcome(fresh_shop.ask("GET", "/effects/mine")) == (404, "not_found")


def test_the_ledger_has_every_change_in_order_until_the_shop_begins_anew(fresh_shop: ShopServer) -> None:
    for path, wish in CHANGES.items():
        assert change(fresh_shop, path, wish).status_code == 201
    rows = operations.ledger()
    assert [row["endpoint"] for row in rows] == list(CHANGES)
    assert [row["order_id"] for row in rows] == [LANTERN, DINNER_SET, DINNER_SET, LANTERN]
    assert [row["amount_cents"] for row in rows] == [4500, 10430, None, 4500]
    assert all({"key", "at"} <= set(row) for row in rows)
    fresh_shop.reset()
    assert operations.ledger() == []


@EACH
@pytest.mark.parametrize(
    ("fault", "done"), [("refuse", 0), ("500", 0), ("garbage", 0), ("slow:0", 1), ("duplicate", 1)]
)
def test_a_fault_of_a_change_is_what_it_says(fresh_shop: ShopServer, path: str, fault: str, done: int) -> None:
    change(fresh_shop, path, CHANGES[path], X_Fault=fault)
    assert endpoints(fresh_shop) == [path] * done


@EACH
def test_a_dropped_change_was_done_and_nobody_heard(fresh_shop: ShopServer, path: str) -> None:
    """FAULTS A2."""
    key = uuid4()
    with pytest.raises(httpx.RemoteProtocolError):
        change(fresh_shop, path, CHANGES[path], key, X_Fault="drop")
    assert endpoints(fresh_shop) == [path]
    assert change(fresh_shop, path, CHANGES[path], key).status_code == 200


def test_a_fault_may_be_meant_for_one_endpoint(fresh_shop: ShopServer) -> None:
    fault = "500@1;path=/finance/"
    assert change(fresh_shop, "/tickets", TICKET, X_Fault=fault).status_code == 201
    path = f"/finance/orders/{LANTERN}/refunds"
    assert change(fresh_shop, path, REFUND, X_Fault=fault).status_code == 500
    assert change(fresh_shop, path, REFUND, X_Fault=fault, X_Attempt="2").status_code == 201
