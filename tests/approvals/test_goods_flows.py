"""Goods and papers as a customer asks for them, from words to the shop's rows: sent again, sent back, exchanged, paid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from django.test import Client
from django.urls import reverse

from agents import deeds, runner
from agents.replay import replay
from approvals import execute
from approvals.models import ApprovalRequest
from conversations.models import Conversation
from tests.approvals.goods import Bought, stock_up
from tests.approvals.test_order_changes import changes, reasons
from tests.approvals.test_order_changes import order as order_of
from tests.approvals.test_refunds import decide
from tests.approvals.writes import leases_over, problems, untraced
from tests.cast import bill, olga
from tests.house import House
from tests.shopserver import ShopServer
from tools.models import Effect, ToolCall

CONFIRMATION = "please send me the order confirmation of {} again"
RETURN = "I want to return {}"
EXCHANGE = "I'd like to exchange the camp lantern in {} for the grey one"
PAYMENT = "I want to pay for {} with my gift card instead"
INVOICE = "I need a copy of the invoice for {}"
# What is asked for in one message, with the order of Alice's that it is about, and the endpoints that do it.
WAYS = [
    (CONFIRMATION, "FW-10465", ["/logistics/notices"]),
    (INVOICE, "FW-10465", ["/logistics/notices"]),
    (RETURN, "FW-10465", ["/orders/FW-10465/returns", "/logistics/notices"]),
    (EXCHANGE, "FW-10465", ["/orders/FW-10465/exchanges", "/logistics/notices"]),
    (EXCHANGE, "FW-10488", ["/orders/FW-10488/items"]),
    (PAYMENT, "FW-10488", ["/orders/FW-10488/payment-method"]),
]


def every(test: Callable[..., None]) -> Callable[..., None]:
    """The test for each of them."""
    names = ["confirmation", "invoice", "return", "exchange", "items", "payment"]
    wide: Callable[..., None] = pytest.mark.parametrize(("words", "order", "does"), WAYS, ids=names)(test)
    full: Callable[..., None] = pytest.mark.usefixtures("full_card")(wide)
    return full


@pytest.fixture
def full_card(selling: House, shop: ShopServer) -> None:
    """Alice's gift card holds enough for any of them."""
    with psycopg.connect(shop.database_url) as connection:
        connection.execute("update payment_methods set balance_cents = 90000 where id = 'gift_1001'")


def rows(shop: ShopServer, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(shop.database_url) as connection:
        return connection.execute(query.encode()).fetchall()


def reference(effect: Effect) -> str:
    return str((effect.outcome or {})["reference"])


# What all of them have in common --------------------------------------------------------------------------------------


@every
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
    assert [found.why for turn in row.turns.all() if (found := replay(turn)).why] == []
    assert (reasons(row), untraced(effect)) == ([], [])


@every
@pytest.mark.parametrize("no", ["no, leave it", "forget it", "actually no thanks"])
def test_after_a_no_nothing_has_changed(
    selling: House, shop: ShopServer, words: str, order: str, does: list[str], no: str
) -> None:
    row, answers = selling.ask(selling.alice(), words.format(order), no)
    assert (changes(shop), ToolCall.objects.count(), reasons(row)) == ([], 0, [])
    assert "?" not in answers[1][0]


@every
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


@every
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


@every
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


@every
def test_people_are_told_why_it_was_done(
    selling: House, shop: ShopServer, words: str, order: str, does: list[str]
) -> None:
    """S4-06: which message was the yes, and where each argument came from."""
    selling.ask(selling.alice(), words.format(order), "yes")
    client = Client()
    client.force_login(olga())
    call = ToolCall.objects.get()
    page = client.get(reverse("approvals:why", args=[call.key])).content.decode()
    assert "the yes is message" in page
    assert order in page
    assert set(call.sources.values()) <= {"customer", "record"}


def test_what_only_the_record_says_is_not_given_as_the_customers_word(selling: House, shop: ShopServer) -> None:
    """Law 3: the only line, the only other article, and the means it was paid with stand in the record."""
    selling.ask(selling.alice(), "exchange FW-10465 for another colour", "yes")
    sources = ToolCall.objects.get().sources
    assert {name: sources[name] for name in ("order_id", "lines", "new_items", "method_id")} == {
        "order_id": "customer", "lines": "record", "new_items": "record", "method_id": "record",
    }  # fmt: skip


def old(row: Conversation) -> None:
    """The offer's time has passed."""
    run = row.runs.get(active=True)
    run.slots["offer"]["value"]["until"] = "2020-01-01T00:00:00+00:00"
    run.save(update_fields=["slots"])


@every
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


@pytest.mark.parametrize("next_one", ["FW-10464", "And FW-10464?", "FW-10464 please"])
def test_of_several_orders_named_none_is_forgotten(selling: House, shop: ShopServer, next_one: str) -> None:
    """One at a time, each with its own yes."""
    _, answers = selling.ask(selling.alice(), "send me the invoices for FW-10465 and FW-10464", "yes", next_one, "yes")
    assert "FW-10464" in answers[1][0]
    assert "invoice" in answers[2][0]
    assert rows(shop, "select order_id, kind from notices order by order_id") == [
        ("FW-10464", "invoice"), ("FW-10465", "invoice"),
    ]  # fmt: skip


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
    assert any(said in answers[0][0] for said in ("shipped", "carrier", "on its way", "left")), answers
    assert (changes(shop), reasons(row)) == ([], [])


# Returns --------------------------------------------------------------------------------------------------------------


def status(shop: ShopServer, number: str) -> str:
    return str(order_of(shop, number)["status"])


def test_goods_come_back_with_a_label_and_their_money_goes_where_it_came_from(selling: House, shop: ShopServer) -> None:
    row, answers = selling.ask(selling.alice(), "I want to return the daypack because it doesn't fit", "yes")
    for part in ("FW-10473", "Trail Daypack", "$96.00", "Visa ending 4242", "a•••@example.com"):
        assert part in answers[0][0]
    assert "label" in answers[1][0]
    assert changes(shop) == ["/orders/FW-10473/returns", "/logistics/notices"]
    assert status(shop, "FW-10473") == "return requested"
    assert rows(shop, "select kind, lines, method_id from returns") == [("return", [1], "card_1001")]
    assert rows(shop, "select kind, sent_to from notices") == [("return_label", "alice@example.com")]
    assert (reasons(row), problems(shop)) == ([], [])


def test_which_items_and_where_the_money_goes_may_change_until_the_yes(selling: House, shop: ShopServer) -> None:
    _, answers = selling.ask(
        selling.alice(), "return FW-10473", "the base layer", "no, the daypack", "can I have it on my gift card?", "yes"
    )
    assert "Merino Base Layer and" in answers[0][0] or "and Merino Base Layer" in answers[0][0]
    assert "$72.00" in answers[1][0]
    assert "$96.00" in answers[2][0]
    assert "gift card" in answers[3][0]
    assert rows(shop, "select lines, method_id from returns") == [([1], "gift_1001")]


def test_a_reason_is_asked_for_only_where_the_rules_make_a_difference_by_it(selling: House, shop: ShopServer) -> None:
    """RET-12: what was used comes back for a fault alone."""
    _, answers = selling.ask(selling.bob(), "I'd like to send back FW-10461", "it doesn't work", "yes")
    assert "reason" in answers[0][0] or "What happened" in answers[0][0]
    assert "$139.00" in answers[1][0]
    assert status(shop, "FW-10461") == "return requested"


def test_without_a_fault_it_is_for_a_person(selling: House, shop: ShopServer) -> None:
    row, answers = selling.ask(selling.bob(), "I'd like to send back FW-10461", "I don't like it", "yes please")
    assert "person" in answers[1][0]
    assert (changes(shop), reasons(row)) == ([], ["write-exception"])


@pytest.mark.parametrize(
    ("who", "words", "said"),
    [
        ("alice", "I want to return the desk mat", "30 days"),
        ("alice", "I want to return FW-10482", "shipped"),
        ("alice", "I want to return FW-10488", "cancel"),
        ("alice", "I want to send back FW-10398", "returned"),
        ("mallory", "I want to return FW-10455", "Chef's Knife"),
    ],
)
def test_what_is_against_a_return_is_told_with_its_facts(
    selling: House, shop: ShopServer, who: str, words: str, said: str
) -> None:
    """RET-5, RET-12, RET-13, with a person instead."""
    row, answers = selling.ask(selling.customer(f"{who}@example.com"), words, "no")
    assert said in answers[0][0]
    assert (changes(shop), reasons(row)) == ([], [])


def test_a_cancellation_instead_takes_its_place(selling: House, shop: ShopServer) -> None:
    """What hasn't left is cancelled, and nobody comes back to the return afterwards."""
    _, answers = selling.ask(selling.alice(), "I want to return FW-10488", "cancel the order please", "yes")
    assert changes(shop) == ["/orders/FW-10488/cancel"]
    assert "?" not in answers[2][0]


def test_the_other_order_is_asked_for_among_the_others(selling: House, shop: ShopServer) -> None:
    _, answers = selling.ask(selling.alice(), "return FW-10473", "both", "actually the other order", "FW-10476", "yes")
    assert "FW-10473" not in answers[2][0]
    assert "FW-10476" in answers[3][0]
    assert status(shop, "FW-10476") == "return requested"
    assert status(shop, "FW-10473") == "delivered"


# Exchanges ------------------------------------------------------------------------------------------------------------


def articles(shop: ShopServer, number: str) -> list[str]:
    return [str(item["item_id"]) for item in order_of(shop, number)["items"]]


def test_what_has_arrived_is_exchanged_and_the_difference_is_read_back(selling: House, shop: ShopServer) -> None:
    row, answers = selling.ask(selling.alice(), "exchange the daypack for the navy 18 l one", "yes")
    for part in ("FW-10473", "navy 18 l instead of rust 24 l", "$12.00 less", "Visa ending 4242", "a•••@example.com"):
        assert part in answers[0][0]
    assert changes(shop) == ["/orders/FW-10473/exchanges", "/logistics/notices"]
    assert status(shop, "FW-10473") == "exchange requested"
    assert rows(shop, "select kind, lines, new_items, method_id from returns") == [
        ("exchange", [1], ["V-40102"], "card_1001"),
    ]
    assert "label" in answers[1][0]
    assert (reasons(row), problems(shop)) == ([], [])


def test_of_an_order_that_has_not_left_the_items_are_changed(selling: House, shop: ShopServer) -> None:
    words = "exchange both things in FW-10488: the bottle in navy, the lantern in grey"
    _, answers = selling.ask(selling.alice(), words, "yes")
    assert "navy 750 ml instead of moss 750 ml" in answers[0][0]
    assert "grey instead of red" in answers[0][0]
    assert "price is the same" in answers[0][0]
    assert changes(shop) == ["/orders/FW-10488/items"]
    assert articles(shop, "FW-10488") == ["V-40203", "V-40501"]
    assert ToolCall.objects.get().capability == "change_order"


def test_what_costs_more_is_paid_with_the_means_that_they_name(selling: House, shop: ShopServer) -> None:
    mine = bought(shop, 2000)
    give(shop, mine, "gift_card", 9000)
    words = f"swap the lantern in {mine.order_id} for the grey one"
    _, answers = selling.ask(selling.customer(mine.email), words, "rather from my gift card please", "yes")
    assert "$25.00 more" in answers[0][0]
    assert "Visa ending 4242" in answers[0][0]
    assert "gift card" in answers[1][0]
    paid = shop.ask("GET", f"/finance/orders/{mine.order_id}/payments").json()["payments"]
    assert (paid[-1]["kind"], paid[-1]["amount_cents"], paid[-1]["method_id"]) == ("payment", 2500, "gift_91000")


def test_which_thing_and_which_article_are_asked_for_and_only_what_is_in_stock_is_offered(
    selling: House, shop: ShopServer
) -> None:
    _, answers = selling.ask(
        selling.alice(), "I want to exchange something from FW-10473", "the daypack", "the second one", "yes"
    )
    assert "Trail Daypack" in answers[0][0]
    assert "Merino Base Layer" in answers[0][0]
    listed = ("moss 24 l", "navy 24 l", "rust 18 l ($12.00 less)", "navy 18 l ($12.00 less)")
    assert all(part in answers[1][0] for part in listed)
    assert "moss 18 l" not in answers[1][0]
    assert "navy 24 l instead of rust 24 l" in answers[2][0]
    assert rows(shop, "select new_items from returns") == [(["V-40103"],)]


def test_what_is_not_in_stock_is_said_and_what_is_is_offered(selling: House, shop: ShopServer) -> None:
    row, answers = selling.ask(selling.bob(), "swap my rain jacket FW-10461 for L in yellow", "no")
    assert "yellow L" in answers[0][0]
    assert "forest L" in answers[0][0]
    assert (changes(shop), reasons(row)) == ([], [])


def test_nothing_else_in_stock_is_for_a_person(selling: House, shop: ShopServer) -> None:
    """RET-8."""
    row, answers = selling.ask(selling.alice(), "exchange the espresso maker FW-10466 for the 6 cups one", "yes please")
    assert "stock" in answers[0][0] or "nothing left" in answers[0][0]
    assert (changes(shop), reasons(row)) == ([], ["write-exception"])


MOSS = "exchange the daypack for a moss one"


@pytest.mark.parametrize(
    ("wish", "instead", "item"),
    [
        (MOSS, "no, the navy one", "V-40103"),
        (MOSS, "not moss, navy", "V-40103"),
        (MOSS, "no wait, navy and 18 l", "V-40102"),
        (MOSS, "hm, the moss one is right", "V-40101"),
        ("exchange the daypack for the navy one", "make it 18 l instead", "V-40102"),
        ("exchange the daypack for a smaller one", "actually the navy, 24 l after all", "V-40103"),
    ],
)
def test_another_article_than_the_one_read_back_is_read_back_anew(
    selling: House, shop: ShopServer, wish: str, instead: str, item: str
) -> None:
    """The last wish counts, with what of the earlier ones it leaves standing; a yes is to the last read-back alone."""
    _, answers = selling.ask(selling.alice(), wish, instead)
    assert all(said[0].count("?") == 1 for said in answers)
    assert changes(shop) == []
    row = Conversation.objects.latest("pk")
    selling.ask(selling.alice(), "yes", into=row)
    assert rows(shop, "select new_items from returns") == [([item],)]


def test_a_large_difference_waits_for_people_and_is_done_after_their_yes(selling: House, shop: ShopServer) -> None:
    """What goes back in money counts towards the ladder: 640.00 is a billing specialist's."""
    priya = selling.customer("priya.raman@example.com")
    row, answers = selling.ask(priya, "exchange the table in FW-10470 for the 160 cm one", "yes")
    assert "$640.00 less" in answers[0][0]
    request = ApprovalRequest.objects.get()
    assert (request.role, changes(shop)) == ("billing_specialist", [])
    decide(row, bill())
    assert status(shop, "FW-10470") == "exchange requested"
    assert reference(Effect.objects.get()) in selling.said(row)[-1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("exchange FW-10482 for another colour", "shipped"),
        ("exchange the desk mat for the small one", "30 days"),
        ("exchange the step stool in FW-10398 for oak", "returned"),
    ],
)
def test_what_is_against_an_exchange_is_told_with_its_facts(
    selling: House, shop: ShopServer, words: str, said: str
) -> None:
    row, answers = selling.ask(selling.alice(), words, "no")
    assert said in answers[0][0]
    assert (changes(shop), reasons(row)) == ([], [])


def test_only_orders_that_hold_the_thing_are_listed(selling: House, shop: ShopServer) -> None:
    _, answers = selling.ask(selling.alice(), "exchange the lantern for a grey one")
    assert "FW-10465" in answers[0][0]
    assert "FW-10476" not in answers[0][0]


@pytest.mark.parametrize(
    ("first", "then", "does"),
    [
        ("return the daypack", "actually I'd rather exchange it for the navy one", "/orders/FW-10473/exchanges"),
        ("exchange the daypack for the navy one", "actually I'd like to return it instead", "/orders/FW-10473/returns"),
    ],
)
def test_one_wish_instead_of_the_other_keeps_what_it_is_about(
    selling: House, shop: ShopServer, first: str, then: str, does: str
) -> None:
    """Nobody is asked again which thing they mean, and nobody comes back to the first wish."""
    _, answers = selling.ask(selling.alice(), first, then, "yes")
    assert "Trail Daypack" in answers[1][0]
    assert "Merino" not in answers[1][0]
    assert changes(shop)[0] == does
    assert "?" not in answers[2][0]


def test_an_order_is_changed_once(selling: House, shop: ShopServer) -> None:
    """ORD-6, told before anything is read back."""
    row, _ = selling.ask(selling.alice(), "exchange the lantern in FW-10488 for the grey one", "yes")
    _, answers = selling.ask(selling.alice(), "and swap the bottle in FW-10488 for navy", "no", into=row)
    assert "changed" in answers[0][0] or "change to order" in answers[0][0]
    assert changes(shop) == ["/orders/FW-10488/items"]


def test_something_faulty_is_exchanged_for_the_same_again(selling: House, shop: ShopServer) -> None:
    _, answers = selling.ask(selling.alice(), "can I exchange the lantern FW-10465? it's defective", "yes")
    assert changes(shop) == ["/orders/FW-10465/replacements", "/platform/variants/V-40500/stock"]
    assert "again" in answers[0][0]


# What happened, and what is wanted ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "does"),
    [
        ("The lantern in FW-10465 arrived broken, can I exchange it for the grey one?", "/orders/FW-10465/exchanges"),
        ("The lantern in FW-10465 arrived broken, I'd like to exchange it", "/orders/FW-10465/replacements"),
        ("The lantern in FW-10465 arrived broken, I want to send it back", "/orders/FW-10465/returns"),
        ("The lantern in FW-10465 arrived broken", "/finance/orders/FW-10465/refunds"),
    ],
)
def test_what_happened_gives_way_to_what_is_wanted(selling: House, shop: ShopServer, words: str, does: str) -> None:
    """One offer, and it is the one that was asked for."""
    _, answers = selling.ask(selling.alice(), words, "yes")
    assert changes(shop)[0] == does
    assert "?" not in answers[1][0]


def test_what_happened_to_one_order_is_not_what_is_wanted_of_another(selling: House, shop: ShopServer) -> None:
    words = "The lantern in FW-10465 came broken, and please cancel FW-10488"
    _, answers = selling.ask(selling.alice(), words, "yes", "yes")
    assert "$45.00" in answers[0][0]
    assert sorted(changes(shop)) == ["/finance/orders/FW-10465/refunds", "/orders/FW-10488/cancel"]
