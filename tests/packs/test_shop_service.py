"""The demo shop as a process: its key, its faults, its clock, what it sells and to whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.shopserver import ShopServer

ENDPOINTS = (
    "/orders/FW-10482",
    "/orders?customer=C-1001",
    "/platform/customers/C-1001",
    "/platform/customers?email=alice@example.com",
    "/platform/subscriptions/C-1001",
    "/platform/products",
    "/platform/products/P-201",
    "/platform/variants/V-20100",
    "/logistics/orders/FW-10482/parcels",
    "/logistics/orders/FW-10467/anomalies",
    "/logistics/parcels/PH4816230977",
    "/finance/orders/FW-10482/payments",
    "/finance/customers/C-1001/last-payment",
    "/finance/customers/C-1001/payment-methods",
    "/finance/customers/C-1001/invoices",
    "/tickets?customer=C-1002",
    "/tickets/T-501",
    "/risk/customers/C-1003/flags",
    "/risk/customers/C-1003/refunds",
)


@pytest.mark.parametrize("path", ENDPOINTS)
def test_every_endpoint_answers_with_the_key_and_refuses_without_it(shop: ShopServer, path: str) -> None:
    """S4-26: endpoints of six systems behind a few capabilities."""
    assert shop.ask("GET", path).status_code == 200
    for key in ("", "wrong", shop.key[:-1]):
        refused = shop.client.get(path, headers={"X-Api-Key": key})
        assert refused.status_code == 401
        assert refused.json()["code"] == "unauthorised"


def test_the_six_systems_have_endpoints() -> None:
    systems = {path.split("/")[1].split("?")[0] for path in ENDPOINTS}
    assert systems == {"orders", "platform", "logistics", "finance", "tickets", "risk"}
    assert len(ENDPOINTS) >= 10


@pytest.mark.parametrize(
    "path",
    [
        "/orders/FW-99999",
        "/platform/customers/C-9",
        "/platform/customers?email=nobody@example.com",
        "/platform/customers",
        "/platform/subscriptions/C-1002",
        "/platform/products/P-9",
        "/platform/variants/V-9",
        "/logistics/parcels/PH1",
        "/finance/customers/C-9/last-payment",
        "/tickets/T-9",
        "/nowhere",
    ],
)
def test_what_is_not_there_is_said_in_json(shop: ShopServer, path: str) -> None:
    answer = shop.ask("GET", path)
    assert answer.status_code == 404
    assert set(answer.json()) == {"code", "detail"}


def test_the_health_check_needs_no_key_and_tells_nothing(shop: ShopServer) -> None:
    assert shop.client.get("/healthz").json() == {"ok": True}


@pytest.mark.parametrize(("fault", "status"), [("refuse", 409), ("500", 500), ("duplicate", 200), ("slow:0", 200)])
def test_scripted_faults_change_the_answer(shop: ShopServer, fault: str, status: int) -> None:
    assert shop.ask("GET", "/orders/FW-10482", X_Fault=fault).status_code == status


def test_garbage_looks_like_an_answer_and_is_none(shop: ShopServer) -> None:
    answer = shop.ask("GET", "/orders/FW-10482", X_Fault="garbage")
    assert answer.status_code == 200
    assert "customer_id" not in answer.json()


def test_a_dropped_reply_comes_after_the_work(fresh_shop: ShopServer) -> None:
    """FAULTS A2: performed, and the answer lost."""
    moment = datetime(2027, 5, 5, 12, tzinfo=UTC)
    with pytest.raises(httpx.RemoteProtocolError):
        fresh_shop.ask("POST", "/admin/reset", X_Now=moment.isoformat(), X_Fault="drop")
    order = fresh_shop.ask("GET", "/orders/FW-10482").json()
    assert moment - datetime.fromisoformat(order["placed_at"]) == timedelta(days=4.3)


def test_a_fault_may_be_meant_for_one_attempt(shop: ShopServer) -> None:
    first = shop.ask("GET", "/orders/FW-10482", X_Fault="500@1", X_Attempt="1")
    second = shop.ask("GET", "/orders/FW-10482", X_Fault="500@1", X_Attempt="2")
    assert (first.status_code, second.status_code) == (500, 200)


@pytest.mark.parametrize("fault", ["explode", "slow:soon"])
def test_a_misspelt_fault_is_refused(shop: ShopServer, fault: str) -> None:
    assert shop.ask("GET", "/orders/FW-10482", X_Fault=fault).json()["code"] == "bad_fault"


def test_the_clock_can_be_moved(shop: ShopServer) -> None:
    path = "/platform/subscriptions/C-1005"  # cancelled, runs for twelve more days
    later = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    assert shop.ask("GET", path).json()["status"] == "cancelled"
    assert shop.ask("GET", path, X_Now=later).json()["status"] == "ended"
    for wrong in ("tomorrow", "2026-01-01T00:00:00", "0001-01-01T00:00:00+00:00"):
        assert shop.ask("GET", path, X_Now=wrong).json()["code"] == "bad_clock"


def test_the_demo_data_is_the_same_every_time_but_for_its_dates(fresh_shop: ShopServer) -> None:
    fresh_shop.reset(datetime(2026, 1, 1, 12, tzinfo=UTC))
    before = fresh_shop.ask("GET", "/admin/dump").json(), fresh_shop.ask("GET", "/orders/FW-10482").json()
    fresh_shop.reset(datetime(2027, 1, 1, 12, tzinfo=UTC))
    after = fresh_shop.ask("GET", "/admin/dump").json(), fresh_shop.ask("GET", "/orders/FW-10482").json()
    assert before[0] == after[0]
    assert before[1]["placed_at"] != after[1]["placed_at"]


def everything(shop: ShopServer) -> list[dict[str, Any]]:
    ids = shop.ask("GET", "/admin/dump").json()["users"]
    return [order for one in ids for order in shop.ask("GET", f"/orders?customer={one}").json()["orders"]]


def test_the_demo_has_people_and_orders_in_every_state(shop: ShopServer) -> None:
    """S4-02: all three order tiers, every status."""
    orders = everything(shop)
    users = shop.ask("GET", "/admin/dump").json()["users"]
    assert len(users) >= 40
    assert len(orders) >= 150
    assert {user["email"] for user in users.values()} >= {f"{n}@example.com" for n in ("alice", "bob", "mallory")}
    assert {order["status"] for order in orders} == {
        "pending", "processed", "shipped", "delivered", "cancelled", "return requested", "exchange requested", "returned",
    }  # fmt: skip
    assert {order["fulfilment"] for order in orders} == {"platform_owned", "brand_consignment", "transfer"}
    tiers = {shop.ask("GET", f"/platform/customers/{one}").json()["tier"] for one in users}
    assert tiers == {"standard", "premium", "enterprise"}


def test_every_order_adds_up(shop: ShopServer) -> None:
    """Paid is what the lines cost, and nothing goes back that wasn't paid."""
    for order in everything(shop):
        payments = shop.ask("GET", f"/finance/orders/{order['id']}/payments").json()["payments"]
        paid = sum(one["amount_cents"] for one in payments if one["kind"] == "payment")
        refunded = sum(one["amount_cents"] for one in payments if one["kind"] == "refund")
        assert paid == order["total_cents"] > 0
        assert refunded <= paid
        assert (refunded == paid) or order["status"] not in ("cancelled", "returned")


def test_no_date_of_the_past_lies_in_the_future(shop: ShopServer) -> None:
    now = datetime.now(UTC)
    for order in everything(shop):
        moments = [order["placed_at"]]
        for parcel in shop.ask("GET", f"/logistics/orders/{order['id']}/parcels").json()["parcels"]:
            scans = [scan["at"] for scan in parcel["scans"]]
            assert scans == sorted(scans)
            moments += scans + ([parcel["delivered_at"]] if parcel["delivered_at"] else [])
        assert all(moments[0] <= moment for moment in moments)
        assert all(datetime.fromisoformat(moment) <= now for moment in moments)


def test_alice_and_bob_share_a_household(shop: ShopServer) -> None:
    alice = shop.ask("GET", "/platform/customers?email=ALICE@example.com").json()
    bob = shop.ask("GET", "/platform/customers?email=bob@example.com").json()
    assert alice["address"] == bob["address"]
    assert alice["last_name"] == bob["last_name"] == "Moreau"
    assert alice["id"] != bob["id"]
