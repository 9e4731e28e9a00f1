"""Fear for an account or a card is a person's at once: no question, no look-up, and nothing is tried meanwhile.

Escalation sees most of it before any workflow begins (agents/escalation.py); this is the way of what it let through,
a concern beside another matter.
"""

from __future__ import annotations

from agents.workflow import Kind, Node, Workflow, edges

WORKFLOW = Workflow(
    name="security_report",
    title="Bring in the security team",
    nodes=(Node("alarm", Kind.DECIDE, "Bring in the security team at once"),),
    edges=edges(("alarm", "otherwise", "handoff:account-security-concern")),
)
