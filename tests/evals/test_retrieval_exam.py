"""`manage.py evaluate retrieval`: in a scratch database of its own, with the keys of the contract; bad files refused."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from conversations import bell
from knowledge import vectors
from knowledge.models import Article

DOCS = [
    {"id": "plates", "title": "License plates", "content": "Surrender the plates when you sell the car."},
    {"id": "address", "title": "Change of address", "content": "Report a new address within ten days of moving."},
]
QUERIES = [
    {"query": "user:I moved house, whom do I tell?", "relevant": ["address"]},
    {"query": "surrender plates", "relevant": ["nowhere"]},
]


def written(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return str(path)


@pytest.mark.django_db(transaction=True)
def test_pages_and_questions_are_measured_in_a_scratch_database(tmp_path: Path) -> None:
    """G11"""
    out, before = StringIO(), connection.settings_dict["NAME"]
    docs, queries = written(tmp_path / "d.jsonl", DOCS), written(tmp_path / "q.jsonl", QUERIES)
    call_command("evaluate", "retrieval", "--docs", docs, "--queries", queries, "--json", stdout=out)
    result = json.loads(out.getvalue().splitlines()[-1])
    assert set(result) == {"n", "recall", "mrr", "ndcg10", "ingest_per_s", "latency_ms"}
    assert result["recall"] == {"1": 0.5, "5": 0.5, "10": 0.5}
    assert result["ingest_per_s"] > 0
    assert connection.settings_dict["NAME"] == before
    assert not Article.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_no_worker_is_rung_for_rows_of_a_scratch_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It would look for the number in its own database, where another row has it."""
    rung: list[Any] = []
    monkeypatch.setattr(bell._ringer, "put", rung.append)
    docs, queries = written(tmp_path / "d.jsonl", DOCS), written(tmp_path / "q.jsonl", QUERIES)
    call_command("evaluate", "retrieval", "--docs", docs, "--queries", queries)
    assert rung == []
    bell.ring(vectors.EMBED, 1)
    assert len(rung) == 1


@pytest.mark.parametrize(
    ("doc", "query", "says"),
    [
        ({"id": "a", "title": "A"}, QUERIES[0], "has no content"),
        ({**DOCS[0], "id": "address"}, QUERIES[0], "give each page an id of its own"),
        ({**DOCS[0], "id": "x" * 121}, QUERIES[0], "give each page an id of its own"),
        ({**DOCS[0], "content": 7}, QUERIES[0], "content is no text"),
        (DOCS[0], {"query": "x", "relevant": "plates"}, "relevant a list of page ids"),
    ],
)
def test_a_bad_file_is_one_sentence(
    doc: dict[str, Any], query: dict[str, Any], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    docs, queries = written(tmp_path / "d.jsonl", [DOCS[1], doc]), written(tmp_path / "q.jsonl", [query])
    with pytest.raises(SystemExit) as ended:
        call_command("evaluate", "retrieval", "--docs", docs, "--queries", queries)
    assert ended.value.code == 2
    assert says in capsys.readouterr().err
