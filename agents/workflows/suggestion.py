"""An idea for the company: thanks, and a person hears of it when the customer wants that. Nothing is promised."""

from __future__ import annotations

from agents.desk import Desk
from agents.workflow import Kind, Node, Workflow, edges

from . import prepare
from .order_status import hear_answer


def thank(desk: Desk) -> None:
    if desk.get("told"):
        hear_answer(desk, prepare.PASS_ON)
        return
    desk.put("told", "thanks", "agent")
    desk.ask("suggestion.thanks")


def leave_it(desk: Desk) -> None:
    desk.say("small.ok")


WORKFLOW = Workflow(
    name="suggestion",
    title="An idea for the company",
    nodes=(
        Node("thank", Kind.ASK, "Thank them, and offer to pass it on", thank, writes=("answer",)),
        Node("leave_it", Kind.SAY, "Leave it, as the customer wishes", leave_it),
    ),
    edges=edges(
        ("thank", "accepted", f"handoff:{prepare.REASON}"),
        ("thank", "otherwise", "leave_it"),
        ("leave_it", "otherwise", "done"),
    ),
    conditions={"accepted": lambda d: d.get("answer") in ("yes", "yes_but")},
)
