"""The road of every write from the yes to the telling, whatever it is about: read anew, the rules once more, proposal,
Critic and gate, effect, a look at the record. What its nodes do alike, their edges, and what those mean; the workflow
brings what is special about it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from agents import writes
from agents.conditions import Guard, Means
from agents.desk import Desk
from agents.writes import DECISION

from .records import unreadable

YES_NO: Final = [{"label": "Yes, go ahead", "say": "Yes"}, {"label": "No", "say": "No"}]
COLLEAGUE: Final = "Shall I ask a colleague to look at it?"
SHUT: Final = ("authority-level", "capability-off", "dry-run")  # the release doesn't let the agent this far
CRITIC_SAID: Final = (
    "critic-timeout", "critic-error", "critic-malformed", "critic-unsure", "critic-rejected", "critic-missing",
)  # fmt: skip
Act = Callable[[Desk], None]
Row = tuple[str, str, str]


# what its nodes do ------------------------------------------------------------------------------------------------


def critic(say: Act) -> Act:
    """Critic, then the ladder. `say` tells what it waits for; so it does at `execute`."""

    def act(desk: Desk) -> None:
        writes.through_the_gate(desk)
        say_waiting(desk, say)

    return act


def execute(say: Act) -> Act:
    def act(desk: Desk) -> None:
        writes.carry_out(desk)
        say_waiting(desk, say)

    return act


def say_waiting(desk: Desk, say: Act) -> None:
    """The first time it waits the customer is told for whom; after that only news are."""
    if desk.parked is not None and desk.get("waited") != desk.parked:
        desk.put("waited", desk.parked, "agent")
        say(desk)


def waits_for_people(desk: Desk) -> bool:
    """Not for the company's system."""
    return desk.parked == DECISION


def accepted(desk: Desk) -> bool:
    """A person's look at what stands against it."""
    return desk.get("answer") in ("yes", "yes_but")


def said_no(desk: Desk) -> bool:
    """To what was read back."""
    return desk.get("answer") in ("no", "no_but")


def answered(desk: Desk) -> bool:
    return desk.get("answer") in ("yes", "no", "no_but")


def leave_it(desk: Desk) -> None:
    desk.say("write.left" if desk.get("offer") else "small.ok")


# the graph --------------------------------------------------------------------------------------------------------


def edges(kind: str) -> tuple[Row, ...]:
    """From the proposal on; `kind` stands before what went wrong with it."""
    return (
        ("propose", "otherwise", "critic"),
        ("critic", "cleared", "execute"),
        ("critic", "rejected", "turned_down"),
        *(("critic", code, f"handoff:{code}") for code in CRITIC_SAID),
        ("critic", "expired", "handoff:approval-expired"),
        ("critic", "not_reached", "handoff:authority-level"),
        ("critic", "otherwise", f"handoff:{kind}-stale"),
        ("execute", "confirmed", "audit"),
        ("execute", "rejected", "turned_down"),
        ("execute", "expired", "handoff:approval-expired"),
        ("execute", "refused", f"handoff:{kind}-refused"),
        ("execute", "dropped", f"handoff:{kind}-stale"),
        ("execute", "otherwise", f"handoff:{kind}-unknown"),
        ("audit", "unverified", f"handoff:{kind}-unverified"),
        ("audit", "otherwise", "tell"),
    )


EDGES: Final = (
    ("again", "unreadable", "handoff:tool-failed"),
    ("again", "otherwise", "fits"),
    ("fits", "holds", "propose"),
    ("fits", "allowed", "offer"),
    ("fits", "otherwise", "against"),
    *edges("write"),
)


def why_denied(desk: Desk) -> str:
    return str(desk.get("standing_why") if desk.get("outcome") is None else desk.get("outcome_why"))


def denied_as(code: str) -> Callable[[Desk], bool]:
    return lambda desk: why_denied(desk) == code


# What the edges mean; `holds`, `allowed` and `unverified` are the workflow's own guards.
CONDITIONS: Final[dict[str, Callable[[Desk], bool]]] = {
    "unreadable": unreadable,
    "cleared": Guard(Means.CLEARED),
    "rejected": denied_as("rejected"),
    "expired": denied_as("expired"),
    "not_reached": lambda d: why_denied(d) in SHUT,
    **{code: denied_as(code) for code in CRITIC_SAID},
    "confirmed": Guard(Means.CONFIRMED),
    "refused": lambda d: d.get("outcome") == "refused",
    "dropped": lambda d: d.get("outcome") == "dropped",
}
