"""Statuses move by verbs; the database refuses the rest, and keeps what records refer to."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from conversations.access import SYSTEM, Actor
from conversations.lifecycle import NotAllowedError, moves_of
from conversations.models import Event
from knowledge import articles, configs, seed
from knowledge.articles import Words
from knowledge.models import Article, ArticleVersion, ConfigVersion, Passage
from tests.knowledge.shelf import Publish
from tests.knowledge.test_policy import BODY, FILE

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("model", "table"), [(Article, "knowledge_article"), (ConfigVersion, "knowledge_configversion")]
)
def test_the_trigger_allows_what_the_fsm_table_allows(model: type[Article | ConfigVersion], table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select prosrc from pg_proc where proname = %s", [f"{table}_moves"])
        source = cursor.fetchone()[0]
    listed = source.split("array[")[1].split("]")[0]
    assert sorted(move.strip(" '") for move in listed.split(",")) == moves_of(model)


def test_a_status_cannot_be_set_around_the_verbs(shelf: dict[str, Article]) -> None:
    with pytest.raises(DatabaseError, match="may not move from published to draft"), transaction.atomic():
        Article.objects.filter(slug="delivery").update(status="draft")
    with pytest.raises(DatabaseError, match="born draft"), transaction.atomic():
        Article.objects.create(slug="x", external_id="x", topic="returns", status="archived")


@pytest.mark.parametrize("verb", [articles.publish, articles.send_back, articles.restore])
def test_a_draft_is_reviewed_before_it_is_published(verb: Callable[[int, Actor, str], Article]) -> None:
    article = Article.objects.create(slug="x", external_id="x", topic="returns", audience="public")
    day = ArticleVersion._meta.get_field("updated_on").to_python("2026-01-01")
    articles.write(article, Words("X", "Text.", day, day))
    with pytest.raises(NotAllowedError):
        verb(article.pk, SYSTEM, "test")
    assert Article.objects.get().status == "draft"
    assert not Passage.objects.exists()


def test_an_article_without_words_is_not_published() -> None:
    article = Article.objects.create(slug="x", external_id="x", topic="returns", audience="public")
    articles.submit(article.pk, SYSTEM, "test")
    with pytest.raises(NotAllowedError, match="Write a version"):
        articles.publish(article.pk, SYSTEM, "test")


def test_publishing_a_newer_version_is_an_event_too(shelf: dict[str, Article], publish: Publish) -> None:
    publish("delivery", "Delivery is free.")
    events = Event.objects.filter(stream=f"article:{shelf['delivery'].pk}").order_by("n")
    assert [event.verb for event in events] == ["created", "in_review", "published", "published"]
    assert events[3].data == {"version": 2}


@pytest.mark.parametrize(
    "change",
    [
        lambda: ArticleVersion.objects.update(body="other"),
        lambda: ArticleVersion.objects.update(title="other"),
        lambda: Passage.objects.update(text="other"),
    ],
)
def test_words_that_a_record_refers_to_never_change(shelf: dict[str, Article], change: Callable[[], int]) -> None:
    with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
        change()


def test_a_submitted_config_s_text_is_fixed() -> None:
    draft = configs.write("policy", BODY)
    ConfigVersion.objects.filter(pk=draft.pk).update(body=BODY + "\n")  # still a draft
    approved = seed.seed_policy(FILE)
    with pytest.raises(DatabaseError, match="its text is fixed"), transaction.atomic():
        ConfigVersion.objects.filter(pk=approved.pk).update(body="a: 1")


def test_a_config_is_reviewed_before_it_is_approved() -> None:
    draft = configs.write("policy", BODY)
    with pytest.raises(NotAllowedError):
        configs.approve(draft.pk, SYSTEM, "test")
    assert configs.approve(configs.submit(draft.pk, SYSTEM, "test").pk, SYSTEM, "test").status == "approved"
    assert [e.verb for e in Event.objects.filter(stream=f"config:{draft.pk}").order_by("n")] == [
        "created",
        "in_review",
        "approved",
    ]


def test_a_source_has_each_page_once() -> None:
    facts = {"source": "files", "external_id": "1", "topic": "returns"}
    Article.objects.create(slug="a", **facts)
    with pytest.raises(IntegrityError), transaction.atomic():
        Article.objects.create(slug="b", **facts)
