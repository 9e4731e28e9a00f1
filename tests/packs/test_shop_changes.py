"""What else may be changed in the shop: orders before they are sent, goods that come back, accounts, stock, notices."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from uuid import uuid4

import httpx
import psycopg
import pytest
from psycopg import sql

from tests.packs.changes import LANTERN, TWO_THINGS, change, endpoints, outcome, payments
from tests.shopserver import ShopServer

PENDING, ALICE = "FW-10488", "/platform/customers/C-1001"  # a bottle and a lantern
HOME: Final = {"address1": "1 Main St", "address2": "", "city": "Troy", "state": "NY", "country": "USA", "zip": "12180"}
NOTICE: Final = {"customer": "C-1001", "order": LANTERN, "kind": "invoice", "channel": "email",
                 "sent_to": "alice@example.com"}  # fmt: skip
CREDIT: Final = {"order": LANTERN, "amount_cents": 500, "reason": "late_delivery"}
GREY, RED = "V-40501", "V-40500"  # the camp lanterns, of one price
ITEMS: Final = {"lines": [2], "items": [GREY], "method": "card_1001"}
PLUS: Final = "/platform/subscriptions/C-1001"
# endpoint → a wish that it grants, and another one that would not be the same
CHANGES: Final[dict[str, tuple[dict[str, Any], dict[str, Any]]]] = {
    f"/orders/{PENDING}/cancel": ({"reason": "no longer needed"}, {"reason": "ordered by mistake"}),
    f"/orders/{PENDING}/address": ({"address": HOME}, {"address": {**HOME, "address1": "2 Main St"}}),
    f"/orders/{PENDING}/payment-method": ({"method": "gift_1001"}, {"method": "card_1001"}),
    f"/orders/{PENDING}/items": (ITEMS, {**ITEMS, "method": "gift_1001"}),
    f"/orders/{TWO_THINGS}/returns": ({"lines": [1], "method": "card_1001"}, {"lines": [2], "method": "card_1001"}),
    f"/orders/{LANTERN}/exchanges": ({**ITEMS, "lines": [1]}, {**ITEMS, "lines": [1], "method": "gift_1001"}),
    f"/orders/{TWO_THINGS}/replacements": ({"lines": [1], "reason": "damaged"}, {"lines": [1], "reason": "missing"}),
    f"{ALICE}/profile": ({"address": HOME, "email": "a@example.org"}, {"email": "b@example.org"}),
    PLUS: ({"action": "cancel"}, {"action": "resume"}),
    f"{ALICE}/password-reset": ({}, {}),
    f"{ALICE}/codes": ({"code": "123456"}, {"code": "654321"}),
    f"{ALICE}/close": ({}, {}),
    "/finance/customers/C-1001/credits": (CREDIT, {**CREDIT, "amount_cents": 501}),
    f"/platform/variants/{RED}/stock": ({"by": -1, "reason": "replacement"}, {"by": -2, "reason": "replacement"}),
    "/logistics/notices": (NOTICE, {**NOTICE, "kind": "delivery"}),
}  # fmt: skip
EACH = pytest.mark.parametrize("path", CHANGES)
RICH: Final = "UPDATE payment_methods SET balance_cents = 20000 WHERE id = 'gift_1001'"


def run(shop: ShopServer, *statements: str) -> None:
    with psycopg.connect(shop.database_url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def row(shop: ShopServer, query: str) -> tuple[Any, ...]:
    with psycopg.connect(shop.database_url, autocommit=True) as connection:
        found = connection.execute(query.encode()).fetchone()
    assert found is not None
    return found


def everything(shop: ShopServer) -> dict[str, str]:
    """A digest of each table."""
    digest = "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} t"
    with psycopg.connect(shop.database_url, autocommit=True) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return {name: str(connection.execute(sql.SQL(digest).format(sql.Identifier(name))).fetchone())
                for (name,) in tables}  # fmt: skip


@pytest.fixture
def stocked(fresh_shop: ShopServer) -> ShopServer:
    """With a gift card that pays for anything."""
    run(fresh_shop, RICH)
    return fresh_shop


# The key -------------------------------------------------------------------------------------------------------------


@EACH
def test_a_key_is_one_change_and_for_nothing_else(stocked: ShopServer, path: str) -> None:
    """Four at once, one later: the same answer. Another wish, and another endpoint, are refused loudly."""
    key, wish = uuid4(), CHANGES[path][0]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: change(stocked, path, wish, key), range(4)))
    after = everything(stocked)
    answers.append(change(stocked, path, wish, key))
    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [201], answers[0].text
    assert len({answer.text for answer in answers}) == 1
    assert re.fullmatch(r"[A-Z]{2}-[0-9A-F]{8}", answers[0].json()["reference"])
    elsewhere = next(other for other in CHANGES if other != path)
    for where, other in ((path, CHANGES[path][1]), (elsewhere, CHANGES[elsewhere][0])):
        if (where, other) != (path, wish):
            assert outcome(change(stocked, where, other, key)) == (409, "key_reused")
    assert endpoints(stocked) == [path]
    assert everything(stocked) == after


@EACH
def test_a_fault_of_a_change_is_what_it_says(stocked: ShopServer, path: str) -> None:
    """FAULTS A2: refused, crashed and garbled changed nothing; a dropped one was done and nobody heard."""
    key, wish = uuid4(), CHANGES[path][0]
    for fault in ("refuse", "500", "garbage"):
        change(stocked, path, wish, X_Fault=fault)
        assert endpoints(stocked) == []
    with pytest.raises(httpx.RemoteProtocolError):
        change(stocked, path, wish, key, X_Fault="drop")
    assert endpoints(stocked) == [path]
    assert change(stocked, path, wish, key, X_Fault="duplicate").status_code == 200
    assert endpoints(stocked) == [path]


@EACH
def test_a_wish_that_is_not_the_contract_is_refused(shop: ShopServer, path: str) -> None:
    right, before = CHANGES[path][0], everything(shop)
    wrong: list[Any] = [None, [], "x", {**right, "and": 1}, {**right, "amount": 1}]
    optional = {"address", "email"} if path.endswith("/profile") else set()
    wrong += [{name: value for name, value in right.items() if name != left} for left in right if left not in optional]
    wrong += [{**right, name: {"x": 1.5}} for name in right]
    wrong += [{**right, name: "a\x00b"} for name in right if isinstance(right[name], str)]
    wrong += [{**right, "address": {**HOME, "city": "a\x00b"}}] if "address" in right else []
    wrong += [{**right, "items": ["a\x00b"]}] if "items" in right else []
    for wish in wrong:
        assert outcome(change(shop, path, wish)) == (400, "bad_body"), wish
    for key in ("", "1"):
        assert outcome(shop.ask("POST", path, right, Idempotency_Key=key)) == (400, "no_key")
    assert everything(shop) == before


@pytest.mark.parametrize(
    "path", [p for p in CHANGES if p.startswith(("/orders/", "/platform/c", "/platform/s", "/fin"))]
)
def test_what_is_not_there_cannot_be_changed(shop: ShopServer, path: str) -> None:
    nowhere = re.sub(r"FW-\d+|C-\d+", "X-99999", path)
    assert outcome(change(shop, nowhere, CHANGES[path][0])) == (404, "not_found")


# What each does ------------------------------------------------------------------------------------------------------


def order(shop: ShopServer, order_id: str) -> dict[str, Any]:
    found: dict[str, Any] = shop.ask("GET", f"/orders/{order_id}").json()
    return found


def balance(shop: ShopServer) -> int:
    return int(row(shop, "SELECT balance_cents FROM payment_methods WHERE id = 'gift_1001'")[0])


def test_a_cancelled_order_pays_everything_back_to_where_it_came_from(fresh_shop: ShopServer) -> None:
    total = order(fresh_shop, PENDING)["total_cents"]
    key = uuid4()
    answer = change(fresh_shop, f"/orders/{PENDING}/cancel", {"reason": "no longer needed"}, key).json()
    paid, back = payments(fresh_shop, PENDING)
    assert answer["amount_cents"] == paid["amount_cents"] == back["amount_cents"] == total
    assert (back["kind"], back["method_id"], back["key"]) == ("refund", "card_1001", str(key))
    assert order(fresh_shop, PENDING)["status"] == "cancelled"
    assert fresh_shop.ask("GET", "/admin/dump").json()["orders"][PENDING]["cancel_reason"] == "no longer needed"


def test_what_came_from_two_means_goes_back_to_both(stocked: ShopServer) -> None:
    run(stocked, f"INSERT INTO payments (order_id, n, kind, amount_cents, method_id, at, reference) "
                 f"VALUES ('{PENDING}', 2, 'payment', 700, 'gift_1001', now(), 'X')")  # fmt: skip
    change(stocked, f"/orders/{PENDING}/cancel", {"reason": "no longer needed"})
    back = [one for one in payments(stocked, PENDING) if one["kind"] == "refund"]
    assert [one["method_id"] for one in back] == ["card_1001", "gift_1001"]
    assert balance(stocked) == 20700


def test_a_pending_order_goes_somewhere_else(fresh_shop: ShopServer) -> None:
    change(fresh_shop, f"/orders/{PENDING}/address", {"address": HOME})
    assert order(fresh_shop, PENDING)["address"] == HOME
    assert order(fresh_shop, PENDING)["status"] == "pending"
    assert fresh_shop.ask("GET", ALICE).json()["address"] != HOME, "the account keeps its own"


def test_a_payment_changes_places_whole(stocked: ShopServer) -> None:
    total = order(stocked, PENDING)["total_cents"]
    change(stocked, f"/orders/{PENDING}/payment-method", {"method": "gift_1001"})
    found = [(one["kind"], one["amount_cents"], one["method_id"]) for one in payments(stocked, PENDING)]
    assert found == [("payment", total, "card_1001"), ("payment", total, "gift_1001"), ("refund", total, "card_1001")]
    assert balance(stocked) == 20000 - total


def test_other_items_of_the_same_products_take_their_places(stocked: ShopServer) -> None:
    run(stocked, f"UPDATE variants SET price_cents = 5000 WHERE id = '{GREY}'")
    answer = change(stocked, f"/orders/{PENDING}/items", {**ITEMS, "method": "gift_1001"}).json()
    found = order(stocked, PENDING)
    assert answer["amount_cents"] == 500
    assert (found["items"][1]["item_id"], found["items"][1]["unit_price_cents"]) == (GREY, 5000)
    assert (found["status"], payments(stocked, PENDING)[-1]["amount_cents"]) == ("pending (item modified)", 500)
    assert balance(stocked) == 19500
    assert outcome(change(stocked, f"/orders/{PENDING}/items", {**ITEMS, "items": [RED]})) == (409, "refused")


def test_goods_come_back_and_their_money_waits(fresh_shop: ShopServer) -> None:
    before = payments(fresh_shop, TWO_THINGS)
    reference = change(fresh_shop, f"/orders/{TWO_THINGS}/returns", {"lines": [2], "method": "card_1001"}).json()
    assert order(fresh_shop, TWO_THINGS)["status"] == "return requested"
    assert payments(fresh_shop, TWO_THINGS) == before
    kept = row(fresh_shop, "SELECT reference, kind, lines, method_id FROM returns")
    assert kept == (reference["reference"], "return", [2], "card_1001")


def test_an_exchange_is_on_record_with_its_difference(fresh_shop: ShopServer) -> None:
    run(fresh_shop, f"UPDATE variants SET price_cents = 4000 WHERE id = '{GREY}'")
    change(fresh_shop, f"/orders/{LANTERN}/exchanges", {**ITEMS, "lines": [1]})
    dumped = fresh_shop.ask("GET", "/admin/dump").json()["orders"][LANTERN]
    assert (dumped["status"], dumped["exchange_items"], dumped["exchange_new_items"]) == (
        "exchange requested", [RED], [GREY],
    )  # fmt: skip
    assert dumped["exchange_price_difference"] == -5.0


def test_a_replacement_is_booked_once_for_a_line(fresh_shop: ShopServer) -> None:
    path, wish = f"/orders/{TWO_THINGS}/replacements", {"lines": [1], "reason": "damaged"}
    assert change(fresh_shop, path, wish).status_code == 201
    assert order(fresh_shop, TWO_THINGS)["status"] == "delivered"
    assert outcome(change(fresh_shop, path, {**wish, "lines": [2, 1]})) == (409, "refused")
    assert change(fresh_shop, path, {**wish, "lines": [2]}).status_code == 201


def test_an_account_takes_a_new_address_and_a_new_mail(fresh_shop: ShopServer) -> None:
    change(fresh_shop, f"{ALICE}/profile", {"address": HOME})
    assert fresh_shop.ask("GET", ALICE).json()["email"] == "alice@example.com"
    change(fresh_shop, f"{ALICE}/profile", {"email": "new@example.org"})
    found = fresh_shop.ask("GET", ALICE).json()
    assert (found["address"], found["email"]) == (HOME, "new@example.org")


def test_a_subscription_ends_with_what_is_paid_and_may_be_resumed_before(fresh_shop: ShopServer) -> None:
    until = change(fresh_shop, PLUS, {"action": "cancel"}).json()["until"]
    assert fresh_shop.ask("GET", PLUS).json() | {"cancelled_at": ""} | {"status": "cancelled"} == {
        **fresh_shop.ask("GET", PLUS).json(), "cancelled_at": "", "renews_on": until,
    }  # fmt: skip
    assert change(fresh_shop, PLUS, {"action": "resume"}).status_code == 201
    assert fresh_shop.ask("GET", PLUS).json()["status"] == "active"


def test_a_reset_link_goes_to_the_address_on_record(fresh_shop: ShopServer) -> None:
    change(fresh_shop, f"{ALICE}/password-reset", {})
    found = row(fresh_shop, "SELECT customer_id, kind, channel, sent_to FROM notices")
    assert found == ("C-1001", "password_reset", "email", "alice@example.com")


def test_a_closed_account_changes_no_more(fresh_shop: ShopServer) -> None:
    assert change(fresh_shop, f"{ALICE}/close", {}).status_code == 201
    for path in (f"{ALICE}/close", f"{ALICE}/profile", PLUS, "/finance/customers/C-1001/credits"):
        assert outcome(change(fresh_shop, path, CHANGES[path][0])) == (404, "not_found")


def test_a_credit_is_given_once_for_an_order(fresh_shop: ShopServer) -> None:
    path = "/finance/customers/C-1001/credits"
    assert change(fresh_shop, path, CREDIT).json()["amount_cents"] == 500
    assert outcome(change(fresh_shop, path, {**CREDIT, "reason": "other"})) == (409, "refused")
    assert row(fresh_shop, "SELECT count(*), sum(amount_cents) FROM credits") == (1, 500)


def test_the_stock_goes_down_and_up_and_never_below_none(fresh_shop: ShopServer) -> None:
    path = f"/platform/variants/{RED}/stock"
    assert change(fresh_shop, path, {"by": -20, "reason": "x"}).json()["stock"] == 0
    assert outcome(change(fresh_shop, path, {"by": -1, "reason": "x"})) == (409, "refused")
    assert fresh_shop.ask("GET", f"/platform/variants/{RED}").json()["available"] is False
    assert change(fresh_shop, path, {"by": 1, "reason": "x"}).json()["stock"] == 1
    assert fresh_shop.ask("GET", f"/platform/variants/{RED}").json()["available"] is True


def test_a_notice_is_kept_and_its_receiver_masked(fresh_shop: ShopServer) -> None:
    assert change(fresh_shop, "/logistics/notices", NOTICE).json()["sent_to"] == "a…@example.com"
    assert row(fresh_shop, "SELECT customer_id, order_id, kind, channel, sent_to FROM notices") == (
        "C-1001", LANTERN, "invoice", "email", "alice@example.com",
    )  # fmt: skip


# What each refuses ---------------------------------------------------------------------------------------------------

STOPPED: Final = f"UPDATE orders SET stopped_at = now() WHERE id = '{PENDING}'"
UNPAID: Final = f"DELETE FROM payments WHERE order_id = '{PENDING}'"
NONE_LEFT: Final = f"UPDATE variants SET stock = 0 WHERE id = '{GREY}'"
NOT_SOLD: Final = f"UPDATE variants SET available = false WHERE id = '{GREY}'"
DEARER: Final = f"UPDATE variants SET price_cents = 5000 WHERE id = '{GREY}'"
HELD: Final = "UPDATE payment_methods SET balance_cents = {} WHERE id = 'gift_1001'"
BY_OTHER: Final = f"UPDATE payments SET method_id = 'card_1000' WHERE order_id = '{TWO_THINGS}'"
GIFTED: Final = {**ITEMS, "method": "gift_1001"}
ONE_BACK: Final = {"lines": [1], "method": "card_1001"}
AGAIN: Final = {"lines": [1], "reason": "damaged"}

# endpoint, what was done before, the wish
REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    *((f"/orders/{of}/{what}", "", CHANGES[f"/orders/{PENDING}/{what}"][0])
      for of in (LANTERN, "FW-10482", "FW-10398") for what in ("cancel", "address", "payment-method", "items")),
    *((f"/orders/{PENDING}/{what}", STOPPED, CHANGES[f"/orders/{PENDING}/{what}"][0])
      for what in ("cancel", "address", "payment-method", "items")),
    (f"/orders/{PENDING}/payment-method", RICH, {"method": "card_1001"}),
    (f"/orders/{PENDING}/payment-method", RICH, {"method": "card_1002"}),  # Bob's
    (f"/orders/{PENDING}/payment-method", HELD.format(0), {"method": "gift_1001"}),
    (f"/orders/{PENDING}/payment-method", UNPAID, {"method": "gift_1001"}),
    (f"/orders/{PENDING}/items", "", {**ITEMS, "items": ["V-20100"]}),
    (f"/orders/{PENDING}/items", "", {**ITEMS, "items": ["V-00000"]}),
    (f"/orders/{PENDING}/items", "", {**ITEMS, "items": [GREY, GREY]}),
    (f"/orders/{PENDING}/items", "", {**ITEMS, "lines": [2, 2], "items": [GREY, GREY]}),
    (f"/orders/{PENDING}/items", "", {**ITEMS, "lines": [3]}),
    (f"/orders/{PENDING}/items", "", {**ITEMS, "lines": [10**30]}),
    (f"/orders/{PENDING}/items", "", {**ITEMS, "method": "card_1002"}),
    (f"/orders/{PENDING}/items", NONE_LEFT, ITEMS),
    (f"/orders/{PENDING}/items", NOT_SOLD, ITEMS),
    (f"/orders/{PENDING}/items", f"{DEARER}; {HELD.format(499)}", GIFTED),
    *((f"/orders/{of}/{what}", "", CHANGES[path][0])
      for of in (PENDING, "FW-10482", "FW-10398")
      for what, path in (("returns", f"/orders/{TWO_THINGS}/returns"), ("exchanges", f"/orders/{LANTERN}/exchanges"))),
    (f"/orders/{TWO_THINGS}/returns", "", {**ONE_BACK, "lines": [3]}),
    (f"/orders/{TWO_THINGS}/returns", "", {**ONE_BACK, "lines": [1, 1]}),
    (f"/orders/{TWO_THINGS}/returns", "", {**ONE_BACK, "method": "card_1002"}),
    (f"/orders/{TWO_THINGS}/returns", BY_OTHER, ONE_BACK),
    (f"/orders/{LANTERN}/exchanges", "", {**ITEMS, "lines": [1], "items": ["V-20100"]}),
    (f"/orders/{LANTERN}/exchanges", NOT_SOLD, {**ITEMS, "lines": [1]}),
    (f"/orders/{LANTERN}/exchanges", f"{DEARER}; {HELD.format(499)}", {**GIFTED, "lines": [1]}),
    *((f"/orders/{of}/replacements", "", AGAIN) for of in (PENDING, "FW-10398")),
    (f"/orders/{TWO_THINGS}/replacements", "", {**AGAIN, "lines": [3]}),
    (f"/orders/{TWO_THINGS}/replacements", "", {**AGAIN, "lines": [1, 1]}),
    (f"/orders/{LANTERN}/replacements", f"UPDATE variants SET stock = 0 WHERE id = '{RED}'", AGAIN),
    (f"/orders/{LANTERN}/replacements", f"UPDATE order_items SET quantity = 21 WHERE order_id = '{LANTERN}'", AGAIN),
    (f"{ALICE}/profile", "", {"email": "bob@example.com"}),
    (f"{ALICE}/profile", "", {"address": HOME, "email": "BOB@example.com"}),
    (PLUS, "", {"action": "resume"}),  # it runs
    ("/platform/subscriptions/C-1005", "", {"action": "cancel"}),  # it is cancelled
    ("/platform/subscriptions/C-1003", "", {"action": "resume"}),  # it has ended
    ("/platform/subscriptions/C-1002", "", {"action": "cancel"}),  # there is none
    ("/finance/customers/C-1002/credits", "", CREDIT),  # Alice's order
    ("/finance/customers/C-1001/credits", "", {**CREDIT, "order": "FW-99999"}),
    (f"/platform/variants/{RED}/stock", "", {"by": -21, "reason": "x"}),
    ("/platform/variants/V-00000/stock", "", {"by": 1, "reason": "x"}),
    ("/logistics/notices", "", {**NOTICE, "sent_to": "mallory@example.com"}),
    ("/logistics/notices", "", {**NOTICE, "channel": "sms"}),
    ("/logistics/notices", "", {**NOTICE, "customer": "C-99999"}),
    ("/logistics/notices", "", {**NOTICE, "order": "FW-99999"}),
    ("/logistics/notices", "", {**NOTICE, "order": "FW-10484"}),  # Bob's
]  # fmt: skip


@pytest.mark.parametrize(("path", "before", "wish"), REFUSED)
def test_what_is_refused_changes_nothing(
    request: pytest.FixtureRequest, path: str, before: str, wish: dict[str, Any]
) -> None:
    shop: ShopServer = request.getfixturevalue("fresh_shop" if before else "shop")
    if before:
        run(shop, *before.split("; "))
    held, key = everything(shop), uuid4()
    assert outcome(change(shop, path, wish, key)) == (409, "refused")
    assert everything(shop) == held
    assert shop.ask("GET", f"/effects/{key}").status_code == 404


def test_a_gift_card_that_holds_exactly_enough_pays(fresh_shop: ShopServer) -> None:
    """The twin of the one that holds a cent less."""
    run(fresh_shop, DEARER, HELD.format(500))
    assert change(fresh_shop, f"/orders/{PENDING}/items", GIFTED).status_code == 201
    assert balance(fresh_shop) == 0
    run(fresh_shop, HELD.format(500))
    assert change(fresh_shop, f"/orders/{LANTERN}/exchanges", {**GIFTED, "lines": [1]}).status_code == 201


def test_every_writing_endpoint_of_the_shop_is_tried() -> None:
    from packs.demo_shop.service import accounts, changes

    paths = {re.sub(r"\{\w+\}", "[^/]+", route.path) for route in (*changes.ROUTES, *accounts.ROUTES)}
    untried = [path for path in paths if not any(re.fullmatch(path, tried) for tried in CHANGES)]
    assert untried == []
    assert len(paths) == len(CHANGES) == 15
