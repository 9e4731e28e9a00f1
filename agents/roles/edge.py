"""Which of the edges that are open to opinion to take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from agents.brain import Sight
from agents.workflow import Edge

from .base import Ask, Role, Said_, read


class Said(Said_):
    edge: str


ROLE: Final = Role("edge", reads=3000, says=60, seconds=4, shape=Said)


def choose(sight: Sight, model: str, ask: Ask, edges: Sequence[Edge]) -> str:
    """The target of one of them, or whatever the model says instead: guards/backed.py takes only what is open."""
    open_ = {edge.when: edge.target for edge in edges}
    task = f"The ways: {', '.join(open_)}. The newest message:\n{sight.text}"
    said = read(ask(ROLE.request(sight, model, task, sight.records)), Said)
    return open_.get(said.edge, said.edge)
