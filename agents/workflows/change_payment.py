"""An order that hasn't been sent is paid with something else: the first payment goes back, and it is paid anew."""

from __future__ import annotations

from typing import Final

from agents.desk import Desk
from agents.voice import wording
from approvals.cases import Reading
from tools.capabilities.change_order import Change, ChangeOrder
from tools.shapes import Order, PaymentMethod

from . import change_address, means, order_write
from .means import METHOD
from .order_write import Deed, Slots
from .records import account_of


def args(desk: Desk, order: Order) -> ChangeOrder:
    return ChangeOrder(order_id=order.order_id, change=Change.PAYMENT, method_id=str(desk.get(METHOD)))


def detail(desk: Desk, order: Order) -> None:
    """Another one of theirs: the one they name, or the only one; with no other the rules say what is against it."""
    account = account_of(desk)
    means.know(desk, account)
    desk.put("paid", means.label(account, means.paid_with(order)), "record")
    others = [one for one in means.own(account) if one.method_id != means.paid_with(order)]
    desk.put("others", [one.model_dump(mode="json") for one in others], "record")
    if desk.get(METHOD) is not None:
        return
    said = means.said(desk, others)
    if said is not None or len(others) <= 1:
        chosen = said or (others[0] if others else None)
        source = "customer" if said else "record"
        desk.put(METHOD, chosen.method_id if chosen else means.paid_with(order) or "unknown", source)


def ask(desk: Desk) -> None:
    others = [PaymentMethod.model_validate(one) for one in desk.get("others")]
    listed = [means.describe(desk, one) for one in others]
    slots = {"order": desk.get("order_id"), "method": desk.get("paid"), "order_list": wording.listing(listed, "or")}
    line = desk.ask("write.ask.method", **slots)
    line.facts += list(slots.values())
    line.choices = [{"label": text, "say": one.label} for text, one in zip(listed, others, strict=True)]


def slots(desk: Desk, order: Order, reading: Reading) -> Slots:
    assert reading.plan is not None
    account = account_of(desk)
    return {
        "order": order.order_id,
        "amount": desk.derived(wording.money(reading.plan.amount)),
        "method": means.label(account, str(desk.get(METHOD))),
        "old": means.label(account, means.paid_with(order)),
    }


def shows(desk: Desk, order: Order) -> bool:
    """Under this write's own key the sum was paid with the new one."""
    key = desk.get("call")["key"]
    return any(one.kind == "payment" and one.key == key and one.method_id == desk.get(METHOD) for one in order.entries)


DEED: Final = Deed(
    name="change_payment",
    title="Change how an order is paid",
    capability="change_order",
    candidates=change_address.candidates,
    args=args,
    slots=slots,
    shows=shows,
    detail=detail,
    ask=ask,
    open=lambda desk: desk.get(METHOD) is None,
    changed=means.changed,
    against={"same-method": "write.against.same_method"},
    choices=True,
)
WORKFLOW: Final = order_write.build(DEED)
