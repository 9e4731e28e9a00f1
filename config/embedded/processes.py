"""Our processes are known by account and command line, read from /proc: never by a pid that a file remembers."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO

from config.embedded.home import CHECKOUT, Account, EmbeddedError
from config.embedded.locks import Pause

Arguments = Sequence[str]
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Program:
    """What to start. Its output is appended to `log`, or goes where ours goes; when a tying parent dies, it gets
    `on_death`.
    """

    arguments: tuple[str, ...]
    log: Path | None
    account: Account
    environment: Mapping[str, str]
    on_death: signal.Signals = signal.SIGKILL
    keeps: tuple[int, ...] = ()  # open files that it inherits
    folder: Path = CHECKOUT


@dataclass(frozen=True)
class Started:
    """A process that we started: our child, or init's when it was detached."""

    pid: int
    child: subprocess.Popen[bytes] | None = None

    def alive(self) -> bool:
        return bool(arguments(self.pid)) if self.child is None else self.child.poll() is None


Spawn = Callable[[Program], Started]


def tied(program: Program) -> Started:
    """A child in its own process group (Ctrl-C doesn't reach it) that dies when this process does, however it ends."""
    parent = os.getpid()

    def before_exec() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, int(program.on_death))
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    with _output(program) as output:
        child = subprocess.Popen(
            program.arguments,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(program.environment),
            cwd=program.folder,
            process_group=0,
            pass_fds=program.keeps,
            preexec_fn=before_exec,  # this process has one thread
            **program.account.spawn_options(),
        )
    return Started(child.pid, child)


def detached(program: Program) -> Started:
    """A process that outlives this one. The shell in between leaves it to init, so that no zombie stays here."""
    with _output(program) as output:
        shell = subprocess.run(
            ["/bin/sh", "-c", '"$@" >&2 & echo $!', "sh", *program.arguments],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            env=dict(program.environment),
            cwd=program.folder,
            start_new_session=True,
            **program.account.spawn_options(),
        )
    return Started(int(shell.stdout))


def find(matches: Callable[[Arguments], bool], uid: int) -> list[int]:
    """The pids of the account's processes whose command line matches."""
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in pids if matches(arguments(pid)) and owner(pid) == uid]


def arguments(pid: int) -> Arguments:
    """The command line; empty for a process that is gone or a zombie."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


def owner(pid: int) -> int | None:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("Uid:")), None)


def has_pair(given: Arguments, flag: str, value: str) -> bool:
    return any(pair == (flag, value) for pair in pairwise(given))


def wait_ready(
    ready: Callable[[], bool], alive: Callable[[], bool], seconds: float, problem: str, log: Path, pause: Pause
) -> None:
    """Wait for as long as the process lives and the time lasts; else `problem`, with the end of its log."""
    end = time.monotonic() + seconds
    while not ready():
        if not alive() or time.monotonic() > end:
            raise EmbeddedError(f"{problem}; the end of {log}:\n{last_lines(log)}")
        pause(0.02)


def wait_until(true: Callable[[], bool], seconds: float, pause: Pause = time.sleep) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        pause(0.02)
    return True


def end(running: Callable[[], list[int]], steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """Signal what `running` finds, harder with each step, until it finds nothing; it looks again before each signal."""
    for number, seconds in steps:
        pids = running()
        for pid in pids:
            _signal(pid, number)
        wait_until(lambda pids=pids: not any(map(arguments, pids)), seconds)  # type: ignore[misc]
        if not running():
            return
    raise EmbeddedError(f"Processes {running()} don't end, not even when killed.")


def last_lines(log: Path, count: int = 8) -> str:
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-count:])


@contextlib.contextmanager
def _output(program: Program) -> Iterator[IO[bytes] | None]:
    if program.log is None:
        yield None
        return
    with program.log.open("ab") as log:
        yield log


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
