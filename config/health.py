"""Probes. Alive: the process answers. Ready: the database answers and has every migration. No model is ever called."""

from __future__ import annotations

from functools import cache

import psycopg
import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, JsonResponse

from conversations.access import Access, access

PRODUCT = "handrail"  # how one copy recognises another behind a port
PROBE_SECONDS = 2


@access(Access.PROBE)
def livez(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"product": PRODUCT, "alive": True})


@access(Access.PROBE)
def readyz(request: HttpRequest) -> JsonResponse:
    """Valkey is told of and doesn't count: it only rings, and pollers and the sweeper do without it."""
    database = _database()
    body = {"product": PRODUCT, "ready": database == "ok", "database": database, "valkey": _valkey()}
    return JsonResponse(body, status=200 if body["ready"] else 503)


def _database() -> str:
    """On a connection of its own: a probe must not wait for the pool's time-out."""
    parameters = {**connection.get_connection_params(), "connect_timeout": PROBE_SECONDS}
    try:
        with psycopg.connect(**parameters) as own:
            applied = set(own.execute("SELECT app, name FROM django_migrations").fetchall())
    except psycopg.errors.UndefinedTable:
        return "not migrated"
    except psycopg.Error:
        return "no answer"
    return "ok" if _migrations() <= applied else "not migrated"


@cache
def _migrations() -> frozenset[tuple[str, str]]:
    """Those of the code that runs; they don't change while it does."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def _valkey() -> str:
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=PROBE_SECONDS, socket_connect_timeout=PROBE_SECONDS
        ) as client:
            client.ping()
    except redis.RedisError:
        return "no answer"
    return "ok"
