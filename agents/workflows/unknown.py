"""What isn't understood is asked about once; the second time a person takes it (escalation.py counts)."""

from __future__ import annotations

from agents.desk import Desk
from agents.workflow import Kind, Node, Workflow, edges


def clarify(desk: Desk) -> None:
    """Offer the two nearest matters when there are any; the next message is read as a new one."""
    if desk.answer.outside:
        desk.ask("out_of_scope")
        return
    titles = [desk.kit.taxonomy[guess.name].title for guess in desk.answer.guesses[:2]]
    if len(titles) == 2:
        desk.ask("unclear.first", option_a=titles[0], option_b=titles[1])
    elif titles:
        desk.ask("unclear.first.one", option_a=titles[0])
    else:
        desk.ask("unclear.first.open")


WORKFLOW = Workflow(
    name="unknown",
    title="Not understood yet",
    nodes=(Node("clarify", Kind.ASK, "Ask what it is about, once", clarify, writes=("matter",)),),
    edges=edges(("clarify", "otherwise", "handoff:not-understood")),
)
