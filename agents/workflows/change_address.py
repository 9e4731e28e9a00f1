"""An order that hasn't been sent goes somewhere else; a text message confirms it where a number is on record."""

from __future__ import annotations

from typing import Final

from agents.desk import Desk
from agents.grammar import addresses
from approvals.cases import Reading
from tools.capabilities.change_order import Change, ChangeOrder
from tools.shapes import Address, Order, OrderStatus, OrderSummary

from . import order_write, their_orders
from .order_write import Deed, Slots

WHERE: Final = "address"


def args(desk: Desk, order: Order) -> ChangeOrder:
    return ChangeOrder(order_id=order.order_id, change=Change.ADDRESS, address=Address(**desk.get(WHERE)))


def candidates(desk: Desk) -> list[OrderSummary]:
    orders = their_orders.known(desk)
    return [one for one in orders if one.status is OrderStatus.PENDING] or their_orders.in_question(desk)


def detail(desk: Desk, order: Order) -> None:
    """The latest address in their words; the country is the order's unless they name one."""
    if desk.get(WHERE) is not None:
        return
    country = order.address.country if order.address is not None else ""
    said = desk.get("words") or [desk.text]
    in_two = [", ".join(said[-2:])] if len(said) > 1 else []  # the street, and when asked again the town
    for text in [*reversed(said), *in_two]:
        found = addresses.find(text, country)
        if found is not None:
            desk.put(WHERE, found, "customer")
            return


def changed(desk: Desk) -> bool:
    """ "No, 14 Elm Street": another address, or another street in the same town, instead of what was read back."""
    before = desk.get(WHERE)
    found = addresses.find(desk.text, before["country"]) if before else None
    if found is None and before and (line := addresses.street(desk.text)) is not None:
        found = {**before, "first": line}
    if found is None or found == before:
        return False
    desk.put(WHERE, found, "customer")
    return True


def ask(desk: Desk) -> None:
    desk.ask(
        "write.ask.address" if desk.get("asked_detail") == 1 else "write.ask.address.again", order=desk.get("order_id")
    )


def slots(desk: Desk, order: Order, reading: Reading) -> Slots:
    assert isinstance(reading.case.args, ChangeOrder)
    assert reading.case.args.address is not None
    return {"order": order.order_id, "address": reading.case.args.address.one_line}


DEED: Final = Deed(
    name="change_address",
    title="Change an order's address",
    capability="change_order",
    candidates=candidates,
    args=args,
    slots=slots,
    shows=lambda desk, order: order.address == Address(**desk.get(WHERE)),
    detail=detail,
    ask=ask,
    open=lambda desk: desk.get(WHERE) is None,
    changed=changed,
    choices=True,
)
WORKFLOW: Final = order_write.build(DEED)
