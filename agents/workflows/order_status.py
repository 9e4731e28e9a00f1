"""Where is my order: whose account, which order, what its parcels say."""

from __future__ import annotations

from typing import Final

from django.conf import settings

from agents.desk import Desk
from agents.grammar import KnownOrder
from agents.voice import wording
from agents.workflow import Kind, Node, Workflow, edges
from tools.contract import ErrorCode
from tools.shapes import Account, Order, OrderStatus, OrderSummary

from .status_words import ASKS_BACK, status_line

OPEN: Final = frozenset({OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.SHIPPED})
MOST_LISTED: Final = 4
MOST_KNOWN: Final = 12
PASS_IT_ON: Final = "Shall I pass it on to a colleague?"


def listen(desk: Desk) -> None:
    """A number that is named needs no look at the account: the order itself says whose it is."""
    desk.hear("order_id", "email")


def account(desk: Desk) -> None:
    """Read the customer's account, and read their words again now that their orders are known."""
    result = desk.look("get_customer")
    if result.ok:
        known = Account.model_validate(result.data).orders[:MOST_KNOWN]
        desk.put("orders", [o.model_dump(mode="json") for o in known], "record")
        desk.own_ids |= {digits_of(o.order_id) for o in known}
        hear_which(desk, known)
        pick_the_obvious(desk, known)


def orders_of(desk: Desk) -> list[OrderSummary]:
    """The customer's orders as this run has read them, newest first."""
    return [OrderSummary.model_validate(row) for row in desk.get("orders") or ()]


def hear_which(desk: Desk, known: list[OrderSummary]) -> None:
    """Their own words may name an order by number, by what was in it, or by its place in the list."""
    if "order_id" not in desk.used:
        desk.read_again(tuple(KnownOrder(o.order_id, tuple(o.products)) for o in known))
        desk.hear("order_id")


def pick_the_obvious(desk: Desk, known: list[OrderSummary]) -> None:
    """One order, or one that is still open: nobody needs to be asked which."""
    candidates = [o for o in known if o.status in OPEN] or known
    unnamed = desk.get("order_id") is None and desk.get("not_found") is None
    if unnamed and len(candidates) == 1:
        desk.put("order_id", candidates[0].order_id, "record")


def which(desk: Desk) -> None:
    """Ask which order; what is listed can be tapped."""
    known = orders_of(desk)
    hear_which(desk, known)
    if desk.get("order_id") is not None or desk.count("asked") > settings.HANDRAIL["max_asks"]:
        return
    desk.facts.append(desk.get("orders"))
    listed = ([o for o in known if o.status in OPEN] or known)[:MOST_LISTED]
    offer(desk, listed)
    typed = desk.get("not_found")
    if typed is not None:
        line = desk.ask("order_not_found", typed=typed, order_list=listing(desk, listed))
    elif desk.get("asked") == 1:
        line = desk.ask(
            "ask_order.known",
            how_many=desk.derived(wording.count(len(listed), "order")),
            order_list=listing(desk, listed),
        )
    else:
        line = desk.ask("ask_order.known.again", likely_order=describe(desk, listed[0]))
    line.choices = [{"label": describe(desk, o), "say": o.order_id} for o in listed]


def identify(desk: Desk) -> None:
    """Not signed in: the order number and the e-mail address that goes with it are the proof."""
    desk.hear("order_id", "email")
    if "email" in desk.filled and desk.get("order_id") is None and desk.get("not_found"):
        desk.put("order_id", desk.get("not_found"), "customer")  # the number was right, the address wasn't
    if desk.get("order_id") and desk.get("email"):
        return
    if desk.count("asked") > settings.HANDRAIL["max_asks"]:
        return
    example = desk.kit.pack.example_order_id
    if desk.get("not_found"):
        desk.ask("order_not_found.unknown")
    elif desk.get("order_id"):
        desk.ask("ask_order.email", order=desk.get("order_id"))
    elif desk.get("email"):
        desk.ask("ask_order.number", example=example)
    elif desk.get("asked") == 1:
        desk.ask("ask_order.unknown", example=example)
    else:
        desk.ask("ask_order.unknown.again")


def order(desk: Desk) -> None:
    """Read the order. One that isn't theirs is not found, like one that doesn't exist."""
    args = {"order_id": desk.get("order_id")}
    if desk.customer_ref is None:
        args["contact"] = desk.get("email")
    result = desk.look("get_order", **args)
    if result.ok:
        found = Order.model_validate(result.data)
        parcels = {digits for parcel in found.parcels if (digits := digits_of(parcel.tracking_id))}
        desk.own_ids |= parcels | {digits_of(found.order_id)}
    elif result.error == ErrorCode.NOT_FOUND:
        desk.put("not_found", desk.get("order_id"), "customer")
        desk.count("misses")


def forget_the_number(desk: Desk) -> None:
    """What wasn't found is asked for again."""
    desk.drop("order_id")
    desk.heard_already("order_id", "email")


def tell(desk: Desk) -> None:
    """Say where it is. When something is wrong with it, ask whether a colleague shall look."""
    if desk.get("told"):
        desk.hear("answer")
        if desk.get("answer") is None and desk.count("unclear") == 1:
            desk.ask("unclear.answer", question=PASS_IT_ON)
        return
    found = Order.model_validate(desk.results["get_order"].data)
    key, slots = status_line(desk, found)
    desk.put("told", key, "agent")
    if found.partner is not None and found.parcels:
        desk.say("status.partner", partner=found.partner, items=slots["items"])
    if key in ASKS_BACK:
        desk.ask(key, **slots)
    else:
        desk.say(key, **slots)


def tell_none(desk: Desk) -> None:
    desk.say("ask_order.none")


def leave_it(desk: Desk) -> None:
    """The customer doesn't want a colleague to look."""
    if desk.get("answer") is not None or desk.get("unclear"):
        desk.say("small.ok")


def offer(desk: Desk, listed: list[OrderSummary]) -> None:
    """Remember what was listed, in order, so that "the second one" means something."""
    desk.put("offered", [o.order_id for o in listed], "record")


def describe(desk: Desk, order_: OrderSummary) -> str:
    """One order in a few words: its number and what was in it."""
    first, rest = order_.products[0], len(order_.products) - 1
    more = f" and {desk.derived(f'{rest} more')}" if rest else ""
    return f"{order_.order_id} ({first}{more})"


def listing(desk: Desk, orders: list[OrderSummary]) -> str:
    return wording.listing([describe(desk, o) for o in orders])


def digits_of(text: str) -> str:
    return "".join(ch for ch in text if ch.isdigit())


WORKFLOW = Workflow(
    name="order_status",
    title="Where is my order",
    nodes=(
        Node("who", Kind.DECIDE, "Signed in or not, number named or not", listen, writes=("order_id", "email")),
        Node(
            "account",
            Kind.LOOK,
            "Read the account and its orders",
            account,
            writes=("orders", "order_id"),
            tools=("get_customer",),
        ),
        Node("which", Kind.ASK, "Ask which order", which, reads=("orders",), writes=("order_id",)),
        Node("identify", Kind.ASK, "Ask for order number and e-mail", identify, writes=("order_id", "email")),
        Node("order", Kind.LOOK, "Read the order", order, reads=("order_id", "email"), tools=("get_order",)),
        Node("missing", Kind.SAY, "Forget a number that wasn't found", forget_the_number, writes=("order_id",)),
        Node("tell", Kind.ASK, "Say where it is; offer a colleague when something is wrong", tell, writes=("answer",)),
        Node("leave_it", Kind.SAY, "Leave it, as the customer wishes", leave_it),
        Node("tell_none", Kind.SAY, "Say that there are no orders", tell_none),
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
        ("order", "order_read", "tell"),
        ("order", "order_unreadable", "handoff:tool-failed"),
        ("order", "missed_twice", "handoff:order-not-found"),
        ("order", "otherwise", "missing"),
        ("missing", "signed_in", "account"),
        ("missing", "otherwise", "identify"),
        ("tell", "wants_a_person", "handoff:delivery-problem"),
        ("tell", "otherwise", "leave_it"),
        ("leave_it", "otherwise", "done"),
        ("tell_none", "otherwise", "done"),
    ),
    conditions={
        "signed_in": lambda d: d.customer_ref is not None,
        "signed_in_with_number": lambda d: d.customer_ref is not None and d.get("order_id") is not None,
        "account_unreadable": lambda d: not d.results["get_customer"].ok,
        "order_named": lambda d: d.get("order_id") is not None,
        "order_and_email_named": lambda d: d.get("order_id") is not None and d.get("email") is not None,
        "no_orders": lambda d: not orders_of(d),
        "order_read": lambda d: d.results["get_order"].ok,
        "order_unreadable": lambda d: d.results["get_order"].error != ErrorCode.NOT_FOUND,
        "wants_a_person": lambda d: d.get("answer") in ("yes", "yes_but"),
        "missed_twice": lambda d: int(d.get("misses") or 0) >= 2,
    },
)
