"""The numbered rules of a change of an order: what each refuses, and its twin that it lets pass."""

from __future__ import annotations

import json

import pytest

from tests.tools.refund_cases import entry, usd
from tests.tools.write_cases import (
    CONSIGNED,
    EUR,
    PASSED_ON,
    cancelling,
    change,
    choice,
    flagged,
    gift,
    goods,
    of_alice,
    readdressing,
    repaying,
    swapping,
    unsent,
)
from tools.contract import Proof
from tools.order_case import ChangeCase, plan
from tools.order_rules import RULES
from tools.rules import ALLOWED, Verdict, decide, hits
from tools.shapes import OrderStatus

# number, verdict, reason, what is refused, its twin that passes that rule
TABLE: list[tuple[str, str, str, ChangeCase, ChangeCase]] = [
    ("ORD-1", "deny", "not-found", change(customer_ref="mallory"), change()),
    ("ORD-1", "deny", "not-found", change(customer_ref=None), change()),
    ("ORD-2", "deny", "tier-unknown",
     change(order=unsent(**{**CONSIGNED, "partner": None})), change(order=unsent(**CONSIGNED))),
    ("ORD-2", "deny", "tier-unknown",
     change(order=unsent(**{**PASSED_ON, "partner": ""})), change(order=unsent(**PASSED_ON))),
    ("ORD-3", "ask", "proof-needed", change(proof=Proof.ORDER_AND_CONTACT), change(proof=Proof.SIGNED_IN)),
    ("ORD-3", "ask", "proof-needed", change(proof=Proof.NONE), change(proof=Proof.NONE, by_person=True)),
    ("ORD-4", "ask", "not-confirmed", change(confirmed=False), change(confirmed=True)),
    ("ORD-4", "ask", "not-confirmed", change(confirmed=False), change(confirmed=None)),
    ("ORD-4", "ask", "not-confirmed", change(confirmed=False), change(confirmed=False, by_person=True)),
    *(("ORD-5", "deny", "not-pending", change(order=unsent(status=status)), change())
      for status in OrderStatus if status is not OrderStatus.PENDING),
    ("ORD-5", "deny", "not-pending", change(order=unsent(open_for_shipping=False)), change(order=unsent())),
    ("ORD-6", "deny", "changed-before", change(order=unsent(changed=True)), change(order=unsent(changed=False))),
    *(("ORD-7", "ask", "reason-not-accepted", change(cancelling(reason)), change(cancelling("ordered_by_mistake")))
      for reason in ("damaged", "late", "does_not_fit", "other")),
    ("ORD-7", "ask", "reason-not-accepted", change(cancelling("other")), change(cancelling("no_longer_needed"))),
    *(("ORD-8", "deny", "address-incomplete", change(readdressing(**{part: " "})), change(readdressing(second="")))
      for part in ("first", "city", "region", "country", "postcode")),
    ("ORD-8", "deny", "address-incomplete", change(readdressing(first="1\nMain")), change(readdressing(first="1 Main"))),
    ("ORD-8", "deny", "address-incomplete", change(readdressing(first="x" * 121)), change(readdressing(first="x" * 120))),
    ("ORD-8", "deny", "address-incomplete", change(readdressing(second="x" * 121)), change(readdressing(second="x" * 120))),
    ("ORD-8", "deny", "address-incomplete", change(readdressing(second="a\x00b")), change(readdressing(second="a b"))),
    ("ORD-9", "deny", "no-such-line", change(swapping(("3",))), change(swapping(("1",)))),
    ("ORD-9", "deny", "no-such-line", change(swapping(("1", "1"), ("I-1b", "I-1b"))), change(swapping())),
    ("ORD-9", "deny", "no-such-line", change(swapping((), ())), change(swapping())),
    ("ORD-10", "deny", "count-differs",
     change(swapping(("1", "2"), ("I-1b",))), change(swapping(("1", "2"), ("I-1b", "I-2b")))),
    ("ORD-10", "deny", "count-differs", change(swapping(("1",), ("I-1b", "I-2b"))), change(swapping())),
    ("ORD-11", "deny", "other-product", change(swapping(items=("I-9",))), change(swapping(items=("I-1b",)))),
    ("ORD-11", "deny", "other-product", change(swapping(items=("I-2b",))), change(swapping(("2",), ("I-2b",)))),
    ("ORD-11", "deny", "other-product", change(swapping(items=("nowhere",))), change(swapping())),
    ("ORD-11", "deny", "not-available", change(swapping(items=("I-1gone",))), change(swapping(items=("I-1c",)))),
    ("ORD-12", "deny", "method-unknown", change(repaying("bobs_card")), change(repaying("paypal"))),
    ("ORD-12", "deny", "method-unknown", change(swapping(method="bobs_card")), change(swapping(method="card"))),
    ("ORD-13", "deny", "same-method", change(repaying("card")), change(repaying("paypal"))),
    ("ORD-13", "deny", "same-method", change(repaying("card")), change(swapping(method="card"))),
    ("ORD-14", "deny", "paid-in-parts", change(repaying(), order=unsent(money=[])), change(repaying())),
    ("ORD-14", "deny", "paid-in-parts",
     change(repaying(), order=unsent(money=[entry("payment", 3000, method_id="card"), entry("payment", 1000)])),
     change(repaying(), order=unsent(money=[entry("payment", 4000, method_id="card")]))),
    ("ORD-14", "deny", "paid-in-parts",
     change(repaying(), order=unsent(money=[entry("payment", 4000, method_id="card"), entry("refund", 4000)])),
     change(repaying())),
    ("ORD-14", "deny", "paid-in-parts",
     change(repaying(), order=unsent(money=[entry("payment", 4000)])),  # the record doesn't say with what
     change(cancelling(), order=unsent(money=[entry("payment", 4000)]))),
    ("ORD-15", "deny", "gift-card-short",
     change(repaying("gift"), account=of_alice(methods=[gift(3999)])),
     change(repaying("gift"), account=of_alice(methods=[gift(4000)]))),
    ("ORD-15", "deny", "gift-card-short",
     change(swapping(method="gift"), account=of_alice(methods=[gift(499)])),
     change(swapping(method="gift"), account=of_alice(methods=[gift(500)]))),
    ("ORD-15", "deny", "gift-card-short",
     change(swapping(method="gift"), account=of_alice(methods=[gift(0)])),
     change(swapping(items=("I-1c",), method="gift"), account=of_alice(methods=[gift(0)]))),
    ("ORD-16", "deny", "under-way", change(taken_lines=frozenset({"1"})), change(taken_lines=frozenset({"9"}))),
    *(("ORD-16", "deny", "under-way", change(args, taken_lines=frozenset({"order"})), change(args))
      for args in (cancelling(), readdressing(), repaying(), swapping())),
    ("ORD-16", "deny", "under-way",
     change(repaying(), taken_lines=frozenset({"payment"})), change(readdressing(), taken_lines=frozenset({"credit"}))),
    ("ORD-16", "deny", "under-way",
     change(swapping(), taken_lines=frozenset({"items"})), change(swapping(), taken_lines=frozenset({"ticket:question"}))),
    *(("ORD-16", "deny", "under-way", change(args, taken_lines=frozenset({held})), change(args))
      for args in (cancelling(), repaying(), swapping()) for held in ("payment", "items", "1", "2")),
    ("ORD-16", "deny", "under-way", change(taken_lines=frozenset({"1"})), change(readdressing(), taken_lines=frozenset({"1"}))),
    ("ORD-17", "deny", "currency-differs", change(order=unsent(lines=[goods(unit_price=EUR)])), change()),
    ("ORD-17", "deny", "currency-differs", change(order=unsent(money=[entry("payment", 1, amount=EUR)])), change()),
    ("ORD-17", "deny", "currency-differs",
     change(swapping(items=("I-e",)), order=unsent(choices=[choice("I-e", price=EUR)])),
     change(swapping(items=("I-e",)), order=unsent(choices=[choice("I-e", price=usd(3000))]))),
    ("ORD-17", "deny", "currency-differs", change(currency="EUR"), change(currency="USD")),
    ("ORD-18", "ask", "look-closer", change(account=flagged()), change(account=of_alice())),
    ("ORD-18", "ask", "look-closer", change(account=flagged()), change(account=flagged(), by_person=True)),
    ("ORD-19", "ask", "steered", change(tainted=True), change(tainted=False)),
    ("ORD-19", "ask", "steered", change(tainted=True), change(tainted=True, by_person=True)),
]  # fmt: skip


@pytest.mark.parametrize(("number", "verdict", "reason", "hit", "twin"), TABLE)
def test_a_rule_refuses_its_case_and_lets_the_twin_pass(
    number: str, verdict: str, reason: str, hit: ChangeCase, twin: ChangeCase
) -> None:
    """S4-27"""
    [found] = [one for one in hits(hit) if one.rule == number]
    assert (found.verdict, found.reason) == (verdict, reason)
    assert json.loads(json.dumps(found.facts)) == found.facts
    assert number not in [one.rule for one in hits(twin)]


def test_every_rule_has_a_case_in_the_table() -> None:
    assert {row[0] for row in TABLE} == {rule.number for rule in RULES}


PLAIN = [cancelling(), readdressing(), repaying(), swapping()]


@pytest.mark.parametrize("args", PLAIN)
def test_nothing_speaks_against_a_plain_change(args: object) -> None:
    plain = change(args)  # type: ignore[arg-type]
    assert (hits(plain), decide(plain)) == ([], ALLOWED)


def test_whatever_is_not_denied_has_a_plan() -> None:
    for _, _, _, hit, twin in TABLE:
        for one in (hit, twin):
            assert decide(one).verdict is Verdict.DENY or plan(one) is not None


def test_a_cancelled_order_gives_back_what_is_left_of_it() -> None:
    back = [entry("payment", 4000, method_id="card"), entry("refund", 1500)]
    found = plan(change(order=unsent(money=back)))
    assert found is not None
    assert (found.amount, found.weight_cents) == (usd(2500), 2500)
    assert found.held == ("1", "2", "order")


def test_a_change_of_payment_moves_the_whole_sum_and_nobody_gains_by_it() -> None:
    found = plan(change(repaying()))
    assert found is not None
    assert (found.amount, found.weight_cents, found.held) == (usd(4000), 0, ("payment",))


def test_what_other_items_cost_less_goes_back_and_what_they_cost_more_does_not() -> None:
    """Prices come from the record alone; the wish names none."""
    cheaper, dearer = plan(change(swapping(items=("I-1c",)))), plan(change(swapping(items=("I-1b",))))
    assert cheaper is not None
    assert dearer is not None
    assert (cheaper.amount, cheaper.facts["difference"]) == (usd(1000), usd(-1000).to_json())
    assert (dearer.amount, dearer.facts["difference"]) == (usd(0), usd(500).to_json())
    assert dearer.facts["items"][0] | {"options": {}} == {
        "line_id": "1", "item_id": "I-1b", "price": usd(3500).to_json(), "was": "I-1", "options": {},
    }  # fmt: skip


def test_a_difference_counts_for_every_piece_of_a_line() -> None:
    three = unsent(lines=[goods("1", quantity=3)])
    found = plan(change(swapping(items=("I-1c",)), order=three))
    assert found is not None
    assert found.amount == usd(3000)


def test_a_new_address_is_told_by_text_where_there_is_a_number() -> None:
    told, untold = plan(change(readdressing())), plan(change(readdressing(), account=of_alice(phone="")))
    assert told is not None
    assert untold is not None
    assert told.facts == {"text_to": "+1 555 0100"}
    assert untold.facts == {}


def test_somebody_elses_order_says_nothing_else() -> None:
    """D13: the same answer as for an order that doesn't exist."""
    strange = decide(change(customer_ref="mallory", order=unsent(changed=True, status=OrderStatus.SHIPPED)))
    assert (strange.verdict, strange.rule, strange.reason, strange.facts) == ("deny", "ORD-1", "not-found", {})
