"""What is proved of the workflows' graphs: no way leads to a write past its reviews, and none from a write past the
look at what it did.

A proof holds for every walk through the graph, of any length, not for a sample: it closes the nodes that a walk must
pass and looks what can still be reached. It leans on three things that are checked elsewhere: a node's act does what
its kind and duty say (engine.py stops a turn whose node didn't), a guard means what its name says (conditions.py holds
the only tests there are), and the act itself reads and judges everything once more (approvals/execute.py). Of each
write:

1. the act is entered from the gate alone, by the edge that means cleared; the gate from the proposal alone;
2. the proposal is entered from a node that asks the rules, by the edge that means "still what was read back", and no
   way leads there from a place where a turn may begin without reading the records anew;
3. what is read back is read back only when the rules, asked on records of this turn, allow it, and nothing but the
   customer's yes leads on from there;
4. a confirmed act leads to the look at the record before anything else, that look to a handoff when the record doesn't
   show it, and only that look to the words that it was done;
5. whatever else a gate or an act answers leads to no further write and to no word of success;
6. no brain has an opinion (a judgement) where something is read back, reviewed, written, looked at or told as done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from tools import pack
from tools.contract import Kind as Effect

from . import routes
from .conditions import Guard, Means
from .ports import digest
from .workflow import HANDOFF, WRITES, Duty, Edge, Judgement, Kind, Node, Workflow, is_end

VERSION: Final = 2  # of what is proved: a certificate of other proofs is another certificate


@dataclass(frozen=True)
class Proven:
    """One workflow. `problems` are sentences; empty when everything above holds."""

    name: str
    version: str
    nodes: int
    edges: int
    paths: int
    writes: tuple[str, ...]
    problems: tuple[str, ...]

    def row(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "nodes": self.nodes,
            "edges": self.edges,
            "paths": self.paths,
            "writes": list(self.writes),
            "problems": list(self.problems),
        }


@dataclass(frozen=True)
class Certificate:
    """Of a set of workflows."""

    proven: tuple[Proven, ...]

    @property
    def problems(self) -> list[str]:
        return [problem for one in self.proven for problem in one.problems]

    @property
    def valid(self) -> bool:
        return bool(self.proven) and not self.problems

    def counts(self) -> dict[str, int]:
        return {
            "workflows": len(self.proven),
            "nodes": sum(one.nodes for one in self.proven),
            "edges": sum(one.edges for one in self.proven),
            "paths": sum(one.paths for one in self.proven),
            "writes": sum(len(one.writes) for one in self.proven),
        }

    def body(self) -> dict[str, Any]:
        """What is kept of it with a release."""
        graphs = {one.name: one.row() for one in self.proven}
        return {"proofs": VERSION, "valid": self.valid, "counts": self.counts(), "graphs": graphs}


def of(flows: Iterable[Workflow]) -> Certificate:
    return Certificate(tuple(prove(flow) for flow in flows))


@lru_cache(maxsize=256)
def prove(flow: Workflow) -> Proven:
    return Proven(
        name=flow.name,
        version=flow.version,
        nodes=len(flow.nodes),
        edges=len(flow.edges),
        paths=len(routes.paths(flow)),
        writes=tuple(node.name for node in nodes_of(flow, Kind.ACT)),
        problems=tuple(dict.fromkeys(f"{flow.name}: {problem}" for problem in problems(flow))),
    )


def seal(body: dict[str, Any]) -> str:
    return digest(body)


# the proofs -------------------------------------------------------------------------------------------------------


def problems(flow: Workflow) -> Iterator[str]:
    """One sentence for everything that isn't proved."""
    yield from endless(flow)
    yield from strays(flow)
    if flow.by_name[flow.start].kind in WRITES:
        yield f"it begins with {flow.start}, before anything was asked."
    for act in nodes_of(flow, Kind.ACT):
        yield from entered(flow, act, Kind.GATE, Means.CLEARED)
        yield from looked_after(flow, act)
    for gate in nodes_of(flow, Kind.GATE):
        yield from entered(flow, gate, Kind.PROPOSE, None)
        yield from turned_away(flow, gate)
    for proposal in nodes_of(flow, Kind.PROPOSE):
        yield from checked_again(flow, proposal)
        yield from confirmed(flow, proposal)
    for offer in offers(flow):
        yield from judged(flow, offer)
    yield from claims(flow)
    yield from opinions(flow)


def endless(flow: Workflow) -> Iterator[str]:
    for node in flow.nodes:
        found = [flow.edges_from(name) for name in reach(flow, [node.name])]  # none: there the matter rests
        if not any(not edges or any(is_end(edge.target) for edge in edges) for edges in found):
            yield f"{node.name} leads to no end."


def strays(flow: Workflow) -> Iterator[str]:
    """A tool that writes in the hands of a node that reviews nothing."""
    for node in flow.nodes:
        for tool in node.tools:
            known = pack.capability(tool)
            writing = known is None or known.kind is Effect.WRITE
            if writing and node.kind not in WRITES:
                yield f"{node.name} holds {tool}, which writes, and reviews nothing."


def entered(flow: Workflow, node: Node, by: Kind, means: Means | None) -> Iterator[str]:
    """Only from the step before, with the same tools, by the edge with this meaning."""
    for edge in into(flow, node):
        source = flow.by_name[edge.source]
        if source.kind is not by:
            yield f"{edge.source} leads to {node.name}, which may only follow a {by} node."
        elif not set(node.tools) <= set(source.tools):
            yield f"{node.name} writes with what {edge.source} has not reviewed."
        if means is not None and not is_guard(flow, edge, means):
            yield f"the edge {edge.source} → {node.name} ({edge.when}) doesn't mean {means}."


def turned_away(flow: Workflow, gate: Node) -> Iterator[str]:
    """What the gate doesn't clear goes no further."""
    for edge in flow.edges_from(gate.name):
        if not is_guard(flow, edge, Means.CLEARED) and leads_on(flow, edge):
            yield f"{gate.name} leads on by {edge.when} to {edge.target} without having cleared it."


def checked_again(flow: Workflow, proposal: Node) -> Iterator[str]:
    """2: the re-check between the customer's yes and the proposal."""
    for edge in into(flow, proposal):
        if flow.by_name[edge.source].duty is not Duty.RULES:
            yield f"{edge.source} leads to {proposal.name} and doesn't ask the rules again."
        if not is_guard(flow, edge, Means.HOLDS):
            yield f"the edge {edge.source} → {proposal.name} ({edge.when}) doesn't mean {Means.HOLDS}."
        if edge.source in reach(flow, beginnings(flow), Duty.RECORDS):
            yield f"{edge.source} may be reached without reading the records anew."


def confirmed(flow: Workflow, proposal: Node) -> Iterator[str]:
    """3, the second half: no proposal without the customer's yes."""
    closed = {offer.name for offer in offers(flow)}
    if proposal.name in reach(flow, [flow.start], closed=closed):
        yield f"{proposal.name} may be reached without anything having been read back."
    for name in closed:
        for edge in flow.edges_from(name):
            goes = not is_end(edge.target) and proposal.name in reach(flow, [edge.target], closed=closed)
            if goes and not is_guard(flow, edge, Means.YES):
                yield f"{name} leads on by {edge.when} to {proposal.name} without the customer's yes."


def judged(flow: Workflow, offer: Node) -> Iterator[str]:
    """3, the first half: the rules, on records of this turn, stand before what is read back."""
    unread = reach(flow, beginnings(flow), Duty.RECORDS)
    readers = [node.name for node in flow.nodes if node.duty is Duty.RECORDS]
    unasked = reach(flow, [*beginnings(flow), *readers], Duty.RULES)
    for edge in into(flow, offer):
        if not is_guard(flow, edge, Means.ALLOWED):
            yield f"the edge {edge.source} → {offer.name} ({edge.when}) doesn't mean {Means.ALLOWED}."
        if edge.source in unread:
            yield f"{edge.source} leads to {offer.name} and may be reached without reading the records."
        if edge.source in unasked:
            yield f"{edge.source} leads to {offer.name} and may be reached without asking the rules."


def looked_after(flow: Workflow, act: Node) -> Iterator[str]:
    """4 and 5: what follows the act."""
    first, *others = flow.edges_from(act.name)
    if not is_guard(flow, first, Means.CONFIRMED) or duty_of(flow, first.target) is not Duty.AUDIT:
        yield f"the first edge of {act.name} isn't the one from a confirmed write to the look at the record."
    for edge in others:
        if leads_on(flow, edge):
            yield f"{act.name} leads on by {edge.when} to {edge.target} though nothing is confirmed."
    if not others or not others[-1].target.startswith(HANDOFF):
        yield f"what {act.name} can't tell apart doesn't end with a person."


def claims(flow: Workflow) -> Iterator[str]:
    """4: looks at the record, and the words that follow them."""
    for node in flow.nodes:
        if node.duty is Duty.AUDIT:
            yield from audited(flow, node)
        if node.duty is Duty.CLAIM:
            for edge in into(flow, node):
                if duty_of(flow, edge.source) is not Duty.AUDIT:
                    yield f"{edge.source} leads to {node.name}, which says that it was done, and nobody has looked."
            if any(leads_on(flow, edge) for edge in flow.edges_from(node.name)):
                yield f"{node.name} says that it was done and leads to another write."


def opinions(flow: Workflow) -> Iterator[str]:
    """6: where an opinion would count for a fact."""
    for edge in flow.edges:
        node = flow.by_name[edge.source]
        binding = node.kind in WRITES or node.duty is not None or node in offers(flow)
        if type(flow.conditions.get(edge.when)) is not Judgement:
            continue
        if binding:
            yield f"{edge.source} goes on by {edge.when}, which is an opinion, where only facts may count."
        elif not is_end(edge.target) and is_write(flow.by_name[edge.target]):
            yield f"{edge.source} leads by {edge.when}, which is an opinion, to {edge.target}."


def audited(flow: Workflow, audit: Node) -> Iterator[str]:
    for edge in into(flow, audit):
        if not is_guard(flow, edge, Means.CONFIRMED):
            yield f"the edge {edge.source} → {audit.name} ({edge.when}) doesn't mean {Means.CONFIRMED}."
    first, *others = flow.edges_from(audit.name)
    if not is_guard(flow, first, Means.UNVERIFIED) or not first.target.startswith(HANDOFF):
        yield f"the first edge of {audit.name} isn't the one to a person when the record doesn't show it."
    for edge in others:
        if not edge.target.startswith(HANDOFF) and duty_of(flow, edge.target) is not Duty.CLAIM:
            yield f"{audit.name} leads by {edge.when} to {edge.target}, which doesn't say what was done."


# reading the graph ------------------------------------------------------------------------------------------------


def nodes_of(flow: Workflow, kind: Kind) -> list[Node]:
    return [node for node in flow.nodes if node.kind is kind]


def offers(flow: Workflow) -> list[Node]:
    """Where something is read back and the answer is waited for; a question that leads nowhere reads nothing back."""
    return [node for node in nodes_of(flow, Kind.ASK) if node.waits and flow.edges_from(node.name)]


def beginnings(flow: Workflow) -> list[str]:
    """Where a turn may begin: nothing that was read before still counts there."""
    return [flow.start, *(node.name for node in nodes_of(flow, Kind.ASK))]


def into(flow: Workflow, node: Node) -> list[Edge]:
    return [edge for edge in flow.edges if edge.target == node.name]


def duty_of(flow: Workflow, name: str) -> Duty | None:
    return None if is_end(name) else flow.by_name[name].duty


def is_guard(flow: Workflow, edge: Edge, means: Means) -> bool:
    """The edge's condition is the shared one with this meaning; a test of the workflow's own counts for nothing."""
    test = flow.conditions.get(edge.when)
    return type(test) is Guard and test.means is means


def leads_on(flow: Workflow, edge: Edge) -> bool:
    """The edge goes to a write, to the look behind one, or to words of success."""
    if is_end(edge.target):
        return False
    return any(is_write(flow.by_name[name]) for name in reach(flow, [edge.target]))


def is_write(node: Node) -> bool:
    return node.kind in WRITES or node.duty in (Duty.AUDIT, Duty.CLAIM)


def reach(
    flow: Workflow, begin: Iterable[str], duty: Duty | None = None, closed: Iterable[str] = frozenset()
) -> set[str]:
    """The nodes that can be got to when the closed ones, and those with this duty, can't be passed."""
    shut = {*closed, *(node.name for node in flow.nodes if duty is not None and node.duty is duty)}
    seen: set[str] = set()
    waiting = [name for name in begin if name not in shut]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += [e.target for e in flow.edges_from(name) if not is_end(e.target) and e.target not in shut]
    return seen
