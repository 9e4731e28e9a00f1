"""Retrieval measured on documents and questions from files: recall, MRR and nDCG by page, ingest speed and latency."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from statistics import mean, quantiles
from typing import Any, Final

from conversations.access import SYSTEM
from conversations.clock import business_now

from . import articles, crowd, embeddings, index
from .articles import Words
from .models import Article, Audience, Topic
from .search import Question, found, index_model, search

DEPTH: Final = 10
PASSAGES: Final = 60  # enough of them to hold DEPTH different pages
TURN_K: Final = 5  # passages that a turn asks for
MOST_TIMED, ROUNDS = 500, 3  # questions, and how often each is asked
SPEAKER: Final = re.compile(r"^\s*(user|agent|customer|assistant):", re.IGNORECASE)


def retrieval(
    docs: Sequence[dict[str, Any]], queries: Sequence[dict[str, Any]], passages: int | None = None
) -> dict[str, Any]:
    """Load `docs` ({id, title, content}) into an empty, scratch database and ask `queries` ({query, relevant}).

    {"n", "recall": {"1", "5", "10"}, "mrr", "ndcg10", "ingest_per_s", "latency_ms": {"p50", "p95"}}; with `passages`,
    "among": what the search costs among so many, without its embedding, see speed().
    """
    if Article.objects.exists():
        raise ValueError("Retrieval is measured in an empty scratch database; this one has articles.")
    embeddings.encode(["ready"])
    began = time.perf_counter()
    ingest_per_s = load(docs) / (time.perf_counter() - began)
    for version in index.unfinished():  # a task's work
        index.finish(version)
    figures = {**ask(queries), "ingest_per_s": round(ingest_per_s, 1)}
    return figures if passages is None else {**figures, "among": speed(queries, crowd.grow(passages))}


def speed(queries: Sequence[dict[str, Any]], passages: int) -> dict[str, Any]:
    """{"passages", "search_ms": {"p50", "p95"}}: the statement with its way there and back, five passages with their
    sentences, as a turn asks. The best of some rounds for each question: what else the machine did is no cost of it."""
    spent = []
    for row in queries[:MOST_TIMED]:
        *history, last = turns(row["query"])
        question = Question(last, history)
        question.vectors(index_model())  # embedded before the clock starts
        spent.append(min(_ms(partial(found, question, Audience.PUBLIC, TURN_K)) for _ in range(ROUNDS)))
    return {"passages": passages, "search_ms": _middle_and_tail(spent)}


def _ms(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def _middle_and_tail(spent: list[float]) -> dict[str, float]:
    cuts = quantiles(spent, n=20) if len(spent) > 1 else spent * 19
    return {"p50": round(cuts[9], 2), "p95": round(cuts[18], 2)}


def load(rows: Iterable[dict[str, Any]]) -> int:
    """Publish every row as a public article; return the number of passages."""
    today = business_now().date()
    for row in rows:
        article = Article.objects.create(
            slug=row["id"], source="evaluation", external_id=row["id"], topic=Topic.COMPANY, audience=Audience.PUBLIC
        )
        articles.write(article, Words(row["title"][:200], row["content"], today, today))
        articles.submit(article.pk, SYSTEM, "evaluation")
        articles.publish(article.pk, SYSTEM, "evaluation", recount=False, whole=False)  # as an import does
    return index.recount()


def ask(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    ranks, gains, spent = list[float](), list[float](), list[float]()
    now = business_now()
    for row in rows:
        began = time.perf_counter()
        pages = _pages(row["query"], now)
        spent.append((time.perf_counter() - began) * 1000)
        ranks.append(_rank(pages, row["relevant"]))
        gains.append(_ndcg(pages, row["relevant"]))
    return {
        "n": len(rows),
        "recall": {str(depth): round(mean(rank <= depth for rank in ranks), 4) for depth in (1, 5, DEPTH)},
        "mrr": round(mean(1 / rank for rank in ranks), 4),
        "ndcg10": round(mean(gains), 4),
        "latency_ms": _middle_and_tail(spent),
    }


def turns(query: str) -> list[str]:
    """Oldest first. A dialogue comes as "user:… <tab> agent:…", newest first; the user's turns alone as lines."""
    parts = query.split("\t")
    if len(parts) > 1 or SPEAKER.match(query):
        return [SPEAKER.sub("", part).strip() for part in reversed(parts)]
    return [line for line in query.splitlines() if line.strip()] or [query]


def _pages(query: str, now: datetime) -> list[str]:
    *history, last = turns(query)
    passages = search(last, history, Audience.PUBLIC, now, k=PASSAGES)["passages"]
    return list(dict.fromkeys(passage["article"] for passage in passages))[:DEPTH]


def _rank(found: list[str], relevant: list[str]) -> float:
    return next((float(place) for place, page in enumerate(found, 1) if page in relevant), math.inf)


def _ndcg(found: list[str], relevant: list[str]) -> float:
    gain = sum(1 / math.log2(place + 1) for place, page in enumerate(found, 1) if page in relevant)
    ideal = sum(1 / math.log2(place + 1) for place in range(1, min(len(relevant), DEPTH) + 1))
    return gain / ideal if ideal else 0.0
