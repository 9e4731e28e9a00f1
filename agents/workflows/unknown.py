"""What isn't understood is asked about once; the second time a person takes it (escalation.py counts)."""

from __future__ import annotations

from agents.desk import Desk
from agents.workflow import Kind, Node, Workflow


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
    nodes=(Node("clarify", Kind.ASK, "Ask what it is about, once", clarify, writes=("matter",), waits=True),),
    edges=(),
)
