"""How each writing capability is decided: its case, its plan, and what has to be read for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from . import account_case, order_case, pack, refund_case, return_case
from .account_case import AccountCase, CreditCase, NoticeCase, OwnCase, TicketCase
from .case import Case
from .contract import Arguments, ErrorCode, Plan
from .order_case import ChangeCase
from .pack import Own
from .refund_case import RefundCase
from .return_case import ReturnCase

PROVEN: Final = {
    "process_refund": "REF-3",
    "process_return": "RET-3",
    "change_order": "ORD-3",
    "update_account": "ACC-2",
    "apply_credit": "CRE-2",
    "send_notice": "NOT-2",
    "open_ticket": "TIC-2",
}
OWN_PROVEN: Final = "OWN-2"
ACCOUNT: Final = "account:"  # what a write is on when there is no order in it


@dataclass(frozen=True)
class Spec:
    """`choices`: the order is read with what could be had instead of its lines. `capped`: what it gives by the policy
    alone counts towards the sums per customer and per day."""

    case: Callable[..., Case]
    plan: Callable[[Any], Plan | None]
    about_order: bool = True
    choices: bool = False
    capped: bool = False


SPECS: Final[dict[str, Spec]] = {
    "process_refund": Spec(RefundCase, refund_case.plan, capped=True),
    "process_return": Spec(ReturnCase, return_case.plan, choices=True, capped=True),
    "change_order": Spec(ChangeCase, order_case.plan, choices=True),
    "update_account": Spec(AccountCase, account_case.plan_account, about_order=False),
    "apply_credit": Spec(CreditCase, account_case.plan_credit, capped=True),
    "send_notice": Spec(NoticeCase, account_case.plan_notice),
    "open_ticket": Spec(TicketCase, account_case.plan_ticket),
}


def specs() -> dict[str, Spec]:
    """Of every write that this company may have: the house's, then its own."""
    return SPECS | {name: spec_of_own(one) for name, one in pack.active().own.items() if one.writes}


def spec_of_own(one: Own) -> Spec:
    about_order = "order_id" in one.capability.input.model_fields
    case, plan = partial(OwnCase, needs=one.capability.proof), partial(plan_of_own, one)
    return Spec(case, plan, about_order=about_order, capped=True)


def plan_of_own(one: Own, case: OwnCase) -> Plan | None:
    """What the company makes of it, as far as it can be one: it is done for whose session it is, takes nothing below
    zero, and weighs what it takes. Anything else is a mistake in the pack: nothing is written, and people look."""
    plan = one.plan(case)
    if not isinstance(plan, Plan) or plan.customer_id != case.customer_ref:
        return None
    weighed = plan.exposure is None or type(plan.exposure) is int
    return plan if weighed and 0 <= plan.amount.cents <= plan.weight_cents else None


def capped() -> frozenset[str]:
    return frozenset(name for name, spec in specs().items() if spec.capped)


def name_of(args: Arguments) -> str:
    """The capability whose arguments these are."""
    known = pack.active().capabilities
    return next(name for name in specs() if known[name].input is type(args))


def arguments(name: str, value: dict[str, Any]) -> Arguments:
    return pack.active().capabilities[name].input.model_validate(value)


def subject(args: Arguments, customer_ref: str | None) -> str:
    """What the write is on: the order, or the account."""
    return str(getattr(args, "order_id", None) or f"{ACCOUNT}{customer_ref or ''}")


def order_of(args: Arguments) -> str | None:
    """The order that it is about, if it names one."""
    return getattr(args, "order_id", None)


def rule_for(args: Arguments, error: str) -> str:
    """The number of the rule that says what a record that can't be read means: not there for them, or not proven."""
    name = name_of(args)
    if error == ErrorCode.NOT_FOUND:
        return pack.active().capabilities[name].rules[0]
    return PROVEN.get(name, OWN_PROVEN) if error == ErrorCode.PROOF_NEEDED else ""
