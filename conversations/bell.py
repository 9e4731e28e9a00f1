"""Doorbells: they say that there is something to look at. They may be lost, repeated or late, and nothing is lost.

Ringing a dead broker blocks for a second and a deaf one for twenty, so nobody rings by hand: a daemon thread with a
bounded queue does, and what doesn't fit or fails is dropped (the sweeper and the poller find the work without it).
"""

from __future__ import annotations

import asyncio
import queue
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from celery import current_app
from channels.layers import get_channel_layer

from .logs import Log, log

RUN_TURN: Final = "agents.run_turn"
CONSOLE_GROUP: Final = "console"
WAITING: Final = 1000
_silent = False


def conversation_group(public_id: uuid.UUID) -> str:
    return f"conversation.{public_id.hex}"


@contextmanager
def silence() -> Iterator[None]:
    """For rows that no worker has: in its own database another row would have the number."""
    global _silent
    before, _silent = _silent, True
    try:
        yield
    finally:
        _silent = before


def ring(task: str, pk: int) -> None:
    """Ask a worker to run `task` (by name) on a primary key."""
    if _silent:
        return
    _ringer.put(lambda: current_app.send_task(task, args=[pk], retry=False))


def poke(public_id: uuid.UUID) -> None:
    """Tell every open page of this conversation, and the console, that the database has something new."""
    message = {"type": "poke", "conversation": str(public_id)}
    _caller.put(lambda: _send(message, conversation_group(public_id), CONSOLE_GROUP))


def typing(public_id: uuid.UUID, who: str) -> None:
    """Show that somebody types. `who` is customer, agent or an operator's display name."""
    message = {"type": "typing", "conversation": str(public_id), "who": who}
    _caller.put(lambda: _send(message, conversation_group(public_id), CONSOLE_GROUP))


async def _send(message: dict[str, str], *groups: str) -> None:
    layer = get_channel_layer()
    if layer is not None:
        for group in groups:
            await layer.group_send(group, message)


class Bell:
    """One daemon thread that works through a bounded queue; failures are logged and forgotten."""

    def __init__(self, name: str, act: Callable[[Any], None]) -> None:
        self.name, self.act = name, act
        self.waiting: queue.Queue[Any] = queue.Queue(WAITING)
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None

    def put(self, job: Any) -> None:
        try:
            self.waiting.put_nowait(job)
        except queue.Full:
            log(Log.BELL_DROPPED, bell=self.name, error="full")
            return
        with self.lock:
            if self.thread is None or not self.thread.is_alive():  # also after a fork
                self.thread = threading.Thread(target=self.work, name=f"bell-{self.name}", daemon=True)
                self.thread.start()

    def work(self) -> None:
        while True:
            job = self.waiting.get()
            try:
                self.act(job)
            except Exception as error:  # noqa: BLE001 a doorbell's failure is nobody's failure
                log(Log.BELL_DROPPED, bell=self.name, error=type(error).__name__)
            finally:
                self.waiting.task_done()


class LoopBell(Bell):
    """The same for coroutines, on one loop of its own: a new loop per call would leak a connection each time."""

    def __init__(self, name: str) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        super().__init__(name, self.run)

    def run(self, job: Callable[[], Any]) -> None:
        if self.loop is None:
            self.loop = asyncio.new_event_loop()
        self.loop.run_until_complete(asyncio.wait_for(job(), 2))


_ringer = Bell("worker", lambda job: job())
_caller = LoopBell("pages")
