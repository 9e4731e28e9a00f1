"""The case of a refund, all that its rules may look at, and what follows from it by arithmetic: money and days.

The amount is computed here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from conversations.money import Money

from .capabilities.process_refund import ProcessRefund, ReasonCode
from .case import Case, OrderCase
from .contract import Plan
from .shapes import Fulfilment, Order, OrderLine

FAULTS: Final = frozenset(
    {ReasonCode.DAMAGED, ReasonCode.DEFECTIVE, ReasonCode.WRONG_ITEM, ReasonCode.NOT_AS_DESCRIBED, ReasonCode.MISSING}
)
DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class RefundCase(OrderCase):
    """All that a refund rule may look at."""

    args: ProcessRefund

    @property
    def lines(self) -> list[OrderLine]:
        """What it is about: the named lines in the order's own order, or all that may still be refunded."""
        if self.args.lines is None:
            return [line for line in self.order.lines if not line.refunded and line.line_id not in self.taken_lines]
        return [line for line in self.order.lines if line.line_id in self.args.lines]

    @property
    def is_fault(self) -> bool:
        return self.args.reason_code in FAULTS


def plan(case: RefundCase) -> Plan | None:
    """What would be done: the route of the tier, the lines, and the amount."""
    lines, cents = case.lines, amount(case)
    if not lines or cents <= 0:
        return None
    return Plan(
        route=case.order.fulfilment,
        amount=money(case, cents),
        line_ids=tuple(line.line_id for line in lines),
        customer_id=case.order.customer_id,
    )


def amount(case: RefundCase) -> int:
    """Cents for the lines: their prices, or their share of what was paid when that was less (a voucher).

    Shares are whole cents by largest remainder over all lines, so that all of them together are what was paid.
    """
    share = shares(case.order, case.paid_cents)
    return sum(share[line.line_id] for line in case.lines)


def shares(order: Order, paid_cents: int) -> dict[str, int]:
    prices = {line.line_id: line.unit_price.cents * line.quantity for line in order.lines}
    whole = sum(prices.values())
    if whole <= paid_cents or whole == 0:
        return prices
    floors = {line: price * paid_cents // whole for line, price in prices.items()}
    by_rest = sorted(prices, key=lambda line: -(prices[line] * paid_cents % whole))
    for line in by_rest[: paid_cents - sum(floors.values())]:
        floors[line] += 1
    return floors


def money(case: RefundCase, cents: int) -> Money:
    return Money(cents, case.order.total.currency)


def delivered_at(order: Order, line: OrderLine) -> datetime | None:
    """When the parcel with this line arrived; the last of them when it came in several."""
    own = [parcel for parcel in order.parcels if line.line_id in parcel.line_ids]
    times = [parcel.delivered_at for parcel in own]
    return max((at for at in times if at is not None), default=None) if None not in times else None


def window_from(case: RefundCase, line: OrderLine) -> datetime | None:
    """Its delivery; for consignment goods on their way the order. None while nothing runs."""
    consigned = case.order.fulfilment is Fulfilment.BRAND_CONSIGNMENT
    return delivered_at(case.order, line) or (case.order.placed_at if consigned else None)


def days_over(case: RefundCase, line: OrderLine) -> int:
    """Whole days past the last day of its window; 0 or less within it."""
    since = window_from(case, line)
    return 0 if since is None else days_since(case, since) - window_of(case, line)


def days_since(case: Case, since: datetime) -> int:
    """Whole days of 24 hours."""
    return (case.now - since) // DAY


def window_of(case: RefundCase, line: OrderLine) -> int:
    """D5: days by order tier, customer tier and item state; a fault counts as damaged, whatever the record says."""
    return window_for(case, line, is_fault=case.is_fault)


def window_for(case: OrderCase, line: OrderLine, *, is_fault: bool) -> int:
    tier = case.account.tier.value if case.account is not None else "standard"
    return case.refunds.window_days(case.order.fulfilment.value, tier, "damaged" if is_fault else line.state)


def is_worn(case: RefundCase, line: OrderLine) -> bool:
    return line.state == "used" and not case.is_fault
