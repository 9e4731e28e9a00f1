"""What is put back for each test is what the seed makes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from agents import kits, releases, seed
from conversations import events
from knowledge.models import Article, Passage
from tests import cast, seeded
from tests.house import few_articles

pytestmark = pytest.mark.django_db
DRAWN = {"at", "hash", "created_at", "moved_at", "state"}  # anew, each time


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeded, "_scripts", {})
    kits.load.cache_clear()


def rows() -> dict[str, list[Any]]:
    """Every row of the house, by table; an event without its number, which counts on."""
    found = {}
    for table in connection.introspection.django_table_names(only_existing=True, include_views=False):
        drawn = DRAWN | ({"id"} if table == "conversations_event" else set())
        made = [{name: value for name, value in row.items() if name not in drawn} for row in seeded.rows_of(table)]
        found[table] = sorted(made, key=repr)
    return {table: made for table, made in found.items() if made}


def undone(articles: Path) -> dict[str, list[Any]]:
    """The rows that it leaves, in a house that is empty again afterwards."""
    mark = transaction.savepoint()
    seeded.seeded(articles)
    made = rows()
    assert events.verify().valid
    transaction.savepoint_rollback(mark)
    return made


def test_what_is_put_back_is_what_the_seed_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few_articles(tmp_path)
    made = undone(tmp_path)
    assert {*seeded.TABLES, "conversations_event"} < set(made)
    monkeypatch.setattr(seed, "seed", None)  # asked no more
    assert undone(tmp_path) == made
    assert undone(tmp_path) == made


def test_a_house_that_was_put_back_goes_on(tmp_path: Path) -> None:
    """Its sequences, also after a flush has set them back, its release and its search."""
    few_articles(tmp_path)
    undone(tmp_path)
    with connection.cursor() as cursor:
        cursor.execute("select setval(pg_get_serial_sequence('knowledge_article', 'id'), 1, false)")
    seeded.seeded(tmp_path)
    live = releases.live()
    assert live is not None
    assert releases.refresh() is None
    assert kits.load(live.pk).policy is not None
    assert Article.objects.create(slug="new", topic="returns").pk > Article.objects.get(slug="return-windows").pk


@pytest.mark.parametrize("change", ["articles", "demo", "day", "a customer"])
def test_another_world_is_seeded_anew(change: str, tmp_path: Path, settings: Any) -> None:
    few_articles(tmp_path)
    made = undone(tmp_path)
    if change == "articles":
        (tmp_path / "return-windows.md").unlink()
    elif change == "demo":
        settings.HANDRAIL_DEMO = not settings.HANDRAIL_DEMO
    elif change == "day":
        with connection.cursor() as cursor:
            cursor.execute("select set_config('handrail.now', (now() + interval '9 days')::text, true)")
    else:
        cast.says(cast.alice(), "hello")
    assert undone(tmp_path) != made


def test_a_move_that_is_not_allowed_is_refused(tmp_path: Path) -> None:
    """The triggers look at what is put back as they look at everything."""
    few_articles(tmp_path)
    undone(tmp_path)
    (key,) = seeded._scripts
    skipped = re.sub(r"update \"knowledge_article\" set [^;]*'in_review'[^;]*;\n", "", seeded._scripts[key])
    assert skipped != seeded._scripts[key]
    seeded._scripts[key] = skipped
    with pytest.raises(psycopg.Error, match="may not move from draft to published"), transaction.atomic():
        seeded.seeded(tmp_path)
    assert not Passage.objects.exists()
