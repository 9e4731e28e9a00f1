"""A wish that customers can see to themselves and that a person carries out: the page says how, word for word, and a
colleague is offered. Without a good page, or when they have tried already, the colleague gets it at once."""

from __future__ import annotations

import re
from typing import Final

from agents.desk import Desk
from agents.workflow import Kind, Node, Workflow, edges

from . import answer_question, prepare
from .order_status import hear_answer

_TRIED: Final = re.compile(
    r"\b(?:already|again|still|twice|keeps?|kept|(?:\w+|\d+)\s+times|(?:does|did)\s*n[o']?t\s+work|nothing\s+happen\w*)\b",
    re.IGNORECASE,
)


def has_tried(desk: Desk) -> bool:
    """Whoever has done what the page says, or is angry, isn't sent to the page."""
    return desk.in_a_hurry or _TRIED.search(desk.text) is not None


def offer(desk: Desk) -> None:
    if desk.get("told"):
        hear_answer(desk, prepare.PASS_ON)
        return
    desk.put("told", "page", "agent")
    answer_question.tell(desk)
    desk.ask("page.or_person")


def leave_it(desk: Desk) -> None:
    desk.say("small.ok")


WORKFLOW = Workflow(
    name="page_or_person",
    title="Say how to do it, or pass it on",
    nodes=(
        Node(
            "search",
            Kind.LOOK,
            "Look for a page that says how",
            answer_question.search,
            writes=("quoted",),
            tools=("search_knowledge",),
        ),
        Node("offer", Kind.ASK, "Quote the page and offer a person", offer, reads=("quoted",), writes=("answer",)),
        Node("leave_it", Kind.SAY, "Leave it, as the customer wishes", leave_it),
    ),
    edges=edges(
        ("search", "tried", f"handoff:{prepare.REASON}"),
        ("search", "quotable", "offer"),
        ("search", "otherwise", f"handoff:{prepare.REASON}"),
        ("offer", "accepted", f"handoff:{prepare.REASON}"),
        ("offer", "otherwise", "leave_it"),
        ("leave_it", "otherwise", "done"),
    ),
    conditions={
        "tried": has_tried,
        "quotable": lambda d: answer_question.trusted(d) and not answer_question.stale(d),
        "accepted": lambda d: d.get("answer") in ("yes", "yes_but"),
    },
)
