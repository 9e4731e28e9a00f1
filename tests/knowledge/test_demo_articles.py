"""The demo's own articles: they load, they are stale where PLANTED.md says so, and questions find them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from conversations.clock import business_now
from knowledge import freshness, seed
from knowledge.answers import extract
from knowledge.ingest import Report
from knowledge.models import Article, Audience
from knowledge.search import search
from tests.knowledge.test_policy import FILE

FOLDER = FILE.parent / "articles"
PLANTED = (FOLDER / "PLANTED.md").read_text(encoding="utf-8")

# question, the article that answers, what the answer has to say
ANSWERED = (
    ("What's your return policy?", "return-windows", "14 days"),
    ("can i return a tent i bought 3 weeks ago, i'm a plus member", "return-windows", "30 days"),
    ("I bought this from a brand partner, how many days for a return?", "return-windows", "7 days"),
    ("how much is shipping", "shipping-times-and-costs", "$5.95"),
    ("do gift cards expire", "gift-cards", "don't expire"),
    ("the app shows a 403 error", "hearth-app-errors", "pair it again"),
    ("factory reset the planter", "hearth-app-errors", "`hearthctl reset --factory`"),
    ("how do I turn on two factor", "two-factor-setup", "Scan the QR code"),
    ("what does fernway plus cost", "fernway-plus", "$49 a year"),
    ("when are your stores open", "stores", "10 a.m. to 7 p.m."),
    ("is the green mug back in stock", "stock-and-availability", "what is in stock"),
    ("can our company pay by invoice", "business-orders", "30 days"),
    ("how do I stop the newsletter", "newsletter", "Unsubscribe"),
    ("send me a copy of my data", "privacy-and-data", "download"),
    ("my plate arrived broken", "damaged-or-missing", "replacement"),
)
UNRELATED = (
    "what's the capital of France",
    "do you sell cars",
    "write me a poem about the sea",
    "how do I renew my driver's license",
    "who won the world cup",
    "best laptop for gaming",
)


@pytest.fixture
def report(db: None) -> Report:
    return seed.seed_articles(FOLDER)


def test_the_demo_s_articles_hold_what_they_promise(report: Report) -> None:
    """S1-24, S3-16, D5, and the confidence of D2: one load, because it embeds five hundred sentences."""
    assert report.skipped == []
    assert len(report.added) == Article.objects.published().count() == len(list(FOLDER.glob("[!A-Z]*.md")))
    assert seed.seed_articles(FOLDER).unchanged == report.added
    assert stale_articles() == planted_stale()
    for question, slug, said in ANSWERED:
        found = search(question, [], Audience.PUBLIC, business_now(), sentences=True)
        answer = extract(question, found["passages"])
        assert found["confidence"] > 600, question
        assert answer is not None, question
        assert (answer.quotes[0].passage["article"], said in answer.text) == (slug, True), answer.text
    for question in UNRELATED:
        found = search(question, [], Audience.PUBLIC, business_now(), sentences=True)
        assert found["confidence"] < 500, question
        assert extract(question, found["passages"]) is None
    internal = set(Article.objects.filter(audience="internal").values_list("slug", flat=True))
    assert len(internal) == 3
    for question in ("goodwill credit without asking", "partner desk extension 4417", "signs of a fraudulent return"):
        shown = search(question, [], Audience.PUBLIC, business_now(), k=100)
        assert internal.isdisjoint(passage["article"] for passage in shown["passages"])
        assert "4417" not in json.dumps(shown)


def stale_articles() -> set[str]:
    today = business_now().date()
    return {
        article.slug
        for article in Article.objects.select_related("current")
        if freshness.is_stale(freshness.age_days(article.current.fresh_on, today), article.topic, freshness.STALE_DAYS)
    }


def planted_stale() -> set[str]:
    table = PLANTED.split("## Outdated")[1].split("## ")[0]
    return set(re.findall(r"^\| ([a-z0-9-]+) \| \d+ \|$", table, re.MULTILINE))


def test_planted_names_only_articles_that_exist() -> None:
    named = set(
        re.findall(r"\b[a-z0-9]+(?:-[a-z0-9]+)+\b", " ".join(re.findall(r"^\| (.+?) \|", PLANTED, re.MULTILINE)))
    )
    assert named
    assert named <= {path.stem for path in Path(FOLDER).glob("*.md")}
