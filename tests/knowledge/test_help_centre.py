"""The help centre shows published public articles, safely, with the day of their last review."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.test import Client

from conversations.access import SYSTEM
from knowledge import articles, index
from knowledge.models import Article, Audience, Topic
from tests.knowledge.shelf import Publish


@pytest.mark.parametrize("audience", [one for one in Audience if one != Audience.PUBLIC])
def test_what_is_not_for_everybody_stands_on_no_page(audience: str, publish: Publish, client: Client) -> None:
    """Nobody signs in to the help centre."""
    publish("lane", "The fast lane number is 4711.", title="Fast lane", audience=audience)
    pages = ["/help/", "/help/?q=fast+lane+number", "/help/lane/"]
    shown = [client.get(page) for page in pages]
    assert [page.status_code for page in shown] == [200, 200, 404]
    assert not any("Fast lane" in page.content.decode() for page in shown)
    Article.objects.update(audience=Audience.PUBLIC)
    index.reclassify(Article.objects.get())
    assert all("Fast lane" in client.get(page).content.decode() for page in pages)


HOSTILE = """
<script>alert(1)</script> <img src=x onerror=alert(2)>

[click](javascript:alert(3)) [quote](" onmouseover="alert(4)) ![pixel](https://evil.example/p.png)
[multi
line](javascript:alert(5)) <a href="data:text/html,x">data</a>

| a | <svg onload=alert(6)> |
| - | - |
| b | [x](vbscript:y) |

[fine](https://example.org/page) [here](/help/delivery/) [elsewhere](//evil.example)
"""


class Tags(HTMLParser):
    """Every tag of a page, with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def visitor() -> Client:
    return Client()


def text(client: Client, path: str) -> str:
    page = client.get(path)
    assert page.status_code == 200
    return str(page.content.decode())


def test_articles_are_listed_by_topic(visitor: Client, shelf: dict[str, Article]) -> None:
    page = text(visitor, "/help/")
    assert "Returns and refunds" in page
    assert '<a href="/help/return-windows/">Return policy</a>' in page
    assert "Warranty" not in page  # a topic without an article


def test_topics_say_how_many_pages_they_have_and_show_the_first(
    visitor: Client, shelf: dict[str, Article], publish: Publish
) -> None:
    for n in range(6):
        publish(f"more-{n}", f"Page {n} about sending things back.", title=f"More {n}")
    page = text(visitor, "/help/")
    assert (
        '<a class="grow" href="/help/topic/returns/">Returns and refunds</a> <span class="count">7 pages</span>' in page
    )
    assert '<span class="count">1 page</span>' in page
    assert "All 7 pages" in page
    assert "more-5" not in page
    whole = text(visitor, "/help/topic/returns/")
    assert whole.count('href="/help/more-') == 6
    assert "Goodwill" not in text(visitor, "/help/") + whole


@pytest.mark.parametrize("topic", ["billing", "warranty", "nothing"])
def test_a_topic_with_nothing_for_customers_is_not_there(
    visitor: Client, shelf: dict[str, Article], topic: str
) -> None:
    """Billing has an internal article alone."""
    assert visitor.get(f"/help/topic/{topic}/").status_code == 404


def test_an_article_shows_its_words_and_the_day_of_its_last_review(
    visitor: Client, shelf: dict[str, Article], publish: Publish
) -> None:
    page = text(visitor, "/help/return-windows/")
    version = shelf["return-windows"].versions.get()
    assert "<h2>Standard returns</h2>" in page
    assert f'<time datetime="{version.reviewed_on.isoformat()}">' in page
    assert "Nobody has reviewed this page for a while" not in page
    publish("old-prices", "It costs $5.", topic=Topic.PRICING, days_ago=91)
    assert "Nobody has reviewed this page for a while" in text(visitor, "/help/old-prices/")


@pytest.mark.parametrize("path", ["/help/goodwill/", "/help/nothing/", "/help/draft/"])
def test_what_is_not_public_and_published_is_not_there(visitor: Client, shelf: dict[str, Article], path: str) -> None:
    Article.objects.create(slug="draft", external_id="draft", topic="returns", audience="public")
    assert visitor.get(path).status_code == 404


def test_internal_and_archived_articles_are_neither_listed_nor_found(
    visitor: Client, shelf: dict[str, Article]
) -> None:
    articles.archive(shelf["delivery"].pk, SYSTEM, "test")
    for path in ("/help/", "/help/?q=goodwill+credit+periwinkle", "/help/?q=standard+delivery"):
        page = text(visitor, path)
        assert "goodwill/" not in page
        assert "Operators may" not in page
        assert "/help/delivery/" not in page


def test_search_finds_by_meaning(visitor: Client, shelf: dict[str, Article]) -> None:
    page = text(visitor, "/help/?q=how+long+do+I+have+to+send+something+back")
    assert page.index("/help/return-windows/") > 0
    assert "You have 14 days from delivery" in page


def test_an_unrelated_search_says_so(visitor: Client, shelf: dict[str, Article]) -> None:
    page = text(visitor, "/help/?q=what+is+the+capital+of+France")
    assert "Nothing about" in page
    assert 'data-open-chat data-words="what is the capital of France"' in page
    assert "return-windows" not in page


def test_a_search_is_shown_as_text(visitor: Client, shelf: dict[str, Article]) -> None:
    page = text(visitor, "/help/?q=%3Cscript%3Ealert(1)%3C/script%3E%00")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_an_empty_house_says_what_to_do(visitor: Client, db: None) -> None:
    assert "No help pages yet" in text(visitor, "/help/")


def test_a_hostile_article_is_harmless(visitor: Client, publish: Publish) -> None:
    """E5, F4"""
    publish("hostile", HOSTILE, title='<b>Bold</b>" onload=x')
    page = text(visitor, "/help/hostile/")
    body = page.split('<article class="prose">')[1].split("</article>")[0]
    tags = Tags(body).found
    assert {name for name, _ in tags} <= {*("h1", "p", "time", "a", "table", "thead", "tbody", "tr", "th", "td")}
    assert {attribute for _, attributes in tags for attribute in attributes} == {"class", "datetime", "href", "rel"}
    links = [attributes.get("href") for name, attributes in tags if name == "a"]
    assert links == ["https://evil.example/p.png", "https://example.org/page", "/help/delivery/", None]
    assert "&lt;script&gt;alert(1)" in body
    assert "&lt;b&gt;Bold&lt;/b&gt;" in page
    assert "<b>Bold" not in text(visitor, "/help/?q=Bold")
    assert "<b>Bold" not in text(visitor, "/help/")


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_pages_are_only_read(visitor: Client, shelf: dict[str, Article], method: str) -> None:
    assert getattr(visitor, method)("/help/").status_code == 405
    assert getattr(visitor, method)("/help/delivery/").status_code == 405
    assert getattr(visitor, method)("/help/topic/shipping/").status_code == 405
