"""What isn't understood is asked about once; the second time a person takes it (escalation.py counts).

Whoever only names a thing that they bought ("the lamp") hears where it is: from there they say what they want.
"""

from __future__ import annotations

import re
from typing import Final

from agents.desk import Desk
from agents.grammar.items import telling
from agents.intents.taxonomy import ORDER_STATUS
from agents.workflow import Kind, Node, Workflow, edges

from . import their_orders

FEW: Final = 12  # words: a thing and little else
_THAT_THING: Final = re.compile(r"\b(?:the|my|our|that|this|these|those)\s+[a-z]|\b\d{4,}\b", re.IGNORECASE)
_QUESTION: Final = re.compile(
    r"\?|^\W*(?:and\s+)?(?:what|which|who|why|how|do|does|did|is|are|can|could|may|will|would|have|has)\b",
    re.IGNORECASE,
)


def named(desk: Desk) -> None:
    """Look whether it is something of theirs."""
    desk.drop("order_id")
    if not may_name(desk) or not their_orders.read(desk):
        return
    their_orders.hear_which(desk)
    if desk.get("order_id") is not None:
        desk.got_on = True
        desk.turn_to(ORDER_STATUS, "order_id")


def may_name(desk: Desk) -> bool:
    """Signed in, calm, and short enough to be no more than the name of a certain thing."""
    names = _THAT_THING.search(desk.text) is not None and bool(telling(desk.text))
    short = names and len(desk.text.split()) <= FEW and not _QUESTION.search(desk.text)
    return desk.customer_ref is not None and ORDER_STATUS in desk.kit.taxonomy and short and not desk.in_a_hurry


def clarify(desk: Desk) -> None:
    """Offer the two nearest matters; the next message names one of them or something new. Nobody angry is quizzed."""
    if desk.answer.outside:
        desk.ask("out_of_scope")
        return
    if desk.in_a_hurry:
        desk.ask("unclear.upset")
        return
    offered = [] if "answer" in desk.filled else [guess.name for guess in desk.answer.guesses[:2]]
    desk.put("guesses", offered, "agent")
    titles = [desk.kit.taxonomy[name].title for name in offered]
    if len(titles) == 2:
        line = desk.ask("unclear.first", option_a=titles[0], option_b=titles[1])
    elif titles:
        line = desk.ask("unclear.first.one", option_a=titles[0])
    else:
        line = desk.ask("unclear.first.open")
    line.choices = [{"label": title[:1].upper() + title[1:], "say": title} for title in titles]


WORKFLOW = Workflow(
    name="unknown",
    title="Not understood yet",
    nodes=(
        Node(
            "named",
            Kind.LOOK,
            "Look whether they name a thing of theirs",
            named,
            writes=("order_id",),
            tools=("get_customer",),
        ),
        Node("clarify", Kind.ASK, "Ask what it is about, once", clarify, writes=("matter",), waits=True),
    ),
    edges=edges(("named", "theirs", "done"), ("named", "otherwise", "clarify")),
    conditions={"theirs": lambda d: d.get("order_id") is not None},
)
