"""The demo shop's real service for tests: its own process, socket and database, started once for a test process.

Import the fixture in a conftest: `from tests.shopserver import shop, fresh_shop`.
"""

from __future__ import annotations

import math
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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

from packs.demo_shop.service import stock

ROOT = Path(__file__).resolve().parent.parent
MINUTE = 60.0
TABLES = (*stock.COLUMNS, *stock.DONE)
WRITTEN = " union all ".join(f"select count(*), max(xmin::text::bigint) from {table}" for table in TABLES)
KEEP = ";".join(f"drop table if exists kept_{t}; create temp table kept_{t} as table {t}" for t in stock.COLUMNS)
PUT_BACK = ";".join(
    [f"delete from {t} where xmin::text::bigint > {{last}}" for t in reversed(TABLES)]
    + [f"insert into {t} table kept_{t} on conflict do nothing" for t in stock.COLUMNS]
)


class Rows:
    """The shop's rows as they were after a reset, on a line of our own: what anybody wrote since is undone row by row.

    A transaction's number tells a row that was written later; a missing one is put back. That takes a tenth of a reset.
    """

    def __init__(self, database_url: str) -> None:
        self.line = psycopg.connect(database_url, autocommit=True)
        self.forget()

    def forget(self) -> None:
        """What stands there is as no other test would have it."""
        self.kept_at = -math.inf  # of the process's clock
        self.last = 0

    def keep(self) -> None:
        with self._alone():
            self.line.execute(KEEP)
            self._seen()
        self.kept_at = time.monotonic()

    def put_back(self) -> bool:
        """False when there is nothing to put back, or when it is a minute old: the dates in it count from now."""
        if time.monotonic() - self.kept_at > MINUTE:
            return False
        with self._alone():
            if self._written() != self.written:
                self.line.execute(PUT_BACK.format(last=self.last))
                self._seen()
        return True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Once whoever writes has ended, and before anybody else begins."""
        with self.line.transaction():
            self.line.execute(f"lock table {', '.join(TABLES)} in share row exclusive mode")
            yield

    def _seen(self) -> None:
        now = self.line.execute("select pg_current_xact_id()::xid::text::bigint").fetchone()
        assert now is not None
        self.last, self.written = now[0], self._written()

    def _written(self) -> list[Any]:
        """How many rows each table holds, and the last transaction that wrote one."""
        return self.line.execute(WRITTEN).fetchall()


@dataclass(frozen=True)
class ShopServer:
    """Where the shop answers. `ask` speaks to an endpoint directly, as its own systems' people would."""

    url: str
    key: str
    database_url: str
    process: subprocess.Popen[bytes]
    client: httpx.Client
    rows: Rows

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        given = {"X-Api-Key": self.key, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.request(method, path, json=body, headers=given)

    def reset(self, now: datetime | None = None) -> None:
        """The demo's own data, dated back from `now`, or from less than a minute ago."""
        if now is None and self.rows.put_back():
            return
        moment = now or datetime.now(UTC)
        assert self.ask("POST", "/admin/reset", X_Now=moment.isoformat()).status_code == 200
        self.rows.forget() if now else self.rows.keep()


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


def stop() -> None:
    """End the shop and drop its database, when the process has one; called when the session ends."""
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
