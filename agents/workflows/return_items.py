"""Goods come back and their money follows: to where it came from, or on a gift card of theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from agents import writes
from agents.desk import Desk
from agents.voice import wording
from approvals.cases import Reading
from tools.capabilities.process_refund import ReasonCode
from tools.capabilities.process_return import ProcessReturn, ReturnKind
from tools.contract import Arguments
from tools.return_case import ReturnCase
from tools.rules import Verdict
from tools.shapes import Order, OrderStatus, OrderSummary

from . import means, order_write, replace_items, their_orders
from .means import METHOD
from .order_write import Deed, Slots
from .records import account_of
from .refund import LINES, WHY, changed_lines, choose_lines

Build = Callable[[Desk, Order, ReasonCode | None], Arguments]
TOO_LATE: Final = ("out-of-window", "no-window")


def args(desk: Desk, order: Order, why: ReasonCode | None = None) -> ProcessReturn:
    said = why or ReasonCode(str(desk.get(WHY) or ReasonCode.OTHER.value))
    lines = [str(line) for line in desk.get(LINES) or ()]
    method = str(desk.get(METHOD))
    return ProcessReturn(
        order_id=order.order_id, kind=ReturnKind.RETURN, lines=lines, reason_code=said, method_id=method
    )


def candidates(desk: Desk) -> list[OrderSummary]:
    """What has arrived; else all, so that the right one can be named."""
    orders = their_orders.known(desk)
    return [one for one in orders if one.status is OrderStatus.DELIVERED] or orders


def detail(desk: Desk, order: Order) -> None:
    """Which lines, and where the money goes; the reason only where the rules make a difference by it."""
    replace_items.note_left(desk, order)
    if order.status is not OrderStatus.DELIVERED:  # nothing can come back whatever they answer
        desk.put(LINES, [line.line_id for line in order.lines], "record")
    choose_lines(desk, order)
    replace_items.choose_those_before(desk, order)
    means.know(desk, account_of(desk))
    means.choose(desk, order, account_of(desk))
    note_why(desk, order, args, is_whole=bool(desk.get(LINES)))


def note_why(desk: Desk, order: Order, args: Build, *, is_whole: bool) -> None:
    """Whether the reason is worth a question: too late for a wish, and in time for a fault. No answer is one."""
    if desk.get("asked_why") and desk.get(WHY) is None:
        desk.put(WHY, ReasonCode.OTHER.value, "customer")
    desk.put("why_open", False, "agent")
    if not is_whole or desk.get(WHY) is not None:
        return
    plain, fault = (
        writes.read(desk, args(desk, order, why), order, account_of(desk)).decision.reason
        for why in (ReasonCode.OTHER, ReasonCode.DEFECTIVE)
    )
    desk.put("why_open", plain in TOO_LATE and fault not in TOO_LATE, "agent")


def ask(desk: Desk) -> None:
    if not desk.get("why_open"):
        replace_items.ask(desk)
        return
    desk.put("asked_why", True, "agent")
    desk.ask("refund.why", order=desk.get("order_id")).facts.append(desk.get("order_id"))


def slots(desk: Desk, order: Order, reading: Reading) -> Slots:
    case, plan = reading.case, reading.plan
    assert isinstance(case, ReturnCase)
    assert plan is not None
    return {
        "order": order.order_id,
        "items": order_write.items(order, plan.line_ids),
        "amount": desk.derived(wording.money(case.cents(case.value()))),
        "method": means.label(account_of(desk), str(desk.get(METHOD))),
        "masked_email": wording.masked_email(str(plan.facts["label_to"])),
    }


def changed(desk: Desk) -> bool:
    """Other items, another way for the money, or a reason where none was good enough."""
    was_allowed = (desk.get("decision") or {}).get("verdict") == Verdict.ALLOW.value
    other = [changed_lines(desk), means.changed(desk), not was_allowed and desk.hear(WHY)]
    return any(other)


DEED: Final = Deed(
    name="return_items",
    title="Send something back",
    capability="process_return",
    candidates=candidates,
    args=args,
    slots=slots,
    shows=lambda desk, order: order.status is OrderStatus.RETURN_REQUESTED,
    detail=detail,
    ask=ask,
    open=lambda desk: not desk.get(LINES) or bool(desk.get("why_open")),
    changed=changed,
    against={
        "not-delivered": "write.against.not_here",
        "not-delivered.pending": "write.against.not_sent",
        "not-delivered.return_requested": "write.against.return_open",
        "not-delivered.exchange_requested": "write.against.return_open",
    },
    choices=True,
)
WORKFLOW: Final = order_write.build(DEED)
