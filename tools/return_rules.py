"""Numbered rules of goods that come back (rules.md): pure functions over one case."""

from __future__ import annotations

from typing import Final

from . import swap_rules as shared
from .capabilities.process_return import ReturnKind
from .case import Decision, Rule, ask, deny
from .refund_case import days_since, delivered_at, window_for
from .return_case import ReturnCase, held, is_lost
from .shapes import Fulfilment, OrderStatus


def arrived(case: ReturnCase) -> Decision | None:
    """Delivered; a replacement also for what was lost on its way."""
    lost = case.kind is ReturnKind.REPLACEMENT and case.lines and all(is_lost(case, line) for line in case.lines)
    if case.order.status is OrderStatus.DELIVERED or lost:
        return None
    return deny("not-delivered", status=case.order.status.value)


def paired(case: ReturnCase) -> Decision | None:
    return shared.as_many(case) if case.kind is ReturnKind.EXCHANGE else None


def fitting(case: ReturnCase) -> Decision | None:
    return shared.same_product(case) if case.kind is ReturnKind.EXCHANGE else None


def known_method(case: ReturnCase) -> Decision | None:
    return None if case.kind is ReturnKind.REPLACEMENT else shared.own_method(case)


def where_it_came_from(case: ReturnCase) -> Decision | None:
    """Money of a return goes to where it was paid from, or on a gift card that the customer has."""
    method = case.method
    if case.kind is not ReturnKind.RETURN or method is None or method.is_gift_card:
        return None
    return None if method.method_id == case.paid_with else deny("other-method")


def gift_card(case: ReturnCase) -> Decision | None:
    return shared.covered(case, case.difference()) if case.kind is ReturnKind.EXCHANGE else None


def within_window(case: ReturnCase) -> Decision | None:
    """The last day counts whole; a line that was never scanned as delivered, or has no window, is for a person."""
    if case.kind is ReturnKind.REPLACEMENT and case.order.status is not OrderStatus.DELIVERED:
        return None
    for line in case.lines:
        window, since = window_for(case, line, is_fault=case.is_fault), delivered_at(case.order, line)
        if window == 0 or since is None:
            return ask("no-window", items=[line.product])
        if days_since(case, since) > window:
            return ask("out-of-window", window_days=window, days=days_since(case, since), item=line.product)
    return None


def not_paid_back(case: ReturnCase) -> Decision | None:
    gone = [line.product for line in case.lines if line.refunded]
    return deny("already-refunded", items=gone) if gone else None


def for_a_fault(case: ReturnCase) -> Decision | None:
    """The same again is sent only for what was faulty, missing or lost, and only of our own goods."""
    if case.kind is not ReturnKind.REPLACEMENT:
        return None
    if case.order.fulfilment is not Fulfilment.PLATFORM_OWNED:
        return ask("partner-goods")
    return None if case.is_fault else ask("no-fault")


def in_stock(case: ReturnCase) -> Decision | None:
    if case.kind is not ReturnKind.REPLACEMENT:
        return None
    known = {one.item_id: one.available for one in case.order.choices}
    gone = [line.product for line in case.lines if not known.get(line.item_id, False)]
    return deny("not-available", items=gone) if gone else None


def not_under_way(case: ReturnCase) -> Decision | None:
    lines = tuple(line.line_id for line in case.lines)
    return shared.not_under_way(case, (*held(lines), *lines, "order"))


RULES: Final[tuple[Rule, ...]] = (
    Rule("RET-1", shared.own_order),
    Rule("RET-2", shared.known_tier),
    Rule("RET-3", shared.proven),
    Rule("RET-4", shared.confirmed),
    Rule("RET-5", arrived),
    Rule("RET-6", shared.lines_exist),
    Rule("RET-7", paired),
    Rule("RET-8", fitting),
    Rule("RET-9", known_method),
    Rule("RET-10", where_it_came_from),
    Rule("RET-11", gift_card),
    Rule("RET-12", within_window),
    Rule("RET-13", not_paid_back),
    Rule("RET-14", for_a_fault),
    Rule("RET-15", in_stock),
    Rule("RET-16", not_under_way),
    Rule("RET-17", shared.one_currency),
    Rule("RET-18", shared.no_flags),
    Rule("RET-19", shared.not_steered),
)
