"""How Notely's systems fulfil the contracts: an invoice stands for an order, a workspace for an account. What it lacks
(refunds, returns, changes of an order, credits, notices) isn't here; what it alone has is `switch_plan`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from conversations.money import Money
from tests.packs.notely.systems import SYSTEMS, Invoice, KeyReusedError, Workspace
from tools.capabilities.get_customer import GetCustomer
from tools.capabilities.get_order import GetOrder
from tools.capabilities.open_ticket import OpenTicket, TicketOutcome
from tools.capabilities.update_account import AccountOutcome, UpdateAccount
from tools.contract import (
    Arguments,
    Caller,
    Capability,
    ErrorCode,
    Fulfil,
    Idempotency,
    Kind,
    Plan,
    Proof,
    Retry,
    Risk,
    ToolError,
    Writer,
)
from tools.pack import Own
from tools.shapes import Account, Fulfilment, Order, OrderLine, OrderStatus, OrderSummary, PaymentEntry, Shape

CURRENCY: Final = "EUR"
CHANGES: Final = frozenset({"cancel_subscription", "resume_subscription"})


class Plans(StrEnum):
    MONTHLY = "monthly"
    YEARLY = "yearly"


class SwitchPlan(Arguments):
    """To which plan; whose workspace it is comes from the session."""

    plan: Annotated[Plans, Field(strict=False)]


class PlanOutcome(Shape):
    success: bool
    reference: str


SWITCH_PLAN: Final = Capability(
    name="switch_plan",
    called="Plan",
    summary="Pay by the year instead of by the month, or the other way round.",
    kind=Kind.WRITE,
    risk=Risk.HIGH,
    input=SwitchPlan,
    output=PlanOutcome,
    proof=Proof.SIGNED_IN,
    attempt_seconds=3.0,
    total_seconds=4.0,
    retry=Retry.NEVER,
    idempotency=Idempotency.KEY,
)


def find_customer(email: str) -> Account | None:
    """The workspace whose owner has this address."""
    found = next((one for one in SYSTEMS.workspaces.values() if one.owner[2] == email), None)
    return None if found is None else account(found)


def get_customer(args: GetCustomer, caller: Caller) -> Account:
    return account(own(caller))


def get_order(args: GetOrder, caller: Caller) -> Order:
    """An invoice, as an order that was fulfilled on its day. Without a session nobody sees one."""
    found = SYSTEMS.invoices.get(args.order_id)
    if caller.signed_in_as is None or found is None or found.workspace != caller.signed_in_as:
        raise ToolError(ErrorCode.NOT_FOUND)
    return Order(
        order_id=found.number,
        customer_id=found.workspace,
        placed_at=found.at,
        status=OrderStatus.DELIVERED,
        fulfilment=Fulfilment.PLATFORM_OWNED,
        lines=[OrderLine(line_id="1", product=SYSTEMS.workspaces[found.workspace].plan, unit_price=price(found))],
        total=price(found),
        money=[PaymentEntry(kind="payment", amount=price(found), at=found.at, reference=found.number)],
    )


def change_account(args: UpdateAccount, plan: Plan, key: UUID, caller: Caller) -> AccountOutcome:
    """Subscriptions alone; an address or a password lives elsewhere."""
    if args.change.value not in CHANGES:
        raise ToolError(ErrorCode.REFUSED)
    return AccountOutcome(success=True, reference=done(key, plan, args.change.value))


def account_changed(plan: Plan, key: UUID, caller: Caller) -> AccountOutcome | None:
    found = SYSTEMS.asked(key)
    return None if found is None else AccountOutcome(success=True, reference=found["reference"])


def switch_plan(args: SwitchPlan, plan: Plan, key: UUID, caller: Caller) -> PlanOutcome:
    return PlanOutcome(success=True, reference=done(key, plan, args.plan.value))


def plan_switched(plan: Plan, key: UUID, caller: Caller) -> PlanOutcome | None:
    found = SYSTEMS.asked(key)
    return None if found is None else PlanOutcome(success=True, reference=found["reference"])


def open_ticket(args: OpenTicket, plan: Plan, key: UUID, caller: Caller) -> TicketOutcome:
    return TicketOutcome(success=True, ticket_id=done(key, plan, "ticket"))


def ticket_opened(plan: Plan, key: UUID, caller: Caller) -> TicketOutcome | None:
    found = SYSTEMS.asked(key)
    return None if found is None else TicketOutcome(success=True, ticket_id=found["reference"])


FULFIL: Final[Mapping[str, Fulfil]] = {"get_customer": get_customer, "get_order": get_order}
WRITERS: Final[Mapping[str, Writer]] = {
    "update_account": Writer(change_account, account_changed),
    "open_ticket": Writer(open_ticket, ticket_opened),
    "switch_plan": Writer(switch_plan, plan_switched),
}
OWN: Final = (Own(SWITCH_PLAN),)


def own(caller: Caller) -> Workspace:
    """Whose it is comes from the session alone."""
    if caller.signed_in_as is None:
        raise ToolError(ErrorCode.PROOF_NEEDED)
    found = SYSTEMS.workspaces.get(caller.signed_in_as)
    if found is None:
        raise ToolError(ErrorCode.NOT_FOUND)
    return found


def account(space: Workspace) -> Account:
    first, last, email = space.owner
    mine = [one for one in SYSTEMS.invoices.values() if one.workspace == space.number]
    return Account(
        customer_id=space.number,
        first_name=first,
        last_name=last,
        email=email,
        orders=[summary(one, space) for one in mine],
        subscription_status=space.status,
        plan=space.plan,
        open_tickets=len(space.tickets),
        risk_flags=list(space.flags),
    )


def summary(invoice: Invoice, space: Workspace) -> OrderSummary:
    return OrderSummary(order_id=invoice.number, placed_at=invoice.at, status=OrderStatus.DELIVERED,
                        products=[space.plan], total=price(invoice))  # fmt: skip


def price(invoice: Invoice) -> Money:
    return Money(invoice.cents, CURRENCY)


def done(key: UUID, plan: Plan, what: str) -> str:
    """The reference of the change, the same one for every repeat."""
    try:
        return str(SYSTEMS.once(key, {"workspace": plan.customer_id, "what": what})["reference"])
    except KeyReusedError as error:
        raise ToolError(ErrorCode.CONFLICT) from error
