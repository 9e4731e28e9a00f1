"""An answer that was none: nothing is quoted a second time, a person is offered."""

from __future__ import annotations

from typing import Final

from agents.desk import Desk
from agents.workflow import Kind, Node, Workflow, edges

from .order_status import hear_answer

ANSWER_HERE: Final = "Shall I bring in a colleague?"


def offer(desk: Desk) -> None:
    if desk.get("told"):
        hear_answer(desk, ANSWER_HERE)
        return
    desk.put("told", "unhelped", "agent")
    desk.ask("unhelped")


def leave_it(desk: Desk) -> None:
    desk.say("small.ok")


WORKFLOW = Workflow(
    name="unhelped",
    title="The answer didn't help",
    nodes=(
        Node("offer", Kind.ASK, "Offer a person", offer, writes=("answer",)),
        Node("leave_it", Kind.SAY, "Leave it, as the customer wishes", leave_it),
    ),
    edges=edges(
        ("offer", "yes", "handoff:answer-not-helpful"),
        ("offer", "otherwise", "leave_it"),
        ("leave_it", "otherwise", "done"),
    ),
    conditions={"yes": lambda d: d.get("answer") in ("yes", "yes_but")},
)
