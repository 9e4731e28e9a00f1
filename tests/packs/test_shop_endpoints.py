"""Six systems behind ten capabilities: which endpoints there are, and that rule code is what calls them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import pytest
from starlette.routing import Match, Route

from conversations.money import Money
from packs.demo_shop import connections
from packs.demo_shop.service.app import SYSTEMS, create
from tests.shopserver import ShopServer
from tools import gateway, pack
from tools.contract import Caller, Plan, Proof
from tools.registry import CAPABILITIES
from tools.shapes import Fulfilment

Door = tuple[str, str]
# For the shop's own people, or for questions that no capability asks yet.
FOR_PEOPLE: Final[set[Door]] = {
    ("GET", "/finance/customers/{id}/invoices"),
    ("GET", "/logistics/orders/{id}/anomalies"),
    ("GET", "/logistics/parcels/{tracking_id}"),
    ("GET", "/platform/products"),
    ("GET", "/platform/variants/{id}"),
    ("GET", "/risk/customers/{id}/refunds"),
    ("GET", "/tickets/{id}"),
}
HOME: Final = {"first": "1 Main St", "second": "", "city": "Troy", "region": "NY", "country": "USA", "postcode": "1"}
ITEM: Final = {"line_id": "1", "item_id": "V-40105", "quantity": 1}
PENDING, CONSIGNED, PASSED_ON = "FW-10488", "FW-10476", "FW-10457"
# capability, arguments, the plan's facts, cents, route: one write for each road that a pack's code may take
WRITES: Final[list[tuple[str, dict[str, Any], dict[str, Any], int, Fulfilment]]] = [
    ("process_refund", {"order_id": "FW-10465", "reason_code": "damaged", "lines": ["1"]}, {}, 4500,
     Fulfilment.PLATFORM_OWNED),
    ("process_refund", {"order_id": CONSIGNED, "reason_code": "damaged", "lines": ["1"]}, {}, 14900,
     Fulfilment.BRAND_CONSIGNMENT),
    ("process_refund", {"order_id": PASSED_ON, "reason_code": "damaged", "lines": ["1"]}, {}, 32900,
     Fulfilment.TRANSFER),
    *((name, args, facts, 0, Fulfilment.PLATFORM_OWNED) for name, args, facts in (
        ("change_order", {"order_id": PENDING, "change": "address", "address": HOME}, {}),
        ("change_order", {"order_id": PENDING, "change": "payment", "method_id": "gift_1001"}, {}),
        ("change_order", {"order_id": PENDING, "change": "items", "lines": ["2"], "new_items": ["V-40501"],
                          "method_id": "card_1001"}, {}),
        ("change_order", {"order_id": PENDING, "change": "cancel", "reason_code": "no_longer_needed"}, {}),
        ("process_return", {"order_id": "FW-10473", "kind": "replacement", "lines": ["1"], "reason_code": "damaged"},
         {"items": [ITEM]}),
        ("process_return", {"order_id": "FW-10473", "kind": "return", "lines": ["1"], "method_id": "card_1001"},
         {"label_to": "alice@example.com"}),
        ("process_return", {"order_id": "FW-10456", "kind": "exchange", "lines": ["1"], "new_items": ["V-40501"],
                            "method_id": "card_1001"}, {"label_to": "alice@example.com"}),
        ("apply_credit", {"order_id": "FW-10467", "reason_code": "late_delivery"}, {}),
        ("send_notice", {"order_id": "FW-10465", "notice": "invoice"}, {"to": "alice@example.com"}),
        ("open_ticket", {"order_id": "FW-10465", "kind": "question", "summary": "Where is it?"}, {}),
        ("update_account", {"change": "email", "email": "new@example.com"}, {}),
        ("update_account", {"change": "address", "address": HOME}, {}),
        ("update_account", {"change": "cancel_subscription"}, {}),
        ("update_account", {"change": "resume_subscription"}, {}),
        ("update_account", {"change": "password_reset"}, {}),
        ("update_account", {"change": "close"}, {}),
    )),
]  # fmt: skip


def routes() -> Iterator[tuple[Door, Route]]:
    """Every endpoint of the shop, by its method and its path."""
    for route in create("", "", faults=False).routes:
        assert isinstance(route, Route)
        yield ("POST" if "POST" in (route.methods or ()) else "GET", route.path), route


def door_of(method: str, path: str) -> Door:
    scope = {"type": "http", "method": method, "path": path}
    return next(door for door, route in routes() if route.matches(scope)[0] is Match.FULL)


def of_systems() -> set[Door]:
    theirs = {id(route) for some in SYSTEMS.values() for route in some}
    return {door for door, route in routes() if id(route) in theirs}


def caller(*names: str) -> Caller:
    return Caller("C-1001", Proof.PERSON, "node", frozenset(names), datetime.now(UTC))


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> set[Door]:
    """The endpoints that the pack's code asks from now on."""
    found: set[Door] = set()
    real = connections._ask

    def listening(method: str, path: str, *args: Any, **kwargs: Any) -> Any:
        found.add(door_of(method, path))
        return real(method, path, *args, **kwargs)

    monkeypatch.setattr(connections, "_ask", listening)
    return found


def write_everything(shop: ShopServer) -> None:
    """Each road once, and asked about afterwards."""
    for name, args, facts, cents, route in WRITES:
        if args.get("change") in ("payment", "cancel"):
            rich(shop)
        plan = Plan(route, Money(cents, "USD"), tuple(args.get("lines", ())), "C-1001", cents or 500, (), facts)
        key = uuid4()
        done = gateway.perform(name, args, plan, key, caller(name))
        assert done.ok, (name, args, done)
        settled = gateway.settle(name, args, plan, key, caller(name))
        assert settled is not None, (name, args)
        assert settled.data == done.data, (name, args)


def rich(shop: ShopServer) -> None:
    """The gift card pays for anything, and the order is pending again."""
    import psycopg

    with psycopg.connect(shop.database_url, autocommit=True) as connection:
        connection.execute("UPDATE payment_methods SET balance_cents = 20000 WHERE id = 'gift_1001'")
        connection.execute("UPDATE orders SET status = 'pending' WHERE id = %s", [PENDING])


def test_there_are_six_systems_with_twenty_five_endpoints() -> None:
    """S4-26"""
    assert len(SYSTEMS) == 6
    assert len(of_systems()) >= 25
    assert len(of_systems()) == sum(len(some) for some in SYSTEMS.values()), "no endpoint is listed twice"


@pytest.mark.django_db
def test_every_endpoint_is_called_by_rule_code_or_is_for_people(fresh_shop: ShopServer, called: set[Door]) -> None:
    """S4-26: the agent never sees an endpoint; the pack's code calls them, and a new one is either called or listed."""
    assert pack.active().find_customer("alice@example.com") is not None
    for name, args in (("get_order", {"order_id": PENDING, "choices": True}), ("get_customer", {})):
        assert gateway.read(name, args, caller(name)).ok
    assert gateway.send_code("123456", uuid4(), caller()).ok
    write_everything(fresh_shop)
    assert of_systems() - called == FOR_PEOPLE
    assert called - of_systems() == {("GET", "/effects/{key}")}
    assert len(called) >= 25


def test_every_writing_capability_is_among_the_roads() -> None:
    assert {name for name, *_ in WRITES} == set(pack.active().writers) <= set(CAPABILITIES)
