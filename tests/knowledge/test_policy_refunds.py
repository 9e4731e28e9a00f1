"""The policy's money part: what it must hold, what is refused and where, and what it answers."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from knowledge.policy import CUSTOMER_TIERS, ITEM_STATES, NOTHING_GOES_BACK, ORDER_TIERS, Policy, Refunds
from knowledge.yamltext import YamlTextError

FILE = Path(__file__).resolve().parents[2] / "packs" / "demo_shop" / "policy.yaml"
BODY = FILE.read_text(encoding="utf-8")
RUNG = "- {above_usd: 500, role: billing_specialist, people: 1}"
USED = "states: [used], days: 0"


@pytest.fixture(scope="module")
def refunds() -> Refunds:
    return Policy.parse(BODY).refunds


def line_of(text: str) -> int:
    return BODY[: BODY.index(text)].count("\n") + 1


def test_the_shipped_ladder_is_that_of_the_contract(refunds: Refunds) -> None:
    """D4"""
    assert (refunds.automatic_usd, refunds.per_customer_cents, refunds.per_day_cents) == (50, 10_000, 50_000)
    assert [(rung.above_cents, rung.role, rung.people) for rung in refunds.approvals] == [
        (5_000, "operator", 1),
        (50_000, "billing_specialist", 1),
        (100_000, "manager", 2),
    ]
    assert (refunds.approval_hours, refunds.offer_minutes) == (48, 60)


@pytest.mark.parametrize(
    ("order", "customer", "state", "days"),
    [
        ("platform_owned", "standard", "new", 14),
        ("platform_owned", "premium", "opened", 30),
        ("transfer", "enterprise", "new", 30),
        ("transfer", "standard", "damaged", 30),
        ("brand_consignment", "premium", "new", 7),
        ("brand_consignment", "standard", "damaged", 7),
        ("platform_owned", "enterprise", "used", 0),
    ],
)
def test_the_shipped_windows_are_those_of_the_contract(
    refunds: Refunds, order: str, customer: str, state: str, days: int
) -> None:
    """D5, S2-09, S4-01"""
    assert refunds.window_days(order, customer, state) == days


def test_every_combination_has_its_window_and_what_nobody_knows_has_none(refunds: Refunds) -> None:
    cells = [cell for window in refunds.windows for cell in window.cells()]
    assert sorted(cells) == sorted(product(ORDER_TIERS, CUSTOMER_TIERS, ITEM_STATES))
    assert refunds.window_days("platform_owned", "standard", "lost at sea") == 0


@pytest.mark.parametrize(
    ("old", "new", "sentence", "at"),
    [
        (USED, "states: [new], days: 0", "the window of platform_owned / standard / new is named more than once", "windows:"),
        ("customers: [premium, enterprise], states: [new, opened]", "customers: [premium], states: [new, opened]",
         "the window of platform_owned / enterprise / new is missing", "windows:"),
        ("orders: [brand_consignment], ", "orders: [], ", "refunds.windows", "orders: [brand_consignment]"),
        (USED, "states: [worn], days: 0", "refunds.windows", USED),
        (USED, "states: [used], days: -1", "greater than or equal to 0", USED),
        (USED, "states: [used], days: 0.5", "a whole number is wanted", USED),
        ("above_usd: 50,", "above_usd: 60,", "the first rung must begin where automatic_usd ends", "approvals:"),
        ("automatic_usd: 50", "automatic_usd: 40", "the first rung must begin where automatic_usd ends", "approvals:"),
        (RUNG, RUNG.replace("500", "50"), "each rung must begin above the one before it", "approvals:"),
        (RUNG, RUNG.replace("500", "1000"), "each rung must begin above the one before it", "approvals:"),
        ("role: operator", "role: manager", "with no lower role", "approvals:"),
        (RUNG + "\n", RUNG.replace("1}", "2}") + "\n    - {above_usd: 600, role: manager, people: 1}\n",
         "no fewer people", "approvals:"),
        ("people: 2", "people: 3", "less than or equal to 2", "above_usd: 1000"),
        ("people: 2", "people: 0", "greater than or equal to 1", "above_usd: 1000"),
        ("role: manager", "role: owner", "refunds.approvals", "above_usd: 1000"),
        ("automatic_per_customer_usd: 100", "automatic_per_customer_usd: 49",
         "the sums per customer and per day must not be below automatic_usd", "refunds:"),
        ("automatic_per_day_usd: 500", "automatic_per_day_usd: 49",
         "the sums per customer and per day must not be below automatic_usd", "refunds:"),
        ("automatic_usd: 50", "automatic_usd: 50.5", "a whole number is wanted", "automatic_usd: 50"),
        ("automatic_usd: 50", "automatic_usd: -1", "greater than or equal to 0", "automatic_usd: 50"),
        ("approval_hours: 48", "approval_hours: 0", "greater than or equal to 1", "approval_hours: 48"),
        ("offer_minutes: 60", 'offer_minutes: "60"', "a whole number is wanted", "offer_minutes: 60"),
        ("offer_minutes: 60", "offer_minutes: 60\n  bonus: 1", "refunds.bonus: this key isn't known", "# Whole days"),
    ],
)  # fmt: skip
def test_wrong_money_is_refused_with_line_and_column(old: str, new: str, sentence: str, at: str) -> None:
    """S1-51, D4, D5"""
    assert old in BODY
    with pytest.raises(YamlTextError) as caught:
        Policy.parse(BODY.replace(old, new, 1))
    assert sentence in str(caught.value)
    assert f"(line {caught.value.line}, column {caught.value.column})" in str(caught.value)
    assert caught.value.line == line_of(at)


def test_a_policy_without_its_money_part_sends_nothing_by_itself() -> None:
    """What was approved before there were refunds stays readable, and means none."""
    start, end = BODY.index("refunds:"), BODY.index("queues:")
    assert Policy.parse(BODY[:start] + BODY[end:]).refunds == NOTHING_GOES_BACK
    assert Policy.parse(BODY).refunds.automatic_usd == 50


def test_nothing_goes_out_alone_where_the_policy_says_so() -> None:
    """A company may send every refund to people."""
    strict = BODY.replace("automatic_usd: 50", "automatic_usd: 0").replace("above_usd: 50,", "above_usd: 0,")
    assert Policy.parse(strict).refunds.approvals[0].above_cents == 0
