"""What changes, exchanges and returns have in common: whose it is, what was said, which lines, which means of payment.

Each is listed under its own number where it counts (order_rules.py, return_rules.py).
"""

from __future__ import annotations

from typing import Final

from .case import Case, Decision, OrderCase, ask, deny
from .contract import Proof
from .order_case import SwapCase
from .shapes import Address, Fulfilment

MOST_LETTERS: Final = 120  # of a part of an address, as the label takes it


def own_order(case: OrderCase) -> Decision | None:
    return deny("not-found") if case.customer_ref is None or case.order.customer_id != case.customer_ref else None


def proven(case: Case) -> Decision | None:
    return None if case.proof >= Proof.SIGNED_IN or case.by_person else ask("proof-needed")


def confirmed(case: Case) -> Decision | None:
    """Read back and answered with a yes; before it was read back nobody can have said it."""
    return ask("not-confirmed") if case.confirmed is False and not case.by_person else None


def known_tier(case: OrderCase) -> Decision | None:
    whole = case.order.fulfilment is Fulfilment.PLATFORM_OWNED or case.order.partner
    return None if whole else deny("tier-unknown")


def lines_exist(case: SwapCase) -> Decision | None:
    named = case.line_ids
    whole = named and len(set(named)) == len(named) and len(case.lines) == len(named)
    return None if whole else deny("no-such-line")


def as_many(case: SwapCase) -> Decision | None:
    return None if len(case.wanted) == len(case.line_ids) else deny("count-differs")


def same_product(case: SwapCase) -> Decision | None:
    """Each new article is another of the same product, and can be bought now."""
    if len(case.wanted) != len(case.line_ids):
        return None
    swaps = case.swaps()
    if swaps is None:
        return deny("other-product")
    gone = [old.product for old, new in swaps if not new.available]
    return deny("not-available", items=gone) if gone else None


def one_currency(case: SwapCase) -> Decision | None:
    """What is asked for, what was paid and what it costs now are in the company's currency."""
    amounts = [entry.amount for entry in case.order.entries] + [line.unit_price for line in case.order.lines]
    amounts += [new.price for _, new in case.swaps() or []]
    used = {money.currency for money in (*amounts, case.order.total)}
    return None if used == {case.currency or case.order.total.currency} else deny("currency-differs")


def own_method(case: SwapCase) -> Decision | None:
    return deny("method-unknown") if case.method is None else None


def covered(case: SwapCase, cents: int) -> Decision | None:
    """What holds money itself must hold enough of it."""
    method = case.method
    if method is None or not method.is_gift_card:
        return None
    held = method.balance.cents if method.balance is not None else 0
    return deny("gift-card-short", balance=case.cents(held).to_json()) if held < cents else None


def not_under_way(case: Case, claims: tuple[str, ...]) -> Decision | None:
    return deny("under-way") if set(claims) & case.taken_lines else None


def whole_address(address: Address | None) -> Decision | None:
    """Every part says something, in characters that can stand on a label."""
    if address is None:
        return None
    needed = (address.first, address.city, address.region, address.country, address.postcode)
    fits = all(part.isprintable() and len(part) <= MOST_LETTERS for part in (*needed, address.second))
    return None if fits and all(part.strip() for part in needed) else deny("address-incomplete")


def no_flags(case: Case) -> Decision | None:
    """Nor is one that nobody has looked up there."""
    flagged = case.account is not None and case.account.risk_flags != []
    return ask("look-closer") if flagged and not case.by_person else None


def not_steered(case: Case) -> Decision | None:
    return ask("steered") if case.tainted and not case.by_person else None
