"""Numbered rules of a refund (rules.md): pure functions over one case."""

from __future__ import annotations

from typing import Any, Final

from .case import Decision, Rule, ask, deny
from .contract import Proof
from .refund_case import (
    RefundCase,
    amount,
    days_over,
    delivered_at,
    is_worn,
    money,
    window_from,
    window_of,
)
from .return_case import held, is_lost
from .shapes import Fulfilment, OrderLine, OrderStatus, PaymentEntry

RETURNING: Final = frozenset({OrderStatus.RETURN_REQUESTED, OrderStatus.EXCHANGE_REQUESTED, OrderStatus.RETURNED})


def own_order(case: RefundCase) -> Decision | None:
    return deny("not-found") if case.customer_ref is None or case.order.customer_id != case.customer_ref else None


def proven(case: RefundCase) -> Decision | None:
    return None if case.proof >= Proof.SIGNED_IN or case.by_person else ask("proof-needed")


def known_tier(case: RefundCase) -> Decision | None:
    whole = case.order.fulfilment is Fulfilment.PLATFORM_OWNED or case.order.partner
    return None if whole else deny("tier-unknown")


def named_lines(case: RefundCase) -> Decision | None:
    """Named lines exist, each once, and there is at least one."""
    named = case.args.lines
    if named is None:
        return None
    known = {line.line_id for line in case.order.lines}
    return None if named and len(set(named)) == len(named) and set(named) <= known else deny("no-such-line")


def something_paid(case: RefundCase) -> Decision | None:
    if case.order.status is OrderStatus.CANCELLED:
        return deny("cancelled")
    if case.order.money is None:
        return ask("payments-unknown")
    return None if case.paid_cents > 0 else deny("nothing-paid")


def one_currency(case: RefundCase) -> Decision | None:
    """The policy's sums are in the company's currency, so an order in another can't be measured by them."""
    amounts = [entry.amount for entry in case.order.entries] + [line.unit_price for line in case.order.lines]
    used = {money.currency for money in (*amounts, case.order.total)}
    return None if used == {case.currency or case.order.total.currency} else deny("currency-differs")


def once(case: RefundCase) -> Decision | None:
    """By the record: a line that is marked, or an order whose whole money went back."""
    again = [line for line in asked_lines(case) if line.refunded]
    whole = bool(case.back) and sum(entry.amount.cents for entry in case.back) >= case.paid_cents
    if not again and not whole:
        return None
    entry = entry_for(case, again)
    facts: dict[str, Any] = {"items": [line.product for line in again or case.order.lines]}
    if entry is not None:
        facts |= {"at": entry.at.isoformat(), "amount": entry.amount.to_json(), "reference": entry.reference,
                  "method": entry.method}  # fmt: skip
    return deny("already-refunded", **facts)


def asked_lines(case: RefundCase) -> list[OrderLine]:
    """The named lines; without names every line when nothing of the order is left, else none in particular."""
    if case.args.lines is not None:
        return case.lines
    return [] if any(not line.refunded for line in case.order.lines) else case.order.lines


def entry_for(case: RefundCase, lines: list[OrderLine]) -> PaymentEntry | None:
    """The refund that these lines got, else the last one."""
    wanted = {line.line_id for line in lines}
    fitting = [entry for entry in case.back if wanted & set(entry.line_ids)]
    candidates = fitting or case.back
    return candidates[-1] if candidates else None


def not_under_way(case: RefundCase) -> Decision | None:
    wanted = set(case.args.lines or ()) or {line.line_id for line in case.order.lines if not line.refunded}
    held = wanted & case.taken_lines
    if not held or (case.args.lines is None and held != wanted):
        return None
    return deny("under-way", items=[line.product for line in case.order.lines if line.line_id in held])


def within_paid(case: RefundCase) -> Decision | None:
    if case.order.money is None:
        return None  # REF-5 asks people
    if amount(case) <= 0:
        return deny("nothing-left")
    return None if amount(case) <= case.left_cents else deny("above-paid", left=money(case, case.left_cents).to_json())


def delivered(case: RefundCase) -> Decision | None:
    """Consignment goods may be stopped on their way; everything else has to have arrived, or be lost."""
    if case.order.fulfilment is Fulfilment.BRAND_CONSIGNMENT:
        return None
    if case.order.status is OrderStatus.DELIVERED and not case.order.parcels:
        return ask("delivery-unknown")
    waiting = [line for line in case.lines if delivered_at(case.order, line) is None and not is_lost(case, line)]
    return ask("not-delivered", status=case.order.status.value) if waiting else None


def within_window(case: RefundCase) -> Decision | None:
    """The line that is furthest past decides; the last day counts whole. Before delivery only consignment's runs."""
    looked_at = [line for line in case.lines if not is_worn(case, line)]
    if never := [line for line in looked_at if window_of(case, line) == 0]:
        return ask("no-window", items=[line.product for line in never])
    late = [line for line in looked_at if days_over(case, line) > 0]
    return out_of_window(case, max(late, key=lambda line: days_over(case, line))) if late else None


def out_of_window(case: RefundCase, line: OrderLine) -> Decision:
    window, since = window_of(case, line), window_from(case, line)
    return ask(
        "out-of-window",
        window_days=window,
        days=window + days_over(case, line),
        since=since.isoformat() if since else None,
        item=line.product,
        order_tier=case.order.fulfilment.value,
        delivered=delivered_at(case.order, line) is not None,
    )


def not_used(case: RefundCase) -> Decision | None:
    used = [line.product for line in case.lines if is_worn(case, line)]
    return ask("used", items=used) if used else None


def no_return_open(case: RefundCase) -> Decision | None:
    """Goods that come back, or that were sent again, aren't paid back beside it without a person."""
    again = any(claim in case.taken_lines for claim in held(tuple(line.line_id for line in case.lines)))
    open_ = again or case.order.status in RETURNING
    return ask("return-open", status=case.order.status.value) if open_ else None


def no_flags(case: RefundCase) -> Decision | None:
    """Nor is one that nobody has looked up there."""
    flagged = case.account is not None and case.account.risk_flags != []
    return ask("look-closer") if flagged and not case.by_person else None


def not_steered(case: RefundCase) -> Decision | None:
    return ask("steered") if case.tainted and not case.by_person else None


RULES: Final[tuple[Rule, ...]] = (
    Rule("REF-1", own_order),
    Rule("REF-2", known_tier),
    Rule("REF-3", proven),
    Rule("REF-4", named_lines),
    Rule("REF-5", something_paid),
    Rule("REF-6", one_currency),
    Rule("REF-7", once),
    Rule("REF-8", not_under_way),
    Rule("REF-9", within_paid),
    Rule("REF-10", delivered),
    Rule("REF-11", within_window),
    Rule("REF-12", not_used),
    Rule("REF-13", no_return_open),
    Rule("REF-14", no_flags),
    Rule("REF-15", not_steered),
)
