"""Goods and papers as a customer asks for them, from words to the shop's rows: sent again, sent back, exchanged, paid."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg
import pytest

from agents import deeds, runner
from approvals import execute
from conversations.models import Conversation
from tests.approvals.goods import Bought, stock_up
from tests.approvals.test_order_changes import changes, reasons
from tests.approvals.writes import leases_over, problems
from tests.house import House
from tests.shopserver import ShopServer
from tools.models import Effect, ToolCall

CONFIRMATION = "please send me the order confirmation of {} again"
INVOICE = "I need a copy of the invoice for {}"
# What is asked for in one message, with the order of Alice's that it is about, and the endpoints that do it.
EVERY = pytest.mark.parametrize(
    ("words", "order", "does"),
    [
        (CONFIRMATION, "FW-10465", ["/logistics/notices"]),
        (INVOICE, "FW-10465", ["/logistics/notices"]),
    ],
    ids=["confirmation", "invoice"],
)


def rows(shop: ShopServer, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(shop.database_url) as connection:
        return connection.execute(query.encode()).fetchall()


def reference(effect: Effect) -> str:
    return str((effect.outcome or {})["reference"])


# What all of them have in common --------------------------------------------------------------------------------------


@EVERY
def test_after_a_yes_it_is_done_once_and_told(
    selling: House, shop: ShopServer, words: str, order: str, does: list[str]
) -> None:
    row, answers = selling.ask(selling.alice(), words.format(order))
    assert order in answers[0][0]
    assert answers[0][0].count("?") == 1
    assert changes(shop) == []
    _, answers = selling.ask(selling.alice(), "yes", into=row)
    assert changes(shop) == does
    effect = Effect.objects.get()
    assert effect.status == "confirmed"
    assert reference(effect) in answers[0][0]
    assert (reasons(row), problems(shop)) == ([], [])


@EVERY
@pytest.mark.parametrize("no", ["no, leave it", "forget it", "actually no thanks"])
def test_after_a_no_nothing_has_changed(
    selling: House, shop: ShopServer, words: str, order: str, does: list[str], no: str
) -> None:
    row, answers = selling.ask(selling.alice(), words.format(order), no)
    assert (changes(shop), ToolCall.objects.count(), reasons(row)) == ([], 0, [])
    assert "?" not in answers[1][0]


@EVERY
def test_an_order_that_is_not_theirs_or_is_none_is_not_there(
    selling: House, shop: ShopServer, words: str, order: str, does: list[str]
) -> None:
    """The same is said of both, and the number that was meant instead is taken."""
    row, mine = selling.ask(selling.bob(), words.format(order))
    _, none = selling.ask(selling.bob(), words.format("FW-99999"))
    for answers, number in ((mine, order), (none, "FW-99999")):
        assert any(f"{said} {number}" in answers[0][0] for said in ("no", "find", "see")), answers
    _, answers = selling.ask(selling.bob(), "FW-10453", into=row)
    assert "FW-10453" in answers[0][0]
    assert changes(shop) == []


@EVERY
def test_an_answer_that_never_came_is_asked_for_and_told_later(
    selling: House, shop: ShopServer, monkeypatch: pytest.MonkeyPatch, words: str, order: str, does: list[str]
) -> None:
    """The shop did it and its answer was lost: nothing is claimed before it is known, and nothing is done twice."""
    real = execute.caller_of
    path = does[0]
    monkeypatch.setattr(execute, "caller_of", lambda call: replace(real(call), faults=f"drop;path={path}"))
    row, answers = selling.ask(selling.alice(), words.format(order), "yes")
    assert "reference" not in answers[1][0]
    assert Effect.objects.get().status == "unknown"
    monkeypatch.setattr(execute, "caller_of", real)
    leases_over(row.pk)
    deeds.sweep()
    runner.work_on(row.pk)
    effect = Effect.objects.get()
    assert (effect.status, sorted(changes(shop))) == ("confirmed", sorted(does))
    assert reference(effect) in selling.said(row)[-1]


@EVERY
def test_a_yes_to_an_old_offer_is_asked_again(
    selling: House, shop: ShopServer, words: str, order: str, does: list[str]
) -> None:
    row, _ = selling.ask(selling.alice(), words.format(order))
    old(row)
    _, answers = selling.ask(selling.alice(), "yes", into=row)
    assert order in answers[0][0]
    assert "?" in answers[0][0]
    assert changes(shop) == []
    selling.ask(selling.alice(), "yes", into=row)
    assert changes(shop) == does


def old(row: Conversation) -> None:
    """The offer's time has passed."""
    run = row.runs.get(active=True)
    run.slots["offer"]["value"]["until"] = "2020-01-01T00:00:00+00:00"
    run.save(update_fields=["slots"])


@EVERY
def test_the_offer_comes_back_behind_a_question_in_between(
    selling: House, shop: ShopServer, words: str, order: str, does: list[str]
) -> None:
    _, answers = selling.ask(selling.alice(), words.format(order), "how much is shipping?", "yes")
    assert "$5.95" in answers[1][0]
    assert order in answers[1][0]
    assert changes(shop) == does


# Papers ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "kind"), [(CONFIRMATION, "order_confirmation"), (INVOICE, "invoice")])
def test_a_paper_goes_to_the_address_on_record_and_to_no_other(
    selling: House, shop: ShopServer, words: str, kind: str
) -> None:
    """NOT-4: whatever address is named."""
    named = f"{words.format('FW-10465')}, to mallory@example.com"
    _, answers = selling.ask(selling.alice(), named, "yes")
    assert "a•••@example.com" in answers[0][0]
    assert rows(shop, "select kind, order_id, sent_to from notices") == [(kind, "FW-10465", "alice@example.com")]


def test_the_order_is_asked_for_and_another_one_is_taken_instead(selling: House, shop: ShopServer) -> None:
    _, answers = selling.ask(
        selling.alice(), "can you resend the order confirmation", "FW-10482", "no, I meant FW-10476", "yes"
    )
    assert "FW-10488" in answers[0][0]
    assert "FW-10482" in answers[1][0]
    assert "FW-10476" in answers[2][0]
    assert rows(shop, "select order_id from notices") == [("FW-10476",)]


# Payment --------------------------------------------------------------------------------------------------------------


def bought(shop: ShopServer, cents: int, *, like: str = "FW-10488") -> Bought:
    """A pending order of two things, each for so much, of somebody with a card and PayPal."""
    return stock_up(shop, 1, cents, like=like)[0]


def test_an_order_is_paid_with_something_else(selling: House, shop: ShopServer) -> None:
    mine = bought(shop, 2000)
    words = f"I want to pay for {mine.order_id} with PayPal instead"
    _, answers = selling.ask(selling.customer(mine.email), words, "yes")
    for part in ("$40.00", "PayPal", "Visa ending 4242", mine.order_id):
        assert part in answers[0][0]
    paid = shop.ask("GET", f"/finance/orders/{mine.order_id}/payments").json()["payments"]
    assert [(one["kind"], one["amount_cents"], one["method_id"]) for one in paid][1:] == [
        ("payment", 4000, "paypal_91000"), ("refund", 4000, "card_91000"),
    ]  # fmt: skip
    assert (changes(shop), Effect.objects.get().status) == ([f"/orders/{mine.order_id}/payment-method"], "confirmed")


def test_a_gift_card_that_holds_too_little_is_told_and_another_means_is_taken_up(
    selling: House, shop: ShopServer
) -> None:
    """ORD-15, with what the card holds."""
    mine = bought(shop, 2000)
    give(shop, mine, "gift_card", 1200)
    words = f"can I pay for {mine.order_id} with my gift card"
    row, answers = selling.ask(selling.customer(mine.email), words, "ok then take paypal", "yes")
    assert "$12.00" in answers[0][0]
    assert "from your PayPal" in answers[1][0] or "your PayPal pays" in answers[1][0]
    assert (changes(shop), reasons(row)) == ([f"/orders/{mine.order_id}/payment-method"], [])


def test_a_gift_card_that_holds_too_little_and_nothing_else_is_for_a_person(selling: House, shop: ShopServer) -> None:
    row, answers = selling.ask(selling.alice(), "can I pay for FW-10488 with my gift card", "yes please")
    assert "$35.00" in answers[0][0]
    assert (changes(shop), reasons(row)) == ([], ["write-exception"])


def test_which_means_is_asked_where_there_are_several(selling: House, shop: ShopServer) -> None:
    mine = bought(shop, 2000)
    give(shop, mine, "gift_card", 9000)
    who = selling.customer(mine.email)
    row, answers = selling.ask(who, f"change the payment method of {mine.order_id}")
    assert "PayPal" in answers[0][0]
    assert "gift card with $90.00 on it" in answers[0][0]
    _, answers = selling.ask(who, "paypal please", "no, the gift card", "yes", into=row)
    assert "PayPal" in answers[0][0]
    assert "from your gift card" in answers[1][0] or "your gift card pays" in answers[1][0]
    paid = shop.ask("GET", f"/finance/orders/{mine.order_id}/payments").json()["payments"]
    assert [one["method_id"] for one in paid] == ["card_91000", "gift_91000", "card_91000"]
    assert reasons(row) == []


def give(shop: ShopServer, whose: Bought, source: str, cents: int) -> None:
    """One more means of payment on record."""
    number = whose.order_id.removeprefix("FW-")
    with psycopg.connect(shop.database_url) as connection:
        connection.execute(
            "insert into payment_methods (customer_id, id, place, source, balance_cents) values (%s, %s, 2, %s, %s)",
            [f"C-{number}", f"gift_{number}", source, cents],
        )


def test_what_has_left_is_paid_as_it_was(selling: House, shop: ShopServer) -> None:
    row, answers = selling.ask(selling.alice(), "use another card for FW-10482", "no")
    assert "shipped" in answers[0][0]
    assert (changes(shop), reasons(row)) == ([], [])
