"""What an import publishes is found at once; its sentences get their vectors from a task, and nobody misses them."""

from __future__ import annotations

from typing import Any

import pytest

from conversations import bell
from conversations.access import SYSTEM
from conversations.clock import business_now
from knowledge import articles, embeddings, index, tasks, vectors
from knowledge.articles import Words
from knowledge.models import Article, ArticleVersion, Audience, SentenceVector
from knowledge.search import search
from tests.knowledge.shelf import publish_article
from tests.threads import in_threads

pytestmark = pytest.mark.django_db

BODY = (
    "## Windows\n\nYou have 14 days to return an item. Members have 30 days. Sale items can't come back.\n\n"
    "## Labels\n\nLabels are free. We e-mail yours within a day."
)
HISTORY = ["I bought a pan last week."]
QUESTION = "and how many days do members have?"
SENTENCES = 5


def bring(slug: str = "returns", body: str = BODY) -> ArticleVersion:
    """As an import publishes it."""
    article, fresh = Article.objects.get_or_create(
        slug=slug, defaults={"external_id": slug, "topic": "returns", "audience": Audience.PUBLIC}
    )
    day = business_now().date()
    version = articles.write(article, Words(slug.capitalize(), body, day, day))
    if fresh:
        articles.submit(article.pk, SYSTEM, "test")
    articles.publish(article.pk, SYSTEM, "test", whole=False)
    index.recount()
    return version


def ask() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = search(QUESTION, HISTORY, Audience.PUBLIC, business_now(), sentences=True)["passages"]
    return found


def rows() -> list[tuple[int, int, int, list[float]]]:
    return [(r.passage_id, r.start, r.stop, list(r.embedding)) for r in SentenceVector.objects.order_by("pk")]


def test_it_is_found_before_its_sentences_are_embedded_and_reads_the_same_after(embedded: list[str]) -> None:
    version = bring()
    assert embedded == [
        "Returns. Windows: You have 14 days to return an item. Members have 30 days. Sale items can't come back.",
        "Returns. Labels: Labels are free. We e-mail yours within a day.",
    ]
    assert not SentenceVector.objects.exists()
    before = ask()
    assert sum(len(passage["sentences"]) for passage in before) == SENTENCES
    tasks.embed(version.pk)
    assert len(rows()) == SENTENCES
    embedded.clear()
    after = ask()
    assert not [text for text in embedded if text.startswith("Returns")]
    assert [(p["passage_id"], p["text"]) for p in before] == [(p["passage_id"], p["text"]) for p in after]
    for early, late in zip(before, after, strict=True):
        assert [span[:2] for span in early["sentences"]] == [span[:2] for span in late["sentences"]]
        assert [span[2] for span in early["sentences"]] == pytest.approx([s[2] for s in late["sentences"]], abs=1)
    best = max(before[0]["sentences"], key=lambda span: span[2])
    assert before[0]["text"][best[0] : best[1]] == "Members have 30 days."


def test_the_task_leaves_what_publishing_at_once_would(embedded: list[str]) -> None:
    publish_article("whole", BODY, title="Returns")
    whole = [row[1:3] for row in rows()]
    SentenceVector.objects.all().delete()
    tasks.embed(Article.objects.get().current_id)
    assert [row[1:3] for row in rows()] == whole
    embedded.clear()
    tasks.embed(Article.objects.get().current_id)
    assert embedded == []
    assert len(rows()) == SENTENCES


def test_what_the_article_had_before_is_not_embedded_again(embedded: list[str]) -> None:
    tasks.embed(bring().pk)
    embedded.clear()
    again = bring(body=BODY.replace("free", "yours"))
    assert embedded == ["Returns. Labels: Labels are yours. We e-mail yours within a day."]
    assert [(row[1], row[2]) for row in rows()] == [(0, 35), (36, 57), (58, 85)]  # the other passage waits whole
    tasks.embed(again.pk)
    assert len(rows()) == SENTENCES
    assert not index.unfinished()


def test_publishing_it_rings_for_the_task(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    rung: list[tuple[str, int]] = []
    monkeypatch.setattr(bell, "ring", lambda task, pk: rung.append((task, pk)))
    with django_capture_on_commit_callbacks(execute=True):
        version = bring()
    assert rung == [("knowledge.embed", version.pk)]
    with django_capture_on_commit_callbacks(execute=True):
        publish_article("by-hand", BODY)
    assert len(rung) == 1


def test_a_lost_bell_is_made_good_by_the_audit() -> None:
    bring()
    tasks.audit()
    assert len(rows()) == SENTENCES


def test_a_version_that_was_replaced_meanwhile_gets_none() -> None:
    first = bring()
    second = bring(body="Nothing can come back.")
    assert index.finish(first) == 0
    tasks.embed(second.pk)
    assert {row[0] for row in rows()} == set(second.passages.values_list("pk", flat=True))


def test_another_model_s_index_gets_none_of_this_one_s(monkeypatch: pytest.MonkeyPatch) -> None:
    version, names = bring(), iter([embeddings.model(), "minilm-next"])
    monkeypatch.setattr(vectors, "model", lambda: next(names))
    assert index.finish(version) == 0
    assert rows() == []


def test_without_the_index_s_model_the_words_are_found_and_no_sentence_is_nearer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    version = bring()
    monkeypatch.setattr(embeddings, "model", lambda: "minilm-next")
    monkeypatch.setattr(embeddings, "older", lambda name: None)
    monkeypatch.setattr("knowledge.search._index", {"model": ""})
    assert index.finish(version) == 0
    found = ask()
    assert [span[2] for passage in found for span in passage["sentences"]] == [0] * SENTENCES


@pytest.mark.django_db(transaction=True)
def test_two_at_once_give_each_sentence_one_vector() -> None:
    version = bring()
    assert in_threads(3, lambda: tasks.embed(version.pk)) == []
    assert len(rows()) == SENTENCES
