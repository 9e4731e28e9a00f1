"""Notely's own rules (rules.md). They stand behind the base ones and can only tighten."""

from __future__ import annotations

from typing import Final

from tools.account_case import AccountCase
from tools.capabilities.update_account import AccountChange
from tools.case import Case, Decision, Rule, ask, deny


def yearly_by_people(case: AccountCase) -> Decision | None:
    ends = case.args.change is AccountChange.CANCEL_SUBSCRIPTION
    return ask("yearly-plan") if ends and case.account is not None and "yearly" in case.account.plan else None


def not_on_hold(case: Case) -> Decision | None:
    return deny("on-hold") if case.account is not None and "hold" in (case.account.risk_flags or ()) else None


RULES: Final[tuple[Rule, ...]] = (
    Rule("NT-1", yearly_by_people, of=("update_account",)),
    Rule("NT-2", not_on_hold, of=("update_account", "open_ticket")),
)
