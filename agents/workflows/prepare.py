"""Understood, and a person carries it out: the order and the reason are noted, and nobody is kept long."""

from __future__ import annotations

import re
from typing import Final

from django.conf import settings

from agents.desk import Desk
from agents.intents.taxonomy import Intent
from agents.workflow import Kind, Node, Workflow, edges
from tools.shapes import OrderSummary

from . import their_orders
from .order_status import hear_answer

REASON: Final = "needs-person"  # the run's intent is added to it: needs-person:refund_request
PASS_ON: Final = "Shall I pass it on to a colleague?"  # noqa: S105 a question, no secret
_ASKS_AFTER: Final = re.compile(r"\b(?:where(?:'s|\s+is)|when|status|still|yet)\b", re.IGNORECASE)
ORDER, OPEN_ORDER, WHY = "order_id", "open_order", "reason"
_CANT_SAY: Final = re.compile(
    r"\b(?:do\s*n[o']?t|do\s+not|can'?t|cannot|no)\s+(?:know|remember|recall|tell|find|have|idea|clue)\b|\bnot\s+sure\b|\bwhatever\b",
    re.IGNORECASE,
)


def note(desk: Desk) -> None:
    """What their words say already; an order spoken about just now is the one they mean unless they name another."""
    desk.hear(ORDER, WHY, "item", "email")
    every = desk.filled.get("order_ids")
    if every is not None and isinstance(every.value, tuple) and len(every.value) > 1:
        desk.put("also", [o for o in every.value if o != desk.get(ORDER)], "customer")
    if desk.get(ORDER) is None and desk.focus.get("order") and "item" not in desk.filled:
        desk.put(ORDER, desk.focus["order"], "agent")


def intent(desk: Desk) -> Intent:
    return desk.kit.taxonomy[str(desk.get("intent"))]


def lacks_order(desk: Desk) -> bool:
    """Worth a question: it belongs to the matter, it isn't known, and nothing is more urgent than asking."""
    belongs = bool({ORDER, OPEN_ORDER} & set(intent(desk).details))
    return belongs and desk.get(ORDER) is None and not desk.in_a_hurry


def lacks_reason(desk: Desk) -> bool:
    """Whoever asks where their money is has given the reason long ago."""
    asks_after = _ASKS_AFTER.search(desk.text) is not None
    return WHY in intent(desk).details and desk.get(WHY) is None and not desk.in_a_hurry and not asks_after


def candidates(desk: Desk) -> list[OrderSummary]:
    """The orders that the matter can be about."""
    return their_orders.in_question(desk) if OPEN_ORDER in intent(desk).details else their_orders.known(desk)


def press(desk: Desk) -> None:
    """Somebody wants it done at once, on their own authority: who decides is said before anybody is called."""
    if desk.get("pressed"):
        hear_answer(desk, PASS_ON)
        return
    desk.put("pressed", True, "agent")
    desk.ask("pressed")


def account(desk: Desk) -> None:
    """Their orders, so that "the kettle" is one of them; a single order needs no question."""
    if not their_orders.read(desk):
        return
    their_orders.hear_which(desk)
    orders = candidates(desk)
    if desk.get(ORDER) is None and len(orders) == 1:
        desk.put(ORDER, orders[0].order_id, "record")


def which(desk: Desk) -> None:
    """Ask for the order, twice at most; a customer who can't name it isn't kept from the person."""
    if desk.get("asked") and not desk.returning:
        if desk.get("orders"):
            their_orders.hear_which(desk)
        desk.hear(ORDER, WHY, "email", "answer")
        if desk.get(ORDER) is not None or desk.get("answer") or _CANT_SAY.search(desk.text):
            return
    if not desk.returning and desk.count("asked") > settings.HANDRAIL["max_asks"]:
        return
    if desk.get("orders"):
        their_orders.ask_which_for(desk, "later.which_order", candidates(desk))
    else:
        desk.ask("later.which_order.unknown", example=desk.kit.pack.example_order_id)


def why(desk: Desk) -> None:
    """Ask for the reason, once; whatever they answer goes along in their own words."""
    if desk.get("asked_why") and not desk.returning:
        desk.hear(WHY, ORDER)
        return
    desk.put("asked_why", True, "agent")
    order = desk.get(ORDER)
    line = desk.ask("later.why", order=order) if order else desk.ask("later.why.no_order")
    line.facts.append(order)


def leave_it(desk: Desk) -> None:
    desk.say("small.ok")


WORKFLOW = Workflow(
    name="prepare",
    title="Prepare it for a person",
    nodes=(
        Node("note", Kind.DECIDE, "Note what is known already", note, writes=(ORDER, WHY, "item", "email")),
        Node("press", Kind.ASK, "Say who decides, and offer to pass it on", press, writes=("answer",)),
        Node("account", Kind.LOOK, "Read their orders", account, writes=("orders", ORDER), tools=("get_customer",)),
        Node("which", Kind.ASK, "Ask which order", which, reads=("orders",), writes=(ORDER,)),
        Node("ready", Kind.DECIDE, "Is the reason known, or not needed"),
        Node("why", Kind.ASK, "Ask for the reason", why, writes=(WHY,)),
        Node("leave_it", Kind.SAY, "Leave it, as the customer wishes", leave_it),
    ),
    edges=edges(
        ("note", "pressed", "press"),
        ("note", "lacks_order_signed_in", "account"),
        ("note", "lacks_order", "which"),
        ("note", "otherwise", "ready"),
        ("press", "yes", f"handoff:{REASON}"),
        ("press", "otherwise", "leave_it"),
        ("account", "lacks_order", "which"),
        ("account", "otherwise", "ready"),
        ("which", "otherwise", "ready"),
        ("ready", "lacks_reason", "why"),
        ("ready", "otherwise", f"handoff:{REASON}"),
        ("why", "otherwise", f"handoff:{REASON}"),
        ("leave_it", "otherwise", "done"),
    ),
    conditions={
        "pressed": lambda d: d.tainted,
        "yes": lambda d: d.get("answer") in ("yes", "yes_but"),
        "lacks_order_signed_in": lambda d: lacks_order(d) and d.customer_ref is not None,
        "lacks_order": lacks_order,
        "lacks_reason": lacks_reason,
    },
)
