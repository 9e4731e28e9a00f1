"""A reset of the tests' shop puts back whatever anybody wrote, and leaves what nobody did: thousands of tests ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.packs.changes import CHANGES, change
from tests.shopserver import ShopServer

WRITES = (
    "update orders set note = 'x' where id = (select min(id) from orders)",
    "delete from tickets where id = (select min(id) from tickets)",
    "with gone as (delete from risk_flags returning *) insert into risk_flags select customer_id, kind, now() from gone",
    "truncate parcels, scans",
)


def written(shop: ShopServer, sql: str) -> None:
    with psycopg.connect(shop.database_url) as connection:
        connection.execute(sql)


def transaction(shop: ShopServer) -> Any:
    """The one that filled the shop: another after each reset that did something."""
    return shop.rows.line.execute("select xmin::text from shop").fetchone()


def held(shop: ShopServer) -> tuple[Any, ...]:
    counts = [n for n, _ in shop.rows.digest()]
    notes = shop.rows.line.execute("select id, note from orders order by id").fetchall()
    return counts, notes, shop.ask("GET", "/admin/dump").json(), shop.ask("GET", "/admin/effects").json()


@pytest.mark.parametrize("sql", WRITES)
def test_what_is_written_behind_its_back_is_put_back(fresh_shop: ShopServer, sql: str) -> None:
    before, filled = held(fresh_shop), transaction(fresh_shop)
    written(fresh_shop, sql)
    fresh_shop.reset()
    assert transaction(fresh_shop) != filled
    assert held(fresh_shop) == before


@pytest.mark.parametrize("path", CHANGES)
def test_what_an_endpoint_writes_is_put_back(fresh_shop: ShopServer, path: str) -> None:
    before, filled = held(fresh_shop), transaction(fresh_shop)
    assert change(fresh_shop, path, CHANGES[path]).status_code == 201
    assert held(fresh_shop) != before
    fresh_shop.reset()
    assert transaction(fresh_shop) != filled
    assert held(fresh_shop) == before


def test_what_is_read_alone_stays(fresh_shop: ShopServer) -> None:
    filled = transaction(fresh_shop)
    held(fresh_shop)
    fresh_shop.reset()
    assert transaction(fresh_shop) == filled


def test_another_day_lasts_until_the_next_reset(fresh_shop: ShopServer) -> None:
    fresh_shop.reset(datetime.now(UTC) - timedelta(days=40))
    filled = transaction(fresh_shop)
    fresh_shop.reset()
    assert transaction(fresh_shop) != filled


def test_what_was_filled_long_ago_is_filled_anew(fresh_shop: ShopServer) -> None:
    """Its dates are counted back from when it was filled."""
    filled = transaction(fresh_shop)
    fresh_shop.left.at -= 61
    fresh_shop.reset()
    assert transaction(fresh_shop) != filled
