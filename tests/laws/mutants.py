"""Graphs with one thing wrong, made from the graph's own data: a reviewing node deleted, gone round, put off by one step,
or its condition always true; and every single edge led elsewhere. A graph that refuses to exist is no mutant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from agents.conditions import Guard, Means
from agents.workflow import OTHERWISE, Duty, Edge, Kind, Node, Workflow, WorkflowError, is_end

ALWAYS = "always_true"


def always(_: Any) -> bool:
    return True


@dataclass(frozen=True)
class Mutant:
    """`target`: which of the reviews it takes away; `how`: in which way. `flow` is None when it refused to exist."""

    target: str
    how: str
    flow: Workflow | None
    refusal: str = ""


def writing(flows: Iterable[Workflow]) -> list[Workflow]:
    return [flow for flow in flows if any(node.kind is Kind.ACT for node in flow.nodes)]


def named(flow: Workflow) -> Iterator[Mutant]:
    """Each review × {delete, bypass, swap}, and each guard × {always true, never, another meaning, no condition}."""
    for target, node in reviews(flow):
        yield from deleted(flow, target, node)
        yield from bypassed(flow, target, node)
        yield from swapped(flow, target, node)
    for name, test in flow.conditions.items():
        if type(test) is Guard:
            yield from unguarded(flow, name, test)


def reviews(flow: Workflow) -> list[tuple[str, str]]:
    """(what it is, node) of every node that stands between a wish and its effect, or behind the effect."""
    rechecks = {edge.source for edge in flow.edges if flow.by_name.get(edge.target, flow.nodes[0]).kind is Kind.PROPOSE}
    readers = {edge.source for edge in flow.edges if edge.target in rechecks}
    found = []
    for node in flow.nodes:
        if node.name in rechecks | readers:
            found.append(("re-check", node.name))
        elif node.duty is Duty.RULES:
            found.append(("rules", node.name))
        elif node.kind is Kind.GATE:
            found.append(("gate", node.name))
        elif node.kind is Kind.PROPOSE:
            found.append(("proposal", node.name))
        elif node.kind is Kind.ASK and node.waits:
            found.append(("yes", node.name))
        elif node.duty is Duty.AUDIT:
            found.append(("look", node.name))
    return found


def deleted(flow: Workflow, target: str, name: str) -> Iterator[Mutant]:
    """Whatever led there leads to what came behind it."""
    for behind in after(flow, name):
        edges = [replace(e, target=behind) if e.target == name else e for e in flow.edges if e.source != name]
        yield built(flow, target, f"without {name}, on to {behind}", [n for n in flow.nodes if n.name != name], edges)


def bypassed(flow: Workflow, target: str, name: str) -> Iterator[Mutant]:
    """An edge round it, first in line and always open, from every node that leads to it."""
    for early in ancestors(flow, name):
        for behind in after(flow, name):
            if behind != early:
                yield added(flow, target, early, behind)


def swapped(flow: Workflow, target: str, name: str) -> Iterator[Mutant]:
    """It and what comes next change places."""
    for behind in after(flow, name):
        places = {name: behind, behind: name}
        edges = [Edge(places.get(e.source, e.source), e.when, places.get(e.target, e.target)) for e in flow.edges]
        if flow.start not in places:
            yield built(flow, target, f"{name} behind {behind}", list(flow.nodes), edges)


def unguarded(flow: Workflow, name: str, guard: Guard) -> Iterator[Mutant]:
    """The condition is always true; or means another thing; or the edge needs none."""
    tests: dict[str, Any] = {"always true": always, "never true": lambda _: False}
    tests |= {f"meaning {other}": Guard(other, guard.of) for other in Means if other is not guard.means}
    for how, test in tests.items():
        yield built(
            flow, f"edge {guard.means}", how, list(flow.nodes), list(flow.edges), {**flow.conditions, name: test}
        )
    for edge in flow.edges:
        if edge.when == name:
            how = f"{edge.source} → {edge.target} unasked"
            yield built(flow, f"edge {guard.means}", how, list(flow.nodes), unasked(flow, edge))


def unasked(flow: Workflow, edge: Edge) -> list[Edge]:
    """The edge is taken whatever holds; those behind it never are."""
    at = flow.edges.index(edge)
    return [
        replace(edge, when=OTHERWISE) if i == at else other
        for i, other in enumerate(flow.edges)
        if i <= at or other.source != edge.source
    ]


def every_edge_led_elsewhere(flow: Workflow) -> Iterator[Mutant]:
    for i, edge in enumerate(flow.edges):
        for place in [*flow.by_name, "done"]:
            if place != edge.target:
                rows = [replace(e, target=place) if i == j else e for j, e in enumerate(flow.edges)]
                yield built(flow, "any edge", f"{edge.source} --{edge.when}--> {place}", list(flow.nodes), rows)


def every_edge_added(flow: Workflow) -> Iterator[Mutant]:
    for early in flow.by_name:
        for place in [*flow.by_name, "done"]:
            yield added(flow, "any edge", early, place)


def every_condition_open(flow: Workflow) -> Iterator[Mutant]:
    for name in flow.conditions:
        conditions = {**flow.conditions, name: always}
        yield built(flow, "any condition", f"{name} always true", list(flow.nodes), list(flow.edges), conditions)


def added(flow: Workflow, target: str, early: str, place: str) -> Mutant:
    at = next(i for i, edge in enumerate(flow.edges) if edge.source == early)
    rows = [*flow.edges[:at], Edge(early, ALWAYS, place), *flow.edges[at:]]
    return built(
        flow, target, f"{early} straight to {place}", list(flow.nodes), rows, {**flow.conditions, ALWAYS: always}
    )


def built(
    flow: Workflow, target: str, how: str, nodes: list[Node], rows: list[Edge], conditions: dict[str, Any] | None = None
) -> Mutant:
    """What can't be reached any more is left out, as an author would."""
    kept = reachable(nodes, rows)
    left = [node for node in nodes if node.name in kept]
    edges = tuple(edge for edge in rows if edge.source in kept)
    tests = {k: v for k, v in (conditions or flow.conditions).items() if k in {edge.when for edge in edges}}
    try:
        return Mutant(target, how, Workflow(flow.name, flow.title, tuple(left), edges, tests))
    except WorkflowError as error:
        return Mutant(target, how, None, str(error))


def reachable(nodes: list[Node], rows: list[Edge]) -> set[str]:
    names, seen, waiting = {node.name for node in nodes}, set(), [nodes[0].name]
    while waiting:
        name = waiting.pop()
        if name in names and name not in seen:
            seen.add(name)
            waiting += [edge.target for edge in rows if edge.source == name]
    return seen


def after(flow: Workflow, name: str) -> list[str]:
    return list(dict.fromkeys(e.target for e in flow.edges_from(name) if not is_end(e.target) and e.target != name))


def ancestors(flow: Workflow, name: str) -> list[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        place = waiting.pop()
        new = {edge.source for edge in flow.edges if edge.target == place} - found
        found |= new
        waiting += new
    return [node.name for node in flow.nodes if node.name in found and node.name != name]
