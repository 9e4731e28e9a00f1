"""The numbered rules of goods that come back: what each refuses, and its twin that it lets pass."""

from __future__ import annotations

import json

import pytest

from tests.tools.refund_cases import NOW, entry, parcel, usd
from tests.tools.write_cases import (
    CONSIGNED,
    DAY,
    EUR,
    OTHER_CARD,
    PASSED_ON,
    SECOND,
    bought,
    choice,
    exchanging,
    flagged,
    gift,
    goods,
    goods_back,
    moving,
    of_alice,
    replacing,
    returning,
)
from tools.capabilities.process_return import ProcessReturn
from tools.contract import Proof
from tools.return_case import QUIET, ReturnCase, plan
from tools.return_rules import RULES
from tools.rules import ALLOWED, Verdict, decide, hits
from tools.shapes import OrderStatus, ParcelStatus, Tier

SENT = OrderStatus.SHIPPED


def on_its_way(*parcels: object, args: ProcessReturn | None = None, **changed: object) -> ReturnCase:
    """A replacement of the first line, of an order that has been sent."""
    return goods_back(args or replacing(), order=bought(status=SENT, parcels=list(parcels), **changed))


def arrived(days: int, *, seconds: int = 0, args: ProcessReturn | None = None, **changed: object) -> ReturnCase:
    """Delivered so long ago."""
    moment = NOW - days * DAY - seconds * SECOND
    account = changed.pop("account", of_alice())
    return goods_back(args, order=bought(parcels=[parcel("1", "2", arrived=moment)], **changed), account=account)


# number, verdict, reason, what is refused, its twin that passes that rule
TABLE: list[tuple[str, str, str, ReturnCase, ReturnCase]] = [
    ("RET-1", "deny", "not-found", goods_back(customer_ref="mallory"), goods_back()),
    ("RET-1", "deny", "not-found", goods_back(customer_ref=None), goods_back()),
    ("RET-2", "deny", "tier-unknown",
     goods_back(order=bought(**{**CONSIGNED, "partner": None})), goods_back(order=bought(**CONSIGNED))),
    ("RET-2", "deny", "tier-unknown",
     goods_back(order=bought(**{**PASSED_ON, "partner": ""})), goods_back(order=bought(**PASSED_ON))),
    ("RET-3", "ask", "proof-needed", goods_back(proof=Proof.ORDER_AND_CONTACT), goods_back(proof=Proof.SIGNED_IN)),
    ("RET-3", "ask", "proof-needed", goods_back(proof=Proof.NONE), goods_back(proof=Proof.NONE, by_person=True)),
    ("RET-4", "ask", "not-confirmed", goods_back(confirmed=False), goods_back(confirmed=True)),
    ("RET-4", "ask", "not-confirmed", goods_back(confirmed=False), goods_back(confirmed=None)),
    ("RET-4", "ask", "not-confirmed", goods_back(confirmed=False), goods_back(confirmed=False, by_person=True)),
    *(("RET-5", "deny", "not-delivered", goods_back(args, order=bought(status=status)), goods_back(args))
      for args in (returning(), exchanging(), replacing())
      for status in OrderStatus if status is not OrderStatus.DELIVERED),
    ("RET-5", "deny", "not-delivered",
     on_its_way(moving("1", quiet_for=QUIET - SECOND)), on_its_way(moving("1", quiet_for=QUIET))),
    ("RET-5", "deny", "not-delivered",  # two parcels of one line, and one of them still moves
     on_its_way(moving("1", quiet_for=9 * DAY), moving("1", quiet_for=DAY)),
     on_its_way(moving("1", quiet_for=9 * DAY), moving("1", quiet_for=8 * DAY))),
    ("RET-5", "deny", "not-delivered",  # the other line's parcel moves
     on_its_way(moving("1", quiet_for=9 * DAY), moving("2", quiet_for=DAY), args=replacing(("1", "2"))),
     on_its_way(moving("1", quiet_for=9 * DAY), moving("2", quiet_for=DAY))),
    ("RET-5", "deny", "not-delivered",  # never scanned: counted from the order
     on_its_way(moving("1", quiet_for=None), placed_at=NOW - QUIET + SECOND),
     on_its_way(moving("1", quiet_for=None), placed_at=NOW - QUIET)),
    *(("RET-5", "deny", "not-delivered",
       on_its_way(moving("1", quiet_for=9 * DAY, status=status)),
       on_its_way(moving("1", quiet_for=9 * DAY, status=ParcelStatus.OUT_FOR_DELIVERY)))
      for status in (ParcelStatus.DELIVERED, ParcelStatus.EXCEPTION, ParcelStatus.RETURNED_TO_SENDER)),
    ("RET-5", "deny", "not-delivered", on_its_way(), on_its_way(moving("1", quiet_for=QUIET))),
    *(("RET-5", "deny", "not-delivered",  # lost: sent again, never taken back
       on_its_way(moving("1", quiet_for=9 * DAY), args=args), on_its_way(moving("1", quiet_for=9 * DAY)))
      for args in (returning(), exchanging())),
    ("RET-6", "deny", "no-such-line", goods_back(returning(("3",))), goods_back(returning(("2",)))),
    ("RET-6", "deny", "no-such-line", goods_back(returning(("1", "1"))), goods_back(returning(("2", "1")))),
    ("RET-6", "deny", "no-such-line", goods_back(returning(())), goods_back(returning(("1",)))),
    ("RET-6", "deny", "no-such-line", goods_back(replacing(())), goods_back(replacing())),
    ("RET-7", "deny", "count-differs",
     goods_back(exchanging(("1", "2"), ("I-1b",))), goods_back(exchanging(("1", "2"), ("I-1b", "I-2b")))),
    ("RET-7", "deny", "count-differs", goods_back(exchanging(("1",), ("I-1b", "I-2b"))), goods_back(exchanging())),
    ("RET-8", "deny", "other-product",
     goods_back(exchanging(items=("I-9",))), goods_back(exchanging(items=("I-1b",)))),
    ("RET-8", "deny", "other-product",
     goods_back(exchanging(("1", "2"), ("I-2b", "I-1b"))), goods_back(exchanging(("2", "1"), ("I-2b", "I-1b")))),
    ("RET-8", "deny", "not-available",
     goods_back(exchanging(items=("I-1gone",))), goods_back(exchanging(items=("I-1c",)))),
    ("RET-9", "deny", "method-unknown", goods_back(returning(method="bobs_card")), goods_back(returning())),
    ("RET-9", "deny", "method-unknown", goods_back(exchanging(method="bobs_card")), goods_back(exchanging())),
    ("RET-9", "deny", "method-unknown", goods_back(account=of_alice(methods=[])), goods_back(replacing())),
    ("RET-10", "deny", "other-method", goods_back(returning(method="paypal")), goods_back(returning(method="card"))),
    ("RET-10", "deny", "other-method", goods_back(returning(method="paypal")), goods_back(returning(method="gift"))),
    ("RET-10", "deny", "other-method", goods_back(returning(method="paypal")), goods_back(exchanging(method="paypal"))),
    ("RET-11", "deny", "gift-card-short",
     goods_back(exchanging(method="gift"), account=of_alice(methods=[gift(499)])),
     goods_back(exchanging(method="gift"), account=of_alice(methods=[gift(500)]))),
    ("RET-11", "deny", "gift-card-short",
     goods_back(exchanging(method="gift"), account=of_alice(methods=[gift(0)])),
     goods_back(exchanging(items=("I-1c",), method="gift"), account=of_alice(methods=[gift(0)]))),
    ("RET-11", "deny", "gift-card-short",
     goods_back(exchanging(method="gift"), account=of_alice(methods=[gift(0)])),
     goods_back(returning(method="gift"), account=of_alice(methods=[gift(0)]))),
    *(("RET-12", "ask", "out-of-window", arrived(15, args=args), arrived(14, seconds=86_399, args=args))
      for args in (returning(), exchanging())),
    ("RET-12", "ask", "out-of-window", arrived(31, args=replacing()), arrived(30, seconds=86_399, args=replacing())),
    ("RET-12", "ask", "out-of-window", arrived(31, args=returning(reason="defective")), arrived(30, args=replacing())),
    ("RET-12", "ask", "out-of-window",
     arrived(31, account=of_alice(tier=Tier.PREMIUM)), arrived(30, account=of_alice(tier=Tier.PREMIUM))),
    ("RET-12", "ask", "out-of-window", arrived(8, **CONSIGNED), arrived(7, **CONSIGNED)),
    ("RET-12", "ask", "no-window",
     goods_back(order=bought(lines=[goods(state="used")])), goods_back(order=bought(lines=[goods(state="new")]))),
    ("RET-12", "ask", "no-window",
     goods_back(order=bought(parcels=[parcel("1", arrived=None)])), goods_back(order=bought(parcels=[parcel("1")]))),
    ("RET-12", "ask", "no-window",  # lost ones have no delivery to count from
     goods_back(replacing(), order=bought(parcels=[])), on_its_way(moving("1", quiet_for=QUIET))),
    ("RET-13", "deny", "already-refunded",
     goods_back(order=bought(lines=[goods("1", refunded=True), goods("2", 1000)])),
     goods_back(returning(("2",)), order=bought(lines=[goods("1", refunded=True), goods("2", 1000)]))),
    ("RET-13", "deny", "already-refunded",
     goods_back(replacing(), order=bought(lines=[goods("1", refunded=True)])), goods_back(replacing())),
    *(("RET-14", "ask", "no-fault", goods_back(replacing(reason=reason)), goods_back(replacing(reason="missing")))
      for reason in ("late", "does_not_fit", "no_longer_needed", "other")),
    ("RET-14", "ask", "no-fault", goods_back(replacing(reason="other")), goods_back(returning(reason="other"))),
    *(("RET-14", "ask", "partner-goods", goods_back(replacing(), order=bought(**tier)), goods_back(replacing()))
      for tier in (CONSIGNED, PASSED_ON)),
    ("RET-15", "deny", "not-available",
     goods_back(replacing(), order=bought(choices=[choice("I-1", available=False)])),
     goods_back(replacing(), order=bought(choices=[choice("I-1")]))),
    ("RET-15", "deny", "not-available",
     goods_back(replacing(), order=bought(choices=[])), goods_back(returning(), order=bought(choices=[]))),
    *(("RET-16", "deny", "under-way",
       goods_back(args, taken_lines=frozenset({held})), goods_back(args, taken_lines=frozenset({"return:2", "2"})))
      for args in (returning(), exchanging(), replacing()) for held in ("return:1", "1", "order")),
    ("RET-17", "deny", "currency-differs", goods_back(order=bought(lines=[goods(unit_price=EUR)])), goods_back()),
    ("RET-17", "deny", "currency-differs",
     goods_back(order=bought(money=[entry("payment", 1, amount=EUR, method_id="card")])), goods_back()),
    ("RET-17", "deny", "currency-differs",
     goods_back(exchanging(items=("I-e",)), order=bought(choices=[choice("I-e", price=EUR)])),
     goods_back(exchanging(items=("I-e",)), order=bought(choices=[choice("I-e", price=usd(1))]))),
    ("RET-17", "deny", "currency-differs", goods_back(currency="EUR"), goods_back(currency="USD")),
    ("RET-18", "ask", "look-closer", goods_back(account=flagged()), goods_back(account=of_alice())),
    ("RET-18", "ask", "look-closer", goods_back(account=flagged()), goods_back(account=flagged(), by_person=True)),
    ("RET-19", "ask", "steered", goods_back(tainted=True), goods_back(tainted=False)),
    ("RET-19", "ask", "steered", goods_back(tainted=True), goods_back(tainted=True, by_person=True)),
]  # fmt: skip


@pytest.mark.parametrize(("number", "verdict", "reason", "hit", "twin"), TABLE)
def test_a_rule_refuses_its_case_and_lets_the_twin_pass(
    number: str, verdict: str, reason: str, hit: ReturnCase, twin: ReturnCase
) -> None:
    """S4-27"""
    [found] = [one for one in hits(hit) if one.rule == number]
    assert (found.verdict, found.reason) == (verdict, reason)
    assert json.loads(json.dumps(found.facts)) == found.facts
    assert number not in [one.rule for one in hits(twin)]


def test_every_rule_has_a_case_in_the_table() -> None:
    assert {row[0] for row in TABLE} == {rule.number for rule in RULES}


@pytest.mark.parametrize("args", [returning(), exchanging(), replacing()])
def test_nothing_speaks_against_a_plain_one(args: ProcessReturn) -> None:
    plain = goods_back(args)
    assert (hits(plain), decide(plain)) == ([], ALLOWED)


def test_a_lost_parcel_is_replaced_without_a_word() -> None:
    lost = on_its_way(moving("1", quiet_for=QUIET))
    assert (hits(lost), decide(lost)) == ([], ALLOWED)


def test_whatever_is_not_denied_has_a_plan() -> None:
    for _, _, _, hit, twin in TABLE:
        for one in (hit, twin):
            assert decide(one).verdict is Verdict.DENY or plan(one) is not None


def test_a_return_moves_no_money_before_the_goods_are_here() -> None:
    found = plan(goods_back(returning(("1", "2"))))
    assert found is not None
    assert (found.amount, found.weight_cents, found.held) == (usd(0), 0, ("return:1", "return:2"))
    assert found.facts == {"label_to": "a@example.com"}


def test_an_exchange_weighs_what_it_gives_back() -> None:
    cheaper, dearer = plan(goods_back(exchanging(items=("I-1c",)))), plan(goods_back(exchanging()))
    assert cheaper is not None
    assert dearer is not None
    assert (cheaper.weight_cents, cheaper.facts["difference"]["cents"]) == (1000, -1000)
    assert (dearer.weight_cents, dearer.facts["difference"]["cents"]) == (0, 500)


def test_a_replacement_weighs_the_goods_that_go_out_first() -> None:
    found = plan(goods_back(replacing(), order=bought(lines=[goods("1", quantity=2)])))
    assert found is not None
    assert (found.amount, found.weight_cents) == (usd(0), 6000)
    assert found.facts == {"items": [{"line_id": "1", "item_id": "I-1", "quantity": 2}]}


def test_the_means_that_paid_first_is_where_the_money_came_from() -> None:
    twice = [entry("payment", 1000, method_id="paypal"), entry("payment", 3000, method_id="card")]
    first, second = (
        goods_back(returning(method=method), order=bought(money=twice), account=of_alice())
        for method in (OTHER_CARD.method_id, "card")
    )
    assert "RET-10" not in [one.rule for one in hits(first)]
    assert "RET-10" in [one.rule for one in hits(second)]
