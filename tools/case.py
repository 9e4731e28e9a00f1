"""What a rule answers, and what it may look at: one wish, the records as they are now, and what the policy says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from knowledge.policy import Refunds

from .contract import Proof
from .shapes import Account, Order, PaymentEntry


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

    def __post_init__(self) -> None:
        """A verdict that is merely spelt like one would be compared with those that are, and pass."""
        object.__setattr__(self, "verdict", Verdict(self.verdict))


ALLOWED: Final = Decision(Verdict.ALLOW)


def deny(reason: str, **facts: Any) -> Decision:
    """Nobody may."""
    return Decision(Verdict.DENY, reason=reason, facts=facts)


def ask(reason: str, **facts: Any) -> Decision:
    """The agent may not; a person may decide otherwise."""
    return Decision(Verdict.ASK, reason=reason, facts=facts)


@dataclass(frozen=True)
class Case:
    """All that a rule may look at. `order` is None for a write on the account alone. `taken_*`: what our own writes
    hold beyond what the order's record shows; `currency`: the company's, empty where nobody asks for it; `confirmed`:
    whether the customer said yes to exactly this when it was read back, None before it was."""

    order: Any
    account: Account | None
    args: Any
    refunds: Refunds
    now: datetime
    customer_ref: str | None
    proof: Proof
    by_person: bool = False
    taken_cents: int = 0
    taken_lines: frozenset[str] = frozenset()
    tainted: bool = False
    currency: str = ""
    confirmed: bool | None = None


@dataclass(frozen=True)
class OrderCase(Case):
    """A case about one order."""

    order: Order

    @property
    def paid_cents(self) -> int:
        return sum(entry.amount.cents for entry in self.order.entries if entry.kind == "payment")

    @property
    def back(self) -> list[PaymentEntry]:
        return [entry for entry in self.order.entries if entry.kind == "refund"]

    @property
    def left_cents(self) -> int:
        """What may still go back."""
        return self.paid_cents - sum(entry.amount.cents for entry in self.back) - self.taken_cents


@dataclass(frozen=True)
class Rule:
    """One numbered sentence of rules.md and its function. `of`: the writing capabilities that a company's own rule is
    for; a base rule stands in the list of its case and names none."""

    number: str
    decide: Callable[[Any], Decision | None]
    of: tuple[str, ...] = ()
