"""Numbered rules of a refund (rules.md): pure functions over one case. The first denial counts, then the first ask.

A rule answers with a Decision, or None when it has nothing against it. `deny` is for everybody; `ask` is for the agent:
a person may decide otherwise. A company's pack adds rules and can only tighten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from conversations.money import Money
from knowledge.policy import Refunds

from .capabilities.process_refund import ProcessRefund, ReasonCode
from .contract import Plan, Proof
from .shapes import Account, Fulfilment, Order, OrderLine, OrderStatus, PaymentEntry

FAULTS: Final = frozenset(
    {ReasonCode.DAMAGED, ReasonCode.DEFECTIVE, ReasonCode.WRONG_ITEM, ReasonCode.NOT_AS_DESCRIBED, ReasonCode.MISSING}
)
DAY: Final = timedelta(days=1)
RETURNING: Final = frozenset({OrderStatus.RETURN_REQUESTED, OrderStatus.EXCHANGE_REQUESTED, OrderStatus.RETURNED})


class Verdict(StrEnum):
    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


@dataclass(frozen=True)
class Decision:
    """`rule` is the number, `reason` a code, `facts` what words need: JSON, from the records and the policy alone."""

    verdict: Verdict
    rule: str = ""
    reason: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


ALLOWED: Final = Decision(Verdict.ALLOW)


@dataclass(frozen=True)
class RefundCase:
    """All that a refund rule may look at. `taken_*`: what our own writes hold beyond what the order's record shows;
    `currency`: the company's, empty where nobody asks for it."""

    order: Order
    account: Account | None
    args: ProcessRefund
    refunds: Refunds
    now: datetime
    customer_ref: str | None
    proof: Proof
    by_person: bool = False
    taken_cents: int = 0
    taken_lines: frozenset[str] = frozenset()
    tainted: bool = False
    currency: str = ""

    @property
    def lines(self) -> list[OrderLine]:
        """What it is about: the named lines in the order's own order, or all that may still be refunded."""
        if self.args.lines is None:
            return [line for line in self.order.lines if not line.refunded and line.line_id not in self.taken_lines]
        return [line for line in self.order.lines if line.line_id in self.args.lines]

    @property
    def paid_cents(self) -> int:
        return sum(entry.amount.cents for entry in self.order.money if entry.kind == "payment")

    @property
    def back(self) -> list[PaymentEntry]:
        return [entry for entry in self.order.money if entry.kind == "refund"]

    @property
    def left_cents(self) -> int:
        """What may still go back."""
        return self.paid_cents - sum(entry.amount.cents for entry in self.back) - self.taken_cents

    @property
    def is_fault(self) -> bool:
        return self.args.reason_code in FAULTS


@dataclass(frozen=True)
class Rule:
    """One numbered sentence of rules.md and its function."""

    number: str
    decide: Callable[[RefundCase], Decision | None]


def deny(reason: str, **facts: Any) -> Decision:
    return Decision(Verdict.DENY, reason=reason, facts=facts)


def ask(reason: str, **facts: Any) -> Decision:
    return Decision(Verdict.ASK, reason=reason, facts=facts)


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
    return None if case.paid_cents > 0 else deny("nothing-paid")


def one_currency(case: RefundCase) -> Decision | None:
    """The policy's sums are in the company's currency, so an order in another can't be measured by them."""
    amounts = [entry.amount for entry in case.order.money] + [line.unit_price for line in case.order.lines]
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
    if amount(case) <= 0:
        return deny("nothing-left")
    return None if amount(case) <= case.left_cents else deny("above-paid", left=money(case, case.left_cents).to_json())


def delivered(case: RefundCase) -> Decision | None:
    """Consignment goods may be stopped on their way; everything else has to have arrived."""
    if case.order.fulfilment is Fulfilment.BRAND_CONSIGNMENT:
        return None
    waiting = [line for line in case.lines if delivered_at(case.order, line) is None]
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


def is_worn(case: RefundCase, line: OrderLine) -> bool:
    return line.state == "used" and not case.is_fault


def not_used(case: RefundCase) -> Decision | None:
    used = [line.product for line in case.lines if is_worn(case, line)]
    return ask("used", items=used) if used else None


def no_return_open(case: RefundCase) -> Decision | None:
    return ask("return-open", status=case.order.status.value) if case.order.status in RETURNING else None


def no_flags(case: RefundCase) -> Decision | None:
    flagged = case.account is not None and bool(case.account.risk_flags)
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


def hits(case: RefundCase, extra: Iterable[Rule] = ()) -> list[Decision]:
    """Everything that speaks against it, in the order of the rules, each with its number."""
    found = ((rule.number, rule.decide(case)) for rule in (*RULES, *extra))
    return [
        Decision(decision.verdict, number, decision.reason, decision.facts)
        for number, decision in found
        if decision is not None and decision.verdict is not Verdict.ALLOW
    ]


def decide(case: RefundCase, extra: Sequence[Rule] = ()) -> Decision:
    against = hits(case, extra)
    denied = [one for one in against if one.verdict is Verdict.DENY]
    return (denied or against or [ALLOWED])[0]


def plan(case: RefundCase) -> Plan | None:
    """What would be done: the route of the tier, the lines, and the amount, which is computed here and nowhere else."""
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
    return 0 if since is None else (case.now - since) // DAY - window_of(case, line)


def window_of(case: RefundCase, line: OrderLine) -> int:
    """D5: days by order tier, customer tier and item state; a fault counts as damaged, whatever the record says."""
    tier = case.account.tier.value if case.account is not None else "standard"
    return case.refunds.window_days(case.order.fulfilment.value, tier, "damaged" if case.is_fault else line.state)
