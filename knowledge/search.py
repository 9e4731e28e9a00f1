"""Hybrid search: one statement, the audience inside it, and an answer that says how sure it is and how old."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from pgvector import HalfVector

from conversations.sql import hot

from . import embeddings, freshness, likeness, paths
from .models import READABLE

EXACT_BELOW: Final = 10_000  # passages: up to here one exact scan costs less than the recall that an index loses
CANDIDATES: Final = 100  # of each voice
WORD_CAP: Final = 2_000  # passages read for one word
TALK_CHARS: Final = 4_000  # of the conversation, newest kept
# Logistic regression on questions to the demo's help pages, half of them about something else: see docs/knowledge.md.
BIAS, COSINE_WEIGHT, COVERAGE_WEIGHT = -6.0, 12.0, 7.0
# What each reader may see, as a condition; text of ours, so that the planner sees it.
SEEN: Final[dict[str, str]] = {
    who: f"audience in ({', '.join(repr(str(one)) for one in seen)})" for who, seen in READABLE.items()
}
FEED, MODEL, PASSAGES = -3, -2, -1  # columns: the known issues, whose vectors the index holds, how many there are
ABOUT: Final = " and topic = %(topic)s"

# The sum keeps the planner from the vector index, which would give fewer and not always the nearest.
EXACT: Final = """
  select passage_id from knowledge_passagevector
   where {seen}{about}
   order by (embedding <=> %(talk_vector)s::halfvec) + 0 limit %(candidates)s"""
INDEXED: Final = "select * from knowledge_near_{audience}(%(talk_vector)s::halfvec, %(candidates)s) as t(passage_id)"

_TEMPLATE: Final = Path(__file__).with_name("hybrid.sql").read_text(encoding="utf-8")
DEAF: Final = [1.0] + [0.0] * (embeddings.DIM - 1)  # any vector, where none can be compared
# What the last search of this process saw: it chooses the next one's plan, and whose vectors it asks with.
_size = {"passages": 0}
_index = {"model": ""}


class Question:
    """A question with the talk before it, embedded once by each model that is asked."""

    def __init__(self, query: str, history: Sequence[str]) -> None:
        self.last = query[-TALK_CHARS:]
        self.talk = "\n".join([*history, self.last])[-TALK_CHARS:]
        self._made: dict[str, dict[str, Any]] = {}

    def vectors(self, model: str) -> dict[str, Any]:
        """Of the last turn and of the talk; of a model that isn't here none, and only the words are heard."""
        if model not in self._made:
            texts = [self.last] if self.talk == self.last else [self.last, self.talk]  # the first turn once
            if model == embeddings.model():
                rows: Any = embeddings.encode(texts, keep_end=True)
            else:
                older = embeddings.older(model)
                rows = older.encode(texts, keep_end=True) if older else None
            made = [HalfVector(row).to_text() for row in (rows if rows is not None else [DEAF])]
            self._made[model] = {"talk_vector": made[-1], "last_vector": made[0], "hears": float(rows is not None)}
        return self._made[model]


def search(
    query: str,
    history: Sequence[str],
    audience: str,
    now: datetime,
    k: int = 5,
    topic: str | None = None,
    stale_days: int = freshness.STALE_DAYS,
    sentences: bool = False,
) -> dict[str, Any]:
    """The k best passages for `query`, the last turn, after `history`, oldest first. JSON-able: a turn records it.

    `audience` is the reader: a key of READABLE, who sees their own articles and those of nobody else.

    {"confidence": thousandths, "freshness_days": age of the newest passage or None, "passages": [
      {"passage_id", "article", "version", "title", "heading", "text", "topic", "product", "audience",
       "score": thousandths, "updated": "YYYY-MM-DD", "age_days", "changes", "stale"}]}
    With `sentences` each passage also has "sentences": [[start, stop, likeness to the question in thousandths]], and
    the result "issues": the known ones that the question speaks of (paths.py).
    """
    question = Question(query, history)
    rows = found(question, audience, k, topic) if query.strip() and k > 0 else []
    today = now.date()
    passages = [_passage(row, today, stale_days, sentences) for row in rows]
    if sentences:
        model = index_model()
        likeness.complete(passages, question.vectors(model), model)
    result = {
        "confidence": max((passage["score"] for passage in passages), default=0),
        "freshness_days": min((passage["age_days"] for passage in passages), default=None),
        "passages": passages,
    }
    return result | {"issues": paths.issues(query, _loaded(rows[0][FEED]) if rows else [])} if sentences else result


def found(question: Question, audience: str, k: int, topic: str | None = None) -> list[tuple[Any, ...]]:
    """The statement's rows, asked with the vectors of the model that made the index."""
    rows = _ask(question, audience, k, topic)
    if rows and rows[0][MODEL] not in ("", index_model()):
        _index["model"] = rows[0][MODEL]  # another model has made the index anew meanwhile
        rows = _ask(question, audience, k, topic)
    if rows:
        _size["passages"] = rows[0][PASSAGES]
    return rows


def index_model() -> str:
    """Whose vectors the last search of this process saw."""
    return _index["model"] or embeddings.model()


def _ask(question: Question, audience: str, k: int, topic: str | None) -> list[tuple[Any, ...]]:
    params: dict[str, Any] = {
        "talk": question.talk,
        "last": question.last,
        **question.vectors(index_model()),
    }
    if topic is not None:
        params["topic"] = topic
    exact = topic is not None or _size["passages"] < EXACT_BELOW
    return hot(_statement(audience, exact, topic is not None, k), params)


@cache
def _statement(audience: str, exact: bool, narrowed: bool, k: int) -> str:
    """The statement for an audience; an unknown one is a KeyError, never a wider view.

    Numbers stand in the text, so that Postgres plans it once: not knowing them it would plan each time, for 3 ms.
    """
    near = EXACT if exact else " union all ".join(INDEXED.format(audience=name) for name in READABLE[audience])
    whole = _TEMPLATE.replace("{near}", near)
    for name, number in (("candidates", CANDIDATES), ("word_cap", WORD_CAP), ("k", int(k))):
        whole = whole.replace(f"%({name})s", str(number))
    return whole.replace("{seen}", SEEN[audience]).replace("{about}", ABOUT if narrowed else "")


def _passage(row: tuple[Any, ...], today: date, stale_days: int, sentences: bool) -> dict[str, Any]:
    number, slug, version, title, heading, text, topic, product, audience, fresh_on, talk_cosine, last_cosine, *rest = (
        row
    )
    coverage, said, *_ = rest
    age = freshness.age_days(fresh_on, today)
    passage = {
        "passage_id": number,
        "article": slug,
        "version": version,
        "title": title,
        "heading": heading,
        "text": text,
        "topic": topic,
        "product": product,
        "audience": audience,
        "score": _relevance(talk_cosine, last_cosine, float(coverage)),
        "updated": fresh_on.isoformat(),
        "age_days": age,
        "changes": freshness.changes(topic),
        "stale": freshness.is_stale(age, topic, stale_days),
    }
    if sentences:
        passage["sentences"] = _loaded(said)
    return passage


def _loaded(value: Any) -> Any:
    """Django's connection hands jsonb over as text."""
    return json.loads(value) if isinstance(value, str) else value


def _relevance(talk_cosine: float, last_cosine: float, coverage: float) -> int:
    """How likely it is that the passage answers the last turn, in thousandths.

    `coverage` is the share of the turn's rare words that stand in the passage. The talk before it counts as far as
    the turn's own words are there: "and for members?" leans on it, a change of subject doesn't.
    """
    cosine = coverage * max(last_cosine, talk_cosine) + (1 - coverage) * last_cosine
    odds = BIAS + COSINE_WEIGHT * cosine + COVERAGE_WEIGHT * coverage
    return round(1000 / (1 + math.exp(-odds)))
