"""The demo's process tree: it starts parts in order, starts dead ones again, and stops them all within five seconds.

The children die with it, however it ends. It has one thread, and its terminal's Ctrl-C reaches nobody else.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from config.embedded import processes
from config.embedded.home import EmbeddedError
from config.embedded.locks import Pause
from config.embedded.processes import Program, Spawn, Started, tied

Say = Callable[[str], None]
Child = subprocess.Popen[bytes]

FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
HEALTHY_SECONDS = 60.0  # whoever lived this long begins with the shortest delay again
HOPELESS_STARTS = 3  # before the demo is ready; later it never gives up
ASKING_SECONDS = 1.2  # Celery would wait for its tasks; they are leased, so the next start takes them up
AT_ONCE_SECONDS = 0.4
STOP_SECONDS = 4.3  # Postgres may use what the others leave: its last checkpoint saves the next start a recovery


class Stopped(Exception):  # noqa: N818  it is no error
    """Somebody asked us to stop."""


class Server(Protocol):
    """Postgres, Valkey or the shop: it may have run before we came, and then it is nobody's child."""

    @property
    def name(self) -> str: ...

    @property
    def ending(self) -> signal.Signals: ...

    def start(self, spawn: Spawn, pause: Pause) -> Started | None: ...

    def running(self) -> list[int]: ...

    def stop(self, seconds: float) -> None: ...


@dataclass
class Part:
    """One thing that should run, and how its last starts went."""

    name: str
    last: bool = False  # it serves the others, so it ends after them
    child: Child | None = None
    failures: int = 0
    started: float = 0.0
    not_before: float = 0.0

    @property
    def ending(self) -> signal.Signals:
        return signal.SIGTERM

    def start(self, pause: Pause) -> None:
        self.started = time.monotonic()

    def alive(self) -> bool:
        if self.child is None or _has_ended(self.child):
            _bury(self.child)
            return False
        return True

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

    @property
    def ending(self) -> signal.Signals:
        return self.server.ending

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
        """First who speaks to others, then the servers they speak to. All waits together stay below five seconds."""
        self._asked = False
        end = time.monotonic() + STOP_SECONDS - AT_ONCE_SECONDS
        for last in (False, True):
            parts = [part for part in self.parts if part.last is last]
            seconds = end - time.monotonic() if last else ASKING_SECONDS
            self._end({part.child: part.ending for part in parts if part.child}, seconds, gently=last)
            for part in parts:
                self._end_what_is_nobodys_child(part, seconds)

    def _end(self, children: dict[Child, signal.Signals], seconds: float, *, gently: bool) -> None:
        for child, ending in children.items():
            _signal(child, ending)
        if not _have_ended(children, seconds) and gently:
            for child in children:
                _signal(child, signal.SIGQUIT)  # Postgres leaves at once and takes its helpers along
            _have_ended(children, AT_ONCE_SECONDS)
        for child in children:
            _signal(child, signal.SIGKILL)
        _have_ended(children, AT_ONCE_SECONDS)
        for child in children:
            _bury(child)

    def _end_what_is_nobodys_child(self, part: Part, seconds: float) -> None:
        if not isinstance(part, ServerPart) or part.child is not None:
            return
        try:
            part.server.stop(seconds)
        except EmbeddedError as error:
            self.say(str(error))

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


def _signal(child: Child, number: signal.Signals) -> None:
    if not _has_ended(child):
        os.kill(child.pid, number)


def _have_ended(children: Iterable[Child], seconds: float) -> bool:
    return processes.wait_until(lambda: all(map(_has_ended, children)), seconds)


def _has_ended(child: Child) -> bool:
    """Without reaping it: until then nobody else can get its number."""
    if child.returncode is not None:
        return True
    return os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _bury(child: Child | None) -> None:
    """Each child leads its own group: what it left behind goes with it, and then its number may be used again."""
    if child is None or child.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(1.0)
