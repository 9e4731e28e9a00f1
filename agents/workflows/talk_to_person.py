"""A wish for a person is granted at once: no question comes before the handoff."""

from __future__ import annotations

from agents.workflow import Kind, Node, Workflow, edges

WORKFLOW = Workflow(
    name="talk_to_person",
    title="Talk to a person",
    nodes=(Node("grant", Kind.DECIDE, "Grant the wish for a person"),),
    edges=edges(("grant", "otherwise", "handoff:customer-asked-for-person")),
)
