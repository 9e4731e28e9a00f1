"""How a subscription stands: the record says whether it runs and to when it is paid; the pages, what it costs and
brings. Nothing is changed from here."""

from __future__ import annotations

import re
from typing import Final

from agents.desk import Desk
from agents.workflow import Kind, Node, Workflow, edges
from tools.shapes import Account

from . import answer_question
from .account_write import until
from .records import account_of

_ITS_STATE: Final = re.compile(
    r"\b(?:when|until|till|how\s+long|renew\w*|expir\w*|run(?:s|ning)?\s*(?:out|to|until)?|end(?:s|ed|ing)?|still|active|paid"
    r"|next\s+(?:charge|payment|bill\w*)|due|status|do\s+i\s+have|am\s+i|have\s+i\s+got|my\s+current|my\s+plan"
    r"|my\s+subscription|my\s+membership)\b",
    re.IGNORECASE,
)
_PRICE: Final = re.compile(
    r"\b(?:cost\w*|price\w*|how\s+much|fee|dear(?:er)?|expensive)\b|\bwhat\b[^.?!]{0,20}\bpay\b", re.I
)
STATES: Final = frozenset({"active", "cancelled", "ended", "none"})


def asks_of_theirs(desk: Desk) -> bool:
    """Signed in, and about what the record knows; what it costs stands on a page alone."""
    is_theirs = _ITS_STATE.search(desk.text) is not None and not _PRICE.search(desk.text)
    return desk.customer_ref is not None and is_theirs


def account(desk: Desk) -> None:
    desk.look("get_customer")


def state_of(desk: Desk) -> str:
    found = account_of(desk)
    return found.subscription_status if found is not None else ""


def tell(desk: Desk) -> None:
    """With the day to which it is paid, where that is known; behind that day it is over."""
    found = account_of(desk)
    assert found is not None
    if found.subscription_status == "none":
        desk.say("plan.none")
        return
    slots = until(desk, found)
    key = f"plan.{'over' if is_over(desk, found) else found.subscription_status}"
    line = desk.say(key if "date" in slots else f"{key}.no_date", **slots)
    line.facts += list(slots.values())


def is_over(desk: Desk, found: Account) -> bool:
    ends = found.plan_until
    has_run_out = found.subscription_status == "cancelled" and ends is not None and ends < desk.now.date()
    return found.subscription_status == "ended" or has_run_out


def leave_it(desk: Desk) -> None:
    desk.say("small.ok")


WORKFLOW: Final = Workflow(
    name="subscription_status",
    title="How a subscription stands",
    nodes=(
        Node("listen", Kind.DECIDE, "Is it about their own, or in general"),
        Node("account", Kind.LOOK, "Read the account", account, tools=("get_customer",)),
        Node("tell", Kind.SAY, "Say how it stands", tell),
        *answer_question.NODES,
        Node("leave_it", Kind.SAY, "Leave it, as the customer wishes", leave_it),
    ),
    edges=edges(
        ("listen", "asks_of_theirs", "account"),
        ("listen", "otherwise", "search"),
        ("account", "unreadable", "handoff:tool-failed"),
        ("account", "known", "tell"),
        ("account", "otherwise", "search"),
        ("tell", "otherwise", "done"),
        *answer_question.EDGES,
        ("leave_it", "otherwise", "done"),
    ),
    conditions={
        **answer_question.CONDITIONS,
        "asks_of_theirs": asks_of_theirs,
        "unreadable": lambda d: not d.results["get_customer"].ok,
        "known": lambda d: state_of(d) in STATES,
    },
)
