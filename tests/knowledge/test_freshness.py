"""S1-24: older than 90 days and a topic that changes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from knowledge import freshness
from knowledge.models import ArticleVersion, Topic

TODAY = date(2026, 3, 31)


@pytest.mark.parametrize("topic", list(Topic))
@pytest.mark.parametrize(("days", "old"), [(0, False), (89, False), (90, False), (91, True), (400, True)])
def test_stale_is_older_than_ninety_days_on_a_topic_that_changes(topic: str, days: int, old: bool) -> None:
    """S1-24"""
    age = freshness.age_days(TODAY - timedelta(days=days), TODAY)
    assert age == days
    assert freshness.is_stale(age, topic, 90) is (old and freshness.CHANGES[topic])


def test_every_topic_is_classed_and_both_kinds_exist() -> None:
    assert set(freshness.CHANGES) == set(Topic)
    assert {Topic.PRICING, Topic.RETURNS, Topic.PRODUCT} <= {t for t, changes in freshness.CHANGES.items() if changes}
    assert False in freshness.CHANGES.values()


def test_a_topic_that_nobody_classed_counts_as_changing() -> None:
    assert freshness.is_stale(91, "weather", 90)


@pytest.mark.parametrize(
    ("sources", "stale"),
    [
        ([], False),
        ([(91, Topic.PRICING)], True),
        ([(91, Topic.PRICING), (90, Topic.COMPANY)], False),  # the most recent one decides about the age
        ([(91, Topic.COMPANY), (200, Topic.ACCOUNT)], False),
        ([(91, Topic.COMPANY), (200, Topic.WARRANTY)], True),
    ],
)
def test_an_answer_is_as_fresh_as_its_newest_source(sources: list[tuple[int, str]], stale: bool) -> None:
    """S1-24"""
    assert freshness.answer_is_stale(sources, 90) is stale


def test_a_review_makes_an_old_text_fresh() -> None:
    version = ArticleVersion(updated_on=date(2025, 1, 1), reviewed_on=date(2026, 3, 1))
    assert version.fresh_on == date(2026, 3, 1)


def test_a_date_in_the_future_is_today() -> None:
    assert freshness.age_days(TODAY + timedelta(days=3), TODAY) == 0
