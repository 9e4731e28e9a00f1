"""The pack's own shop service: a process and a database of its own, started by the name that HANDRAIL_PACK gives.

Nothing here imports the pack; a pack without a `service` module has its systems elsewhere (SHOP_URL).
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import sys
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from config.embedded import home, locks, postgres, processes
from config.embedded.locks import Pause
from config.embedded.processes import Arguments, Program, Spawn, Started

PACK = "packs.demo_shop"
DATABASE = "demo_shop"
NAME = "shop"
START_SECONDS = 60  # an empty shop makes its catalogue first


@dataclass(frozen=True)
class Shop:
    module: str
    socket: Path
    database_url: str
    log: Path
    name: str = NAME
    ending: signal.Signals = signal.SIGTERM

    def running(self) -> list[int]:
        return processes.find(self._is_ours, os.geteuid())

    def start(self, spawn: Spawn = processes.detached, pause: Pause = time.sleep) -> Started | None:
        """Return when it answers; None when it ran already."""
        home.made_for_servers(self.socket.parent)
        with locks.exclusive(home.run_data() / f"{self.socket.stem}.lock", pause):
            started = None
            if not self.running():
                _make_database(self.database_url)
                self.socket.unlink(missing_ok=True)
                started = spawn(self._program())
            alive = started.alive if started else lambda: bool(self.running())
            processes.wait_ready(self.ready, alive, START_SECONDS, "The shop doesn't start", self.log, pause)
            return started

    def stop(self, seconds: float = 5.0) -> None:
        with locks.exclusive(home.run_data() / f"{self.socket.stem}.lock"):
            processes.end(self.running, ((self.ending, seconds), (signal.SIGKILL, 2.0)))

    def ready(self) -> bool:
        connection = _UnixConnection(self.socket)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _is_ours(self, given: Arguments) -> bool:
        return processes.has_pair(given, "-m", self.module) and processes.has_pair(given, "--uds", str(self.socket))

    def _program(self) -> Program:
        return Program(
            arguments=(sys.executable, "-m", self.module, "--uds", str(self.socket)),
            log=self.log,
            account=home.ourselves(),
            environment={**os.environ, "SHOP_DATABASE_URL": self.database_url, "SHOP_API_KEY": api_key()},
        )


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("shop", timeout=2)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def here() -> Shop | None:
    """The shop of this home and this database; None when the pack brings no service."""
    module = f"{os.environ.get('HANDRAIL_PACK', PACK)}.service"
    if not _exists(module):
        return None
    return Shop(module, home.shop_socket(), database_url(), home.log("shop"))


def stop_all() -> None:
    """Every shop of this home, whichever database it serves."""
    processes.end(_any_running, ((signal.SIGTERM, 5.0), (signal.SIGKILL, 2.0)))


def database_url() -> str:
    """Beside Handrail's own database, on the same server, unless SHOP_DATABASE_URL says otherwise."""
    given = os.environ.get("SHOP_DATABASE_URL")
    if given:
        return given
    ours = os.environ.get("DATABASE_URL")
    if not ours:
        return postgres.url(DATABASE)
    parts = urlsplit(ours)
    return parts._replace(path=f"{parts.path}_shop").geturl()


def api_key() -> str:
    return os.environ.get("SHOP_API_KEY") or home.shop_key()


def _any_running() -> list[int]:
    folder = str(home.sockets())

    def is_one(given: Arguments) -> bool:
        return any(flag == "--uds" and str(Path(value).parent) == folder for flag, value in pairwise(given))

    return processes.find(is_one, os.geteuid())


def _exists(module: str) -> bool:
    """Looks for the files: importlib would import the pack to find out."""
    places = [Path(entry or ".") / Path(*module.split(".")) for entry in (str(home.CHECKOUT), *sys.path)]
    return any(place.is_dir() or place.with_suffix(".py").is_file() for place in places)


def _make_database(url: str) -> None:
    """Where it is missing. Postgres may be gone at this moment: whoever watches over both tries again."""
    parts = urlsplit(url)
    name = parts.path.lstrip("/")
    server = parts._replace(path="/postgres").geturl()
    try:
        with psycopg.connect(server, autocommit=True, connect_timeout=5) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg.OperationalError as error:
        raise home.EmbeddedError("The shop waits: Postgres doesn't answer at the moment.") from error
