"""A reset of the tests' shop puts back whatever anybody wrote, row by row: thousands of tests ask for one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.packs.changes import CHANGES, change
from tests.shopserver import TABLES, ShopServer

ORDER = "(select min(id) from orders)"
COPIES = {"like": "FW-10465", "first": 4000, "prices": [1000, 2000]}
WRITES = (
    f"update orders set note = 'x' where id = {ORDER}",
    f"delete from orders where id = {ORDER}",  # with all that hangs on it
    "delete from customers",
    "delete from tickets where id = (select min(id) from tickets)",
    "with gone as (delete from risk_flags returning *) insert into risk_flags select customer_id, kind, now() from gone",
    "truncate parcels, scans",
    f"insert into claw_backs select order_id, line, 1, 'x', now() from order_items where order_id = {ORDER}",
)


def held(shop: ShopServer) -> dict[str, Any]:
    """Every row of the shop."""
    asked = {name: f"select array_agg(row::text order by row::text) from {name} row" for name in TABLES}
    return {name: shop.rows.line.execute(sql).fetchone() for name, sql in asked.items()}


def written(shop: ShopServer, sql: str) -> None:
    with psycopg.connect(shop.database_url) as connection:
        connection.execute(sql)


def base(shop: ShopServer) -> datetime:
    """What the shop's dates count from."""
    found = shop.rows.line.execute("select base_at from shop").fetchone()
    assert found is not None
    moment: datetime = found[0]
    return moment


def put_back(shop: ShopServer, write: Callable[[], object]) -> None:
    """Twice, because the second time it is put back from what the first time left."""
    before = held(shop)
    for _ in range(2):
        write()
        assert held(shop) != before
        shop.reset()
        assert held(shop) == before


@pytest.mark.parametrize("sql", WRITES)
def test_what_is_written_behind_its_back_is_put_back(fresh_shop: ShopServer, sql: str) -> None:
    put_back(fresh_shop, lambda: written(fresh_shop, sql))


@pytest.mark.parametrize("path", CHANGES)
def test_what_an_endpoint_writes_is_put_back(fresh_shop: ShopServer, path: str) -> None:
    put_back(fresh_shop, lambda: change(fresh_shop, path, CHANGES[path]))


def test_what_a_test_fills_in_is_taken_out(fresh_shop: ShopServer) -> None:
    put_back(fresh_shop, lambda: fresh_shop.ask("POST", "/admin/copies", COPIES))


def test_it_is_as_the_shop_fills_itself(fresh_shop: ShopServer) -> None:
    for sql in WRITES:
        written(fresh_shop, sql)
    fresh_shop.reset()
    mine = held(fresh_shop)
    fresh_shop.reset(base(fresh_shop))
    assert held(fresh_shop) == mine


def test_another_day_lasts_until_the_next_reset(fresh_shop: ShopServer) -> None:
    today, before = base(fresh_shop), held(fresh_shop)
    fresh_shop.reset(today - timedelta(days=40))
    assert base(fresh_shop) == today - timedelta(days=40)
    fresh_shop.reset()
    assert base(fresh_shop) >= today
    assert {name: len(rows or ()) for name, (rows,) in held(fresh_shop).items()} == {
        name: len(rows or ()) for name, (rows,) in before.items()
    }


def test_what_was_filled_long_ago_is_filled_anew(fresh_shop: ShopServer) -> None:
    before = datetime.now(UTC).replace(second=0, microsecond=0)
    written(fresh_shop, "update shop set base_at = base_at - interval '1 day'")
    fresh_shop.rows.keep()  # as if it had stood there for a day
    fresh_shop.reset()
    assert base(fresh_shop) < before
    fresh_shop.rows.kept_at -= 61
    fresh_shop.reset()
    assert base(fresh_shop) >= before


def test_whoever_still_writes_is_waited_for(fresh_shop: ShopServer) -> None:
    before = held(fresh_shop)
    with psycopg.connect(fresh_shop.database_url) as connection:
        connection.execute("update orders set note = 'x'")
        threading.Timer(0.2, connection.commit).start()
        fresh_shop.reset()
    assert held(fresh_shop) == before
