"""A run in memory: one execution of a workflow between two turns."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from .engine import Rest
from .kits import Kit


@dataclass
class RunState:
    """The row of agents_run, as the turn changes it."""

    id: str
    workflow: str
    version: str
    node: str
    slots: dict[str, Any] = field(default_factory=dict)
    waits_for: str | None = None
    active: bool = True
    outcome: str = ""

    @classmethod
    def of(cls, row: dict[str, Any] | None) -> Self | None:
        return cls(**{**row, "slots": dict(row["slots"])}) if row else None

    @classmethod
    def begin(cls, workflow: str, kit: Kit, run_id: uuid.UUID) -> Self:
        flow = kit.workflows[workflow]
        return cls(str(run_id), workflow, flow.version, flow.start)

    def value(self, slot: str) -> Any:
        held = self.slots.get(slot)
        return None if held is None else held["value"]

    def intent(self, kit: Kit) -> str:
        """The intent that this run serves."""
        return str(self.value("intent") or self.workflow)

    def is_outdated(self, kit: Kit) -> bool:
        """Begun with another version of the graph: nobody guesses what the old one meant."""
        flow = kit.workflows.get(self.workflow)
        return flow is None or flow.version != self.version

    def rest(self, rest: Rest) -> None:
        self.node, self.waits_for = rest.node, rest.waits_for
        if rest.parked:
            self.active = False  # it waits for somebody else, and the customer may speak of other things
        elif not rest.waiting:
            self.end("done" if rest.done else f"handoff:{rest.reason}")

    def end(self, outcome: str) -> None:
        self.active, self.waits_for, self.outcome = False, None, outcome

    def row(self) -> dict[str, Any]:
        return asdict(self)
