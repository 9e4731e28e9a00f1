"""The demo's process tree: it starts parts in order, starts dead ones again, and stops them all within five seconds.

The children die with it, however it ends. It has one thread, and its terminal's Ctrl-C reaches nobody else.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from config.embedded import processes
from config.embedded.home import EmbeddedError
from config.embedded.locks import Pause
from config.embedded.processes import Program, Spawn, Started, tied

Say = Callable[[str], None]

FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
HEALTHY_SECONDS = 60.0  # whoever lived this long begins with the shortest delay again
HOPELESS_STARTS = 3  # before the demo is ready; later it never gives up
ASKING_SECONDS = 1.5  # Celery would wait for its tasks; they are leased, so the next start takes them up
SERVER_SECONDS = 1.0


class Stopped(Exception):  # noqa: N818  it is no error
    """Somebody asked us to stop."""


class Server(Protocol):
    """Postgres, Valkey or the shop: it may have run before we came, and then it is nobody's child."""

    @property
    def name(self) -> str: ...

    def start(self, spawn: Spawn, pause: Pause) -> Started | None: ...

    def running(self) -> list[int]: ...

    def stop(self, seconds: float) -> None: ...


@dataclass
class Part:
    """One thing that should run, and how its last starts went."""

    name: str
    child: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started: float = 0.0
    not_before: float = 0.0

    def start(self, pause: Pause) -> None:
        self.started = time.monotonic()

    def alive(self) -> bool:
        return self.child is not None and self.child.poll() is None

    def how_it_ended(self) -> str:
        code = None if self.child is None else self.child.returncode
        if code is None:
            return "is gone"
        return f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"

    def fail(self) -> float:
        """Count a death; returns for how long to wait before the next start."""
        now = time.monotonic()
        self.failures = 1 if now - self.started > HEALTHY_SECONDS else self.failures + 1
        delay: float = min(FIRST_DELAY * 2 ** (self.failures - 1), LONGEST_DELAY)
        self.not_before = now + delay
        return delay


@dataclass
class ProgramPart(Part):
    program: Program = field(kw_only=True)

    def start(self, pause: Pause) -> None:
        super().start(pause)
        self.child = tied(self.program).child


@dataclass
class ServerPart(Part):
    server: Server = field(kw_only=True)
    looked: float = 0.0

    def start(self, pause: Pause) -> None:
        super().start(pause)
        self.child = None
        started = self.server.start(tied, pause)
        self.child = started.child if started else None

    def alive(self) -> bool:
        """One that we found running is looked for in /proc, once a second."""
        if self.child is not None:
            return super().alive()
        if time.monotonic() - self.looked < 1.0:
            return True
        self.looked = time.monotonic()
        return bool(self.server.running())


class Supervisor:
    def __init__(self, say: Say) -> None:
        self.say = say
        self.parts: list[Part] = []
        self.ready = False
        self._asked = False

    def heed(self) -> None:
        """Ctrl-C, SIGTERM and a closed terminal stop us; what `nohup` ignores stays ignored."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._ask)

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)
        if self._asked:
            raise Stopped

    def start(self, part: Part) -> None:
        began = time.monotonic()
        self.parts.append(part)
        part.start(self.pause)
        if isinstance(part, ServerPart):
            self.say(f"  {part.name:<10} {time.monotonic() - began:5.1f} s")

    def finish(self, program: Program) -> int:
        """Run a program to its end; returns its exit code."""
        part = ProgramPart("preparation", program=program)
        self.parts.append(part)
        part.start(self.pause)
        while part.alive():
            self.pause(0.05)
        self.parts.pop()
        return part.child.returncode if part.child else 1

    def until(self, true: Callable[[], bool], seconds: float, what: str) -> None:
        """Watch over the parts until it is true."""
        end = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end:
                raise EmbeddedError(f"{what} within {seconds:.0f} seconds; the logs say why.")
            self.look()
            self.pause(0.1)

    def watch(self) -> None:
        """Forever: until somebody asks us to stop."""
        while True:
            self.look()
            self.pause(0.2)

    def look(self) -> None:
        for part in self.parts:
            if not part.alive():
                self._revive(part)

    def stop(self) -> None:
        """Who speaks to others first, the servers last. Nothing here waits for longer than its bound."""
        self._asked = False
        programs = [part.child for part in self.parts if not isinstance(part, ServerPart) and part.child]
        for child in programs:
            child.terminate()
        processes.wait_until(lambda: all(child.poll() is not None for child in programs), ASKING_SECONDS)
        for child in programs:
            _kill_group(child)
        for part in reversed(self.parts):
            if isinstance(part, ServerPart):
                self._stop_server(part)

    def _stop_server(self, part: ServerPart) -> None:
        try:
            part.server.stop(SERVER_SECONDS)
        except EmbeddedError as error:
            self.say(str(error))
        if part.child is not None:
            _kill_group(part.child)

    def _revive(self, part: Part) -> None:
        if part.not_before == 0.0:
            how, delay = part.how_it_ended(), part.fail()
            self._give_up_if_hopeless(part, how)
            self.say(f"{part.name} {how}; starting it again in {delay:.1f} s")
        if time.monotonic() < part.not_before:
            return
        part.not_before = 0.0
        try:
            part.start(self.pause)
        except EmbeddedError as error:
            self.say(str(error))

    def _give_up_if_hopeless(self, part: Part, how: str) -> None:
        if self.ready or part.failures < HOPELESS_STARTS:
            return
        log = part.program.log if isinstance(part, ProgramPart) else None
        lines = f" The end of {log}:\n{processes.last_lines(log)}" if log else ""
        raise EmbeddedError(f"{part.name} doesn't start: it {how}, {part.failures} times.{lines}")

    def _ask(self, number: int, frame: object) -> None:
        self._asked = True


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    """The child leads its own group: what it left behind goes with it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(1.0)
