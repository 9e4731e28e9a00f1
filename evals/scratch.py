"""A scratch database, and a scratch shop, for commands that measure: never the demo's."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from conversations import bell
from conversations.command import BadInputError
from tools import pack as packs

PREFIX = "scratch_"
DROPS = 20  # tries, a second apart


@contextmanager
def database() -> Iterator[str]:
    """Migrate a new database, point this process at it, and drop it afterwards. Yields its DATABASE_URL."""
    before = dict(connection.settings_dict)
    name = f"{PREFIX}{os.getpid()}_{uuid.uuid4().hex[:8]}"
    with server(before) as server_connection:
        server_connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    point_at(name)
    try:
        call_command("migrate", verbosity=0)
        with bell.silence():
            yield url_of({**before, "NAME": name})
    finally:
        point_at(before["NAME"])
        drop(before, name)


def drop(settings_dict: dict[str, Any], name: str) -> None:
    """Drop it. A worker of the server's own that cleans it up can't be ended by us: it is done in a moment."""
    statement = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
    for left in range(DROPS, 0, -1):
        try:
            with server(settings_dict) as server_connection:
                server_connection.execute(statement)
            return
        except psycopg.errors.InsufficientPrivilege:
            if left == 1:
                raise
            time.sleep(1)


@contextmanager
def shop(pack: str | None = None) -> Iterator[str]:
    """The pack's service on a scratch database of its own and a socket of its own, or what the pack offers instead: its
    real systems are never measured. Yields its SHOP_URL."""
    name = pack or settings.HANDRAIL_PACK
    if find_spec(f"{name}.service") is None:
        with instead(name):
            yield settings.SHOP_URL
        return
    with served(name) as url:
        yield url


def instead(pack: str) -> AbstractContextManager[None]:
    """The `scratch` of a pack that has no service to start."""
    operations = packs.load(pack).operations
    if operations is None or operations.scratch is None:
        raise BadInputError(
            f"{pack} has no service to start and no scratch() in its operations.py: its real systems aren't measured."
        )
    return operations.scratch()


@contextmanager
def served(pack: str) -> Iterator[str]:
    settings_dict = dict(connection.settings_dict)
    name = f"{PREFIX}shop_{os.getpid()}_{uuid.uuid4().hex[:8]}"
    with server(settings_dict) as server_connection:
        server_connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    before = settings.SHOP_URL
    with tempfile.TemporaryDirectory(prefix="handrail-") as folder:
        path = Path(folder) / "shop.sock"
        process = start_shop(pack, path, url_of({**settings_dict, "NAME": name}))
        try:
            wait_for(path, process)
            settings.SHOP_URL = f"unix:{path}"
            yield settings.SHOP_URL
        finally:
            settings.SHOP_URL = before
            process.terminate()
            process.wait(10)
            drop(settings_dict, name)


def start_shop(pack: str, path: Path, database_url: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"{pack}.service", "--uds", str(path)]
    environment = {
        **os.environ,
        "SHOP_DATABASE_URL": database_url,
        "SHOP_API_KEY": settings.SHOP_API_KEY,
        "SHOP_FAULTS": "1",
    }
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, cwd=settings.BASE_DIR)


def wait_for(path: Path, process: subprocess.Popen[bytes], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"The scratch shop ended with {process.returncode}; its reason stands above.")
        if path.exists():
            try:
                with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://shop") as client:
                    client.get("/livez")
            except httpx.TransportError:
                pass
            else:
                return
        time.sleep(0.05)
    raise RuntimeError("The scratch shop did not start within its time.")


def point_at(name: str) -> None:
    """Let Django's connection use another database of the same server."""
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # of the Postgres backend
    connection.settings_dict["NAME"] = name
    settings.DATABASES["default"]["NAME"] = name


def server(settings_dict: dict[str, Any]) -> psycopg.Connection[Any]:
    """A connection for creating and dropping databases, which no transaction may hold."""
    where = {"host": settings_dict["HOST"], "port": settings_dict["PORT"], "user": settings_dict["USER"]}
    return psycopg.connect(
        dbname="postgres",
        password=settings_dict["PASSWORD"] or None,
        autocommit=True,
        **{k: v for k, v in where.items() if v},
    )


def url_of(settings_dict: dict[str, Any]) -> str:
    """The DATABASE_URL of these settings; a socket folder goes into the query."""
    host, port = settings_dict["HOST"], settings_dict["PORT"]
    secret = f":{quote(settings_dict['PASSWORD'])}" if settings_dict["PASSWORD"] else ""
    login = f"{quote(settings_dict['USER'])}{secret}@"
    if host.startswith("/"):
        return f"postgresql://{login}/{settings_dict['NAME']}?host={quote(host)}"
    return f"postgresql://{login}{host}{f':{port}' if port else ''}/{settings_dict['NAME']}"
