"""The first rows of a house: made once a process by the seed itself, then put back for each test by one script.

The seed asks the database 120 times. Its rows are put back through the same triggers: they are born as drafts and walk
along their events again, so that each move is checked, sealed and dated anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection
from psycopg import sql

from agents import kits, seed
from knowledge import embeddings
from knowledge.models import ConfigVersion
from tools import pack

# By the name of their streams: the table of what moves, and how its rows are born.
MOVING: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "article": ("knowledge_article", {"status": "draft", "current_id": None}),
    "config": ("knowledge_configversion", {"status": "draft"}),
    "release": ("agents_release", {"status": "draft", "share": 0}),
}
STILL: Final = (
    "knowledge_articleversion",
    "knowledge_passage",
    "knowledge_passagevector",
    "knowledge_sentencevector",
    "knowledge_posting",
    "knowledge_pageword",
    "agents_certificate",
)
CORPUS: Final = "knowledge_corpus"  # after all that it counts: its triggers would say that it has changed
TABLES: Final = (*(table for table, _ in MOVING.values()), *STILL, CORPUS)
NOTHING_YET: Final = " and ".join(
    f"not exists (select from {table})" for table in (*TABLES, "conversations_event", "knowledge_readyvector")
)
GIVEN: Final = """
select column_name from information_schema.columns where table_name = %s
   and coalesce(column_default, '') !~ 'handrail_now|gen_random_uuid' order by ordinal_position
"""
ADD: Final = sql.SQL(
    "insert into {table} ({columns}) select {columns} from jsonb_populate_recordset(null::{table}, {rows})"
)
COUNT_ON: Final = sql.SQL("select setval({name}, {newest}) from {sequence} where last_value < {newest}")

_scripts: dict[Any, str] = {}


def seeded(articles: Path) -> None:
    """As `agents.seed.seed(articles)`."""
    key = world(articles)
    if key is None:
        seed.seed(articles)
    elif key in _scripts:
        run(_scripts[key])
    else:
        seed.seed(articles)
        _scripts[key] = script()


def world(articles: Path) -> Any:
    """All that the seed reads; None when the database isn't empty, and the seed goes by what is there."""
    with connection.cursor() as cursor:
        cursor.execute(f"select {NOTHING_YET}, handrail_now()::date")
        empty, today = cursor.fetchone()
    if not empty:
        return None
    company, unborn = pack.active(), ConfigVersion(pk=0)
    return (
        today,
        tuple((file.relative_to(articles), file.read_bytes()) for file in sorted(articles.rglob("*.md"))),
        company.policy.read_bytes(),
        seed.intents_text(company.intents),
        json.dumps(kits.current_pins(unborn, unborn)),
        embeddings.model(),
        settings.HANDRAIL_DEMO,
        settings.HANDRAIL["sign_off_required"],
    )


def run(text: str) -> None:
    """Many statements at once, which can't be prepared."""
    connection.ensure_connection()
    connection.connection.execute(text, prepare=False)


def script() -> str:
    """What puts back the rows that stand there now."""
    rows = {table: rows_of(table) for table in TABLES}
    parts = [*(add(table, rows[table]) for table in STILL), *walk(rows), add(CORPUS, rows[CORPUS])]
    numbered = {
        table: max(row["id"] for row in rows[table]) for table in TABLES if rows[table] and "id" in rows[table][0]
    }
    parts += [count_on(table, newest) for table, newest in numbered.items() if table != CORPUS]
    return ";\n".join(part.as_string(connection.connection) for part in parts)


def walk(rows: dict[str, list[dict[str, Any]]]) -> Iterator[sql.Composable]:
    """Each row's birth and its moves, in the order in which the events tell them."""
    for stream, verb, actor, reason, data in asked(
        "select stream, verb, actor, reason, data from conversations_event order by id"
    ):
        noun, _, pk = stream.partition(":")
        table, born = MOVING[noun]
        (row,) = [row for row in rows[table] if row["id"] == int(pk)]
        by = {"moved_by": actor, "moved_why": reason}
        if verb == "created":
            yield add(table, [{**row, **born, **by}])
        else:
            yield move(table, int(pk), {**{name: row[name] for name in born}, **by, "status": json.loads(data)["to"]})


def add(table: str, rows: Iterable[dict[str, Any]]) -> sql.Composable:
    columns = sql.SQL(", ").join(map(sql.Identifier, given(table)))
    return ADD.format(table=sql.Identifier(table), columns=columns, rows=sql.Literal(json.dumps(rows)))


def move(table: str, pk: int, facts: dict[str, Any]) -> sql.Composable:
    values = [sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(value)) for name, value in facts.items()]
    if "moved_at" in columns_of(table):
        values.append(sql.SQL("moved_at = handrail_now()"))
    changes = sql.SQL(", ").join(values)
    return sql.SQL("update {} set {} where id = {}").format(sql.Identifier(table), changes, sql.Literal(pk))


def count_on(table: str, newest: int) -> sql.Composable:
    """A flush may have told the table to count from one again."""
    ((sequence,),) = asked(f"select pg_get_serial_sequence('{table}', 'id')")
    return COUNT_ON.format(
        name=sql.Literal(sequence), newest=sql.Literal(newest), sequence=sql.Identifier(*sequence.split("."))
    )


def rows_of(table: str) -> list[dict[str, Any]]:
    return [json.loads(row) for (row,) in asked(f"select to_jsonb(t)::text from {table} t")]


@cache
def given(table: str) -> list[str]:
    """The columns that a new row brings along: a moment or a lot is drawn anew."""
    return [name for (name,) in asked(GIVEN, table)]


@cache
def columns_of(table: str) -> set[str]:
    return {
        name for (name,) in asked("select column_name from information_schema.columns where table_name = %s", table)
    }


def asked(statement: str, *params: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params or None)
        found: list[Any] = cursor.fetchall()
        return found
