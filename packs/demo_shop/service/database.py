"""The shop's database: one pool, one schema applied at every start, seeded when empty."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, LiteralString

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from . import stock
from .demo import build

Row = dict[str, Any]
Pool = AsyncConnectionPool[AsyncConnection[DictRow]]

SCHEMA: Final = Path(__file__).with_name("schema.sql")
ONE_AT_A_TIME: Final = 7_301_644  # advisory lock: two shops starting on one database wait for each other


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Pool]:
    """A pool on a database that has its tables and its goods."""
    pool: Pool = AsyncConnectionPool(
        url, kwargs={"row_factory": dict_row}, min_size=1, max_size=8, timeout=5, open=False, name="shop"
    )
    await pool.open(wait=True, timeout=10)
    try:
        await _prepare(pool)
        yield pool
    finally:
        await pool.close()


async def _prepare(pool: Pool) -> None:
    async with pool.connection() as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
        await connection.execute(SCHEMA.read_bytes())
        if await (await connection.execute("SELECT 1 FROM shop")).fetchone() is None:
            await stock.replace(connection, build.demo(datetime.now(UTC)))


async def rows(pool: Pool, statement: LiteralString, **params: Any) -> list[Row]:
    """Every row of a query."""
    async with pool.connection() as connection:
        return await (await connection.execute(statement, params)).fetchall()


async def row(pool: Pool, statement: LiteralString, **params: Any) -> Row | None:
    """The only row of a query; None when there is none or when there are several."""
    found = await rows(pool, statement, **params)
    return found[0] if len(found) == 1 else None
