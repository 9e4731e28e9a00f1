"""An order that hasn't been sent is cancelled, and what was paid for it goes back."""

from __future__ import annotations

from typing import Final

from agents.desk import Desk
from agents.voice import wording
from approvals.cases import Reading
from tools.capabilities.change_order import Change, ChangeOrder
from tools.capabilities.process_refund import ReasonCode
from tools.shapes import Order, OrderStatus, OrderSummary

from . import order_write, their_orders
from .order_write import Deed, Slots
from .refund import WHY


def args(desk: Desk, order: Order) -> ChangeOrder:
    """Whoever gives no reason, or waits too long for it, doesn't need it any more: that is what cancelling says."""
    said = ReasonCode(str(desk.get(WHY) or ReasonCode.NO_LONGER_NEEDED.value))
    said = ReasonCode.NO_LONGER_NEEDED if said is ReasonCode.LATE else said
    return ChangeOrder(order_id=order.order_id, change=Change.CANCEL, reason_code=said)


def candidates(desk: Desk) -> list[OrderSummary]:
    """What can still be stopped; else what is on its way, so that the right one can be named."""
    orders = their_orders.known(desk)
    return [one for one in orders if one.status is OrderStatus.PENDING] or their_orders.in_question(desk)


def slots(desk: Desk, order: Order, reading: Reading) -> Slots:
    assert reading.plan is not None
    return {
        "order": order.order_id,
        "items": order_write.items(order, tuple(line.line_id for line in order.lines)),
        "amount": desk.derived(wording.money(reading.plan.amount)),
        "method": next((one.method for one in order.entries if one.kind == "payment"), "original payment method"),
    }


DEED: Final = Deed(
    name="cancel_order",
    title="Cancel an order",
    capability="change_order",
    candidates=candidates,
    args=args,
    slots=slots,
    shows=lambda desk, order: order.status is OrderStatus.CANCELLED,
    against={"not-pending.shipped": "write.against.cancel.shipped"},
    choices=True,
)
WORKFLOW: Final = order_write.build(DEED)
