"""The same again for what came broken, wrong or not at all; the money back instead is always open to them."""

from __future__ import annotations

import re
from typing import Final

from agents.desk import Desk
from agents.voice import wording
from approvals.cases import Reading
from tools.capabilities.process_refund import ReasonCode
from tools.capabilities.process_return import ProcessReturn, ReturnKind
from tools.return_case import is_quiet
from tools.shapes import Order, OrderStatus, OrderSummary

from . import order_write, their_orders
from .order_write import Deed, Slots
from .refund import LINES, LISTED, WHY, choose_lines
from .write_tail import YES_NO

# The parcel as a whole, not a thing out of it.
_ONE: Final = re.compile(r"\b(?:an?|the|another)\s+(?:[\w-]+\s+)?one\b", re.IGNORECASE)  # "the bigger one"
_NOTHING_CAME: Final = re.compile(
    r"\b(?:parcel|package|order|delivery|box|it)\b[^.?!]{0,40}\b(?:never|not|isn'?t|hasn'?t|wasn'?t|nowhere|missing|lost)\b"
    r"|\bnever\s+(?:got|received|arrived|came|turned\s+up)\b|\b(?:lost|missing)\s+(?:parcel|package|order)\b"
    r"|\bsays\s+(?:it\s+was\s+|it'?s\s+)?delivered\b",
    re.IGNORECASE,
)
NAMES: Final = "names"
ALL_OF_IT: Final = ("all of it", "all", "both", "everything", "the whole order")
INSTEAD: Final = {"label": "Money back instead", "say": "I want a refund instead"}


def args(desk: Desk, order: Order) -> ProcessReturn:
    said = str(desk.get(WHY) or ReasonCode.MISSING.value)
    lines = [str(line) for line in desk.get(LINES) or ()]
    return ProcessReturn(
        order_id=order.order_id, kind=ReturnKind.REPLACEMENT, lines=lines, reason_code=ReasonCode(said)
    )


def candidates(desk: Desk) -> list[OrderSummary]:
    return [one for one in their_orders.known(desk) if one.status is not OrderStatus.CANCELLED]


def detail(desk: Desk, order: Order) -> None:
    """Which lines: named, all, the only one; of a parcel that nobody has scanned for a week all that was in it."""
    quiet = {
        line for parcel in order.parcels if is_quiet(parcel, order.placed_at, desk.now) for line in parcel.line_ids
    }
    if quiet and not desk.get(LINES):
        desk.put(LINES, sorted(quiet), "record")
        return
    choose_lines(desk, order)
    left = [line for line in order.lines if not line.refunded]
    if not desk.get(LINES) and any(_NOTHING_CAME.search(text) for text in desk.get("words") or [desk.text]):
        desk.put(LINES, [line.line_id for line in left], "customer")
    note_left(desk, order)


def note_left(desk: Desk, order: Order) -> None:
    """What may be named, for a question and an answer that come without the record."""
    left = [line for line in order.lines if not line.refunded]
    desk.put("left", [line.product for line in left], "record")
    desk.put("line_names", {line.line_id: line.product for line in left}, "record")


def choose_those_before(desk: Desk, order: Order) -> None:
    """ "Rather exchange it": what was spoken about just now, in this order."""
    lines = {line.line_id for line in order.lines} & set(desk.focus.get("lines") or ())
    means_those = their_orders.means_it(desk) or _ONE.search(desk.text)
    if not desk.get(LINES) and lines and desk.focus.get("order") == order.order_id and means_those:
        desk.put(LINES, sorted(lines), "agent")


def ask(desk: Desk) -> None:
    order = str(desk.get("order_id"))
    line = desk.ask("refund.which_items", order=order, order_list=wording.listing(desk.get("left") or []))
    line.facts += [order, *(desk.get("left") or [])]
    desk.put(LISTED, list(desk.get("line_names") or {}), "record")
    desk.put(NAMES, [*(desk.get("left") or []), *ALL_OF_IT], "record")
    line.choices = [{"label": one, "say": one} for one in desk.get("left") or []] + [
        {"label": "All of it", "say": "All of it"}
    ]


def slots(desk: Desk, order: Order, reading: Reading) -> Slots:
    """What it costs is the plan's to say: it takes nothing."""
    assert reading.plan is not None
    items, price = order_write.items(order, reading.plan.line_ids), reading.plan.amount
    return {"order": order.order_id, "items": items, "cost": wording.cost(price)}


DEED: Final = Deed(
    name="replace_items",
    title="Send the same again",
    capability="process_return",
    candidates=candidates,
    args=args,
    slots=slots,
    shows=lambda desk, order: bool((desk.get("outcome_data") or {}).get("reference")),
    detail=detail,
    ask=ask,
    open=lambda desk: not desk.get(LINES),
    choices=True,
    choose=(*YES_NO, INSTEAD),
)
WORKFLOW: Final = order_write.build(DEED)
