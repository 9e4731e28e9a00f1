"""All numbered rules of writes (rules.md), and what they say of a case: the first denial counts, then the first ask.

A rule answers with a Decision, or None when it has nothing against it. `deny` is for everybody; `ask` is for the agent:
a person may decide otherwise. A company's pack adds rules and can only tighten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from . import account_rules, order_rules, refund_rules, return_rules
from .account_case import AccountCase, CreditCase, NoticeCase, OwnCase, TicketCase
from .case import ALLOWED, Case, Decision, Rule, Verdict
from .order_case import ChangeCase
from .refund_case import RefundCase, plan
from .return_case import ReturnCase

__all__ = ["ALLOWED", "OF_CASE", "RULES", "Decision", "RefundCase", "Rule", "Verdict", "decide", "hits", "plan"]

OF_CASE: Final[dict[type[Case], tuple[Rule, ...]]] = {
    RefundCase: refund_rules.RULES,
    ReturnCase: return_rules.RULES,
    ChangeCase: order_rules.RULES,
    AccountCase: account_rules.ACCOUNT,
    CreditCase: account_rules.CREDIT,
    NoticeCase: account_rules.NOTICE,
    TicketCase: account_rules.TICKET,
    OwnCase: account_rules.OWN,
}
RULES: Final[tuple[Rule, ...]] = tuple(rule for rules in OF_CASE.values() for rule in rules)


def hits(case: Case, extra: Iterable[Rule] = ()) -> list[Decision]:
    """Everything that speaks against it, in the order of the rules, each with its number."""
    found = ((rule.number, rule.decide(case)) for rule in (*OF_CASE[type(case)], *extra))
    return [
        Decision(decision.verdict, number, decision.reason, decision.facts)
        for number, decision in found
        if decision is not None and decision.verdict is not Verdict.ALLOW
    ]


def decide(case: Case, extra: Sequence[Rule] = ()) -> Decision:
    against = hits(case, extra)
    denied = [one for one in against if one.verdict is Verdict.DENY]
    return (denied or against or [ALLOWED])[0]
