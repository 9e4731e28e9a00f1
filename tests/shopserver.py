"""The demo shop's real service for tests: its own process, socket and database, started once for a test process.

Import the fixture in a conftest: `from tests.shopserver import shop, fresh_shop`.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import psycopg
import psycopg.conninfo
import pytest
from django.conf import settings
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
MINUTE = 60.0
TABLES = "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by relname"


class Rows:
    """Who wrote the shop's rows: a digest that any write changes, whoever makes it, and that a reset makes anew."""

    def __init__(self, database_url: str) -> None:
        self.line = psycopg.connect(database_url, autocommit=True)
        self.tables = [sql.Identifier(name) for (name,) in self.line.execute(TABLES)]

    def digest(self) -> list[Any]:
        """The number of rows of each table and its last writing transaction. Whoever still writes is waited for."""
        last = sql.SQL("select count(*), max(xmin::text::bigint) from {}")
        with self.line.transaction():
            self.line.execute(sql.SQL("lock table {} in share mode").format(sql.SQL(", ").join(self.tables)))
            return self.line.execute(sql.SQL(" union all ").join(map(last.format, self.tables))).fetchall()


@dataclass
class Left:
    """How the last reset left the shop, and when (of the process's clock); None: as nobody else would have it."""

    rows: list[Any] | None = None
    at: float = 0.0


@dataclass(frozen=True)
class ShopServer:
    """Where the shop answers. `ask` speaks to an endpoint directly, as its own systems' people would."""

    url: str
    key: str
    database_url: str
    process: subprocess.Popen[bytes]
    client: httpx.Client
    rows: Rows
    left: Left = field(default_factory=Left)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        given = {"X-Api-Key": self.key, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.request(method, path, json=body, headers=given)

    def reset(self, now: datetime | None = None) -> None:
        """The demo's own data, dated back from `now`. What nobody has written to for less than a minute stays."""
        if now is None and time.monotonic() - self.left.at < MINUTE and self.rows.digest() == self.left.rows:
            return
        moment = now or datetime.now(UTC)
        assert self.ask("POST", "/admin/reset", X_Now=moment.isoformat()).status_code == 200
        self.left.rows, self.left.at = None if now else self.rows.digest(), time.monotonic()


@pytest.fixture(scope="session")
def shop(request: pytest.FixtureRequest) -> Iterator[ShopServer]:
    """The running shop, and settings that point at it."""
    server = _server()
    before = settings.SHOP_URL, settings.SHOP_API_KEY
    settings.SHOP_URL, settings.SHOP_API_KEY = server.url, server.key
    yield server
    settings.SHOP_URL, settings.SHOP_API_KEY = before


@pytest.fixture
def fresh_shop(shop: ShopServer) -> Iterator[ShopServer]:
    """For tests that change the shop: the demo's data stands before them and is back afterwards."""
    shop.reset()
    yield shop
    shop.reset()


def pytest_sessionfinish() -> None:
    """Stop the shop and drop its database; called by the conftests that import it."""
    if _server.cache_info().currsize:
        _stop(_server())
        _server.cache_clear()


@cache
def _server() -> ShopServer:
    database_url, folder = _database(), tempfile.mkdtemp(prefix="shop-")
    socket, key = Path(folder) / "shop.sock", secrets.token_hex(16)
    with (Path(folder) / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "packs.demo_shop.service", "--uds", str(socket)],
            cwd=ROOT,
            env={**os.environ, "SHOP_DATABASE_URL": database_url, "SHOP_API_KEY": key, "SHOP_FAULTS": "1"},
            stdout=subprocess.PIPE,
            stderr=log,
        )
    client = httpx.Client(base_url="http://shop", transport=httpx.HTTPTransport(uds=str(socket)), timeout=30)
    assert process.stdout is not None
    if process.stdout.readline().strip() != b"open":  # ends at once when the process does
        raise RuntimeError(f"The shop doesn't start: {(Path(folder) / 'log').read_text()[-2000:]}")
    return ShopServer(f"unix:{socket}", key, database_url, process, client, Rows(database_url))


def _database() -> str:
    """A new database beside Handrail's own, on the same server."""
    name = f"test_shop_{os.getpid()}_{secrets.token_hex(3)}"
    with psycopg.connect(_url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return _url(name)


def _url(database: str) -> str:
    ours = settings.DATABASES["default"]
    parts = {"host": ours["HOST"], "port": ours["PORT"], "user": ours["USER"], "password": ours["PASSWORD"]}
    return psycopg.conninfo.make_conninfo(dbname=database, **{key: value for key, value in parts.items() if value})


def _stop(server: ShopServer) -> None:
    server.client.close()
    server.rows.line.close()
    server.process.terminate()
    server.process.wait(10)
    if server.process.stdout is not None:
        server.process.stdout.close()
    shutil.rmtree(Path(server.url.removeprefix("unix:")).parent)
    name = psycopg.conninfo.conninfo_to_dict(server.database_url)["dbname"]
    with psycopg.connect(_url("postgres"), autocommit=True) as connection:
        # Without FORCE, which an autovacuum worker's passing by would make fail: a plain drop sends it away by itself.
        connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(str(name))))
