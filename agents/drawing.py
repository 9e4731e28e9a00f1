"""A workflow's graph as a picture: nodes in layers from the start downwards, lines between them that go round nodes.

A small layered layout: edges that lead back are turned round, each node goes one layer below the lowest that leads to
it, lines over several layers get a place in each of them, and places are ordered by what they hang on. Ends are small
signs below their node. Whole numbers only, so that the same graph is the same picture.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from . import routes
from .walked import Walked, key
from .workflow import OTHERWISE, Edge, Workflow

WIDTH, HEIGHT = 124, 40  # of a node's box
CELL, BEND, LAYER, MARGIN = 152, 36, 116, 14  # a node's place, a passing line's place, one layer, the picture's rim
SIGN: Final = 16  # an end's height
SWEEPS: Final = 12
Place = tuple[str, int] | str  # a passing line's place is (its move, the layer)
Layers = list[list[Place]]


@dataclass(frozen=True)
class Box:
    """A node: its middle above, with the ends that it may lead to (kind, whether every edge there is tested)."""

    name: str
    kind: str
    x: int
    y: int
    ends: tuple[tuple[str, bool], ...]

    @property
    def left(self) -> int:
        return self.x - WIDTH // 2

    @property
    def signs(self) -> list[dict[str, int | str | bool]]:
        wide = 58
        first = self.x - (wide * len(self.ends)) // 2
        return [
            {"kind": kind, "tested": tested, "x": first + i * wide + 2, "middle": first + i * wide + wide // 2}
            for i, (kind, tested) in enumerate(self.ends)
        ]


@dataclass(frozen=True)
class Line:
    """A move between two nodes: the SVG path, what it says for people, and how it is drawn."""

    d: str
    title: str
    tested: bool
    guard: bool


@dataclass(frozen=True)
class Picture:
    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def draw(flow: Workflow, tests: Walked) -> Picture:
    """`tests`: what walks each edge."""
    moves = moves_between(flow)
    back = turned_round(flow, moves)
    down = [(b, a) if (a, b) in back else (a, b) for a, b in moves]
    layers = ordered(placed(flow, down), down)
    at, wide = coordinates(layers)
    boxes = tuple(
        Box(node.name, node.kind, *at[node.name], ends=ends_of(flow, node.name, tests)) for node in flow.nodes
    )
    lines = tuple(
        line(flow, move, edges, tests, points(move, move in back, layers, at)) for move, edges in moves.items()
    )
    return Picture(wide, MARGIN + len(layers) * LAYER, boxes, lines)


Moves = dict[tuple[str, str], list[Edge]]


def moves_between(flow: Workflow) -> Moves:
    found: Moves = {}
    for edge in flow.edges:
        if edge.target in flow.by_name and edge.target != edge.source:
            found.setdefault((edge.source, edge.target), []).append(edge)
    return found


def ends_of(flow: Workflow, name: str, tests: Walked) -> tuple[tuple[str, bool], ...]:
    found: dict[str, bool] = {}
    for edge in flow.edges_from(name):
        kind = routes.kind_of(edge.target)
        if kind in routes.ENDS:
            found[kind] = found.get(kind, True) and bool(tests.get(key(edge)))
    return tuple(found.items())


def turned_round(flow: Workflow, moves: Moves) -> set[tuple[str, str]]:
    """The moves that close a circle, met walking from the start."""
    found: set[tuple[str, str]] = set()
    done: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> None:
        for source, target in moves:
            if source == name:
                if target in (*above, name):
                    found.add((source, target))
                elif target not in done:
                    visit(target, (*above, name))
        done.add(name)

    visit(flow.start, ())
    return found


def placed(flow: Workflow, down: list[tuple[str, str]]) -> Layers:
    """Each node below everything that leads to it; a line that passes a layer has a place there."""
    depth = dict.fromkeys(flow.by_name, 0)
    for _ in flow.nodes:
        for a, b in down:
            depth[b] = max(depth[b], depth[a] + 1)
    layers: Layers = [[] for _ in range(max(depth.values()) + 1)]
    for name, level in depth.items():
        layers[level].append(name)
    for a, b in down:
        for level in range(depth[a] + 1, depth[b]):
            layers[level].append((f"{a} {b}", level))
    return layers


def links(layers: Layers, down: Iterable[tuple[str, str]]) -> dict[Place, list[Place]]:
    """What hangs on what, one layer apart, both ways."""
    level = {place: i for i, layer in enumerate(layers) for place in layer}
    found: dict[Place, list[Place]] = {place: [] for place in level}
    for a, b in down:
        chain: list[Place] = [a, *((f"{a} {b}", i) for i in range(level[a] + 1, level[b])), b]
        for upper, lower in pairwise(chain):
            found[upper].append(lower)
            found[lower].append(upper)
    return found


def ordered(layers: Layers, down: list[tuple[str, str]]) -> Layers:
    """Each place goes where those that it hangs on are in the middle, layer by layer, downwards and up again; of all
    orders seen the one with the fewest crossings."""
    near = links(layers, down)
    best, least = layers, crossings(layers, near)
    for sweep in range(SWEEPS):
        layers = [list(layer) for layer in layers]
        order = range(1, len(layers)) if sweep % 2 == 0 else range(len(layers) - 2, -1, -1)
        for i in order:
            beside = layers[i - 1 if sweep % 2 == 0 else i + 1]
            middle = {place: (2 * j + 1) * 1000 // (2 * len(beside)) for j, place in enumerate(beside)}
            layers[i].sort(key=lambda place: mean([middle[other] for other in near[place] if other in middle], 500))
        now = crossings(layers, near)
        if now < least:
            best, least = layers, now
    return best


def mean(values: list[int], otherwise: int) -> int:
    return sum(values) // len(values) if values else otherwise


def crossings(layers: Layers, near: dict[Place, list[Place]]) -> int:
    total = 0
    for upper, lower in pairwise(layers):
        place = {one: i for i, one in enumerate(lower)}
        spans = [(i, place[other]) for i, one in enumerate(upper) for other in near[one] if other in place]
        total += sum(1 for a, b in spans for c, d in spans if a < c and b > d)
    return total


def coordinates(layers: Layers) -> tuple[dict[Place, tuple[int, int]], int]:
    """Each layer in the middle of the picture; and how wide that is."""
    wide = max(sum(map(room, layer)) for layer in layers) + 2 * MARGIN
    found: dict[Place, tuple[int, int]] = {}
    for i, layer in enumerate(layers):
        x = (wide - sum(map(room, layer))) // 2
        for place in layer:
            found[place] = (x + room(place) // 2, MARGIN + i * LAYER)
            x += room(place)
    return found, wide


def room(place: Place) -> int:
    return CELL if isinstance(place, str) else BEND


def points(
    move: tuple[str, str], is_back: bool, layers: Layers, at: dict[Place, tuple[int, int]]
) -> list[tuple[int, int]]:
    """Where the line of a move goes through, in its own direction."""
    a, b = reversed(move) if is_back else move
    bends = [at[place] for place in ((f"{a} {b}", i) for i in range(len(layers))) if place in at]
    (x1, y1), (x2, y2) = at[a], at[b]
    found = [(x1, y1 + HEIGHT), *((x, y + HEIGHT // 2) for x, y in bends), (x2, y2)]
    return found[::-1] if is_back else found


def line(
    flow: Workflow, move: tuple[str, str], edges: list[Edge], tests: Walked, through: list[tuple[int, int]]
) -> Line:
    said = ", ".join(f"{edge.when} ({many(len(tests.get(key(edge), [])))})" for edge in edges)
    return Line(
        d=curve(through),
        title=f"{move[0]} → {move[1]}: {said}",
        tested=all(tests.get(key(edge)) for edge in edges),
        guard=any(edge.when in flow.guards for edge in edges if edge.when != OTHERWISE),
    )


def many(tests: int) -> str:
    return "no test" if not tests else "1 test" if tests == 1 else f"{tests} tests"


def curve(through: list[tuple[int, int]]) -> str:
    """Down or up through the points, upright at each of them."""
    x, y = through[0]
    parts = [f"M{x} {y}"]
    for to_x, to_y in through[1:]:
        half = (to_y - y) // 2
        parts.append(f"C{x} {y + half} {to_x} {to_y - half} {to_x} {to_y}")
        x, y = to_x, to_y
    return " ".join(parts)
