"""Walking a workflow: node by node, first edge that holds, until it waits, or ends. Every step leaves a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from . import caps, consult
from .desk import Desk
from .ports import Step
from .workflow import DONE, HANDOFF, OTHERWISE, WRITES, Duty, Edge, Judgement, Kind, Node, Workflow, is_end

MAY_PARK: Final = frozenset({Kind.GATE, Kind.ACT})
# What a node's kind and duty promise → the step that its act must have left: (kind of the step, beginning of its name).
TRACES: Final[dict[Kind | Duty, tuple[str, str]]] = {
    Kind.PROPOSE: ("port", "write:propose"),
    Kind.GATE: ("port", "write:gate"),
    Kind.ACT: ("port", "write:execute"),
    Duty.RULES: ("rules", ""),
    Duty.RECORDS: ("port", "tool:"),
    Duty.AUDIT: ("port", "tool:"),
}


class BrokenPromiseError(RuntimeError):
    """A node did not do what it declares, so nothing that was proved of its graph holds; the turn stops."""


@dataclass(frozen=True)
class Rest:
    """Where a run came to rest: waiting at a node for a slot, parked until something outside the conversation has
    happened (it waits, and doesn't hold the floor), done, or handed off for a reason."""

    node: str
    waits_for: str | None = None
    reason: str | None = None
    parked: bool = False

    @property
    def waiting(self) -> bool:
        """For the customer."""
        return self.waits_for is not None and not self.parked

    @property
    def done(self) -> bool:
        return self.waits_for is None and self.reason is None


def advance(desk: Desk, workflow: Workflow, at: str | None = None) -> Rest:
    """Walk on from `at` (the node that waited), or from the start. What is said outside of that is the code's own."""
    desk.may_word = not any(node.kind in WRITES for node in workflow.nodes)
    try:
        return walk(desk, workflow, at or workflow.start)
    finally:
        desk.may_word = False


def walk(desk: Desk, workflow: Workflow, place: str) -> Rest:
    while not is_end(place):
        node = workflow.by_name[place]
        caps.before_step(desk)
        desk.circles.count("max_node_visits", f"{desk.run_id} {place}")
        if not step(desk, node):
            waits_for = desk.parked or node.writes[0]
            desk.ports.note("node", place, {"workflow": workflow.name, "kind": node.kind, "waits_for": waits_for})
            return Rest(place, waits_for=waits_for, parked=desk.parked is not None)
        edge = choose(desk, workflow, node)
        desk.ports.note("node", place, {"workflow": workflow.name, "kind": node.kind, "edge": edge[0], "to": edge[1]})
        place = edge[1]
    return Rest(place) if place == DONE else Rest(place, reason=place.removeprefix(HANDOFF))


def step(desk: Desk, node: Node) -> bool:
    """Do what the node does. False when it asked and now waits, or its write waits for somebody else."""
    desk.node, desk.asked, desk.parked = node, False, None
    before = len(desk.ports.steps)
    consult.wishes(desk, node)
    if node.act is not None:
        node.act(desk)
    keep(node, desk.ports.steps[before:])
    return not ((node.kind is Kind.ASK and desk.asked) or (node.kind in MAY_PARK and desk.parked))


def keep(node: Node, left: list[Step]) -> None:
    """Raise unless the node's act has left the steps that its kind and duty promise."""
    for promise in (node.kind, node.duty):
        kind, name = TRACES.get(promise, ("", "")) if promise is not None else ("", "")
        if kind and not any(step.kind == kind and step.name.startswith(name) for step in left):
            raise BrokenPromiseError(f"{node.name} declares {promise} and didn't do it.")


def choose(desk: Desk, workflow: Workflow, node: Node) -> tuple[str, str]:
    """The first edge whose condition holds: (condition, target). Before one that facts decide, opinions may differ."""
    opinions: list[Edge] = []
    for edge in workflow.edges_from(node.name):
        test = workflow.conditions.get(edge.when)
        if isinstance(test, Judgement):
            opinions.append(edge)
        elif edge.when == OTHERWISE or (test is not None and test(desk)):
            taken = chosen(desk, workflow, [*opinions, edge]) if opinions else edge
            return taken.when, taken.target
    raise AssertionError("a checked graph always has an edge to take")


def chosen(desk: Desk, workflow: Workflow, found: list[Edge]) -> Edge:
    """Of the opinions and the edge behind them: the first that holds offline, or what the brain would rather take."""
    offline = next((edge for edge in found[:-1] if workflow.conditions[edge.when](desk)), found[-1])
    return consult.edge(desk, found, offline)
