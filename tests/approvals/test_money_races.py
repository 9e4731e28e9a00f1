"""FAULTS C5: chat, e-mail and operator on one order at once: the sum never passes what was paid, no line goes twice."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from agents import deeds, writes
from approvals import cases, execute
from approvals.cases import Asker
from conversations.clock import business_now
from tests.approvals.goods import Bought, paid_back, stock_up
from tests.approvals.writes import a_call, problems, talk_of
from tests.house import House
from tests.shopserver import ShopServer
from tools.capabilities.process_refund import ProcessRefund, ReasonCode
from tools.contract import Proof
from tools.models import Effect, ToolCall

ORDERS, THREADS = 12, 8


def wish_of(bought: Bought) -> ProcessRefund:
    return ProcessRefund(order_id=bought.order_id, reason_code=ReasonCode.DAMAGED)


def at_once(calls: list[int], terms: Any) -> list[Any]:
    start = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(place: int, call: int) -> None:
        start.wait()
        try:
            results[place] = execute.run(call, terms, heard=0)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.mark.parametrize("lines", [("1",), ("1", "2")])
def test_eight_at_once_on_one_order_are_one_refund(busy: House, shop: ShopServer, lines: tuple[str, ...]) -> None:
    terms = writes.terms(deeds.kit())
    for bought in stock_up(shop, ORDERS, 300, like="FW-10473"):
        who = busy.customer(bought.email)
        order, _ = cases.records(wish_of(bought), Asker(who.external_ref, Proof.SIGNED_IN), business_now())
        calls = [a_call(talk_of(who), order, 300 * len(lines), lines=lines).pk for _ in range(THREADS)]
        outcomes = at_once(calls, terms)
        assert sum(outcome.state == "confirmed" for outcome in outcomes) <= 1, outcomes
        for call in calls:
            execute.run(call, terms, heard=0)
        assert Effect.objects.filter(call__in=calls, status="confirmed").count() <= 1
    assert problems(shop) == []
    assert sum(paid_back(shop).values()) <= ORDERS * 300 * len(lines)


@pytest.mark.parametrize("guard", ["on", "off"])
def test_the_rules_alone_would_let_two_through(
    busy: House, shop: ShopServer, monkeypatch: pytest.MonkeyPatch, guard: str
) -> None:
    """The twin: two whose rules were asked before either was cleared; the statement is what holds."""
    (bought,) = stock_up(shop, 1, 300)
    who = busy.customer(bought.email)
    terms = writes.terms(deeds.kit())
    asker = Asker(who.external_ref, Proof.SIGNED_IN)
    order, _ = cases.records(wish_of(bought), asker, business_now())
    calls = [a_call(talk_of(who), order, 300) for _ in range(2)]
    reading = cases.read(
        ProcessRefund(order_id=order.order_id, reason_code="damaged", lines=["1"]),
        asker,
        terms.refunds,
        business_now(),
        [],
    )  # type: ignore[arg-type]
    monkeypatch.setattr(execute, "read", lambda call, terms: reading)
    if guard == "off":
        monkeypatch.setattr(execute, "CLEAR", execute.CLEAR.replace("where not m.lines && excluded.lines", "")
                            .replace("m.taken_cents + excluded.taken_cents", "m.taken_cents"))  # fmt: skip
    for call in calls:
        execute.run(call.pk, terms, heard=0)
    assert Effect.objects.count() == (1 if guard == "on" else 2)
    assert len(paid_back(shop)) == 1, "and the shop's own key and line check hold as well"


def test_time_that_runs_out_between_the_statement_and_the_trigger_is_an_expiry(
    busy: House, shop: ShopServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trigger looks at the clock last: what it refuses has expired, and nobody is left with an error."""
    (bought,) = stock_up(shop, 1, 300)
    who = busy.customer(bought.email)
    order, _ = cases.records(wish_of(bought), Asker(who.external_ref, Proof.SIGNED_IN), business_now())
    call = a_call(talk_of(who), order, 300)
    ToolCall.objects.filter(pk=call.pk).update(expires_at=business_now() - timedelta(seconds=1))
    monkeypatch.setattr(execute, "CLEAR", execute.CLEAR.replace("and t.expires_at > handrail_now()", ""))
    assert execute.run(call.pk, writes.terms(deeds.kit()), heard=0) == execute.Outcome("dropped", "expired")
    assert (Effect.objects.count(), paid_back(shop)) == (0, {})


def test_one_operator_and_one_customer_at_once(busy: House, shop: ShopServer) -> None:
    """The operator's proposal and the customer's: the second is refused or waits, never paid as well."""
    (bought,) = stock_up(shop, 1, 300)
    row, _ = busy.ask(busy.customer(bought.email), f"my lantern {bought.order_id} arrived broken, I want my money back")
    busy.ask(row.customer, "yes", into=row)
    other = talk_of(row.customer)
    order, _ = cases.records(wish_of(bought), Asker(row.customer.external_ref, Proof.SIGNED_IN), business_now())
    call = a_call(other, order, 300)
    outcome = execute.run(call.pk, writes.terms(deeds.kit()), heard=0)
    assert outcome.state == "dropped"
    assert len(paid_back(shop)) == 1
    assert ToolCall.objects.get(pk=call.pk).moved_why.startswith("rule:REF-7")
