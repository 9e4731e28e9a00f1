"""What has been sent once is sent again, to the address on record and to no other: one deed for each kind of notice."""

from __future__ import annotations

from agents.desk import Desk
from agents.voice import wording
from approvals.cases import Reading
from tools.capabilities.send_notice import Notice, SendNotice
from tools.shapes import Order

from . import their_orders
from .order_write import Deed, Slots


def deed(name: str, title: str, notice: Notice) -> Deed:
    return Deed(
        name=name,
        title=title,
        capability="send_notice",
        candidates=their_orders.known,
        args=lambda desk, order: SendNotice(order_id=order.order_id, notice=notice),
        slots=slots,
        shows=lambda desk, order: bool((desk.get("outcome_data") or {}).get("reference")),
    )


def slots(desk: Desk, order: Order, reading: Reading) -> Slots:
    """The receiver as its owner knows it, from the plan: what the customer names as an address goes nowhere."""
    assert reading.plan is not None
    return {"order": order.order_id, "masked_email": wording.masked_email(str(reading.plan.facts["to"]))}
