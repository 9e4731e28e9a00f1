"""Where is my order: whose account, which order or orders, what their parcels say."""

from __future__ import annotations

import re
from typing import Final

from django.conf import settings

from agents.desk import Desk
from agents.voice import wording
from agents.workflow import Kind, Node, Workflow, edges
from tools.contract import ErrorCode
from tools.shapes import Order

from . import their_orders
from .status_words import ASKS_BACK, TOLD, status_line

MOST_AT_ONCE: Final = 3
# A parcel that nobody has scanned for a week is sent again or paid back, as they like; a person may trace it.
LOST: Final = [
    {"label": "Send it again", "say": "Please send it again"},
    {"label": "Money back", "say": "I want my money back"},
    {"label": "Trace it", "say": "Yes, a colleague please"},
]
PASS_IT_ON: Final = "Shall I pass it on to a colleague?"  # noqa: S105 a question, no secret
# "My wife's order": whoever says so openly is told whose orders open here, whether that order exists or not.
_SOMEBODY_ELSES: Final = re.compile(
    r"\b(?:my|his|her|their|our)\s+(?:husband|wife|partner|mother|mom|mum|father|dad|son|daughter|brother|sister|friend"
    r"|boss|neighbou?r|colleague|flatmate|roommate|girlfriend|boyfriend|fianc[eé]e?|aunt|uncle|grand\w+)(?:'s|s'|’s)\s+"
    r"(?:\w+\s+)?(?:order|package|parcel|account|delivery|purchase)|[\w.+-]+@[\w.-]+(?:'s|’s)\b"
    r"|\b(?:someone|somebody|another\s+person)(?:\s+else)?(?:'s|’s)\s+(?:\w+\s+)?(?:order|account|package|parcel)\b"
    r"|\b(?:it'?s|its|it\s+is|that'?s|that\s+is)\s+(?:my|his|her|our)\s+(?:husband|wife|partner|mother|mom|mum|father|dad|son"
    r"|daughter|brother|sister|friend|boss|neighbou?r|colleague|flatmate|roommate|girlfriend|boyfriend)(?:'s|’s|s)\b"
    r"|\b(?:she|he)\s+(?:asked|wants|wanted|allowed|lets?)\s+(?:me|us)\s+to\b"
    r"|\bon\s+(?:my\s+\w+|someone\s+else|somebody\s+else)(?:'s|’s)\s+account\b",
    re.IGNORECASE,
)


_ZIP_ALONE: Final = re.compile(r"\s*(\d{5})(?:-\d{4})?\s*[.!]?\s*")
_ASKS: Final = re.compile(
    r"\b(?:what|when|where|why|how|which|who|whose|can|could|will|would|do|does|did|is|are)\b[^.!]*\?", re.IGNORECASE
)
_MINE: Final = re.compile(
    r"\bmine\b|\bmy\s+own\b|\b(?:one|which|what)\s+of\s+my\s+orders\b|\bmy\s+orders\b", re.IGNORECASE
)
_WHAT_NOW: Final = re.compile(
    r"\bwhat\s+(?:now|next|then|are\s+you|will\s+you|do\s+you|(?:can|could|should)\s+(?:i|you|we))\b", re.IGNORECASE
)


def listen(desk: Desk) -> None:
    """A number that is named needs no look at the account: the order itself says whose it is."""
    hear_orders(desk)
    hear_contact(desk)
    if desk.get("order_id") is None and their_orders.means_the_one_before(desk):
        desk.put("order_id", desk.focus["order"], "agent")


def hear_contact(desk: Desk) -> bool:
    """The e-mail address that the order was placed with, or the zip code that it went to: either opens it. True when
    they name something new."""
    if "email" in desk.filled or "zip" not in desk.filled:
        return desk.hear("email")
    before = desk.get("email")
    desk.put("email", desk.filled["zip"].value, "customer")
    return bool(desk.get("email") != before)


def hear_orders(desk: Desk) -> None:
    """The order that is named; with several, the others as well."""
    desk.hear("order_id")
    every = desk.filled.get("order_ids")
    if every is not None and isinstance(every.value, tuple) and desk.get("order_id") in every.value:
        desk.put("also", [o for o in every.value if o != desk.get("order_id")][: MOST_AT_ONCE - 1], "customer")


def account(desk: Desk) -> None:
    """Read the customer's account, and read their words again now that their orders are known."""
    if their_orders.read(desk):
        their_orders.hear_which(desk)
        candidates = their_orders.holding(desk, their_orders.in_question(desk))
        unnamed = desk.get("order_id") is None and desk.get("not_found") is None
        if unnamed and "all" in desk.filled:
            take_all(desk, [o.order_id for o in candidates])
        elif unnamed and len(candidates) == 1 and not is_somebody_elses(desk):
            desk.put("order_id", candidates[0].order_id, "record")


def take_all(desk: Desk, ids: list[str]) -> None:
    """Every order in question, as many as fit in one answer."""
    if ids:
        desk.put("order_id", ids[0], "record")
        desk.put("also", ids[1:MOST_AT_ONCE], "record")


def is_somebody_elses(desk: Desk) -> bool:
    return desk.get("order_id") is None and _SOMEBODY_ELSES.search(desk.text) is not None


def which(desk: Desk) -> None:
    """Ask which order; what is listed can be tapped."""
    if not desk.returning:
        hear_choice(desk)
    if desk.get("order_id") is not None:
        return
    if desk.get("not_theirs") and not desk.returning and _MINE.search(desk.text):
        desk.drop("not_theirs")
        desk.drop("not_found")
        desk.put("asked", 1, "agent")
        desk.got_on = True
        theirs = their_orders.in_question(desk)
        if len(theirs) == 1:
            desk.put("order_id", theirs[0].order_id, "record")
        else:
            their_orders.ask_which(desk)
        return
    if not is_somebody_elses(desk) and their_orders.asks_about(desk, their_orders.known(desk)):
        return
    if not desk.returning and desk.count("asked") > settings.HANDRAIL["max_asks"]:
        return
    if not desk.returning and is_somebody_elses(desk):
        desk.put("not_theirs", True, "agent")
        desk.ask("not_yours")
    elif not desk.returning and their_orders.means_older(desk):
        their_orders.ask_older(desk)
    elif desk.get("not_found") and desk.get("asked") == 1:
        their_orders.ask_again_for(desk, str(desk.get("not_found")))
    else:
        their_orders.ask_which(desk)


def hear_choice(desk: Desk) -> None:
    """The answer to the list: a number, a thing, a place in it, all of it, or yes to the likeliest."""
    their_orders.hear_which(desk)
    if desk.get("order_id") is None and "all" in desk.filled:
        take_all(desk, list(desk.get("offered") or ()))
    said = desk.filled.get("answer")
    desk.put("choice", said.value if said is not None else None, "customer")


def identify(desk: Desk) -> None:
    """Not signed in: the order number and what goes with it, its e-mail address or zip code, are the proof."""
    bare = _ZIP_ALONE.fullmatch(desk.text) if desk.get("order_id") and "zip" not in desk.filled else None
    if bare is not None:  # the number is known: five digits alone are the answer to the other question
        desk.heard_already("order_id", "order_ids")
        desk.put("email", bare[1], "customer")
    elif any([desk.hear("order_id"), hear_contact(desk)]) and not desk.returning:
        desk.put("asked", 0, "agent")  # a step forward: asking for the rest is not asking again
    if ("email" in desk.filled or "zip" in desk.filled) and desk.get("order_id") is None and desk.get("not_found"):
        desk.put("order_id", desk.get("not_found"), "customer")  # the number was right, the address wasn't
    if desk.get("order_id") and desk.get("email") is None and desk.get("not_found") is None:
        desk.recall("email")
    if desk.get("order_id") and desk.get("email"):
        return
    if not desk.returning and desk.count("asked") > settings.HANDRAIL["max_asks"]:
        return
    example = desk.kit.pack.example_order_id
    if desk.get("not_found"):
        desk.ask("order_not_found.unknown" if "@" in str(desk.get("email") or "@") else "order_not_found.unknown.zip")
    elif desk.get("order_id"):
        desk.ask("ask_order.email", order=desk.get("order_id"))
    elif desk.get("email"):
        desk.ask("ask_order.number", example=example)
    elif desk.get("asked") == 1 and not desk.returning:
        desk.ask("ask_order.unknown", example=example)
    else:
        desk.ask("ask_order.unknown.again")


def order(desk: Desk) -> None:
    """Read what was named. An order that isn't theirs is not found, like one that doesn't exist."""
    ids = [str(desk.get("order_id")), *(desk.get("also") or ())]
    contact = {"contact": desk.get("email")} if desk.customer_ref is None else {}
    results = desk.look_each("get_order", [{"order_id": order_id, **contact} for order_id in ids])
    for result in results:
        if result.ok:
            found = Order.model_validate(result.data)
            parcels = {digits for parcel in found.parcels if (digits := their_orders.digits_of(parcel.tracking_id))}
            desk.own_ids |= parcels | {their_orders.digits_of(found.order_id)}
    unseen = [i for i, result in zip(ids, results, strict=True) if result.error == ErrorCode.NOT_FOUND]
    desk.put("unseen", unseen, "agent")
    if len(unseen) == len(ids):
        desk.put("not_found", ids[0], "customer")
        desk.count("misses")


def found_orders(desk: Desk) -> list[Order]:
    """The orders that this turn's look has found."""
    asked = [answer for answer in desk.answers if answer.capability == "get_order" and answer.ok]
    return [Order.model_validate(answer.data) for answer in asked]


def is_unreadable(desk: Desk) -> bool:
    asked = [answer for answer in desk.answers if answer.capability == "get_order"]
    return any(not answer.ok and answer.error != ErrorCode.NOT_FOUND for answer in asked)


def forget_the_number(desk: Desk) -> None:
    """What wasn't found is asked for again."""
    desk.drop("order_id")
    desk.drop("also")
    desk.heard_already("order_id", "order_ids", "email", "zip", "all")


def tell(desk: Desk) -> None:
    """Say where it is. When something is wrong with it, ask whether a colleague shall look."""
    if desk.get("told"):
        hear_answer(desk, PASS_IT_ON, again="status.stuck.again" if desk.get("told") == "status.stuck" else None)
        return
    found = found_orders(desk)
    for order_id in desk.get("unseen") or ():
        desk.say("order_not_found.among", typed=order_id).facts.append(order_id)
    if len(found) == 1:
        tell_one(desk, found[0])
    else:
        tell_each(desk, found)


def hear_answer(desk: Desk, question: str, again: str | None = None) -> None:
    """The answer to an offer; it is repeated once when none can be heard, and behind a digression. `again`: the line
    that repeats an offer of more than a yes or a no."""
    desk.hear("answer")
    asks_else = _ASKS.search(desk.text) and not _WHAT_NOW.search(desk.text)
    if not desk.returning and (desk.get("answer") is not None or desk.count("unclear") > 1):
        return
    if again is not None and (desk.returning or not asks_else):
        desk.ask(again)
    elif desk.returning:
        desk.ask("back_to", question=question)
    else:
        desk.ask("unclear.question" if "?" in desk.text else "unclear.answer", question=question)


def tell_one(desk: Desk, found: Order) -> None:
    key, slots = status_line(desk, found)
    desk.put("told", key, "agent")
    if key in ASKS_BACK:
        partner_note(desk, found)
        line = desk.ask(key, **slots)
        line.otherwise = type(line)(TOLD[key], slots)
        line.choices = LOST if key == "status.stuck" else []
    else:
        desk.say(key, **slots)
        partner_note(desk, found)


def partner_note(desk: Desk, found: Order) -> None:
    """Who sends it, when that isn't us and it is on its way or there."""
    if found.partner is not None and found.parcels:
        desk.say("status.partner", partner=found.partner)


def tell_each(desk: Desk, found: list[Order]) -> None:
    """Several orders: each in its own lines, and one question for all that something is wrong with."""
    wrong = []
    for one in found:
        key, slots = status_line(desk, one)
        desk.say(TOLD.get(key, key), **slots)
        wrong += [one.order_id] if key in ASKS_BACK else []
    desk.put("told", "several", "agent")
    if wrong:
        all_ids = [str(desk.get("order_id")), *(desk.get("also") or ())]
        desk.put("order_id", wrong[0], "record")  # the one that matters from here on
        desk.put("also", [i for i in all_ids if i != wrong[0]], "record")
        desk.ask("status.several", order_list=wording.listing(wrong))


def tell_none(desk: Desk) -> None:
    desk.say("ask_order.none")


def leave_it(desk: Desk) -> None:
    """The customer doesn't want a colleague to look."""
    if desk.get("answer") is not None or desk.get("unclear"):
        desk.say("small.ok")


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
        Node(
            "order",
            Kind.LOOK,
            "Read the order or orders",
            order,
            reads=("order_id", "also", "email"),
            tools=("get_order",),
        ),
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
        ("order", "order_unreadable", "handoff:tool-failed"),
        ("order", "order_read", "tell"),
        ("order", "missed_twice", "handoff:order-not-found"),
        ("order", "otherwise", "missing"),
        ("missing", "signed_in", "account"),
        ("missing", "otherwise", "identify"),
        ("tell", "wants_a_person", "handoff:delivery-problem"),
        ("tell", "unheard", "handoff:offer-not-answered"),
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
        "no_orders": lambda d: not their_orders.known(d),
        "order_read": lambda d: bool(found_orders(d)),
        "order_unreadable": is_unreadable,
        "unheard": lambda d: d.get("told") == "status.stuck" and d.get("answer") is None and bool(d.get("unclear")),
        "wants_a_person": lambda d: d.get("answer") in ("yes", "yes_but"),
        "missed_twice": lambda d: int(d.get("misses") or 0) >= 2,
    },
)
