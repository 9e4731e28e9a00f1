"""The measure of retrieval, on a set so small that the figures can be worked out by hand."""

from __future__ import annotations

import pytest

from knowledge import evaluate

DOCS = [
    {"id": "plates", "title": "License plates", "content": "Surrender the plates when you sell the car."},
    {"id": "address", "title": "Change of address", "content": "Report a new address within ten days of moving."},
    {"id": "lamps", "title": "Lamps", "content": "A lamp that is broken can be sent back."},
]
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
