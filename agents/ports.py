"""Ports: numbered doors to whatever isn't a pure function of the turn's record. They record, resume and replay.

The answer of an outside door (a tool, later a model) is durable before it is used: `commit` stores it, and all pure
steps so far, in one statement that also checks that this turn still holds the conversation.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from conversations.faults import failpoint


class FencedError(Exception):
    """Another worker, or a person, has this conversation now: stop, and change nothing."""


class ReplayError(Exception):
    """A replayed turn asked for something that the recorded one did not; the text names the step."""


@dataclass
class Step:
    """One row of the trace: `kind` is guard, triage, repair, escalation, node, port, check or handoff."""

    n: int
    kind: str
    name: str
    data: dict[str, Any]
    ms: int = 0

    def row(self) -> dict[str, Any]:
        return {"n": self.n, "kind": self.kind, "name": self.name, "data": self.data, "ms": self.ms}


def canonical(value: Any) -> str:
    """One spelling for a JSON value. A float is refused: nothing that is hashed may depend on its printing."""
    refuse_floats(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(value: Any) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:16]


def refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError(f"{value!r} is a float; store thousandths or cents")
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ():
        refuse_floats(item)


@dataclass
class Ports:
    """The doors of one turn. `journal` holds the port answers of a crashed try of the same work, in order."""

    now: datetime
    journal: list[dict[str, Any]] = field(default_factory=list)
    commit: Callable[[list[Step]], None] | None = None
    replaying: bool = False
    steps: list[Step] = field(default_factory=list)
    stored: int = 0
    opened: int = 0

    def after_what_is_stored(self) -> Ports:
        """The same turn, begun anew behind the steps that are durable already: they are its trace, and keep their
        numbers."""
        return Ports(self.now, commit=self.commit, steps=self.steps[: self.stored], stored=self.stored)

    def note(self, kind: str, name: str, data: dict[str, Any], ms: int = 0) -> None:
        """Add a step to the trace; pure steps reach the disk with the next outside answer, or at the end."""
        refuse_floats(data)
        self.steps.append(Step(len(self.steps) + 1, kind, name, data, ms))

    def call(
        self,
        door: str,
        request: Any,
        answer: Callable[[], Any],
        *,
        outside: bool,
        shown: Any = None,
        aside: dict[str, Any] | None = None,
    ) -> Any:
        """Ask a door. The recorded answer is used when there is one for the same question in the same place.

        `shown` is the part of the question that the trace keeps in words; the whole of it is kept as a digest. `aside`:
        what `answer` wants the trace to say of how it was got.
        """
        asked, place = digest([door, request]), self.opened
        self.opened += 1
        known = self.journal[place] if place < len(self.journal) else None
        if known is not None and known["name"] == door and known["data"]["asked"] == asked:
            self.note("port", door, {**known["data"], "resumed": True} if not self.replaying else known["data"])
            return known["data"]["answer"]
        if self.replaying:
            raise ReplayError(f"port {place + 1} ({door}) was not asked this way when it was recorded")
        self.journal = []  # the try differs from here on: nothing later in the old journal fits
        began = time.monotonic()
        if outside:
            release_connection()
            failpoint("turn.before_outside_call")
        value = answer()
        if outside:
            failpoint("turn.after_outside_call")
        entry = {"asked": asked, "answer": value, **({"input": shown} if shown is not None else {})}
        self.note("port", door, entry | (aside or {}), int((time.monotonic() - began) * 1000))
        if outside:
            self.flush()
        return value

    def spent(self) -> dict[str, int]:
        """What this turn has taken of its caps."""
        asked = [step for step in self.steps if step.kind == "port" and step.name.startswith("tool:")]
        return {"steps": len(self.steps), "calls": len(asked)}

    def flush(self) -> None:
        """Make every step so far durable, or raise FencedError."""
        if self.commit is not None:
            self.commit(self.steps[self.stored :])
            self.stored = len(self.steps)
            failpoint("turn.after_journal")


def release_connection() -> None:
    """No connection is held during an outside call: with a pool of 4, 8 of 12 waiting threads failed without this."""
    if not connection.in_atomic_block:
        connection.close()
