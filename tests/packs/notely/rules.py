"""Notely's own rules (rules.md). They stand behind the base ones and can only tighten."""

from __future__ import annotations

from typing import Final

from tools.account_case import AccountCase, OwnCase
from tools.capabilities.update_account import AccountChange
from tools.case import Case, Decision, Rule, ask, deny


def yearly_by_people(case: AccountCase) -> Decision | None:
    ends = case.args.change is AccountChange.CANCEL_SUBSCRIPTION
    return ask("yearly-plan") if ends and case.account is not None and "yearly" in case.account.plan else None


def another_plan(case: OwnCase) -> Decision | None:
    return deny("same-plan") if case.account is not None and case.args.plan.value in case.account.plan else None


def year_by_people(case: OwnCase) -> Decision | None:
    """Going back to months in the middle of a year that is paid."""
    back = case.args.plan.value == "monthly"
    return ask("yearly-plan") if back and case.account is not None and "yearly" in case.account.plan else None


def not_on_hold(case: Case) -> Decision | None:
    return deny("on-hold") if case.account is not None and "hold" in (case.account.risk_flags or ()) else None


RULES: Final[tuple[Rule, ...]] = (
    Rule("NT-1", yearly_by_people, of=("update_account",)),
    Rule("NT-2", not_on_hold, of=("update_account", "open_ticket", "switch_plan")),
    Rule("NT-3", another_plan, of=("switch_plan",)),
    Rule("NT-4", year_by_people, of=("switch_plan",)),
)
