"""Business time is the database's `handrail_now()`; it moves only in test and scratch databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from django.db import connection

MOVABLE: Final = "^(test_|scratch_)"

FUNCTION: Final = f"""
create or replace function handrail_now() returns timestamptz language plpgsql volatile as $body$
declare moved text := current_setting('handrail.now', true);
begin
  if moved is null or moved = '' then return clock_timestamp(); end if;
  if current_database() !~ '{MOVABLE}' then
    raise exception 'business time moves in test and scratch databases only';
  end if;
  return moved::timestamptz;
end $body$
"""


def business_now() -> datetime:
    """The moment that rules, windows and expiries are judged by (UTC)."""
    with connection.cursor() as cursor:
        cursor.execute("select handrail_now()")
        moment: datetime = cursor.fetchone()[0]
    return moment


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Hold business time at `moment` on this connection; refused by the database outside test and scratch ones."""
    with connection.cursor() as cursor:
        cursor.execute("select set_config('handrail.now', %s, false)", [moment.isoformat()])
        cursor.execute("select handrail_now()")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select set_config('handrail.now', '', false)")
