"""After a test with real commits every row goes, by DELETE: a TRUNCATE gives each table new files, filled or not.

Waits, as TRUNCATE would, for whoever still writes. Permissions and what they are about stay; no test adds one.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from django.db import connection
from django.test import TransactionTestCase

STAY: Final = ("auth_permission", "django_content_type")

# Rows that a trigger keeps from any DELETE go by TRUNCATE, and first: afterwards there would be checks pending.
SWEEP: Final = """
do $body$
declare
  kept constant text[] := array[%(kept)s]::text[];
  others constant text[] := array[%(others)s]::text[];
  name text;
  filled boolean;
begin
  lock table %(all)s;
  foreach name in array kept || others loop
    execute format('select exists (select from %%I)', name) into filled;
    continue when not filled;
    execute format(case when name = any (kept) then 'truncate %%I cascade' else 'delete from %%I' end, name);
  end loop;
end $body$
"""
KEPT: Final = """
select distinct tgrelid::regclass::text from pg_trigger
 where not tgisinternal and tgtype & 2 <> 0 and tgtype & 8 <> 0
"""  # before delete


def sweep_instead_of_flushing() -> None:
    TransactionTestCase._fixture_teardown = lambda self: sweep()  # type: ignore[method-assign]


def sweep() -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement())


@cache
def statement() -> str:
    with connection.cursor() as cursor:
        cursor.execute(KEPT)
        guarded = {name for (name,) in cursor.fetchall()}
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    swept = sorted(set(tables) - set(STAY))
    return SWEEP % {
        "kept": ", ".join(f"'{name}'" for name in swept if name in guarded),
        "others": ", ".join(f"'{name}'" for name in swept if name not in guarded),
        "all": ", ".join(swept),
    }
