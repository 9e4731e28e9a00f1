"""S1-22: the four ways to an answer, and which of them a question took."""

from __future__ import annotations

from typing import Any

import pytest

from conversations.clock import business_now
from knowledge.models import Audience, Incident
from knowledge.paths import Path, path_of
from knowledge.search import search
from tests.knowledge.shelf import Publish

PAGE = {
    "title": "Return and refund policy", "heading": "Refunds > Gift cards", "text": "By RET-3 a gift card isn't refunded.", "product": ""
}  # fmt: skip


def page(**changed: str) -> dict[str, Any]:
    return {**PAGE, **changed}


@pytest.mark.parametrize(
    ("query", "passage", "path"),
    [
        ("what does your Return and Refund Policy say?", page(), Path.POLICY),
        ("what does ret-3 mean", page(), Path.POLICY),
        ("what does RET-33 mean", page(), Path.ARTICLE),
        ("can I return a gift card?", page(), Path.ARTICLE),
        ("how do I clean the Hearth oven", page(product="Hearth oven"), Path.PRODUCT),
        ("how do I clean a hearth", page(product="Hearth oven"), Path.ARTICLE),
        ("gift cards", page(), Path.ARTICLE),
    ],
)
def test_a_page_is_found_by_its_name_its_product_or_its_meaning(query: str, passage: dict[str, Any], path: str) -> None:
    assert path_of(query, passage) == path


def issues(query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = search(query, [], Audience.PUBLIC, business_now(), sentences=True).get("issues", [])
    return found


@pytest.fixture
def feed(publish: Publish) -> None:
    publish("return-windows", "You have 14 days from delivery to return an item.")
    Incident.objects.create(title="The app shows error 403", product="Hearth oven", signs="forbidden when pairing")
    Incident.objects.create(title="Paying with PayPal fails", workaround="Pay by card.")
    Incident.objects.create(title="The newsletter came twice", status=Incident.Status.RESOLVED)


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("my Hearth oven app shows a 403 error", ["The app shows error 403"]),
        ("the hearth oven says forbidden when pairing", ["The app shows error 403"]),
        ("the app shows a 403 error", []),  # of another product, perhaps
        ("paying with paypal fails all the time", ["Paying with PayPal fails"]),
        ("can I pay with PayPal?", []),
        ("the newsletter came twice", []),  # over
        ("", []),
    ],
)
def test_a_known_issue_is_the_one_that_is_spoken_of(feed: None, query: str, titles: list[str]) -> None:
    assert [one["title"] for one in issues(query)] == titles


def test_the_surest_comes_first_with_all_that_an_editor_wrote(feed: None) -> None:
    Incident.objects.create(title="Paying fails")
    first, second = issues("Paying with PayPal fails")
    assert {first["title"], second["title"]} == {"Paying with PayPal fails", "Paying fails"}
    assert set(first) == {"id", "title", "product", "since", "status", "workaround"}
    assert first["status"] == "We're looking into it"
