"""A small shelf of articles, written here so that a test says what it stands on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from knowledge import embeddings
from knowledge.embeddings import DIM, Embedder
from knowledge.models import Article, Audience, Topic
from tests.knowledge.shelf import Publish, publish_article

_vectors: dict[tuple[str, bool], Any] = {}


@pytest.fixture(autouse=True)
def embedded_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real embedder, asked once for each text of the whole run; test_embeddings tries it as it is."""
    if request.module.__name__.endswith("test_embeddings"):
        return
    real = Embedder.encode

    def encode(self: Embedder, texts: Sequence[str], *, keep_end: bool = False) -> Any:
        new = [text for text in texts if (text, keep_end) not in _vectors]
        _vectors.update(
            {(text, keep_end): vector for text, vector in zip(new, real(self, new, keep_end=keep_end), strict=True)}
        )
        return np.array([_vectors[text, keep_end] for text in texts], np.float32).reshape(-1, DIM)

    monkeypatch.setattr(Embedder, "encode", encode)


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What this code's model embeds, as it happens."""
    seen: list[str] = []
    real = embeddings.encode

    def listening(texts: Sequence[str], *, keep_end: bool = False) -> Any:
        seen.extend(texts)
        return real(texts, keep_end=keep_end)

    monkeypatch.setattr(embeddings, "encode", listening)
    return seen


@pytest.fixture
def publish(db: None) -> Publish:
    return publish_article


@pytest.fixture
def shelf(publish: Publish) -> dict[str, Article]:
    """Three public articles and one internal."""
    made = [
        publish(
            "return-windows",
            "## Standard returns\n\nYou have 14 days from delivery to return an item.\n\n"
            "## Partner items\n\nItems from a brand partner can be returned within 7 days.",
            title="Return policy",
        ),
        publish(
            "delivery",
            "## Standard delivery\n\nStandard delivery takes 3 to 5 business days and costs $5.95. "
            "It is free for orders of $50 or more.",
            title="Shipping and delivery",
            topic=Topic.SHIPPING,
        ),
        publish(
            "app-errors",
            "## 403 error\n\nRun `hearthctl pair --force *2` and hold the button for 8 seconds.",
            title="App errors",
            topic=Topic.TECHNICAL,
        ),
        publish(
            "goodwill",
            "Operators may give a goodwill credit of $25 for a late return. The secret word is periwinkle.",
            title="Goodwill for a late return",
            topic=Topic.BILLING,
            audience=Audience.INTERNAL,
        ),
    ]
    return {article.slug: article for article in made}
