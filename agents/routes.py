"""The paths of a workflow: how many different ways through it people have to look at, and how many those stand for.

A path is a sequence of nodes and the kind of its end (done, handoff, or a question that nothing follows). Edges between
the same two places are one move, whatever their conditions or the handoff's reason: `Workflow.edges` lists those apart.
Each path goes to a place by the shortest way, makes one move there that no shorter path makes, and goes on by the
shortest way to an end. So every move stands on a path, a way back is walked once, and two paths never differ only in
what came long before or after. (These are the linearly independent paths of structured testing; any walk through the
graph is put together from them.)
`walks` counts what they stand for: every sequence from the start to an end that fits in one turn's cap of steps.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Final

from django.conf import settings

from .workflow import DONE, Workflow, is_end

HANDED: Final = "handoff"
ASKED: Final = "asked"  # nothing follows: the next message begins anew
ENDS: Final = (DONE, HANDED, ASKED)
Moves = dict[str, list[str]]


@lru_cache(maxsize=256)
def paths(flow: Workflow) -> tuple[tuple[str, ...], ...]:
    """Every path, the shortest first."""
    moves = moves_of(flow)
    first = ways_in(flow.start, moves)
    on = ways_out(moves)
    found = [
        (*first[source], target, *on.get(target, ())[1:])
        for source in first
        for target in moves[source]
        if is_end_kind(target) or first[target] != (*first[source], target)
    ]
    return tuple(sorted(found, key=lambda path: (len(path), path)))


def walks(flow: Workflow) -> int:
    """Every sequence of nodes from the start to an end, as long as the engine lets a turn be."""
    moves, found = moves_of(flow), 0
    here = Counter({flow.start: 1})
    for _ in range(settings.HANDRAIL["max_steps"]):
        there: Counter[str] = Counter()
        for place, ways in here.items():
            for target in moves[place]:
                there[target] += ways
        found += sum(there.pop(end, 0) for end in ENDS)
        here = there
    return found


def moves_of(flow: Workflow) -> Moves:
    """Where each node may lead, in the order of its edges, ends by their kind."""
    return {
        node.name: list(dict.fromkeys(kind_of(edge.target) for edge in flow.edges_from(node.name))) or [ASKED]
        for node in flow.nodes
    }


def kind_of(target: str) -> str:
    return (DONE if target == DONE else HANDED) if is_end(target) else target


def is_end_kind(place: str) -> bool:
    return place in ENDS


def ways_in(start: str, moves: Moves) -> dict[str, tuple[str, ...]]:
    """The shortest way from the start to each node."""
    found: dict[str, tuple[str, ...]] = {start: (start,)}
    waiting = [start]
    for place in waiting:
        for target in moves[place]:
            if target not in found and not is_end_kind(target):
                found[target] = (*found[place], target)
                waiting.append(target)
    return found


def ways_out(moves: Moves) -> dict[str, tuple[str, ...]]:
    """The shortest way from each node to an end: to `done` where it can be reached."""
    found: dict[str, tuple[str, ...]] = {}
    for end in ENDS:
        grown = True
        while grown:
            ready: dict[str, str] = {
                place: target
                for place, targets in moves.items()
                if place not in found and (target := nearest(targets, end, found)) is not None
            }
            for place, target in ready.items():
                found[place] = (place, *found.get(target, (target,)))
            grown = bool(ready)
    return found


def nearest(targets: list[str], end: str, found: dict[str, tuple[str, ...]]) -> str | None:
    known = [target for target in targets if target == end or target in found]
    return min(known, key=lambda target: len(found.get(target, ()))) if known else None
