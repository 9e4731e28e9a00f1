"""The measure of retrieval, on a set so small that the figures can be worked out by hand."""

from __future__ import annotations

import pytest
from django.db import connection

from conversations.clock import business_now
from knowledge import evaluate
from knowledge.models import Passage, PassageVector, Posting
from knowledge.search import search

DOCS = [
    {"id": "plates", "title": "License plates", "content": "Surrender the plates when you sell the car."},
    {"id": "address", "title": "Change of address", "content": "Report a new address within ten days of moving."},
    {"id": "lamps", "title": "Lamps", "content": "A lamp that is broken can be sent back."},
]
COPIES = ("lamps", "lamps-copy-1")
QUERIES = [
    {"id": "1", "query": "user:I moved house, whom do I tell?", "relevant": ["address"]},
    {"id": "2", "query": "user:and when I sell it?\tagent:Which car?\tuser:about my plates", "relevant": ["plates"]},
    {"id": "3", "query": "my lamp is broken\nwhat now", "relevant": ["lamps"]},
    {"id": "4", "query": "surrender plates", "relevant": ["nowhere"]},
]


@pytest.mark.django_db
def test_figures_are_those_of_the_definition() -> None:
    """G11"""
    result = evaluate.retrieval(DOCS, QUERIES)
    assert result["n"] == 4
    assert result["recall"] == {"1": 0.75, "5": 0.75, "10": 0.75}
    assert (result["mrr"], result["ndcg10"]) == (0.75, 0.75)
    assert set(result) == {"n", "recall", "mrr", "ndcg10", "ingest_per_s", "latency_ms"}


@pytest.mark.django_db
def test_the_search_is_timed_alone_among_as_many_passages_as_are_wished() -> None:
    """P9: a crowd of the same pages, each found under its own name."""
    result = evaluate.retrieval(DOCS, QUERIES, passages=20)
    assert set(result) == {"n", "recall", "mrr", "ndcg10", "ingest_per_s", "latency_ms", "among"}
    assert result["recall"] == {"1": 0.75, "5": 0.75, "10": 0.75}
    assert (result["among"]["passages"], set(result["among"]["search_ms"])) == (20, {"p50", "p95"})
    assert 0 < result["among"]["search_ms"]["p50"] <= result["among"]["search_ms"]["p95"]
    assert PassageVector.objects.count() == Passage.objects.count() == 20
    first, copy = (set(Posting.objects.filter(version__article__slug=s).values_list("word", "times")) for s in COPIES)
    assert first == copy != set()
    found = {one["article"] for one in search("my lamp is broken", [], "public", business_now(), k=20)["passages"][:6]}
    assert {"lamps", "lamps-copy-1"} <= found


@pytest.mark.django_db
def test_postgres_plans_the_search_once(shelf: object) -> None:
    """P2: with numbers among its parameters it planned each time, for a third of the statement's own time."""
    for n in range(12):
        search(f"how long do I have to return item {n}?", [], "public", business_now())
    with connection.cursor() as cursor:
        cursor.execute(
            "select sum(generic_plans), sum(custom_plans) from pg_prepared_statements where statement like '-- Hybrid%'"
        )
        generic, custom = cursor.fetchone()
    assert (generic >= 7, custom <= 5) == (True, True), (generic, custom)


@pytest.mark.django_db
def test_a_house_with_articles_is_not_measured_in(shelf: object) -> None:
    with pytest.raises(ValueError, match="empty scratch database"):
        evaluate.retrieval(DOCS, QUERIES)


def test_dialogues_are_read_oldest_turn_first() -> None:
    assert evaluate.turns("user:now \tagent:b: c\tuser:first") == ["first", "b: c", "now"]
    assert evaluate.turns("user:only") == ["only"]
    assert evaluate.turns("first\nlast") == ["first", "last"]
    assert evaluate.turns("") == [""]


def test_a_second_place_counts_half() -> None:
    assert evaluate._rank(["a", "b"], ["b"]) == 2
    assert evaluate._ndcg(["a", "b"], ["b"]) == pytest.approx(0.6309, abs=1e-4)
    assert evaluate._ndcg(["b", "a"], ["a", "b"]) == 1
