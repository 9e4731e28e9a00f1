"""The heartbeat: one statement per process keeps all leases, and no turn stays silent or endless."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.db import connection

from conversations.logs import Log, log
from conversations.sql import hot

from .claim import Work

BEAT: Final = """
update conversations_conversation c set lease_until = clock_timestamp() + %(lease)s * interval '1 second'
  from unnest(%(ids)s::bigint[], %(attempts)s::int[]) as t(id, attempt)
 where c.id = t.id and c.attempt = t.attempt and c.lease_until is not null
"""

Reaction = Callable[[Work], None]


@dataclass
class Watched:
    """A turn under way in this process."""

    work: Work
    began: float
    told: bool = False
    given_up: bool = False


@dataclass
class Pulse:
    """Watches the turns of this process. `on_slow` says what goes on; `on_hopeless` hands off."""

    on_slow: Reaction
    on_hopeless: Reaction
    turns: dict[tuple[int, int], Watched] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    thread: threading.Thread | None = None

    @contextmanager
    def watch(self, work: Work) -> Iterator[None]:
        key = (work.conversation, work.attempt)
        with self.lock:
            self.turns[key] = Watched(work, time.monotonic())
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(target=self.run, name="pulse", daemon=True)
                self.thread.start()
        try:
            yield
        finally:
            with self.lock:
                self.turns.pop(key, None)

    def run(self) -> None:
        beat = time.monotonic()
        while True:
            time.sleep(0.5)
            try:
                self.look_after()
                if time.monotonic() - beat >= settings.HANDRAIL["heartbeat_seconds"]:
                    beat = time.monotonic()
                    self.beat()
            except Exception as error:  # noqa: BLE001 the heart must not stop; leases run out by themselves
                log(Log.SWEEP_FAILED, error=type(error).__name__)
            finally:
                connection.close()

    def beat(self) -> None:
        """Keep the leases of all turns of this process, in one statement."""
        with self.lock:
            keys = list(self.turns)
        if keys:
            lease = settings.HANDRAIL["lease_seconds"]
            hot(BEAT, {"lease": lease, "ids": [k[0] for k in keys], "attempts": [k[1] for k in keys]})

    def look_after(self) -> None:
        """After some seconds of silence say what goes on; later hand off."""
        with self.lock:
            turns = list(self.turns.values())
        for turn in turns:
            age = time.monotonic() - turn.began
            if age >= settings.HANDRAIL["hopeless_turn_seconds"] and not turn.given_up:
                turn.given_up = True
                log(Log.TURN_OVERDUE, conversation=turn.work.conversation, attempt=turn.work.attempt, seconds=int(age))
                self.on_hopeless(turn.work)
            elif age >= settings.HANDRAIL["slow_turn_seconds"] and not turn.told:
                turn.told = True
                self.on_slow(turn.work)
