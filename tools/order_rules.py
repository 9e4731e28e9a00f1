"""Numbered rules of a change of an order (rules.md): pure functions over one case."""

from __future__ import annotations

from typing import Final

from . import swap_rules as shared
from .capabilities.change_order import Change
from .capabilities.process_refund import ReasonCode
from .case import Decision, Rule, ask, deny
from .order_case import MOVES, WHOLE, ChangeCase
from .shapes import OrderStatus

CANCEL_REASONS: Final = frozenset({ReasonCode.NO_LONGER_NEEDED, ReasonCode.ORDERED_BY_MISTAKE})


def pending(case: ChangeCase) -> Decision | None:
    """Nothing of it has been sent, and nobody stopped it."""
    if case.order.status is OrderStatus.PENDING and case.order.open_for_shipping:
        return None
    return deny("not-pending", status=case.order.status.value)


def unchanged(case: ChangeCase) -> Decision | None:
    return deny("changed-before") if case.order.changed else None


def accepted_reason(case: ChangeCase) -> Decision | None:
    if case.change is not Change.CANCEL or case.args.reason_code in CANCEL_REASONS:
        return None
    return ask("reason-not-accepted")


def whole_address(case: ChangeCase) -> Decision | None:
    return shared.whole_address(case.args.address) if case.change is Change.ADDRESS else None


def named_lines(case: ChangeCase) -> Decision | None:
    return shared.lines_exist(case) if case.change is Change.ITEMS else None


def paired(case: ChangeCase) -> Decision | None:
    return shared.as_many(case) if case.change is Change.ITEMS else None


def fitting(case: ChangeCase) -> Decision | None:
    return shared.same_product(case) if case.change is Change.ITEMS else None


def known_method(case: ChangeCase) -> Decision | None:
    return shared.own_method(case) if case.change in (Change.PAYMENT, Change.ITEMS) else None


def other_method(case: ChangeCase) -> Decision | None:
    same = case.change is Change.PAYMENT and case.args.method_id == case.paid_with
    return deny("same-method") if same else None


def paid_once(case: ChangeCase) -> Decision | None:
    """One payment and nothing else on record: then it is plain what moves."""
    if case.change is not Change.PAYMENT:
        return None
    whole = len(case.order.entries) == 1 and bool(case.paid_with) and case.order.entries[0].kind == "payment"
    return None if whole else deny("paid-in-parts")


def gift_card(case: ChangeCase) -> Decision | None:
    if case.change is Change.PAYMENT:
        return shared.covered(case, case.paid_cents)
    return shared.covered(case, case.difference()) if case.change is Change.ITEMS else None


def not_under_way(case: ChangeCase) -> Decision | None:
    """Nothing else that moves its money or its goods is on its way; an address waits for a cancellation alone."""
    if case.change is Change.ADDRESS:
        return shared.not_under_way(case, (WHOLE,))
    return shared.not_under_way(case, (WHOLE, *MOVES, *(line.line_id for line in case.order.lines)))


RULES: Final[tuple[Rule, ...]] = (
    Rule("ORD-1", shared.own_order),
    Rule("ORD-2", shared.known_tier),
    Rule("ORD-3", shared.proven),
    Rule("ORD-4", shared.confirmed),
    Rule("ORD-5", pending),
    Rule("ORD-6", unchanged),
    Rule("ORD-7", accepted_reason),
    Rule("ORD-8", whole_address),
    Rule("ORD-9", named_lines),
    Rule("ORD-10", paired),
    Rule("ORD-11", fitting),
    Rule("ORD-12", known_method),
    Rule("ORD-13", other_method),
    Rule("ORD-14", paid_once),
    Rule("ORD-15", gift_card),
    Rule("ORD-16", not_under_way),
    Rule("ORD-17", shared.one_currency),
    Rule("ORD-18", shared.no_flags),
    Rule("ORD-19", shared.not_steered),
)
