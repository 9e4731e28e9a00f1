"""The numbered rules of a refund: what each refuses, and its twin that it lets pass."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from conversations.money import Money
from tests.tools.refund_cases import NOW, account, case, entry, line, order, parcel, wish
from tools import account_rules, checks, rules
from tools.capabilities.process_refund import ReasonCode
from tools.contract import Proof
from tools.refund_rules import RULES
from tools.registry import CAPABILITIES
from tools.rules import ALLOWED, Decision, RefundCase, Rule, Verdict, decide, hits, plan
from tools.shapes import Fulfilment, OrderStatus, Tier

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
EUR = Money(3000, "EUR")
CONSIGNED = {"fulfilment": Fulfilment.BRAND_CONSIGNMENT, "partner": "Halden"}
PASSED_ON = {"fulfilment": Fulfilment.TRANSFER, "partner": "Northgate"}


def arrived(at: datetime | None, **changed: object) -> RefundCase:
    return case(order=order(parcels=[parcel("1", "2", arrived=at)], **changed))


def one_back(**changed: object) -> RefundCase:
    """The first line's money went back."""
    back = entry("refund", 3000, line_ids=["1"], reference="REF-7")
    goods = order(lines=[line("1", refunded=True), line("2", 1000)], money=[entry("payment", 4000), back])
    return case(order=goods, **changed)


# number, verdict, reason, what is refused, its twin that passes that rule
TABLE: list[tuple[str, str, str, RefundCase, RefundCase]] = [
    ("REF-1", "deny", "not-found", case(customer_ref="mallory"), case()),
    ("REF-1", "deny", "not-found", case(customer_ref=None), case()),
    ("REF-2", "deny", "tier-unknown", case(order=order(**{**CONSIGNED, "partner": None})), case(order=order(**CONSIGNED))),
    ("REF-2", "deny", "tier-unknown", case(order=order(**{**PASSED_ON, "partner": ""})), case(order=order(**PASSED_ON))),
    ("REF-3", "ask", "proof-needed", case(proof=Proof.ORDER_AND_CONTACT), case(proof=Proof.SIGNED_IN)),
    ("REF-3", "ask", "proof-needed", case(proof=Proof.NONE), case(proof=Proof.NONE, by_person=True)),
    ("REF-4", "deny", "no-such-line", case(args=wish(lines=["3"])), case(args=wish(lines=["2"]))),
    ("REF-4", "deny", "no-such-line", case(args=wish(lines=["1", "1"])), case(args=wish(lines=["2", "1"]))),
    ("REF-4", "deny", "no-such-line", case(args=wish(lines=[])), case(args=wish(lines=None))),
    ("REF-5", "deny", "cancelled", case(order=order(status=OrderStatus.CANCELLED)), case()),
    ("REF-5", "deny", "nothing-paid", case(order=order(money=[])), case()),
    ("REF-6", "deny", "currency-differs", case(order=order(lines=[line("1", unit_price=EUR)])), case()),
    ("REF-6", "deny", "currency-differs", case(order=order(money=[entry("payment", 1, amount=EUR)])), case()),
    ("REF-6", "deny", "currency-differs", case(currency="EUR"), case(currency="USD")),
    ("REF-7", "deny", "already-refunded", one_back(args=wish(lines=["1"])), one_back(args=wish(lines=["2"]))),
    ("REF-7", "deny", "already-refunded", one_back(args=wish(lines=["1", "2"])), one_back(args=wish())),
    ("REF-7", "deny", "already-refunded",
     case(order=order(money=[entry("payment", 4000), entry("refund", 4000)])),
     case(order=order(money=[entry("payment", 4000), entry("refund", 3999)]))),
    ("REF-8", "deny", "under-way",
     case(args=wish(lines=["1"]), taken_lines=frozenset("1")),
     case(args=wish(lines=["1"]), taken_lines=frozenset("2"))),
    ("REF-8", "deny", "under-way", case(taken_lines=frozenset("12")), case(taken_lines=frozenset("1"))),
    ("REF-9", "deny", "above-paid", case(taken_cents=1), case(taken_cents=0)),
    ("REF-9", "deny", "above-paid",
     case(order=order(money=[entry("payment", 4000), entry("refund", 1)])),
     case(order=order(money=[entry("payment", 4001), entry("refund", 1)]))),
    ("REF-9", "deny", "nothing-left", case(order=order(lines=[], money=[entry("payment", 1)])), case()),
    ("REF-9", "deny", "nothing-left",
     case(order=order(lines=[line("1"), line("2", 0)]), args=wish(lines=["2"])),
     case(order=order(lines=[line("1"), line("2", 1)]), args=wish(lines=["2"]))),
    ("REF-10", "ask", "not-delivered", arrived(None), arrived(NOW)),
    ("REF-10", "ask", "not-delivered", arrived(None, **PASSED_ON), arrived(None, **CONSIGNED)),
    ("REF-10", "ask", "not-delivered",
     case(order=order(parcels=[parcel("1"), parcel("2", arrived=None)])),
     case(order=order(parcels=[parcel("1"), parcel("2", arrived=None)]), args=wish(lines=["1"]))),
    ("REF-10", "ask", "not-delivered",
     case(order=order(parcels=[parcel("1", "2", arrived=None, seen=NOW - 7 * DAY + SECOND)])),
     case(order=order(parcels=[parcel("1", "2", arrived=None, seen=NOW - 7 * DAY)]))),
    ("REF-5", "ask", "payments-unknown", case(order=order(money=None)), case()),
    ("REF-10", "ask", "delivery-unknown", case(order=order(parcels=[])), case()),
    ("REF-11", "ask", "out-of-window", arrived(NOW - 15 * DAY), arrived(NOW - 15 * DAY + SECOND)),
    ("REF-11", "ask", "out-of-window",
     case(order=order(lines=[line(state="lost")]), args=wish("damaged"), now=NOW + 21 * DAY),
     case(order=order(lines=[line(state="lost")]), args=wish("damaged"), now=NOW + 21 * DAY - SECOND)),
    ("REF-11", "ask", "no-window", case(order=order(lines=[line(state="lost")])), case()),
    ("REF-12", "ask", "used", case(order=order(lines=[line(state="used")])), case(order=order(lines=[line()]))),
    ("REF-12", "ask", "used",
     case(order=order(lines=[line(state="used")])),
     case(order=order(lines=[line(state="used")]), args=wish("defective"))),
    *(("REF-13", "ask", "return-open", case(order=order(status=status)), case(order=order(status=OrderStatus.SHIPPED)))
      for status in (OrderStatus.RETURN_REQUESTED, OrderStatus.EXCHANGE_REQUESTED, OrderStatus.RETURNED)),
    ("REF-13", "ask", "return-open",
     case(taken_lines=frozenset({"return:1"})), case(args=wish(lines=["2"]), taken_lines=frozenset({"return:1"}))),
    ("REF-14", "ask", "look-closer", case(account=account(flags=("chargeback",))), case(account=account())),
    ("REF-14", "ask", "look-closer",
     case(account=account(flags=("chargeback",))), case(account=account(flags=("chargeback",)), by_person=True)),
    ("REF-15", "ask", "steered", case(tainted=True), case(tainted=False)),
    ("REF-15", "ask", "steered", case(tainted=True), case(tainted=True, by_person=True)),
]  # fmt: skip


@pytest.mark.parametrize(("number", "verdict", "reason", "hit", "twin"), TABLE)
def test_a_rule_refuses_its_case_and_lets_the_twin_pass(
    number: str, verdict: str, reason: str, hit: RefundCase, twin: RefundCase
) -> None:
    """S4-27"""
    [found] = [one for one in hits(hit) if one.rule == number]
    assert (found.verdict, found.reason) == (verdict, reason)
    assert json.loads(json.dumps(found.facts)) == found.facts
    assert number not in [one.rule for one in hits(twin)]


def test_every_rule_has_a_case_in_the_table() -> None:
    assert {row[0] for row in TABLE} == {rule.number for rule in RULES}


def test_nothing_speaks_against_a_plain_refund() -> None:
    assert (hits(case()), decide(case())) == ([], ALLOWED)


def test_facts_of_a_second_refund_are_those_of_the_first() -> None:
    facts = decide(one_back(args=wish(lines=["1"]))).facts
    assert facts["items"] == ["Kettle 1"]
    assert (facts["amount"], facts["reference"], facts["method"]) == (
        {"cents": 3000, "currency": "USD"},
        "REF-7",
        "Visa ending 4242",
    )
    assert facts["at"] == (NOW - 5 * DAY).isoformat()


WINDOWS = [  # order, customer tier, state, reason, days
    ({}, Tier.STANDARD, "new", "does_not_fit", 14),
    ({}, Tier.PREMIUM, "opened", "does_not_fit", 30),
    (PASSED_ON, Tier.STANDARD, "opened", "no_longer_needed", 14),
    (PASSED_ON, Tier.ENTERPRISE, "new", "other", 30),
    (CONSIGNED, Tier.STANDARD, "new", "does_not_fit", 7),
    (CONSIGNED, Tier.PREMIUM, "opened", "damaged", 7),
    *(({}, Tier.STANDARD, "new", fault, 30)
      for fault in ("damaged", "defective", "wrong_item", "not_as_described", "missing")),
    ({}, Tier.STANDARD, "damaged", "late", 30),
]  # fmt: skip


@pytest.mark.parametrize(("tiers", "tier", "state", "reason", "days"), WINDOWS)
def test_a_window_is_open_to_the_last_second_of_its_last_day(
    tiers: dict[str, object], tier: Tier, state: str, reason: str, days: int
) -> None:
    """D5, S2-09, S4-01"""
    since = NOW - (days + 1) * DAY
    goods = order(lines=[line(state=state)], parcels=[parcel("1", arrived=since)], placed_at=since - DAY, **tiers)
    late = case(order=goods, account=account(tier), args=wish(reason))
    closed = decide(late)
    assert (closed.rule, closed.facts["window_days"], closed.facts["days"]) == ("REF-11", days, days + 1)
    assert (closed.facts["since"], closed.facts["delivered"]) == (since.isoformat(), True)
    assert decide(dataclasses.replace(late, now=NOW - SECOND)) == ALLOWED


def test_consignment_goods_on_their_way_count_from_the_order() -> None:
    """S4-01"""
    goods = order(parcels=[parcel("1", "2", arrived=None)], placed_at=NOW - 8 * DAY, **CONSIGNED)
    closed = decide(case(order=goods))
    assert (closed.reason, closed.facts["days"], closed.facts["delivered"]) == ("out-of-window", 8, False)
    assert decide(case(order=goods, now=NOW - SECOND)) == ALLOWED


def test_goods_on_their_way_are_not_late_by_the_order() -> None:
    goods = order(parcels=[parcel("1", "2", arrived=None)], placed_at=NOW - 90 * DAY)
    assert [one.reason for one in hits(case(order=goods))] == ["not-delivered"]


def test_a_line_that_came_in_two_parcels_counts_from_the_last() -> None:
    both = [parcel("1", arrived=NOW - 20 * DAY), parcel("1", arrived=NOW - DAY)]
    assert decide(case(order=order(lines=[line()], parcels=both))) == ALLOWED
    assert decide(case(order=order(lines=[line()], parcels=both[:1]))).reason == "out-of-window"


def test_the_line_that_is_furthest_past_decides() -> None:
    """D5"""
    lines = [line("1", state="damaged"), line("2", state="new"), line("3", state="new")]
    apart = [parcel("1", arrived=NOW - 40 * DAY), parcel("2", arrived=NOW - 30 * DAY), parcel("3")]
    closed = decide(case(order=order(lines=lines, parcels=apart)))
    assert (closed.facts["item"], closed.facts["window_days"], closed.facts["days"]) == ("Kettle 2", 14, 30)
    assert decide(case(order=order(lines=lines, parcels=apart), args=wish(lines=["3"]))) == ALLOWED


def test_a_customer_without_an_account_has_the_standard_window() -> None:
    unknown = arrived(NOW - 15 * DAY)
    assert decide(dataclasses.replace(unknown, account=None)).facts["window_days"] == 14
    assert decide(dataclasses.replace(unknown, account=account(Tier.PREMIUM))) == ALLOWED


def test_the_first_denial_counts_and_else_the_first_ask() -> None:
    asks = case(tainted=True, proof=Proof.NONE, account=account(flags=("x",)))
    assert [one.rule for one in hits(asks)] == ["REF-3", "REF-14", "REF-15"]
    assert decide(asks).rule == "REF-3"
    denies = dataclasses.replace(asks, taken_lines=frozenset("12"), taken_cents=4000)
    assert (decide(denies).rule, decide(denies).verdict) == ("REF-8", Verdict.DENY)


def test_somebody_elses_order_says_nothing_else() -> None:
    """D13: the same answer as for an order that doesn't exist."""
    strange = one_back(customer_ref="mallory", args=wish(lines=["1"]))
    assert decide(strange) == Decision(Verdict.DENY, "REF-1", "not-found", {})


def test_a_pack_tightens_and_never_loosens() -> None:
    refuses = Rule("XX-1", lambda _: Decision(Verdict.DENY, reason="never"))
    allows = Rule("XX-2", lambda _: ALLOWED)
    assert decide(case(), [refuses]) == Decision(Verdict.DENY, "XX-1", "never")
    assert decide(case(), [allows]) == ALLOWED
    assert decide(case(tainted=True), [allows]).rule == "REF-15"
    assert decide(case(tainted=True), [refuses]).rule == "XX-1"
    assert [one.rule for one in hits(case(tainted=True), [allows, refuses])] == ["REF-15", "XX-1"]


def test_reasons_are_a_closed_list() -> None:
    assert {reason.value for reason in ReasonCode} == {
        "damaged", "defective", "wrong_item", "not_as_described", "missing",
        "late", "does_not_fit", "ordered_by_mistake", "no_longer_needed", "other",
    }  # fmt: skip
    with pytest.raises(ValueError, match="reason_code"):
        wish("because")


def test_whatever_is_not_denied_has_a_plan_and_nothing_else_needs_one() -> None:
    for _, _, _, hit, twin in TABLE:
        for one in (hit, twin):
            assert decide(one).verdict is Verdict.DENY or plan(one) is not None or one.order.money is None


def test_numbers_and_sentences_agree_with_the_functions() -> None:
    """S4-27"""
    assert checks.check_rules(None) == []
    named = [number for one in CAPABILITIES.values() for number in one.rules]
    assert [*named, *(rule.number for rule in account_rules.OWN)] == [rule.number for rule in rules.RULES]


def test_a_rule_without_a_sentence_is_a_problem_and_so_is_the_reverse(tmp_path: Path) -> None:
    document, known = tmp_path / "rules.md", RULES[:2]
    rows = [f"| {rule.number} | Something. | x | deny |" for rule in known]
    for written, problems in (
        (rows, []),
        (rows[:1], ["Rule REF-2 has no sentence."]),
        ([*rows, "| REF-9 | More. |"], ["Rule REF-9 has no function."]),
        (rows[::-1], [f"{document} names its rules in another order than rules.py, or one of them twice."]),
        ([*rows, rows[0]], [f"{document} names its rules in another order than rules.py, or one of them twice."]),
    ):
        document.write_text("\n".join(written))
        assert [problem.msg for problem in checks.unwritten(known, document)] == problems
    document.unlink()
    assert len(list(checks.unwritten(known, document))) == 2
    assert list(checks.unwritten((), document)) == []
    assert [one.msg for one in checks.doubled((*known, known[0]))] == ["Two rules are called REF-1."]


def test_a_capability_that_names_no_rule_is_a_problem() -> None:
    named = dataclasses.replace(CAPABILITIES["process_refund"], rules=("REF-1", "REF-99"))
    assert [one.id for one in checks.problems({named.name: named})] == ["tools.E009"]


def test_rules_touch_neither_database_nor_clock() -> None:
    """They are pure: nothing that they import reaches a row, and the moment is the case's."""
    text = "".join((Path(rules.__file__).parent / name).read_text() for name in ("rules.py", "refund_case.py"))
    assert not [word for word in ("django", "objects.", ".now(", "time.time", "random", "requests") if word in text]
