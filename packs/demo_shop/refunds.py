"""A refund at Fernway, by the tier of its order. Every step has a key made from the write's own, so that a repeat after
any crash completes what is missing and does nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID, uuid5

from conversations.money import Money
from packs.demo_shop.answers import ClawBackAnswer, EffectAnswer, OpenedAnswer, RefundAnswer, StopAnswer
from packs.demo_shop.connections import at, find, post
from tools.capabilities.process_refund import ProcessRefund, RefundOutcome
from tools.contract import Caller, ErrorCode, Plan, ToolError, Writer
from tools.shapes import Fulfilment

CONSIGNMENT: Final = "brand-consignment"
SETTLEMENT: Final = "partner-settlement"


def perform(args: ProcessRefund, plan: Plan, key: UUID, caller: Caller) -> RefundOutcome:
    """One of three routes; the plan's tier alone says which."""
    return ROUTES[plan.route](args, plan, key, caller)


def settle(plan: Plan, key: UUID, caller: Caller) -> RefundOutcome | None:
    """The outcome when the route's last step was done; None when it may be performed (again) under the same key.

    A question that was refused is no answer: it doesn't say that nothing was done.
    """
    last = key if plan.route is Fulfilment.PLATFORM_OWNED else uuid5(key, "ticket")
    with unsettled():
        found = find(at("/effects/{}", str(last)), EffectAnswer, caller)
    if found is None:
        return None
    ticket = found.answer.get("id")
    return RefundOutcome(success=True, ticket_id=ticket, escalation_reason=REASONS.get(plan.route))


def own(args: ProcessRefund, plan: Plan, key: UUID, caller: Caller) -> RefundOutcome:
    """Ours: finance pays it back."""
    pay_back(args, plan, key, caller)
    return RefundOutcome(success=True)


def transfer(args: ProcessRefund, plan: Plan, key: UUID, caller: Caller) -> RefundOutcome:
    """Sold by us and made by a partner: finance pays it back, and a ticket books the cost to the partner."""
    paid = pay_back(args, plan, key, caller)
    body = f"Refund {paid.reference} of {worded(plan.amount)} to be settled with the partner."
    with unsettled():
        return opened(args, plan, key, caller, "transfer_settlement", f"Settle the refund of {args.order_id}", body)


def consignment(args: ProcessRefund, plan: Plan, key: UUID, caller: Caller) -> RefundOutcome:
    """A brand's goods: nothing is paid from here. The brand stops, its advance comes back, people settle the rest."""
    wish = {"reason": args.reason_code.value}
    stopped = post(at("/orders/{}/stop-shipment", args.order_id), StopAnswer, caller, uuid5(key, "stop"), wish)
    with unsettled():
        back = claw_back(args, plan, key, caller)
        body = (
            f"Refund of {worded(plan.amount)} asked for {args.order_id}, lines {', '.join(plan.line_ids)}, "
            f"reason {args.reason_code.value}. "
            f"Advance of {worded(Money(back.amount_cents, plan.amount.currency))} clawed back from {back.partner}, "
            f"reference {back.reference}. Stop-shipment notice sent to {stopped.partner}: "
            f"{'stopped before it was sent' if stopped.stopped else 'nothing was left to stop'}."
        )
        return opened(args, plan, key, caller, "consignment_refund", f"Consignment refund of {args.order_id}", body)


def claw_back(args: ProcessRefund, plan: Plan, key: UUID, caller: Caller) -> ClawBackAnswer:
    wish = {"lines": [int(line) for line in plan.line_ids], "reason": args.reason_code.value}
    path = at("/finance/orders/{}/claw-backs", args.order_id)
    return post(path, ClawBackAnswer, caller, uuid5(key, "claw-back"), wish)


def pay_back(args: ProcessRefund, plan: Plan, key: UUID, caller: Caller) -> RefundAnswer:
    wish = {
        "amount_cents": plan.amount.cents,
        "lines": [int(line) for line in plan.line_ids],
        "reason": args.reason_code.value,
    }
    return post(at("/finance/orders/{}/refunds", args.order_id), RefundAnswer, caller, key, wish)


def opened(
    args: ProcessRefund, plan: Plan, key: UUID, caller: Caller, kind: str, subject: str, body: str
) -> RefundOutcome:
    wish: dict[str, Any] = {
        "customer": plan.customer_id,
        "order": args.order_id,
        "kind": kind,
        "subject": subject,
        "body": body,
        "amount_cents": plan.amount.cents,
    }
    ticket = post("/tickets", OpenedAnswer, caller, uuid5(key, "ticket"), wish)
    return RefundOutcome(success=True, ticket_id=ticket.id, escalation_reason=REASONS[plan.route])


@contextmanager
def unsettled() -> Iterator[None]:
    """Behind a step that was done, a no isn't "nothing was done": the write stays open, and in the end people look."""
    try:
        yield
    except ToolError as error:
        raise ToolError(ErrorCode.UNAVAILABLE) from error


def worded(money: Money) -> str:
    return f"{money.cents // 100}.{money.cents % 100:02d} {money.currency}"


ROUTES: Final = {
    Fulfilment.PLATFORM_OWNED: own,
    Fulfilment.TRANSFER: transfer,
    Fulfilment.BRAND_CONSIGNMENT: consignment,
}
REASONS: Final = {Fulfilment.TRANSFER: SETTLEMENT, Fulfilment.BRAND_CONSIGNMENT: CONSIGNMENT}
WRITERS: Final = {"process_refund": Writer(perform, settle)}
