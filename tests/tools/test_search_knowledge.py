"""The knowledge capability: what the search finds, in the contract's shape, through the one door."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from conversations.access import Actor
from knowledge import articles
from knowledge.models import Article, Audience, Topic
from tools.gateway import Caller, Proof, read

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
CALLER = Caller(None, Proof.NONE, "answer", frozenset({"search_knowledge"}), NOW)


def publish(slug: str, audience: Audience, body: str) -> None:
    article = Article.objects.create(slug=slug, external_id=slug, topic=Topic.RETURNS, audience=audience)
    articles.write(article, articles.Words("Returning a lamp", body, NOW.date(), NOW.date()))
    system = Actor("system")
    articles.submit(article.pk, system, "test")
    articles.publish(article.pk, system, "test")


def ask(**args: Any) -> Any:
    given = {"query": "can I send a lamp back?", "history": ["hello"], "audience": "public", "stale_days": 90, **args}
    return read("search_knowledge", given, CALLER)


def test_passages_come_with_source_age_and_certainty() -> None:
    """S1-23: content, source ids, freshness in days, confidence."""
    publish("lamps", Audience.PUBLIC, "A lamp can be sent back within thirty days.")
    result = ask()
    assert result.ok, result.detail
    [passage] = result.data["passages"]
    assert [passage["text"][start:stop] for start, stop, _ in passage["sentences"]] == [passage["text"]]
    assert passage["text"] == "A lamp can be sent back within thirty days."
    assert (passage["article"], passage["version"], passage["age_days"], passage["stale"]) == ("lamps", 1, 0, False)
    assert result.data["freshness_days"] == 0
    assert 0 < result.data["confidence"] <= 1000


def test_internal_pages_stay_inside() -> None:
    publish("secret", Audience.INTERNAL, "A lamp that was sent back is sold again.")
    assert ask().data["passages"] == []
    assert len(ask(audience="internal").data["passages"]) == 1


def test_nothing_known_is_an_empty_answer_and_no_error() -> None:
    result = ask(query="")
    assert result.ok
    assert result.data == {"confidence": 0, "freshness_days": None, "issues": [], "passages": []}


@pytest.mark.parametrize(
    "args", [{"audience": "everybody"}, {"history": "hello"}, {"query": None}, {"k": 500}, {"stale_days": 0}]
)
def test_a_question_outside_the_contract_is_refused(args: dict[str, Any]) -> None:
    assert ask(**args).error == "invalid_arguments"
