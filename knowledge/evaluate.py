"""Retrieval measured on documents and questions from files: recall, MRR and nDCG by page, ingest speed and latency."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from statistics import mean, quantiles
from typing import Any, Final

from conversations.access import SYSTEM
from conversations.clock import business_now

from . import articles, embeddings, index
from .articles import Words
from .models import Article, Audience, Topic
from .search import search

DEPTH: Final = 10
PASSAGES: Final = 60  # enough of them to hold DEPTH different pages
SPEAKER: Final = re.compile(r"^\s*(user|agent|customer|assistant):", re.IGNORECASE)


def retrieval(docs: Sequence[dict[str, Any]], queries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Load `docs` ({id, title, content}) into an empty, scratch database and ask `queries` ({query, relevant}).

    {"n", "recall": {"1", "5", "10"}, "mrr", "ndcg10", "ingest_per_s", "latency_ms": {"p50", "p95"}}
    """
    if Article.objects.exists():
        raise ValueError("Retrieval is measured in an empty scratch database; this one has articles.")
    embeddings.encode(["ready"])
    began = time.perf_counter()
    passages = load(docs)
    ingest_per_s = passages / (time.perf_counter() - began)
    return {**ask(queries), "ingest_per_s": round(ingest_per_s, 1)}


def load(rows: Iterable[dict[str, Any]]) -> int:
    """Publish every row as a public article; return the number of passages."""
    today = business_now().date()
    for row in rows:
        article = Article.objects.create(
            slug=row["id"], source="evaluation", external_id=row["id"], topic=Topic.COMPANY, audience=Audience.PUBLIC
        )
        articles.write(article, Words(row["title"][:200], row["content"], today, today))
        articles.submit(article.pk, SYSTEM, "evaluation")
        articles.publish(article.pk, SYSTEM, "evaluation", recount=False)
    return index.recount()


def ask(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    ranks, gains, spent = list[float](), list[float](), list[float]()
    now = business_now()
    for row in rows:
        began = time.perf_counter()
        found = _pages(row["query"], now)
        spent.append((time.perf_counter() - began) * 1000)
        ranks.append(_rank(found, row["relevant"]))
        gains.append(_ndcg(found, row["relevant"]))
    cuts = quantiles(spent, n=20) if len(spent) > 1 else spent * 19
    return {
        "n": len(rows),
        "recall": {str(depth): round(mean(rank <= depth for rank in ranks), 4) for depth in (1, 5, DEPTH)},
        "mrr": round(mean(1 / rank for rank in ranks), 4),
        "ndcg10": round(mean(gains), 4),
        "latency_ms": {"p50": round(cuts[9], 2), "p95": round(cuts[18], 2)},
    }


def turns(query: str) -> list[str]:
    """Oldest first. A dialogue comes as "user:… <tab> agent:…", newest first; the user's turns alone as lines."""
    parts = query.split("\t")
    if len(parts) > 1 or SPEAKER.match(query):
        return [SPEAKER.sub("", part).strip() for part in reversed(parts)]
    return [line for line in query.splitlines() if line.strip()] or [query]


def _pages(query: str, now: datetime) -> list[str]:
    *history, last = turns(query)
    found = search(last, history, Audience.PUBLIC, now, k=PASSAGES)["passages"]
    return list(dict.fromkeys(passage["article"] for passage in found))[:DEPTH]


def _rank(found: list[str], relevant: list[str]) -> float:
    return next((float(place) for place, page in enumerate(found, 1) if page in relevant), math.inf)


def _ndcg(found: list[str], relevant: list[str]) -> float:
    gain = sum(1 / math.log2(place + 1) for place, page in enumerate(found, 1) if page in relevant)
    ideal = sum(1 / math.log2(place + 1) for place in range(1, min(len(relevant), DEPTH) + 1))
    return gain / ideal if ideal else 0.0
