"""What the console shows of the workflows: sizes, proofs, tests and signatures, and one of them in full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import certificate, drawing, routes, walked
from .certificate import Proven
from .models import SignOff
from .signing import Standing, standings
from .workflow import Edge, Workflow


@dataclass(frozen=True)
class Row:
    """One workflow in the list."""

    flow: Workflow
    proven: Proven
    tested: int
    standing: Standing

    @property
    def is_tested(self) -> bool:
        return self.tested == len(self.flow.edges)


def listed(flows: dict[str, Workflow]) -> dict[str, Any]:
    rows = [row(one) for one in standings(flows.values())]
    found = certificate.of(flows.values())
    counts = {**found.counts(), "edges tested": sum(one.tested for one in rows)}
    return {"rows": rows, "counts": counts, "valid": found.valid, "problems": found.problems}


def row(standing: Standing) -> Row:
    flow = standing.flow
    return Row(flow, certificate.prove(flow), len(flow.edges) - len(walked.untested(flow)), standing)


def shown(flow: Workflow) -> dict[str, Any]:
    """One workflow: its picture, the edges of each node in words, its paths, and who signed it."""
    tests = walked.seen_in(flow)
    [standing] = standings([flow])
    return {
        "row": row(standing),
        "picture": drawing.draw(flow, tests),
        "nodes": [{"node": node, "edges": in_words(flow, node.name, tests)} for node in flow.nodes],
        "paths": routes.paths(flow),
        "walks": routes.walks(flow),
        "signatures": SignOff.objects.filter(workflow=flow.name).order_by("-pk"),
    }


def in_words(flow: Workflow, name: str, tests: walked.Walked) -> list[dict[str, Any]]:
    return [edge_in_words(flow, edge, tests[walked.key(edge)]) for edge in flow.edges_from(name)]


def edge_in_words(flow: Workflow, edge: Edge, tests: list[str]) -> dict[str, Any]:
    return {"when": edge.when, "target": edge.target, "guard": flow.guards.get(edge.when, ""), "tests": tests}
