"""The road of every simple write from the yes to the telling, whatever it is about: read anew, the rules once more,
proposal, Critic and gate, effect, a look at the record. The workflow brings the nodes; their names and edges are these.
"""

from __future__ import annotations

from typing import Final

from agents.conditions import Guard, Means

from . import refund
from .refund import SHUT, denied_as, unreadable, why_denied

EDGES: Final = (
    ("again", "unreadable", "handoff:tool-failed"),
    ("again", "otherwise", "fits"),
    ("fits", "holds", "propose"),
    ("fits", "allowed", "offer"),
    ("fits", "otherwise", "against"),
    ("propose", "otherwise", "critic"),
    ("critic", "cleared", "execute"),
    ("critic", "rejected", "turned_down"),
    *(("critic", code, f"handoff:{code}") for code in refund.CRITIC_SAID),
    ("critic", "expired", "handoff:approval-expired"),
    ("critic", "not_reached", "handoff:authority-level"),
    ("critic", "otherwise", "handoff:write-stale"),
    ("execute", "confirmed", "audit"),
    ("execute", "rejected", "turned_down"),
    ("execute", "expired", "handoff:approval-expired"),
    ("execute", "refused", "handoff:write-refused"),
    ("execute", "dropped", "handoff:write-stale"),
    ("execute", "otherwise", "handoff:write-unknown"),
    ("audit", "unverified", "handoff:write-unverified"),
    ("audit", "otherwise", "tell"),
)

# What the edges mean; `holds`, `allowed` and `unverified` are the workflow's own guards.
CONDITIONS: Final = {
    "unreadable": unreadable,
    "cleared": Guard(Means.CLEARED),
    "rejected": denied_as("rejected"),
    "expired": denied_as("expired"),
    "not_reached": lambda d: why_denied(d) in SHUT,
    **{code: denied_as(code) for code in refund.CRITIC_SAID},
    "confirmed": Guard(Means.CONFIRMED),
    "refused": lambda d: d.get("outcome") == "refused",
    "dropped": lambda d: d.get("outcome") == "dropped",
}
