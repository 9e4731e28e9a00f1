"""The console's review of articles: what waits, what each changes, and who may answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from config import seed
from conversations.access import SYSTEM, Actor
from conversations.clock import business_now
from conversations.lifecycle import NotAllowedError
from conversations.models import Event
from knowledge import articles, waiting
from knowledge.articles import Words
from knowledge.models import Article, ArticleVersion, ReviewNote
from tests.knowledge.shelf import Publish

pytestmark = pytest.mark.django_db
QUEUE = "/console/knowledge/articles/review/"


def member(name: str, group: str) -> User:
    seed.seed_roles()
    user = User.objects.create(username=name.lower(), first_name=name, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def kim(db: None) -> User:
    return member("Kim", "Knowledge editors")


@pytest.fixture
def ann(db: None) -> User:
    return member("Ann", "Knowledge editors")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def write(article: Article, body: str, author: User | None = None, title: str = "Tents") -> ArticleVersion:
    today = business_now().date()
    return articles.write(article, Words(title, body, today, today), author)


def submitted(slug: str, body: str = "A tent sleeps two.", author: User | None = None) -> Article:
    article = Article.objects.create(slug=slug, external_id=slug, topic="product", audience="public")
    write(article, body, author)
    return articles.submit(article.pk, SYSTEM, "test")


def read(client: Client, slug: str = "") -> str:
    page = client.get(f"/console/knowledge/articles/{slug}/review/" if slug else QUEUE)
    assert page.status_code == 200
    return str(page.content.decode())


def decide(client: Client, slug: str, deed: str, seen: int = 1, reason: str = "") -> Any:
    data = {"deed": deed, "seen": seen, "reason": reason}
    return client.post(f"/console/knowledge/articles/{slug}/decide/", data, follow=True)


def test_what_is_in_review_waits_with_its_author_and_what_is_new(kim: User, ann: User) -> None:
    submitted("tents", author=ann)
    page = read(signed_in(kim))
    assert ">Tents<" in page
    assert "Ann · Products and care" in page
    assert ">New<" in page
    assert "3 lines added" in page  # the title, a blank and the sentence
    assert "You wrote it" not in page
    assert "You wrote it" in read(signed_in(ann))


def test_a_draft_and_a_published_page_without_an_edit_do_not_wait(kim: User, publish: Publish) -> None:
    publish("stoves", "A stove burns wood.")
    draft = Article.objects.create(slug="draft", external_id="draft", topic="product")
    write(draft, "Not ready.")
    assert "Nothing waits for a review" in read(signed_in(kim))
    assert waiting.queue().count() == 0
    articles.submit(draft.pk, SYSTEM, "test")
    assert [row.slug for row in waiting.queue()] == ["draft"]


def test_an_edit_of_a_published_page_shows_what_came_and_what_went(kim: User, ann: User, publish: Publish) -> None:
    stoves = publish("stoves", "A stove burns wood.\n\nIt costs $90.", title="Stoves")
    write(stoves, "A stove burns wood.\n\nIt costs $95.", ann, "Stoves")
    page = read(signed_in(kim), "stoves")
    assert '<code class="diff-removed">-It costs $90.</code>' in page
    assert '<code class="diff-added">+It costs $95.</code>' in page
    assert "Publishing version 2 changes 1 sentence that no reply" in page
    assert "Edit of a published page" in read(signed_in(kim))
    assert "1 waits for a review" in signed_in(kim).get("/console/knowledge/").content.decode()
    assert "Review what waits" in signed_in(kim).get("/console/knowledge/stoves/").content.decode()


def test_the_longest_wait_comes_first_and_the_next_is_offered(kim: User) -> None:
    for slug in ("first", "second", "third"):
        submitted(slug)
    assert [row.slug for row in waiting.queue()] == ["first", "second", "third"]
    page = decide(signed_in(kim), "first", "publish")
    assert page.redirect_chain[-1][0] == "/console/knowledge/articles/second/review/"
    decide(signed_in(kim), "second", "publish")
    assert decide(signed_in(kim), "third", "publish").redirect_chain[-1][0] == QUEUE


def test_publishing_takes_it_live_by_the_verb_of_the_admin(kim: User, ann: User) -> None:
    article = submitted("tents", author=ann)
    decide(signed_in(kim), "tents", "publish")
    article = Article.objects.get()
    assert article.current is not None
    assert (article.status, article.current.number) == ("published", 1)
    last = Event.objects.filter(stream=f"article:{article.pk}").order_by("-n")[0]
    assert (last.verb, last.actor, last.reason) == ("published", Actor.operator(kim.pk).label, "review")
    assert "A tent sleeps two." in Client().get("/help/tents/").content.decode()


def test_sent_back_it_is_a_draft_and_its_author_reads_why(kim: User, ann: User) -> None:
    article = submitted("tents", author=ann)
    decide(signed_in(kim), "tents", "send_back", reason="<b>Which</b> tents?")
    assert Article.objects.get().status == "draft"
    note = ReviewNote.objects.get()
    assert (note.reviewer, note.why, note.version.number) == (kim, "<b>Which</b> tents?", 1)
    form = signed_in(ann).get(f"/admin/knowledge/article/{article.pk}/change/").content.decode()
    assert "Kim sent version 1 back" in form
    assert "&lt;b&gt;Which&lt;/b&gt; tents?" in form
    articles.submit(article.pk, SYSTEM, "test")
    assert "&lt;b&gt;Which&lt;/b&gt; tents?" in read(signed_in(kim), "tents")


def test_an_edit_that_is_sent_back_rests_until_it_is_rewritten(kim: User, publish: Publish) -> None:
    stoves = publish("stoves", "A stove burns wood.")
    write(stoves, "A stove burns gas.")
    decide(signed_in(kim), "stoves", "send_back", seen=2, reason="It burns wood.")
    stoves = Article.objects.get()
    assert stoves.current is not None
    assert (stoves.status, stoves.current.number) == ("published", 1)
    assert waiting.queue().count() == 0
    last = Event.objects.filter(stream=f"article:{stoves.pk}").order_by("-n")[0]
    assert (last.verb, last.data) == ("edit_sent_back", {"version": 2})
    with pytest.raises(NotAllowedError, match="somebody was faster"):
        waiting.send_back(stoves.pk, 2, kim, "again")
    write(stoves, "A stove burns wood or gas.")
    assert [row.slug for row in waiting.queue()] == ["stoves"]


def test_sending_back_needs_a_reason(kim: User) -> None:
    submitted("tents")
    page = decide(signed_in(kim), "tents", "send_back", reason="  ").content.decode()
    assert "Nothing was changed. Say what has to change" in page
    assert Article.objects.get().status == "in_review"
    assert not ReviewNote.objects.exists()


@pytest.mark.parametrize("deed", ["publish", "send_back"])
def test_nobody_decides_on_words_that_they_have_not_read(kim: User, deed: str) -> None:
    """And with the newest version's number they do: the twin."""
    article = submitted("tents")
    write(article, "A tent sleeps three.")
    page = decide(signed_in(kim), "tents", deed, seen=1, reason="why").content.decode()
    assert "It was rewritten meanwhile" in page
    assert Article.objects.get().status == "in_review"
    decide(signed_in(kim), "tents", deed, seen=2, reason="why")
    assert Article.objects.get().status != "in_review"


def test_what_somebody_else_has_decided_says_so(kim: User, ann: User) -> None:
    submitted("tents")
    submitted("stoves")
    decide(signed_in(kim), "tents", "send_back", reason="why")
    page = decide(signed_in(ann), "tents", "publish").content.decode()
    assert "Nothing was changed. This can&#x27;t be done: it is draft." in page
    assert "This doesn’t wait for a review" in page
    assert "/console/knowledge/articles/stoves/review/" in page


def test_a_manager_reads_and_an_editor_decides(kim: User) -> None:
    max_ = member("Max", "Managers")
    submitted("tents")
    assert "for the knowledge editors" in read(signed_in(max_))
    page = read(signed_in(max_), "tents")
    assert 'id="decide-publish"' not in page
    assert decide(signed_in(max_), "tents", "publish").status_code == 403
    assert Article.objects.get().status == "in_review"
    assert 'id="decide-publish"' in read(signed_in(kim), "tents")


def test_who_only_reads_articles_moves_none_in_the_admin(kim: User) -> None:
    """And who may change them does: the twin."""
    article = submitted("tents")
    reader = User.objects.create(username="reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_article"))
    act = {"action": "publish", "_selected_action": [str(article.pk)]}
    signed_in(reader).post("/admin/knowledge/article/", act, follow=True)
    assert Article.objects.get().status == "in_review"
    signed_in(kim).post("/admin/knowledge/article/", act, follow=True)
    assert Article.objects.get().status == "published"


@pytest.mark.parametrize("number", ["0", "x", "999999999999", "-1"])
def test_a_page_that_is_not_there_is_the_last_or_the_first(kim: User, number: str) -> None:
    submitted("tents")
    assert signed_in(kim).get(f"{QUEUE}?page={number}").status_code == 200


def test_an_import_waits_under_its_source(kim: User) -> None:
    article = submitted("tents")
    Article.objects.filter(pk=article.pk).update(source="zendesk")
    assert "import: zendesk" in read(signed_in(kim))


def test_who_wrote_it_is_told_and_may_publish_as_in_the_admin(kim: User) -> None:
    submitted("tents", author=kim)
    assert "You wrote this version." in read(signed_in(kim), "tents")
    decide(signed_in(kim), "tents", "publish")
    assert Article.objects.get().status == "published"


def test_an_edit_waits_since_it_was_written(kim: User, publish: Publish) -> None:
    stoves = publish("stoves", "A stove burns wood.")
    version = write(stoves, "A stove burns gas.")
    ArticleVersion.objects.filter(pk=version.pk).update(created_at=business_now() - timedelta(days=3))
    row = waiting.one("stoves")
    assert row is not None
    assert (business_now() - row.since).days == 3
