"""Fernway's own rules: what its pages say of single goods, behind the rules that every company has."""

from __future__ import annotations

from pathlib import Path

import pytest

from packs.demo_shop import rules
from tests.tools.refund_cases import case, line, order, wish
from tools import pack
from tools.rules import ALLOWED, RefundCase, Verdict, decide

BOTTLE = "Insulated Water Bottle"


def bottle(state: str, reason: str = "no_longer_needed", product: str = BOTTLE) -> RefundCase:
    return case(order=order(lines=[line(product=product, state=state)]), args=wish(reason))


@pytest.mark.parametrize(
    ("number", "hit", "twin"),
    [
        ("FW-1", bottle("opened"), bottle("new")),
        ("FW-1", bottle("opened"), bottle("opened", "defective")),
        ("FW-1", bottle("opened"), bottle("opened", product="Camp Lantern")),
        ("FW-1", bottle("used"), bottle("used", "damaged")),
    ],
)
def test_a_rule_of_the_shop_refuses_its_case_and_lets_the_twin_pass(
    number: str, hit: RefundCase, twin: RefundCase
) -> None:
    """S4-27"""
    found = decide(hit, rules.RULES)
    assert (found.rule, found.verdict, found.reason) == (number, Verdict.DENY, "not-returnable")
    assert found.facts == {"items": [BOTTLE]}
    assert decide(hit).verdict is not Verdict.DENY, "the base rules alone don't refuse it"
    assert decide(twin, rules.RULES) == ALLOWED


def test_only_the_bottle_of_an_order_is_refused() -> None:
    goods = order(lines=[line("1", product=BOTTLE), line("2")])
    assert decide(case(order=goods), rules.RULES).facts == {"items": [BOTTLE]}
    assert decide(case(order=goods, args=wish(lines=["2"])), rules.RULES) == ALLOWED


def test_the_goods_that_the_rules_name_are_in_the_catalogue() -> None:
    catalogue = (Path(rules.__file__).parent / "service" / "demo" / "catalogue.py").read_text(encoding="utf-8")
    assert {name for name in rules.SEALED if f'"{name}"' in catalogue} == rules.SEALED != frozenset()


def test_the_shops_rules_are_those_that_decide() -> None:
    assert pack.load("packs.demo_shop").rules == rules.RULES
