"""Was this helpful? Asked without a script, answered once a visitor and version, kept without a word about who it was."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from conversations import limits
from knowledge import feedback, findings
from knowledge.models import Article, ArticleVersion, Finding, HelpVote
from tests.knowledge.shelf import Publish

pytestmark = pytest.mark.django_db
PAGE, VOTE = "/help/delivery/", "/help/delivery/vote/"


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    limits.VOTES.buckets.clear()
    yield
    limits.VOTES.buckets.clear()


@pytest.fixture
def delivery(shelf: dict[str, Article]) -> Article:
    return shelf["delivery"]


def answer(client: Client, helpful: str, version: int = 1, **more: str) -> Any:
    return client.post(VOTE, {"helpful": helpful, "version": version, **more})


def current(slug: str = "delivery") -> ArticleVersion:
    version = Article.objects.get(slug=slug).current
    assert version is not None
    return version


def votes(article: Article, yes: int, no: int) -> None:
    version = current(article.slug)
    for n in range(yes + no):
        feedback.vote(version, f"visitor-number-{n:04}", n < yes)


def test_a_visitor_answers_once_and_may_change_it(delivery: Article) -> None:
    client = Client()
    assert "Noted" not in client.get(PAGE).content.decode()
    sent = answer(client, "no")
    assert (sent.status_code, sent["Location"]) == (302, f"{PAGE}#helpful")
    page = client.get(PAGE).content.decode()
    assert 'value="no" aria-pressed="true"' in page
    assert "What was missing?" in page
    answer(client, "no", comment="How about  Sundays?")
    assert HelpVote.objects.get().comment == "How about Sundays?"
    assert "How about Sundays?" in client.get(PAGE).content.decode()
    answer(client, "yes")
    vote = HelpVote.objects.get()
    assert (vote.helpful, vote.comment) == (True, "")
    assert "What was missing?" not in client.get(PAGE).content.decode()


def test_another_visitor_has_a_vote_of_their_own(delivery: Article) -> None:
    for helpful in ("yes", "no", "no"):
        answer(Client(), helpful)
    assert feedback.votes() == {"delivery": feedback.Votes(1, 2)}


def test_the_row_does_not_say_who_it_was(shelf: dict[str, Article]) -> None:
    """The number that the browser keeps isn't stored, and two rows of one browser can't be put together."""
    client = Client()
    answer(
        client, "no", comment="I'm at ann@example.com, call 0171 555-2034, card 4242 4242 4242 4242, it cost $14.95."
    )
    client.post("/help/return-windows/vote/", {"helpful": "yes", "version": 1})
    first, second = HelpVote.objects.order_by("pk")
    assert first.comment.startswith("I'm at [address removed] call [number removed], card [card number removed]")
    assert first.comment.endswith("it cost $14.95.")
    kept = client.cookies["handrail_help"].value
    assert first.voter != second.voter
    assert kept not in first.voter + second.voter
    assert {field.name for field in HelpVote._meta.get_fields()} == {
        "id",
        "version",
        "voter",
        "helpful",
        "comment",
        "at",
    }


def test_the_cookie_comes_with_the_answer_and_is_for_the_help_pages(delivery: Article) -> None:
    client = Client()
    client.get(PAGE)
    assert "handrail_help" not in client.cookies
    answer(client, "yes")
    cookie = client.cookies["handrail_help"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/help/")


@pytest.mark.parametrize("given", ["", "x", "short", "with spaces in it, and more", "é" * 20, "a" * 65])
def test_a_cookie_that_is_not_ours_is_replaced(delivery: Article, given: str) -> None:
    client = Client()
    client.cookies["handrail_help"] = given
    assert answer(client, "yes").status_code == 302
    assert client.cookies["handrail_help"].value != given
    assert HelpVote.objects.count() == 1


def test_a_new_version_is_asked_about_anew(delivery: Article, publish: Publish) -> None:
    client = Client()
    answer(client, "no")
    publish("delivery", "It takes two days.")
    assert "Noted" not in client.get(PAGE).content.decode()
    late = answer(client, "yes", version=1)
    assert "This page has changed since you opened it" in late.content.decode()
    assert feedback.votes() == {}
    answer(client, "yes", version=2)
    assert feedback.votes() == {"delivery": feedback.Votes(1, 0)}
    counted = [(version.number, found) for version, found in feedback.by_version(delivery)]
    assert counted == [(2, feedback.Votes(1, 0)), (1, feedback.Votes(0, 1))]


@pytest.mark.parametrize(
    "data",
    [{}, {"helpful": "maybe", "version": 1}, {"helpful": "yes"}, {"helpful": "no", "version": 1, "comment": "x" * 501}],
)
def test_what_is_no_answer_is_not_kept(delivery: Article, data: dict[str, Any]) -> None:
    page = Client().post(VOTE, data)
    assert page.status_code == 400
    assert "Choose yes or no once more" in page.content.decode()
    assert not HelpVote.objects.exists()


@pytest.mark.parametrize("slug", ["goodwill", "nothing"])
def test_only_a_public_page_is_asked_about(shelf: dict[str, Article], slug: str) -> None:
    assert Client().post(f"/help/{slug}/vote/", {"helpful": "yes", "version": 1}).status_code == 404
    assert not HelpVote.objects.exists()


def test_a_form_of_another_site_is_refused(delivery: Article) -> None:
    """And the page's own form is taken: the twin."""
    client = Client(enforce_csrf_checks=True)
    refused = answer(client, "yes")
    assert refused.status_code == 403
    assert "wasn’t sent" in refused.content.decode()
    client.get(PAGE)
    token = client.cookies["csrftoken"].value
    assert answer(client, "yes", csrfmiddlewaretoken=token).status_code == 302
    assert HelpVote.objects.count() == 1


def test_one_address_answers_only_so_often(delivery: Article, settings: Any) -> None:
    settings.HANDRAIL = {**settings.HANDRAIL, "address_votes_at_once": 2, "address_votes_per_minute": 1}
    no = {"helpful": "no", "version": 1}
    codes = [Client().post(VOTE, no, REMOTE_ADDR="203.0.113.7").status_code for _ in range(3)]
    assert codes == [302, 302, 429]
    elsewhere = Client().post(VOTE, no, REMOTE_ADDR="203.0.113.8")
    assert (elsewhere.status_code, HelpVote.objects.count()) == (302, 3)


@pytest.mark.django_db(transaction=True)
def test_two_answers_at_once_are_one(shelf: dict[str, Article]) -> None:
    version = current()

    def one(helpful: bool) -> None:
        try:
            feedback.vote(version, "the-same-visitor-1", helpful)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, [True, False, True, False]))
    assert HelpVote.objects.count() == 1


def test_the_database_keeps_a_comment_to_a_no(delivery: Article) -> None:
    version = current()
    with pytest.raises(IntegrityError), transaction.atomic():
        HelpVote.objects.create(version=version, voter="a" * 64, helpful=True, comment="but")
    HelpVote.objects.create(version=version, voter="a" * 64, helpful=False, comment="but")


def test_a_page_that_few_find_helpful_goes_to_its_editors(delivery: Article, publish: Publish) -> None:
    """And to nobody with a vote fewer, or with half of them content: the twins."""
    votes(delivery, 4, 5)
    findings.refresh()
    assert not Finding.objects.filter(kind="unhelpful").exists()
    votes(delivery, 5, 5)
    findings.refresh()
    assert not Finding.objects.filter(kind="unhelpful").exists()
    votes(delivery, 4, 6)
    findings.refresh()
    findings.refresh()
    row = Finding.objects.get(kind="unhelpful")
    assert (row.article, row.why) == (delivery, "4 of 10 readers found it helpful (40%).")
    votes(delivery, 4, 8)
    findings.refresh()
    assert Finding.objects.get(kind="unhelpful").why == "4 of 12 readers found it helpful (33%)."
    assert findings.classes()["ok"] == 4  # a share of votes is no class of an article
    publish("delivery", "It takes two days.")
    findings.refresh()
    assert Finding.objects.get(kind="unhelpful").status == "done"
    votes(delivery, 0, 10)
    findings.refresh()
    assert Finding.objects.filter(kind="unhelpful", status="open").count() == 1


def test_the_console_shows_what_readers_say(delivery: Article, admin_client: Client) -> None:
    votes(delivery, 4, 6)
    feedback.vote(current(), "visitor-number-0009", False, "<b>No word</b> on Sundays")
    findings.refresh()
    page = admin_client.get("/console/knowledge/").content.decode()
    assert "4 of 10</td>" in page
    assert "Doesn&#x27;t help" in page
    own = admin_client.get("/console/knowledge/delivery/").content.decode()
    assert "<strong>4 of 10</strong> readers found it helpful (40%)." in own
    assert "&lt;b&gt;No word&lt;/b&gt; on Sundays" in own
    silent = admin_client.get("/console/knowledge/return-windows/").content.decode()
    assert "Nobody has said so far." in silent
