"""A charge that looks wrong, from words to rows: the record's word on it, a ticket with the facts, or people at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg
import pytest

from agents import deeds, runner
from approvals import execute
from conversations.models import Handoff
from tests.agents.test_disputes import release
from tests.approvals.goods import stock_up
from tests.approvals.test_account_changes import on
from tests.approvals.test_order_changes import changes, reasons
from tests.approvals.test_refunds import decide
from tests.approvals.writes import leases_over
from tests.cast import olga
from tests.house import House
from tests.shopserver import ShopServer
from tools.models import Effect, ToolCall

WORDS = "I was charged twice for FW-10473"
TICKETS, CREDITS = "/tickets", "/finance/customers/C-1001/credits"


def ticket(shop: ShopServer) -> Any:
    """The newest ticket that was opened here."""
    number = (Effect.objects.latest("pk").outcome or {})["ticket_id"]
    return shop.ask("GET", f"/tickets/{number}").json()


def charged_again(shop: ShopServer, order: str) -> None:
    with psycopg.connect(shop.database_url, autocommit=True) as connection:
        connection.execute(
            "insert into payments (order_id, n, kind, amount_cents, method_id, at, reference) "
            "select order_id, n + 50, kind, amount_cents, method_id, at, 'X' || reference "
            "from payments where order_id = %s and kind = 'payment'",
            [order],
        )


def test_billing_gets_a_ticket_with_the_customers_words(selling: House, shop: ShopServer) -> None:
    row, asked = selling.ask(selling.alice(), WORDS)
    assert "FW-10473 shows one payment" in asked[0][0]
    assert "Visa ending 4242" in asked[0][0]
    assert changes(shop) == []
    told = on(selling, row, "yes please")
    assert changes(shop) == [TICKETS]
    opened = ticket(shop)
    assert (opened["kind"], opened["order_id"], opened["body"]) == ("billing_dispute", "FW-10473", WORDS)
    assert opened["id"] in told[0][0]
    assert (reasons(row), ToolCall.objects.get().capability) == ([], "open_ticket")


def test_which_charge_is_asked_for_and_its_thing_names_it(selling: House, shop: ShopServer) -> None:
    row, asked = selling.ask(selling.alice(), "there is a wrong charge on my card")
    assert asked[0][0].count("?") == 1
    answers = on(selling, row, "FW-10473", "yes")
    assert "FW-10473" in answers[0][0]
    assert ticket(shop)["order_id"] == "FW-10473"


def test_a_double_payment_on_record_is_said(selling: House, shop: ShopServer) -> None:
    charged_again(shop, "FW-10473")
    _, asked = selling.ask(selling.alice(), WORDS)
    assert "more than once" in asked[0][0]


def test_money_that_went_back_already_is_said(selling: House, shop: ShopServer) -> None:
    with psycopg.connect(shop.database_url) as connection:
        found = connection.execute(
            "select p.order_id from payments p join orders o on o.id = p.order_id "
            "where p.kind = 'refund' and o.customer_id = 'C-1001' limit 1"
        ).fetchone()
    assert found is not None
    _, asked = selling.ask(selling.alice(), f"why did you charge me again for {found[0]}?")
    assert "went back" in asked[0][0]


def test_after_no_nothing_is_opened(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), WORDS)
    answers = on(selling, row, "no, leave it")
    assert "othing" in answers[0][0]
    assert (changes(shop), ToolCall.objects.count()) == ([], 0)


def test_the_other_order_is_another_ticket(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), WORDS)
    on(selling, row, "no sorry, I meant FW-10482", "yes")
    assert (ticket(shop)["order_id"], changes(shop)) == ("FW-10482", [TICKETS])


@pytest.mark.parametrize(("cents", "over"), [(50_000, False), (50_001, True)])
def test_a_payment_above_the_threshold_is_billings_at_once(
    selling: House, shop: ShopServer, cents: int, over: bool
) -> None:
    """S1-49, by the record: nobody named an amount."""
    bought = stock_up(shop, 1, cents)[0]
    with psycopg.connect(shop.database_url, autocommit=True) as connection:
        connection.execute("update payments set amount_cents = %s where order_id = %s", [cents, bought.order_id])
    row, answers = selling.ask(selling.customer(bought.email), f"I was charged twice for {bought.order_id}")
    found = list(Handoff.objects.filter(conversation=row).values_list("reason", "queue"))
    assert found == ([("payment-dispute-over-threshold", "human-queue-billing")] if over else [])
    assert ("?" in answers[0][0]) is not over


def test_a_smaller_amount_of_a_large_order_is_a_ticket(selling: House, shop: ShopServer) -> None:
    bought = stock_up(shop, 1, 60_000)[0]
    row, _ = selling.ask(selling.customer(bought.email), f"I was charged $20 too much for {bought.order_id}", "yes")
    assert (reasons(row), ticket(shop)["order_id"]) == ([], bought.order_id)


def test_a_late_parcel_is_worth_the_policys_credit(selling: House, shop: ShopServer) -> None:
    row, asked = selling.ask(selling.alice(), "you charged me too much, FW-10467 is late")
    assert "$5.00" in asked[0][0]
    told = on(selling, row, "yes")
    assert changes(shop) == [CREDITS]
    assert "$5.00" in told[0][0]


def test_the_charge_may_be_looked_at_instead_of_the_credit(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), "you charged me too much, FW-10467 is late")
    answers = on(selling, row, "no, check the charge", "yes")
    assert "billing" in answers[0][0]
    assert changes(shop) == [TICKETS]


def test_the_same_dispute_twice_is_told(selling: House, shop: ShopServer) -> None:
    """TIC-4."""
    row, _ = selling.ask(selling.alice(), WORDS, "yes")
    again, answers = selling.ask(selling.alice(), WORDS)
    assert "FW-10473" in answers[0][0]
    assert "under way" in answers[0][0] or "being worked on" in answers[0][0]
    assert (ToolCall.objects.count(), changes(shop), row.pk != again.pk) == (1, [TICKETS], True)


def test_a_lost_reply_opens_one_ticket(selling: House, shop: ShopServer, monkeypatch: pytest.MonkeyPatch) -> None:
    real = execute.caller_of
    monkeypatch.setattr(execute, "caller_of", lambda call: replace(real(call), faults=f"drop;path={TICKETS}"))
    row, _ = selling.ask(selling.alice(), WORDS, "yes")
    assert Effect.objects.get().status == "unknown"
    monkeypatch.setattr(execute, "caller_of", real)
    leases_over(row.pk)
    deeds.sweep()
    runner.work_on(row.pk)
    assert (Effect.objects.get().status, changes(shop)) == ("confirmed", [TICKETS])
    assert ticket(shop)["id"] in selling.said(row)[-1]


def test_a_stranger_s_order_is_not_there(selling: House, shop: ShopServer) -> None:
    row, answers = selling.ask(selling.bob(), WORDS)
    assert "one payment" not in str(answers)
    assert (changes(shop), row.turns.count()) == ([], 1)


def test_it_waits_for_people_where_the_release_says_so(selling: House, shop: ShopServer) -> None:
    release(("open_ticket: auto", "open_ticket: people"))
    row, answers = selling.ask(selling.alice(), WORDS, "yes")
    assert ("colleague" in answers[1][0], changes(shop)) == (True, [])
    decide(row, olga())
    assert changes(shop) == [TICKETS]
    assert ticket(shop)["id"] in selling.said(row)[-1]
