"""The editors' pages: words make versions, statuses move by actions, a wrong policy isn't saved."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from conversations.clock import business_now
from conversations.models import Event
from knowledge import seed
from knowledge.models import Article, Audience, ConfigVersion, PassageVector
from knowledge.search import search
from tests.knowledge.test_policy import BODY, FILE

pytestmark = pytest.mark.django_db

ARTICLES, CONFIGS = "/admin/knowledge/article/", "/admin/knowledge/configversion/"
INLINE = {f"versions-{name}_FORMS": "0" for name in ("TOTAL", "INITIAL", "MIN_NUM", "MAX_NUM")}


@pytest.fixture
def max_(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create(username="max", is_staff=True, is_superuser=True))
    return client


def article_form(**changed: str) -> dict[str, str]:
    facts = {"slug": "lamps", "topic": "product", "product": "", "audience": "public", "owner": "Care"}
    return {**facts, "title": "Lamps", "body": "A lamp has a warranty of 2 years.", **INLINE, **changed}


def act(client: Client, page: str, action: str, pk: int) -> Any:
    return client.post(page, {"action": action, "_selected_action": [str(pk)]}, follow=True)


def found(query: str) -> list[str]:
    return [passage["article"] for passage in search(query, [], Audience.PUBLIC, business_now())["passages"]]


def test_an_editor_writes_submits_and_publishes(max_: Client) -> None:
    assert max_.post(f"{ARTICLES}add/", article_form()).status_code == 302
    article = Article.objects.get()
    assert (article.status, article.versions.get().body) == ("draft", "A lamp has a warranty of 2 years.")
    assert found("lamp warranty") == []
    act(max_, ARTICLES, "submit", article.pk)
    act(max_, ARTICLES, "publish", article.pk)
    article = Article.objects.get()
    assert (article.status, article.current.number, article.current.author.username) == ("published", 1, "max")
    assert found("lamp warranty") == ["lamps"]
    last = Event.objects.filter(stream=f"article:{article.pk}").order_by("-n")[0]
    assert (last.verb, last.actor) == ("published", f"operator:{User.objects.get().pk}")


def test_an_editor_finds_an_article_by_its_title_and_a_draft_by_its_slug(max_: Client) -> None:
    published(max_)
    max_.post(f"{ARTICLES}add/", article_form(slug="bulbs", title="Bulbs"))
    rows = plain(max_.get(ARTICLES)).split('class="field-title"')[1:]
    assert [re.search(r">([^<]+)</a>", row)[1] for row in rows] == ["bulbs", "Lamps"]  # type: ignore[index]


def test_an_action_that_is_not_allowed_says_why(max_: Client) -> None:
    max_.post(f"{ARTICLES}add/", article_form())
    page = act(max_, ARTICLES, "publish", Article.objects.get().pk)
    assert "This can&#x27;t be done: it is draft." in page.content.decode()
    assert Article.objects.get().status == "draft"


def test_changed_words_are_a_new_version_and_the_old_one_stays_live(max_: Client) -> None:
    article = published(max_)
    max_.post(f"{ARTICLES}{article.pk}/change/", article_form(body="A lamp has a warranty of 3 years."))
    assert list(article.versions.values_list("number", flat=True)) == [2, 1]
    article = Article.objects.get()
    assert article.current.number == 1
    act(max_, ARTICLES, "publish", article.pk)
    article = Article.objects.get()
    assert (article.status, article.current.number) == ("published", 2)


def test_saving_the_same_words_makes_no_version(max_: Client) -> None:
    article = published(max_)
    max_.post(f"{ARTICLES}{article.pk}/change/", article_form(owner="Product"))
    assert article.versions.count() == 1
    article = Article.objects.get()
    assert (article.owner, article.status) == ("Product", "published")


def test_a_review_moves_the_date_of_the_last_review(max_: Client) -> None:
    article = published(max_)
    article.versions.update(reviewed_on="2020-01-01")
    max_.post(f"{ARTICLES}{article.pk}/change/", article_form(reviewed="on"))
    assert article.versions.get().reviewed_on == business_now().date()


def test_another_audience_holds_in_search_at_once(max_: Client) -> None:
    article = published(max_)
    max_.post(f"{ARTICLES}{article.pk}/change/", article_form(audience="internal"))
    assert found("lamp warranty") == []
    assert PassageVector.objects.get().audience == "internal"


def test_articles_and_configs_are_not_deleted(max_: Client) -> None:
    article, config = published(max_), seed.seed_policy(FILE)
    assert max_.post(f"{ARTICLES}{article.pk}/delete/", {"post": "yes"}).status_code == 403
    assert max_.post(f"{CONFIGS}{config.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_wrong_policy_is_not_saved_and_the_page_says_where(max_: Client) -> None:
    """S1-51"""
    wrong = BODY.replace("stale_days: 90", "stale_days: ninety")
    page = max_.post(f"{CONFIGS}add/", {"kind": "policy", "body": wrong})
    assert page.status_code == 200
    assert "knowledge.stale_days: a whole number is wanted here, without quotes (line 30, column 3)" in plain(page)
    assert not ConfigVersion.objects.exists()
    twice = BODY.replace("stale_days: 90", "stale_days: 90\n  stale_days: 30")
    assert "stands twice" in plain(max_.post(f"{CONFIGS}add/", {"kind": "policy", "body": twice}))


def published(client: Client) -> Article:
    client.post(f"{ARTICLES}add/", article_form())
    article = Article.objects.get()
    act(client, ARTICLES, "submit", article.pk)
    act(client, ARTICLES, "publish", article.pk)
    return Article.objects.get()


def plain(page: Any) -> str:
    return str(page.content.decode()).replace("&#x27;", "'")
