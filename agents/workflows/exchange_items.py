"""Another size or colour: of an order that hasn't left its items are changed, what has arrived is exchanged."""

from __future__ import annotations

from typing import Final

from agents import voice
from agents.desk import Desk
from agents.voice import wording
from approvals.cases import Reading
from tools.capabilities.change_order import Change, ChangeOrder
from tools.capabilities.process_refund import ReasonCode
from tools.capabilities.process_return import ProcessReturn, ReturnKind
from tools.order_case import SwapCase
from tools.shapes import Order, OrderStatus, OrderSummary

from . import articles, means, order_write, replace_items, return_items, their_orders
from .articles import NEW, NONE
from .means import METHOD
from .order_write import Deed, Slots
from .records import account_of
from .refund import LINES, WHY, choose_lines

OPEN: Final = (OrderStatus.PENDING, OrderStatus.DELIVERED)  # the others are on their way, or settled


def args(desk: Desk, order: Order, why: ReasonCode | None = None) -> ChangeOrder | ProcessReturn:
    lines, method = [str(line) for line in desk.get(LINES) or ()], str(desk.get(METHOD))
    new = [str(desk.get(NEW)[line]) for line in lines]
    if order.status is OrderStatus.PENDING:
        return ChangeOrder(order_id=order.order_id, change=Change.ITEMS, lines=lines, new_items=new, method_id=method)
    said = why or ReasonCode(str(desk.get(WHY) or ReasonCode.OTHER.value))
    kind = ReturnKind.EXCHANGE
    return ProcessReturn(
        order_id=order.order_id, kind=kind, lines=lines, reason_code=said, new_items=new, method_id=method
    )


def candidates(desk: Desk) -> list[OrderSummary]:
    orders = their_orders.known(desk)
    return [one for one in orders if one.status in OPEN] or orders


def detail(desk: Desk, order: Order) -> None:
    """Which lines, what instead, and who pays or gets the difference."""
    replace_items.note_left(desk, order)
    means.know(desk, account_of(desk), *articles.know(desk, order))
    means.choose(desk, order, account_of(desk))
    choose_lines(desk, order)
    replace_items.choose_those_before(desk, order)
    articles.line_by_wish(desk)
    if order.status not in OPEN:  # nothing can be exchanged whatever they answer
        desk.put(LINES, [line.line_id for line in order.lines], "record")
        desk.put(NEW, {line.line_id: NONE for line in order.lines}, "record")
    articles.choose(desk, order)
    articles.prepare(desk, order)
    is_whole = bool(desk.get(LINES)) and articles.open_line(desk) is None
    return_items.note_why(desk, order, args, is_whole=is_whole)


def ask(desk: Desk) -> None:
    if desk.get(LINES) and articles.open_line(desk) is not None:
        articles.ask(desk)
    else:
        return_items.ask(desk)


def slots(desk: Desk, order: Order, reading: Reading) -> Slots:
    case, plan = reading.case, reading.plan
    assert isinstance(case, SwapCase)
    assert plan is not None
    told = {
        "case": "pending" if order.status is OrderStatus.PENDING else "delivered",
        "order": order.order_id,
        "swap": articles.swapped(order, desk.get(NEW), list(plan.line_ids)),
        "money_sentence": money_sentence(desk, case.difference(), case),
    }
    label_to = plan.facts.get("label_to")
    return {**told, "masked_email": wording.masked_email(str(label_to))} if label_to else told


def money_sentence(desk: Desk, cents: int, case: SwapCase) -> str:
    """Who pays the difference, or gets it."""
    key = "write.money.more" if cents > 0 else "write.money.less" if cents < 0 else "write.money.same"
    told = {"amount": wording.money(case.cents(abs(cents))), "method": means.label(case.account, case.args.method_id)}
    return desk.derived(voice.say(key, told, conversation=str(desk.work.public_id), pack=desk.kit.pack.voice))


def shows(desk: Desk, order: Order) -> bool:
    if order.status is OrderStatus.EXCHANGE_REQUESTED:
        return True
    new = desk.get(NEW)
    return order.changed and all(line.item_id == new[line.line_id] for line in order.lines if line.line_id in new)


def changed(desk: Desk) -> bool:
    """Another thing, another article, another way to pay, or a reason where none was good enough."""
    other = [return_items.changed(desk), articles.changed(desk)]
    return any(other)


DEED: Final = Deed(
    name="exchange_items",
    title="Exchange something",
    capability="process_return",
    or_else=("change_order",),
    candidates=candidates,
    args=args,
    slots=slots,
    shows=shows,
    detail=detail,
    ask=ask,
    open=lambda desk: not desk.get(LINES) or articles.open_line(desk) is not None or bool(desk.get("why_open")),
    changed=changed,
    against={
        **return_items.DEED.against,
        "other-product": "write.against.nothing_else",
        "not-available": "write.against.none_left",
    },
    choices=True,
)
WORKFLOW: Final = order_write.build(DEED)
