"""The search's exam: pages and questions from files, in a scratch database; knowledge/evaluate.py counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from conversations.command import BadInputError
from evals import scratch
from evals.rows import rows_of
from knowledge import evaluate
from knowledge.models import Article

LONGEST_ID: Final = Article._meta.get_field("slug").max_length or 0


def run(docs: Path, queries: Path, passages: int | None = None) -> dict[str, Any]:
    """{n, recall: {"1", "5", "10"}, mrr, ndcg10, ingest_per_s, latency_ms: {p50, p95}}; with `passages` also
    among: {passages, search_ms: {p50, p95}}."""
    pages, questions = pages_of(docs), questions_of(queries)
    with scratch.database():
        return evaluate.retrieval(pages, questions, passages)


def pages_of(file: Path) -> list[dict[str, Any]]:
    pages, seen = rows_of(file, ("id", "title", "content")), set[str]()
    for number, page in enumerate(pages, 1):
        wrong = [name for name in ("id", "title", "content") if not isinstance(page[name], str) or not page[name]]
        if wrong or "\0" in page["title"] + page["content"]:
            raise BadInputError(f"{file.name} row {number}: {wrong[0] if wrong else 'content'} is no text.")
        if len(page["id"]) > LONGEST_ID or page["id"] in seen:
            raise BadInputError(f"{file.name} row {number}: give each page an id of its own, {LONGEST_ID} at most.")
        seen.add(page["id"])
    return pages


def questions_of(file: Path) -> list[dict[str, Any]]:
    questions = rows_of(file, ("query", "relevant"))
    for number, row in enumerate(questions, 1):
        named = row["relevant"]
        if not isinstance(row["query"], str) or not isinstance(named, list) or not named:
            raise BadInputError(f"{file.name} row {number}: query is a text, and relevant a list of page ids.")
    return questions
