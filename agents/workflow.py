"""A workflow is data: nodes, an ordered edge list with named conditions, ends. A wrong one refuses to exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Final

from .ports import digest

if TYPE_CHECKING:
    from .desk import Desk

DONE: Final = "done"
HANDOFF: Final = "handoff:"  # followed by the reason, a code
OTHERWISE: Final = "otherwise"
MAX_TOOLS_AT_A_NODE: Final = 5

Condition = Callable[["Desk"], bool]
Act = Callable[["Desk"], None]


class WorkflowError(ValueError):
    """The graph is wrong; the text says where and how to mend it."""


class Kind(StrEnum):
    """What a node may do. Only the first three and `say` have nothing to do with writes."""

    ASK = "ask"  # ask for a slot and wait; passes through when the slot is filled
    LOOK = "look"  # call read capabilities
    DECIDE = "decide"  # choose an edge from what is known
    PROPOSE = "propose"
    GATE = "gate"
    ACT = "act"
    SAY = "say"


@dataclass(frozen=True)
class Judgement:
    """A condition that is a matter of opinion: at its edge a brain may choose (brain.py). `of` is the offline opinion.
    A condition that reads a rule, the Critic, the gate, a proof or a record never is one."""

    of: Condition

    def __call__(self, desk: Desk) -> bool:
        return self.of(desk)


class Duty(StrEnum):
    """What a node's act is bound to do beside its kind. The engine stops a turn whose node didn't (engine.py)."""

    RULES = "rules"  # asks the rules
    RECORDS = "records"  # reads the records that the rules judge
    AUDIT = "audit"  # reads what the record says after the effect
    CLAIM = "claim"  # tells the customer that it was done


WRITES: Final = frozenset({Kind.PROPOSE, Kind.GATE, Kind.ACT})
TOUCHES: Final = WRITES | {Kind.LOOK}  # kinds that name tools: reads at a look, one write at the others


@dataclass(frozen=True)
class Node:
    """A step. `does` is one sentence for people; `act` runs when the run gets here (an ask's act asks). `waits`: an ask
    that never passes through: whoever gets here waits for the customer's next message; without edges, that message
    begins anew. `duty`: what the certificate may count on (certificate.py)."""

    name: str
    kind: Kind
    does: str
    act: Act | None = None
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    waits: bool = False
    duty: Duty | None = None


@dataclass(frozen=True)
class Edge:
    """A possible move: the first edge of a node whose condition holds is taken."""

    source: str
    when: str
    target: str


@dataclass(frozen=True, eq=False)
class Workflow:
    """One intent's graph. `conditions` gives the meaning of every name that an edge uses; those on which a write hangs
    are guards (conditions.py)."""

    name: str
    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    conditions: dict[str, Condition] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = list(self.problems())
        if problems:
            raise WorkflowError(f"Workflow {self.name}: " + "; ".join(problems))

    @property
    def start(self) -> str:
        return self.nodes[0].name

    @cached_property
    def by_name(self) -> dict[str, Node]:
        return {node.name: node for node in self.nodes}

    @cached_property
    def version(self) -> str:
        """A digest of the graph with its duties and guards: another graph is another version."""
        nodes = [[n.name, n.kind.value, n.does, list(n.reads), list(n.writes), list(n.tools)] for n in self.nodes]
        duties = {n.name: n.duty.value for n in self.nodes if n.duty is not None}
        bound: list[object] = [duties, self.guards] if duties or self.guards else []
        bound += [self.judgements] if self.judgements else []
        return digest([self.name, nodes, [[e.source, e.when, e.target] for e in self.edges], *bound])

    @cached_property
    def guards(self) -> dict[str, str]:
        """The conditions with a fixed meaning: name → what it means."""
        return {name: str(test.means) for name, test in self.conditions.items() if hasattr(test, "means")}

    @cached_property
    def judgements(self) -> list[str]:
        """The names of the conditions that are a matter of opinion."""
        return sorted(name for name, test in self.conditions.items() if isinstance(test, Judgement))

    @property
    def ends(self) -> list[str]:
        return sorted({edge.target for edge in self.edges if is_end(edge.target)})

    def edges_from(self, node: str) -> list[Edge]:
        return self._leaving.get(node, [])

    @cached_property
    def _leaving(self) -> dict[str, list[Edge]]:
        leaving: dict[str, list[Edge]] = {}
        for edge in self.edges:
            leaving.setdefault(edge.source, []).append(edge)
        return leaving

    def problems(self) -> Iterator[str]:
        """One sentence for everything that is wrong with the graph."""
        names = [node.name for node in self.nodes]
        if not names:
            yield "it has no nodes"
            return
        for twice in sorted({name for name in names if names.count(name) > 1}):
            yield f"node {twice} is defined twice"
        for node in self.nodes:
            yield from self.problems_at(node)
        for edge in self.edges:
            if edge.source not in names:
                yield f"an edge leaves {edge.source}, which is no node"
            if edge.target not in names and not is_end(edge.target):
                yield f"the edge {edge.source} → {edge.target} leads nowhere"
            if edge.when != OTHERWISE and edge.when not in self.conditions:
                yield f"the condition {edge.when!r} at {edge.source} has no meaning"
        for unused in sorted(set(self.conditions) - {edge.when for edge in self.edges}):
            yield f"the condition {unused!r} is never used"
        for lost in sorted(set(names) - self.reachable()):
            yield f"node {lost} can't be reached"

    def problems_at(self, node: Node) -> Iterator[str]:
        leaving = self.edges_from(node.name)
        if (not leaving and not node.waits) or (leaving and leaving[-1].when != OTHERWISE):
            yield f"the last edge of {node.name} must be `otherwise`"
        if any(edge.when == OTHERWISE for edge in leaving[:-1]):
            yield f"an edge of {node.name} stands behind `otherwise` and can't be taken"
        if len(node.tools) > MAX_TOOLS_AT_A_NODE:
            yield f"node {node.name} sees {len(node.tools)} tools; {MAX_TOOLS_AT_A_NODE} are allowed"
        if (node.kind in TOUCHES) != bool(node.tools):
            yield f"node {node.name} is a {node.kind} node and lists {len(node.tools)} tools"
        if node.kind is Kind.ASK and not node.writes:
            yield f"node {node.name} asks for no slot"
        if node.act is None and node.kind is not Kind.DECIDE:
            yield f"node {node.name} does nothing"

    def dominates(self, first: str, then: str) -> bool:
        """Every way from the start to `then` passes `first`."""
        return then not in self.reachable(without=first)

    def reachable(self, without: str | None = None) -> set[str]:
        """Every node that can be got to; `without`: when that node is closed."""
        seen: set[str] = set()
        waiting = [self.start]
        while waiting:
            name = waiting.pop()
            if name not in seen and name != without and not is_end(name):
                seen.add(name)
                waiting += [edge.target for edge in self.edges_from(name)]
        return seen

    def mermaid(self) -> str:
        """The graph, drawn from the data itself (Mermaid state diagram)."""
        lines = ["stateDiagram-v2", f"  [*] --> {self.start}"]
        lines += [f"  {node.name}: {node.name} ({node.kind})" for node in self.nodes]
        for edge in self.edges:
            target, label = ("[*]", f"{edge.when} / {edge.target}") if is_end(edge.target) else (edge.target, edge.when)
            lines.append(f"  {edge.source} --> {target}: {label}")
        return "\n".join(lines)


def is_end(name: str) -> bool:
    return name == DONE or name.startswith(HANDOFF)


def edges(*rows: tuple[str, str, str]) -> tuple[Edge, ...]:
    """An edge list as a table of (source, condition, target)."""
    return tuple(Edge(*row) for row in rows)
