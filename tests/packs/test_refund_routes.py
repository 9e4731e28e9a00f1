"""A refund by each of its three routes, wherever it breaks off: every step is done exactly once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from conversations.money import Money
from packs.demo_shop import operations
from packs.demo_shop.refunds import perform, settle
from tests.shopserver import ShopServer
from tools import gateway
from tools.capabilities.process_refund import ProcessRefund, ReasonCode, RefundOutcome
from tools.contract import Caller, ErrorCode, Plan, Proof, ToolError
from tools.shapes import Fulfilment, Order

CALLER = Caller("C-1001", Proof.SIGNED_IN, "act", frozenset({"process_refund", "get_order"}), datetime.now(UTC))
OWN, TRANSFER, CONSIGNMENT = Fulfilment.PLATFORM_OWNED, Fulfilment.TRANSFER, Fulfilment.BRAND_CONSIGNMENT
ORDERS = {OWN: ("FW-10464", 12000), TRANSFER: ("FW-10457", 32900), CONSIGNMENT: ("FW-10476", 14900)}
STEPS = {
    OWN: ["/finance/orders/FW-10464/refunds"],
    TRANSFER: ["/finance/orders/FW-10457/refunds", "/tickets"],
    CONSIGNMENT: ["/orders/FW-10476/stop-shipment", "/finance/orders/FW-10476/claw-backs", "/tickets"],
}
ROUTES = pytest.mark.parametrize("route", STEPS)
EVERYWHERE = pytest.mark.parametrize(("route", "step"), [(route, step) for route in STEPS for step in STEPS[route]])
BEHIND_THE_FIRST = [(route, step) for route in STEPS for step in STEPS[route][1:]]
pytestmark = [pytest.mark.usefixtures("fresh_shop"), pytest.mark.django_db]


def wish(route: Fulfilment) -> ProcessRefund:
    return ProcessRefund(order_id=ORDERS[route][0], reason_code=ReasonCode.DAMAGED, lines=["1"])


def plan(route: Fulfilment) -> Plan:
    return Plan(route, Money(ORDERS[route][1], "USD"), ("1",), "C-1001")


def go(route: Fulfilment, key: UUID, faults: str = "") -> RefundOutcome:
    return perform(wish(route), plan(route), key, replace(CALLER, faults=faults))


def asked(route: Fulfilment, key: UUID, faults: str = "") -> RefundOutcome | None:
    return settle(plan(route), key, replace(CALLER, faults=faults))


def code(route: Fulfilment, key: UUID, faults: str = "") -> str | None:
    """Through the gateway, as every write goes."""
    given = replace(CALLER, faults=faults)
    return gateway.perform("process_refund", wish(route).model_dump(mode="json"), plan(route), key, given).error


def done() -> list[str]:
    return [row["endpoint"] for row in operations.ledger()]


def seen(order_id: str) -> Order:
    result = gateway.read("get_order", {"order_id": order_id}, CALLER)
    assert result.ok, result.detail
    return Order.model_validate(result.data)


@ROUTES
def test_each_tier_takes_its_own_route(route: Fulfilment) -> None:
    outcome = go(route, uuid4())
    assert outcome.success
    assert done() == STEPS[route]
    assert (outcome.ticket_id is None) == (route is OWN)


def test_a_refund_of_ours_stands_in_the_record_with_its_lines_and_its_key() -> None:
    key = uuid4()
    assert go(OWN, key) == RefundOutcome(success=True)
    found = seen("FW-10464")
    assert [line.refunded for line in found.lines] == [True]
    assert (found.money[-1].kind, found.money[-1].line_ids, found.money[-1].key) == ("refund", ["1"], str(key))
    assert found.money[0].key is None


def test_a_transfer_is_settled_with_the_partner(shop: ShopServer) -> None:
    outcome = go(TRANSFER, uuid4())
    ticket = shop.ask("GET", f"/tickets/{outcome.ticket_id}").json()
    reference = seen("FW-10457").money[-1].reference
    assert (ticket["kind"], ticket["order_id"], ticket["amount_cents"]) == ("transfer_settlement", "FW-10457", 32900)
    assert reference in ticket["body"]


def test_a_consignment_refund_never_reaches_finance(shop: ShopServer) -> None:
    """S4-01: the brand is stopped, its advance comes back, people settle it with a ticket that says all of it."""
    outcome = go(CONSIGNMENT, uuid4())
    assert outcome.escalation_reason == "brand-consignment"
    assert not any(endpoint.endswith("/refunds") for endpoint in done())
    found = seen("FW-10476")
    assert [entry.kind for entry in found.money] == ["payment"]
    assert not found.open_for_shipping
    ticket = shop.ask("GET", f"/tickets/{outcome.ticket_id}").json()
    reference = operations.ledger()[1]["answer"]["reference"]
    parts = ("FW-10476", "lines 1", "damaged", "149.00 USD", "Advance of 104.30 USD", "Halden Ceramics", reference)
    assert [part for part in parts if part not in ticket["body"]] == []
    assert (ticket["kind"], ticket["amount_cents"]) == ("consignment_refund", 14900)


@EVERYWHERE
@pytest.mark.parametrize("fault", ["drop", "500", "garbage"])
def test_a_repeat_after_a_break_anywhere_does_each_step_once(route: Fulfilment, step: str, fault: str) -> None:
    """FAULTS A1, A2: whether the step was done and unheard, or never done."""
    key, last = uuid4(), STEPS[route][-1]
    assert code(route, key, f"{fault};path={step}") in {ErrorCode.UNAVAILABLE, ErrorCode.INVALID_ANSWER}
    reached = STEPS[route].index(step) + (fault == "drop")
    assert done() == STEPS[route][:reached]
    settled = asked(route, key)
    assert (settled is not None) == (fault == "drop" and step == last)
    again = go(route, key)
    assert settled in (None, again)
    assert done() == STEPS[route]
    assert asked(route, key) == again


@ROUTES
def test_another_key_for_the_same_lines_is_refused_or_left_to_people(route: Fulfilment) -> None:
    """The twin: under a key of its own the second one isn't the same write; no step that moves money is done twice."""
    go(route, uuid4())
    expected = ErrorCode.UNAVAILABLE if route is CONSIGNMENT else ErrorCode.REFUSED
    assert code(route, uuid4()) == expected
    assert [step for step in done() if "/finance/" in step] == [step for step in STEPS[route] if "/finance/" in step]


@ROUTES
def test_four_at_once_under_one_key_are_one_refund(route: Fulfilment) -> None:
    key = uuid4()
    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(lambda _: go(route, key), range(4)))
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert done() == STEPS[route]


@EVERYWHERE
def test_a_network_that_sends_each_step_twice_changes_nothing(route: Fulfilment, step: str) -> None:
    assert go(route, uuid4(), f"duplicate;path={step}").success
    assert done() == STEPS[route]


@ROUTES
def test_a_refusal_of_the_first_step_says_that_nothing_was_done(route: Fulfilment) -> None:
    key = uuid4()
    assert code(route, key, f"refuse;path={STEPS[route][0]}") == ErrorCode.REFUSED
    assert asked(route, key) is None
    assert done() == []


@pytest.mark.parametrize(("route", "step"), BEHIND_THE_FIRST)
def test_a_refusal_behind_the_first_step_is_not_called_a_refusal(route: Fulfilment, step: str) -> None:
    """Something was done, so nobody may be told that nothing was; the same key completes it."""
    key = uuid4()
    assert code(route, key, f"refuse;path={step}") == ErrorCode.UNAVAILABLE
    assert done() == STEPS[route][: STEPS[route].index(step)] != []
    assert asked(route, key) is None
    assert go(route, key).success
    assert done() == STEPS[route]


@ROUTES
@pytest.mark.parametrize("fault", ["refuse", "500", "drop"])
def test_a_question_that_was_not_answered_is_not_a_no(route: Fulfilment, fault: str) -> None:
    key = uuid4()
    go(route, key)
    with pytest.raises(ToolError) as raised:
        asked(route, key, f"{fault};path=/effects/")
    assert raised.value.code is ErrorCode.UNAVAILABLE


@ROUTES
def test_a_key_that_was_used_for_something_else_is_a_conflict(route: Fulfilment) -> None:
    """FAULTS A3: loud, and nothing is done."""
    key = uuid4()
    go(route, key)
    other = wish(route).model_copy(update={"reason_code": ReasonCode.LATE})
    with pytest.raises(ToolError) as raised:
        perform(other, plan(route), key, CALLER)
    assert raised.value.code is ErrorCode.CONFLICT
    assert done() == STEPS[route]


def test_a_slow_answer_is_given_up_at_the_deadline_and_asked_for() -> None:
    key = uuid4()
    hurried = replace(CALLER, faults="slow:1;path=/finance/", deadline=time.monotonic() + 0.2)
    with pytest.raises(ToolError) as raised:
        perform(wish(OWN), plan(OWN), key, hurried)
    assert raised.value.code is ErrorCode.TIMEOUT
    assert go(OWN, key).success
    assert done() == STEPS[OWN]
