"""Where the money is: what the record shows of a refund is told with its reference; nothing is paid from here.

Behind two weeks a colleague traces it. Where there is no refund on record, they hear that too, and what can be done.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.conf import settings

from agents import writes
from agents.desk import Desk
from agents.voice import wording
from agents.workflow import Kind, Node, Workflow, edges
from tools.shapes import Order, OrderStatus, OrderSummary, PaymentEntry

from . import order_status, refund_words, their_orders
from .order_status import forget_the_number, hear_answer
from .records import order_of

ORDER: Final = "order_id"
REFUND: Final = "refund_request"
TRACE: Final = "handoff:refund-to-trace"
LATE_AFTER: Final = timedelta(days=14)  # ten business days, the longest that a bank takes
# What goes back, or went: such an order is likelier meant than any other.
GOES_BACK: Final = frozenset(
    {OrderStatus.RETURN_REQUESTED, OrderStatus.EXCHANGE_REQUESTED, OrderStatus.RETURNED, OrderStatus.CANCELLED}
)
# Without a refund on record; otherwise nothing went back at all.
MISSING: Final = {
    OrderStatus.RETURNED: "status.returned",
    OrderStatus.RETURN_REQUESTED: "refund_status.returning",
    OrderStatus.CANCELLED: "refund_status.cancelled",
}
NONE: Final = "refund_status.none"
FIND_OUT: Final = "Shall a colleague find out?"
LOOK_AT_IT: Final = "Shall I look whether it can be refunded?"


def listen(desk: Desk) -> None:
    desk.hear(ORDER, "email")
    if desk.get(ORDER) is None and their_orders.means_the_one_before(desk):
        desk.put(ORDER, desk.focus["order"], "agent")


def account(desk: Desk) -> None:
    """Read their orders: the one that they name, the one just spoken about, or the only one that goes back."""
    if not their_orders.read(desk):
        return
    their_orders.hear_which(desk)
    if desk.get(ORDER) is not None or desk.get("not_found") is not None:
        return
    back = candidates(desk)
    if desk.focus.get("order") and "item" not in desk.filled:
        desk.put(ORDER, desk.focus["order"], "agent")
    elif len(back) == 1:
        desk.put(ORDER, back[0].order_id, "record")


def candidates(desk: Desk) -> list[OrderSummary]:
    known = their_orders.known(desk)
    return [order for order in known if order.status in GOES_BACK] or known


def which(desk: Desk) -> None:
    if desk.get("asked") and not desk.returning:
        their_orders.hear_which(desk)
        if desk.get(ORDER) is not None:
            return
    if not desk.returning and (desk.in_a_hurry or desk.count("asked") > settings.HANDRAIL["max_asks"]):
        return
    if desk.get("not_found") and desk.get("asked") == 1:
        their_orders.ask_again_for(desk, str(desk.get("not_found")))
    else:
        their_orders.ask_which_for(desk, "refund.which_order", candidates(desk))


def last_refund(order: Order) -> PaymentEntry | None:
    back = [entry for entry in order.entries if entry.kind == "refund"]
    return max(back, key=lambda entry: entry.at) if back else None


def tell(desk: Desk) -> None:
    """What the record shows. A refund that should be there, or isn't on record, comes with what can be done."""
    if desk.get("told"):
        question = LOOK_AT_IT if desk.get("told") == NONE else FIND_OUT
        hear_answer(desk, question)
        return
    order = order_of(desk)
    assert order is not None
    entry = last_refund(order)
    if entry is not None:
        tell_refund(desk, order, entry)
        return
    key = MISSING.get(order.status, NONE)
    desk.put("told", key, "agent")
    desk.ask(key, order=order.order_id, items=wording.listing(goods(order))).facts.append(goods(order))


def goods(order: Order) -> list[str]:
    return list(dict.fromkeys(line.product for line in order.lines))[:3]


def tell_refund(desk: Desk, order: Order, entry: PaymentEntry) -> None:
    slots: dict[str, Any] = {
        "amount": desk.derived(wording.money(entry.amount)),
        "order": order.order_id,
        "method": entry.method,
        "date": desk.derived(wording.day(entry.at, desk.now)),
        "reference": entry.reference,
    }
    is_late = desk.now - entry.at >= LATE_AFTER
    if is_late:
        slots["days"] = desk.derived(wording.count(wording.days_between(entry.at, desk.now), "day"))
    key = "refund_status.late" if is_late else "already.refunded"
    desk.put("told", key, "agent")
    line = desk.ask(key, **slots) if is_late else desk.say(key, **slots)
    line.facts += [entry.reference, entry.method]


def accepted(desk: Desk) -> bool:
    return desk.get("answer") in ("yes", "yes_but")


def go_on(desk: Desk) -> None:
    """They want what isn't on record yet: the refund itself, with its own rules."""
    desk.turn_to(REFUND, ORDER)


WORKFLOW: Final = Workflow(
    name="refund_status",
    title="Where a refund is",
    nodes=(
        Node("who", Kind.DECIDE, "Signed in or not, number named or not", listen, writes=(ORDER, "email")),
        Node("account", Kind.LOOK, "Read their orders", account, writes=("orders", ORDER), tools=("get_customer",)),
        Node("which", Kind.ASK, "Ask which order", which, reads=("orders",), writes=(ORDER,)),
        Node("identify", Kind.ASK, "Ask for order number and e-mail", order_status.identify, writes=(ORDER, "email")),
        Node("order", Kind.LOOK, "Read the order and its payments", order_status.order, reads=(ORDER, "email"),
             tools=("get_order",)),
        Node("missing", Kind.SAY, "Forget a number that wasn't found", forget_the_number, writes=(ORDER,)),
        Node("standing", Kind.SAY, "Say that it waits for people", refund_words.standing),
        Node("tell", Kind.ASK, "Say what the record shows, and what can be done", tell, writes=("answer",)),
        Node("refund", Kind.DECIDE, "Go on with the refund itself", go_on),
        Node("leave_it", Kind.SAY, "Leave it, as the customer wishes", order_status.leave_it),
        Node("tell_none", Kind.SAY, "Say that there are no orders", order_status.tell_none),
    ),
    edges=edges(
        ("who", "signed_in_with_number", "order"),
        ("who", "signed_in", "account"),
        ("who", "otherwise", "identify"),
        ("account", "account_unreadable", "handoff:tool-failed"),
        ("account", "order_named", "order"),
        ("account", "no_orders", "tell_none"),
        ("account", "otherwise", "which"),
        ("which", "order_named", "order"),
        ("which", "otherwise", "handoff:order-not-identified"),
        ("identify", "order_and_email_named", "order"),
        ("identify", "otherwise", "handoff:order-not-identified"),
        ("order", "order_unreadable", "handoff:tool-failed"),
        ("order", "waits_already", "standing"),
        ("order", "money_unknown", TRACE),
        ("order", "order_read", "tell"),
        ("order", "missed_twice", "handoff:order-not-found"),
        ("order", "otherwise", "missing"),
        ("missing", "signed_in", "account"),
        ("missing", "otherwise", "identify"),
        ("standing", "otherwise", "done"),
        ("tell", "wants_the_refund", "refund"),
        ("tell", "accepted", TRACE),
        ("tell", "otherwise", "leave_it"),
        ("refund", "otherwise", "done"),
        ("leave_it", "otherwise", "done"),
        ("tell_none", "otherwise", "done"),
    ),
    conditions={
        **{name: order_status.WORKFLOW.conditions[name] for name in (
            "signed_in", "signed_in_with_number", "account_unreadable", "order_named", "order_and_email_named",
            "no_orders", "order_read", "order_unreadable", "missed_twice")},
        "waits_already": lambda d: order_of(d) is not None and writes.on_order(d, str(d.get(ORDER))) is not None,
        "money_unknown": lambda d: (order := order_of(d)) is not None and order.money is None,
        "wants_the_refund": lambda d: accepted(d) and d.get("told") == NONE,
        "accepted": accepted,
    },
)  # fmt: skip
