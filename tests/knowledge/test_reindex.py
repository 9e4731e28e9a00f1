"""Vectors are made by a task, once, and another model takes the index over while searches go on."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command

from conversations import bell
from conversations.access import SYSTEM
from conversations.clock import business_now
from conversations.lifecycle import NotAllowedError
from knowledge import articles, embeddings, index, reindex, tasks, vectors
from knowledge import search as search_module
from knowledge.articles import Words
from knowledge.models import Article, Corpus, PassageVector, Posting, ReadyVector, SentenceVector
from knowledge.search import search
from tests.knowledge.shelf import Publish, publish_article
from tests.threads import in_threads

pytestmark = pytest.mark.django_db

NEXT = "minilm-next"
QUESTION = "how long do I have to return something?"
LONG = "## Windows\n\nYou have 14 days.\n\n## Labels\n\nLabels are free."
TURN = 100  # of dimensions: another model, in which the same texts are near each other


class Other:
    """Another embedder: the same likenesses, in numbers that tell the first one's nothing."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.first = embeddings.embedder()

    def encode(self, texts: Sequence[str], *, keep_end: bool = False) -> Any:
        self.asked += texts
        return np.roll(self.first.encode(list(texts), keep_end=keep_end), TURN, axis=1)


@pytest.fixture(autouse=True)
def first_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(search_module._index, "model", "")


Update = Callable[..., Other]


@pytest.fixture
def update(monkeypatch: pytest.MonkeyPatch) -> Update:
    """New code with another model; the one before lies there still, or doesn't."""

    def deployed(*, with_older: bool = True) -> Other:
        other, old = Other(), embeddings.model()
        monkeypatch.setattr(embeddings, "encode", other.encode)
        monkeypatch.setattr(embeddings, "model", lambda: NEXT)
        monkeypatch.setattr(embeddings, "older", lambda name: other.first if with_older and name == old else None)
        return other

    return deployed


def ask(query: str = QUESTION) -> dict[str, Any]:
    return search(query, [], "public", business_now(), sentences=True)


def first(query: str = QUESTION) -> str:
    return str(ask(query)["passages"][0]["article"])


def stored() -> list[Any]:
    passages = PassageVector.objects.order_by("pk").values_list("pk", "embedding")
    sentences = SentenceVector.objects.order_by("pk").values_list("pk", "embedding")
    return [*passages, *sentences]


# In a task, and on change only.


def test_what_the_task_has_made_publishing_embeds_no_second_time(embedded: list[str]) -> None:
    article, day = (
        Article.objects.create(slug="r", external_id="r", topic="returns", audience="public"),
        business_now().date(),
    )
    version = articles.write(article, Words("Returns", LONG, day, day))
    tasks.embed(version.pk)
    made = list(embedded)
    assert made == ["Returns. Windows: You have 14 days.", "Returns. Labels: Labels are free."]
    tasks.embed(version.pk)
    articles.submit(article.pk, SYSTEM, "test")
    articles.publish(article.pk, SYSTEM, "test")
    assert embedded == made
    assert not ReadyVector.objects.exists()
    assert first("are labels free?") == "r"


def test_without_the_task_publishing_embeds_by_itself(embedded: list[str]) -> None:
    """The twin: a lost bell costs nothing but the moment."""
    publish_article("r", LONG, title="Returns")
    assert embedded == ["Returns. Windows: You have 14 days.", "Returns. Labels: Labels are free."]


def test_only_what_changed_is_embedded(embedded: list[str]) -> None:
    article, day = publish_article("r", LONG, title="Returns"), business_now().date()
    embedded.clear()
    version = articles.write(article, Words("Returns", LONG.replace("14", "21"), day, day))
    tasks.embed(version.pk)
    articles.publish(article.pk, SYSTEM, "test")
    assert embedded == ["Returns. Windows: You have 21 days."]
    embedded.clear()
    tasks.embed(version.pk)  # late: it is published
    articles.publish(article.pk, SYSTEM, "test")
    assert embedded == []
    assert not ReadyVector.objects.exists()


def test_words_that_wait_ring_for_their_vectors(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    rung: list[tuple[str, int]] = []
    monkeypatch.setattr(bell, "ring", lambda task, pk: rung.append((task, pk)))
    article, day = publish_article("r", LONG), business_now().date()
    with django_capture_on_commit_callbacks(execute=True):
        articles.embed_soon(article)  # nothing waits
    version = articles.write(article, Words("Returns", "You have 21 days.", day, day))
    with django_capture_on_commit_callbacks(execute=True):
        articles.embed_soon(Article.objects.get())
    assert rung == [("knowledge.embed", version.pk)]


def test_what_nobody_published_for_a_month_goes(publish: Publish) -> None:
    name = embeddings.model()
    vectors.make_ready(name, ["old", "new"])
    ReadyVector.objects.filter(digest=vectors.digest("old")).update(made_at="2020-01-01T00:00:00Z")
    vectors.tidy()
    assert list(vectors.ready(name, ["old", "new"])) == ["new"]


# Another model.


def test_an_update_brings_another_model_and_every_search_finds_the_same(
    shelf: dict[str, Article], update: Update, capsys: Any
) -> None:
    """Before, between and after: the same pages with the same confidence."""
    before, vectors_before = ask(), stored()
    other = update()
    assert ask() == ask() == before  # the old index, asked with the old model
    assert other.asked == [QUESTION]  # once a process, until it has seen whose index it is
    other.asked.clear()
    call_command("reindex", "--prepare", "--json")
    said = json.loads(capsys.readouterr().out)
    assert (said["due"], said["passages"], stored() == vectors_before) == (True, 0, True)
    assert said["embedded"] == len(other.asked) == ReadyVector.objects.count() > 4
    assert ask() == before
    other.asked.clear()
    call_command("reindex", "--json")
    said = json.loads(capsys.readouterr().out)
    assert (said["embedded"], said["passages"], other.asked) == (0, PassageVector.objects.count(), [])
    assert Corpus.objects.get().model == NEXT
    assert not ReadyVector.objects.exists()
    assert stored() != vectors_before
    assert [(one["article"], one["score"]) for one in ask()["passages"]] == [
        (one["article"], pytest.approx(one["score"], abs=3)) for one in before["passages"]
    ]
    assert other.asked == [QUESTION]
    call_command("reindex", "--json")
    assert json.loads(capsys.readouterr().out)["due"] is False


def test_the_other_model_s_question_put_to_the_old_index_would_find_nothing(
    shelf: dict[str, Article], update: Update
) -> None:
    """The twin: the index has to say whose vectors it holds."""
    sure = ask()["passages"][0]["score"]
    Corpus.objects.update(model=NEXT)
    update()
    assert max(one["score"] for one in ask()["passages"]) < sure / 2


def test_a_server_without_the_old_model_hears_the_words_until_the_index_is_its_own(
    shelf: dict[str, Article], update: Update
) -> None:
    other = update(with_older=False)
    found = ask("standard delivery costs")
    assert (found["passages"][0]["article"], other.asked) == ("delivery", ["standard delivery costs"])
    assert found["confidence"] > 600  # every word stands there
    assert ask("what do parcels cost to ship?")["confidence"] < 600  # only its meaning does
    reindex.prepare(lambda n, total: None)
    reindex.switch()
    assert ask("what do parcels cost to ship?")["passages"][0]["article"] == "delivery"
    assert ask("standard delivery costs")["confidence"] > found["confidence"]


def test_until_then_an_article_is_published_with_the_old_model(
    shelf: dict[str, Article], update: Update, publish: Publish
) -> None:
    """One index, one model: nobody's page is lost between two."""
    other = update()
    publish("engraving", "Engraving on a Dutch oven costs $12.50.")
    assert other.asked == []
    assert first("how much is engraving?") == "engraving"
    reindex.switch()
    assert first("how much is engraving?") == "engraving"


def test_without_the_old_model_publishing_waits_for_the_index(
    shelf: dict[str, Article], update: Update, publish: Publish
) -> None:
    update(with_older=False)
    with pytest.raises(NotAllowedError, match=r"Run manage\.py reindex"):
        publish("engraving", "Engraving costs $12.50.")
    reindex.switch()
    articles.publish(Article.objects.get(slug="engraving").pk, SYSTEM, "test")
    assert first("how much is engraving?") == "engraving"


def test_what_was_prepared_for_the_old_index_is_not_put_into_the_new_one(
    shelf: dict[str, Article], update: Update, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = business_now().date()
    version = articles.write(shelf["delivery"], Words("Delivery", "Delivery is free.", day, day))
    prepared = index.prepare(version)
    update()
    reindex.switch()
    monkeypatch.setattr(articles, "prepare", lambda version, sentences: prepared)
    with pytest.raises(NotAllowedError, match="Publish it once more"):
        articles.publish(shelf["delivery"].pk, SYSTEM, "test")
    assert Article.objects.get(slug="delivery").current.number == 1
    monkeypatch.undo()


def test_a_count_never_changes_whose_index_it_is(shelf: dict[str, Article], update: Update) -> None:
    old = Corpus.objects.get().model
    assert old == embeddings.model()
    update()
    index.recount()
    assert Corpus.objects.get().model == old


@pytest.mark.django_db(transaction=True)
def test_searches_go_on_while_the_index_is_made_anew(update: Update, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other connections search all the while; the writer holds its transaction open until they have."""
    publish_article("return-windows", "You have 14 days from delivery to return an item.", title="Returns")
    publish_article("delivery", "Standard delivery costs $5.95.", title="Delivery")
    update()
    found: list[str] = []
    real = index.recount

    def meanwhile() -> int:
        assert in_threads(3, lambda: found.append(first())) == []  # the old index, whole, behind an uncommitted new one
        return real()

    monkeypatch.setattr(index, "recount", meanwhile)
    assert reindex.switch() == PassageVector.objects.count() == 2
    assert found == ["return-windows"] * 3
    assert first() == "return-windows"
    assert Posting.objects.exists()
