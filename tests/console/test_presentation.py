"""What a message's words may become on a page."""

from __future__ import annotations

import re

import pytest

from conversations.models import Message
from conversations.presentation import rendered

ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "<javascript:alert(1)>",
    '[x](https://a.example/"onmouseover="alert(1))',
    "![x](https://a.example/x.png)",
    "<a href='javascript:alert(1)'>x</a>",
    "<iframe src=//evil.example></iframe>",
    "**<b onclick=alert(1)>x</b>**",
    "<style>*{display:none}</style>",
    "<form action=https://evil.example><input name=password></form>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "[x](//evil.example)",
    "[x](/\\evil.example)",
    "<!--><img src=x onerror=alert(1)>-->",
)
TAG = re.compile(r"<\s*/?\s*([a-zA-Z!][\w-]*)([^>]*)>")
TAGS = {"p", "br", "ul", "ol", "li", "strong", "em", "a"}


@pytest.mark.parametrize("author", Message.Author.values)
@pytest.mark.parametrize("attack", ATTACKS)
def test_markup_in_a_message_stays_text(author: str, attack: str) -> None:
    """F4: only the tiny subset's elements come out, and only https links or paths of this host."""
    html = rendered(Message(author=author, text=attack, extra={}))
    for name, attributes in TAG.findall(html):
        assert name.lower() in TAGS
        left = re.sub(r'(href="(https://[^"]*|/(?![/\\])[^"]*)"|rel="noopener"|class="cite")', "", attributes)
        assert not left.strip(), html


def test_the_agents_small_markdown_is_shown() -> None:
    html = rendered(Message(author="agent", text="**Yes**\n\n- one\n- two\n\nSee https://a.example/x?y=1.", extra={}))
    assert "<strong>Yes</strong>" in html
    assert html.count("<li>") == 2
    assert '<a href="https://a.example/x?y=1" rel="noopener">https://a.example/x?y=1</a>.' in html


def test_a_customers_markdown_is_not() -> None:
    assert "<strong>" not in rendered(Message(author="customer", text="**Yes**", extra={}))


NESTED = (
    "<https://a.example/[1]>",
    "[[1]](https://a.example/)",
    "[x [1] y](https://a.example/?[1])",
    "[1] [x](/a) [1]",
)


@pytest.mark.parametrize("text", NESTED)
def test_a_mark_in_a_link_stays_words(text: str) -> None:
    html = rendered(Message(author="agent", text=text, extra={"citations": [{"n": 1, "url": "/help/returns"}]}))
    assert not re.search(r"<a\b(?:(?!</a>).)*<a\b", html, re.DOTALL)
    assert html.count("<a ") == html.count("</a>")
    assert html.count('class="cite"') == (2 if text.startswith("[1]") else 0)


@pytest.mark.parametrize(
    "url",
    ['/help/"onmouseover="alert(1)', "/help/<script>", "//evil.example", "/\\evil.example", None, 5, ["/a"], "data:x"],
)
def test_a_citations_page_is_an_address_of_ours_or_words(url: object) -> None:
    html = rendered(Message(author="agent", text="Thirty days [1].", extra={"citations": [{"n": 1, "url": url}]}))
    assert "<script" not in html
    assert 'href="/' not in html or "&quot;" in html or "&lt;" in html
    assert '"onmouseover' not in html


def test_a_mark_links_to_its_page_and_an_unknown_mark_stays_text() -> None:
    extra = {"citations": [{"n": 1, "url": "/help/returns"}, {"n": 2, "url": "javascript:alert(1)"}]}
    html = rendered(Message(author="agent", text="Thirty days [1], or so [2], or not [3].", extra=extra))
    assert '<a class="cite" href="/help/returns">[1]</a>' in html
    assert "[2], or not [3]" in html
    assert "javascript" not in html
