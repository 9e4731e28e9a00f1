"""Writes that move no money of an order: the account, a credit, a notice, a ticket, and what one company alone has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conversations.money import Money

from .capabilities.apply_credit import ApplyCredit
from .capabilities.open_ticket import OpenTicket
from .capabilities.send_notice import Channel, SendNotice
from .capabilities.update_account import UpdateAccount
from .case import Case, OrderCase
from .contract import Plan, Proof
from .shapes import Fulfilment

OWN: Final = Fulfilment.PLATFORM_OWNED  # our own systems do it, whoever sold the goods


@dataclass(frozen=True)
class AccountCase(Case):
    """A change of the customer's own account; there is no order in it."""

    args: UpdateAccount


@dataclass(frozen=True)
class CreditCase(OrderCase):
    args: ApplyCredit

    @property
    def credit_cents(self) -> int:
        """What the policy's table says; 0 when it names none."""
        return self.refunds.credit_cents(self.args.reason_code.value)


@dataclass(frozen=True)
class NoticeCase(OrderCase):
    args: SendNotice

    @property
    def receiver(self) -> str:
        """The address or the number on record; the customer's words name none."""
        if self.account is None:
            return ""
        return self.account.phone if self.args.channel is Channel.SMS else self.account.email


@dataclass(frozen=True)
class TicketCase(Case):
    """About an order, or about none."""

    args: OpenTicket


@dataclass(frozen=True)
class OwnCase(Case):
    """A write that only this company has: about an order where its arguments name one, else about the account. `needs`:
    the proof that its capability names."""

    needs: Proof = Proof.PERSON


def plan_account(case: AccountCase) -> Plan | None:
    if case.account is None:
        return None
    currency = case.currency or "USD"
    return Plan(OWN, Money(0, currency), (), case.account.customer_id, 0, (), {})


def plan_credit(case: CreditCase) -> Plan | None:
    """One credit for an order, whatever the reason."""
    cents = case.credit_cents
    if cents <= 0:
        return None
    nothing, given = Money(0, case.order.total.currency), Money(cents, case.order.total.currency)
    return Plan(OWN, nothing, (), case.order.customer_id, cents, ("credit",), {"credit": given.to_json()})


def plan_notice(case: NoticeCase) -> Plan | None:
    if not case.receiver:
        return None
    facts = {"to": case.receiver}
    return Plan(OWN, Money(0, case.order.total.currency), (), case.order.customer_id, 0, (), facts)


def plan_ticket(case: TicketCase) -> Plan | None:
    """Of an order one ticket of a kind; about the account there may be one after the other."""
    if case.order is not None:
        claim = f"ticket:{case.args.kind.value}"
        return Plan(OWN, Money(0, case.order.total.currency), (), case.order.customer_id, 0, (claim,), {})
    if case.account is None:
        return None
    return Plan(OWN, Money(0, case.currency or "USD"), (), case.account.customer_id, 0, (), {})


def plan_own(case: OwnCase) -> Plan | None:
    """Nobody's money moves, and it may be done again: a company that means more brings a plan of its own."""
    about = case.order if getattr(case.args, "order_id", None) is not None else case.account
    return None if about is None else Plan(OWN, Money(0, case.currency or "USD"), (), about.customer_id, 0, (), {})
