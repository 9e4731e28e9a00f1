"""L8: an article's page names the workflows that quoted it, and the examined conversations that count on it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from agents import quoting
from agents.workflows import WORKFLOWS
from evals import counting_on
from knowledge import blast, usage
from knowledge.models import Article
from tests.cast import someone
from tests.house import House

ASKED = "What is your returns policy?"


def test_an_answer_is_counted_for_its_article_and_workflow(small_house: House) -> None:
    before = {row.name: row.replies for row in quoting.quoting("return-windows")}
    assert before["answer_question"] == 0
    _, [[reply]] = small_house.ask(small_house.alice(), ASKED)
    assert "14 days" in reply
    first, *others = quoting.quoting("return-windows")
    assert (first.name, first.replies, first.intents) == ("answer_question", 1, ("returns_policy",))
    assert {row.replies for row in others} == {0}
    assert {row.replies for row in quoting.quoting("shipping-times-and-costs")} == {0}
    told = someone("max", "Managers").get(f"{reverse('agents:quoting')}?article=return-windows").content.decode()
    assert "1 reply, asked for returns_policy" in told


def test_only_workflows_that_read_articles_are_named(small_house: House) -> None:
    names = {row.name for row in quoting.quoting("return-windows")}
    assert names < set(WORKFLOWS)
    assert "answer_question" in names
    assert "refund" not in names


def test_the_real_reply_is_found_by_the_sentence_that_it_quoted(small_house: House) -> None:
    """What the page counts are the agent's own replies, not rows of a test's making."""
    small_house.ask(small_house.alice(), ASKED)
    [reply] = usage.citing("return-windows")
    article = Article.objects.select_related("current").get(slug="return-windows")
    assert article.current is not None
    said = [text for text in blast.sentences(article.current) if text in reply.text]
    assert said[0] == "You have 14 days from the day of delivery to return an item that Fernway sold."
    assert blast.quoting(blast.recent("return-windows"), said) == 1


@pytest.mark.parametrize(
    ("pattern", "stands"),
    [
        ("14 days", "14 days"),
        ("two weeks", ""),
        ("return an item", "return an item"),
        ("item", ""),
        ("You|nobody", ""),
    ],
)
def test_a_case_counts_on_figures_and_on_words_enough(pattern: str, stands: str) -> None:
    assert counting_on.stands_in(pattern, "You have 14 days to return an item.") == stands


@pytest.mark.django_db
def test_the_shipped_cases_that_count_on_an_article_are_listed(small_house: House) -> None:
    body = "You have 14 days from the day of delivery to return an item."
    rows = counting_on.cases(body)
    assert rows
    assert all("14 days" in row.expects for row in rows)
    assert counting_on.cases("Nothing of this is expected.") == []
    told = someone("max", "Managers").get(f"{reverse('evals:cases')}?article=return-windows").content.decode()
    assert rows[0].case in told
