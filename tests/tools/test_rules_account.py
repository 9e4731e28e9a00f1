"""The numbered rules of account, credit, notice, ticket and what one company alone has: what each refuses, and its twin that it lets pass."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.tools import test_rules, test_rules_orders, test_rules_returns
from tests.tools.refund_cases import NOW, REFUNDS, order, parcel, usd
from tests.tools.write_cases import (
    DAY,
    HOME,
    SECOND,
    credit,
    flagged,
    late,
    moving,
    notice,
    of_alice,
    own,
    ticket,
    update,
    with_order,
)
from tools import account_rules, rules
from tools.account_case import plan_account, plan_credit, plan_notice, plan_ticket
from tools.capabilities.open_ticket import TicketKind
from tools.case import Case
from tools.contract import Proof
from tools.return_case import QUIET
from tools.rules import ALLOWED, decide, hits
from tools.shapes import OrderStatus

MOVING = order(status=OrderStatus.SHIPPED, parcels=[moving("1", "2", quiet_for=QUIET - SECOND)])
QUIET_ONE = order(status=OrderStatus.SHIPPED, parcels=[moving("1", "2", quiet_for=QUIET)])
NOT_IN_THE_TABLE = REFUNDS.model_copy(update={"credits": {"service_failure": 10}})
AT_ZERO = REFUNDS.model_copy(update={"credits": {"late_delivery": 0}})


def expected_on(days: int) -> Any:
    """On its way and scanned just now; due so many days from now."""
    due = moving("1", "2", quiet_for=SECOND).model_copy(update={"expected_on": (NOW + days * DAY).date()})
    return order(status=OrderStatus.SHIPPED, parcels=[due])


# number, verdict, reason, what is refused, its twin that passes that rule
TABLE: list[tuple[str, str, str, Case, Case]] = [
    ("ACC-1", "deny", "not-found", update(customer_ref="mallory"), update()),
    ("ACC-1", "deny", "not-found", update(account=None), update()),
    ("ACC-1", "deny", "not-found", update(customer_ref=None), update()),
    ("ACC-2", "ask", "proof-needed", update(proof=Proof.SIGNED_IN), update(proof=Proof.ONE_TIME_CODE)),
    ("ACC-2", "ask", "proof-needed", update(proof=Proof.SIGNED_IN), update(proof=Proof.PERSON)),
    ("ACC-2", "ask", "proof-needed", update(proof=Proof.NONE), update(proof=Proof.NONE, by_person=True)),
    ("ACC-3", "ask", "not-confirmed", update(confirmed=False), update(confirmed=True)),
    ("ACC-3", "ask", "not-confirmed", update(confirmed=False), update(confirmed=None)),
    *(("ACC-4", "deny", "subscription-state",
       update("cancel_subscription", account=of_alice(subscription_status=status)),
       update("cancel_subscription", account=of_alice(subscription_status="active")))
      for status in ("cancelled", "ended", "none")),
    *(("ACC-4", "deny", "subscription-state",
       update("resume_subscription", account=of_alice(subscription_status=status)),
       update("resume_subscription", account=of_alice(subscription_status="cancelled")))
      for status in ("active", "ended", "none")),
    *(("ACC-5", "ask", "still-open",
       update("close", account=with_order(status)), update("close", account=with_order(OrderStatus.DELIVERED)))
      for status in (OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.SHIPPED,
                     OrderStatus.RETURN_REQUESTED, OrderStatus.EXCHANGE_REQUESTED)),
    ("ACC-5", "ask", "still-open", update("close", account=of_alice(open_tickets=1)), update("close")),
    *(("ACC-5", "ask", "subscription-runs", update("close", account=of_alice(subscription_status="active")),
       update("close", account=of_alice(subscription_status=status))) for status in ("cancelled", "ended", "none", "")),
    ("ACC-5", "ask", "still-open",
     update("close", account=of_alice(open_tickets=1)), update("password_reset", account=of_alice(open_tickets=1))),
    ("ACC-6", "deny", "same-value", update("email", email="a@example.com"), update("email", email="b@example.com")),
    ("ACC-6", "deny", "same-value", update("email", email="A@Example.com"), update("email", email="aa@example.com")),
    ("ACC-7", "ask", "look-closer", update(account=flagged()), update()),
    ("ACC-7", "ask", "look-closer", update(account=flagged()), update(account=flagged(), by_person=True)),
    ("ACC-8", "ask", "steered", update(tainted=True), update()),
    ("ACC-8", "ask", "steered", update(tainted=True), update(tainted=True, by_person=True)),
    *(("ACC-9", "deny", "address-incomplete",
       update("address", address=HOME.model_copy(update={part: value})), update("address", address=HOME))
      for part in ("first", "city", "region", "country", "postcode") for value in ("", " ", "a\nb", "x" * 121)),
    ("ACC-9", "deny", "address-incomplete",
     update("address", address=HOME.model_copy(update={"second": "\x00"})), update("address", address=HOME)),
    ("CRE-1", "deny", "not-found", credit(customer_ref="mallory"), credit()),
    ("CRE-1", "deny", "not-found", credit(customer_ref=None), credit()),
    ("CRE-2", "ask", "proof-needed", credit(proof=Proof.ORDER_AND_CONTACT), credit()),
    ("CRE-2", "ask", "proof-needed", credit(proof=Proof.NONE), credit(proof=Proof.NONE, by_person=True)),
    ("CRE-3", "ask", "not-confirmed", credit(confirmed=False), credit()),
    ("CRE-4", "ask", "no-standard-credit", credit(refunds=NOT_IN_THE_TABLE), credit()),
    ("CRE-4", "ask", "no-standard-credit", credit(refunds=AT_ZERO), credit()),
    ("CRE-5", "ask", "not-late", credit(order=late(0 * DAY)), credit(order=late(DAY))),
    ("CRE-5", "ask", "not-late", credit(order=late(-DAY)), credit(order=late(DAY))),
    ("CRE-5", "ask", "not-late", credit(order=expected_on(0)), credit(order=expected_on(-1))),
    ("CRE-5", "ask", "not-late", credit(order=MOVING), credit(order=QUIET_ONE)),
    ("CRE-5", "ask", "not-late", credit(order=order(parcels=[])), credit(order=QUIET_ONE)),
    ("CRE-5", "ask", "not-late", credit(order=order(parcels=[parcel("1")])), credit()),  # nothing was promised
    ("CRE-5", "ask", "look-closer", credit("service_failure"), credit("late_delivery")),
    ("CRE-6", "deny", "under-way", credit(taken_lines=frozenset({"credit"})), credit(taken_lines=frozenset({"1"}))),
    ("CRE-6", "deny", "under-way", credit(taken_lines=frozenset({"order"})), credit()),
    ("CRE-7", "ask", "look-closer", credit(account=flagged()), credit()),
    ("CRE-7", "ask", "look-closer", credit(account=flagged()), credit(account=flagged(), by_person=True)),
    ("CRE-8", "ask", "steered", credit(tainted=True), credit()),
    ("CRE-8", "ask", "steered", credit(tainted=True), credit(tainted=True, by_person=True)),
    ("NOT-1", "deny", "not-found", notice(customer_ref="mallory"), notice()),
    ("NOT-1", "deny", "not-found", notice(customer_ref=None), notice()),
    ("NOT-2", "ask", "proof-needed", notice(proof=Proof.ORDER_AND_CONTACT), notice()),
    ("NOT-2", "ask", "proof-needed", notice(proof=Proof.NONE), notice(proof=Proof.NONE, by_person=True)),
    ("NOT-3", "ask", "not-confirmed", notice(confirmed=False), notice()),
    ("NOT-4", "ask", "no-receiver", notice("sms", account=of_alice(phone="")), notice("email", account=of_alice(phone=""))),
    ("NOT-4", "ask", "no-receiver", notice(account=of_alice(email="")), notice("sms", account=of_alice(email=""))),
    ("NOT-4", "ask", "no-receiver", notice(account=None), notice()),
    ("NOT-5", "ask", "look-closer", notice(account=flagged()), notice()),
    ("NOT-5", "ask", "look-closer", notice(account=flagged()), notice(account=flagged(), by_person=True)),
    ("NOT-6", "ask", "steered", notice(tainted=True), notice()),
    ("NOT-6", "ask", "steered", notice(tainted=True), notice(tainted=True, by_person=True)),
    ("TIC-1", "deny", "not-found", ticket(customer_ref="mallory"), ticket()),
    ("TIC-1", "deny", "not-found", ticket(customer_ref=None), ticket()),
    ("TIC-1", "deny", "not-found", ticket(order_id=None, customer_ref="mallory"), ticket(order_id=None)),
    ("TIC-1", "deny", "not-found", ticket(order_id=None, account=None), ticket(order_id=None)),
    ("TIC-1", "deny", "not-found", ticket(order=None), ticket(order_id=None)),
    ("TIC-2", "ask", "proof-needed", ticket(proof=Proof.ORDER_AND_CONTACT), ticket()),
    ("TIC-2", "ask", "proof-needed", ticket(proof=Proof.NONE), ticket(proof=Proof.NONE, by_person=True)),
    ("TIC-3", "ask", "not-confirmed", ticket(confirmed=False), ticket()),
    *(("TIC-4", "deny", "under-way",
       ticket(kind, taken_lines=frozenset({f"ticket:{kind}"})), ticket(kind, taken_lines=frozenset({"ticket:other"})))
      for kind in TicketKind),
    ("TIC-5", "ask", "steered", ticket(tainted=True), ticket()),
    ("TIC-5", "ask", "steered", ticket(tainted=True), ticket(tainted=True, by_person=True)),
    ("OWN-1", "deny", "not-found", own(customer_ref="mallory"), own()),
    ("OWN-1", "deny", "not-found", own(account=None), own()),
    ("OWN-1", "deny", "not-found", own(order_id="FW-1", order=None), own(order_id="FW-1")),
    ("OWN-1", "deny", "not-found", own(order_id="FW-1", customer_ref="mallory"), own(order_id="FW-1")),
    ("OWN-2", "ask", "proof-needed", own(proof=Proof.NONE), own(proof=Proof.SIGNED_IN)),
    ("OWN-2", "ask", "proof-needed", own(needs=Proof.ONE_TIME_CODE), own(needs=Proof.ONE_TIME_CODE, by_person=True)),
    ("OWN-2", "ask", "proof-needed", own(needs=Proof.PERSON, proof=Proof.ONE_TIME_CODE), own(proof=Proof.ONE_TIME_CODE)),
    ("OWN-3", "ask", "not-confirmed", own(confirmed=False), own()),
    ("OWN-4", "ask", "look-closer", own(account=flagged()), own(account=flagged(), by_person=True)),
    ("OWN-5", "ask", "steered", own(tainted=True), own(tainted=True, by_person=True)),
]  # fmt: skip


@pytest.mark.parametrize(("number", "verdict", "reason", "hit", "twin"), TABLE)
def test_a_rule_refuses_its_case_and_lets_the_twin_pass(
    number: str, verdict: str, reason: str, hit: Case, twin: Case
) -> None:
    """S4-27"""
    [found] = [one for one in hits(hit) if one.rule == number]
    assert (found.verdict, found.reason) == (verdict, reason)
    assert json.loads(json.dumps(found.facts)) == found.facts
    assert number not in [one.rule for one in hits(twin)]


def test_every_rule_of_these_five_has_a_case_in_the_table() -> None:
    ours = (account_rules.ACCOUNT, account_rules.CREDIT, account_rules.NOTICE, account_rules.TICKET, account_rules.OWN)
    assert {row[0] for row in TABLE} == {rule.number for some in ours for rule in some}


def test_every_rule_of_all_has_a_row_in_one_of_the_tables() -> None:
    """S4-27: a new number without a refused case and its twin fails here."""
    tables = (test_rules.TABLE, test_rules_orders.TABLE, test_rules_returns.TABLE, TABLE)
    assert {str(row[0]) for table in tables for row in table} == {rule.number for rule in rules.RULES}


PLAIN = {
    "address": update("address", address=HOME),
    "email": update("email", email="new@example.com"),
    "password": update("password_reset"),
    "cancel": update("cancel_subscription", account=of_alice(subscription_status="active")),
    "resume": update("resume_subscription", account=of_alice(subscription_status="cancelled")),
    "close": update("close"),
    "credit": credit(),
    "notice": notice(),
    "text": notice("sms"),
    "ticket": ticket(),
}


@pytest.mark.parametrize("name", PLAIN)
def test_nothing_speaks_against_a_plain_one(name: str) -> None:
    assert (hits(PLAIN[name]), decide(PLAIN[name])) == ([], ALLOWED)


def test_an_account_is_changed_by_whoever_has_the_session_and_nobody_else() -> None:
    """The wish has no place for whose account it is."""
    found = plan_account(update("email", email="new@example.com"))
    assert found is not None
    assert (found.customer_id, found.amount, found.weight_cents, found.held) == ("alice", usd(0), 0, ())


def test_a_credit_is_what_the_policys_table_says() -> None:
    found, none = plan_credit(credit()), plan_credit(credit(refunds=AT_ZERO))
    assert found is not None
    assert (found.amount, found.weight_cents, found.held) == (usd(0), 500, ("credit",))
    assert none is None


def test_a_notice_goes_to_what_is_on_record() -> None:
    by_mail, by_text = plan_notice(notice()), plan_notice(notice("sms"))
    assert by_mail is not None
    assert by_text is not None
    assert (by_mail.facts, by_text.facts) == ({"to": "a@example.com"}, {"to": "+1 555 0100"})
    assert plan_notice(notice("sms", account=of_alice(phone=""))) is None


def test_a_ticket_holds_its_kind() -> None:
    about_none = plan_ticket(ticket(order_id=None))
    assert about_none is not None
    assert (about_none.claims, about_none.customer_id) == ((), "alice")
    found = plan_ticket(ticket("missing_parcel"))
    assert found is not None
    assert (found.held, found.weight_cents) == (("ticket:missing_parcel",), 0)
