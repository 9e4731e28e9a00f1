"""S3-23: a question that was asked before is answered without searching again, until anything has changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from agents import releases, replay
from agents.models import Step, Turn
from agents.searches import Searches
from conversations import clock
from conversations.access import SYSTEM
from conversations.clock import business_now
from conversations.models import Conversation
from knowledge import articles, checks
from knowledge.models import Article, Audience, ConfigVersion, Incident
from knowledge.seed import seed_config
from tests.house import House, shop, small_house
from tests.knowledge.shelf import publish_article

__all__ = ["shop", "small_house"]

ASKED = "how much is engraving on a Dutch oven?"


@pytest.fixture
def page(small_house: House) -> Article:
    return publish_article("engraving", "Engraving on a Dutch oven costs $12.50.", title="Engraving", days_ago=5)


def asks(house: House, text: str = ASKED) -> tuple[dict[str, Any], str, Conversation]:
    """What the trace keeps of the search, the answer, and the conversation."""
    row, answers = house.ask(house.visitor(), text)
    turns = Turn.objects.filter(conversation=row).values("pk")
    step = Step.objects.get(turn_id__in=turns, kind="port", name="tool:search_knowledge")
    return step.data, answers[0][0], row


def test_the_same_question_is_answered_from_what_was_found_before(small_house: House, page: Article) -> None:
    first, said, _ = asks(small_house)
    again, said_again, row = asks(small_house)
    assert "kept" not in first
    assert again["kept"]["saved_ms"] >= 0
    assert again["answer"] == first["answer"]
    assert "$12.50" in said
    assert "$12.50" in said_again
    assert replay.replay(Turn.objects.get(conversation=row)).identical


def rewritten(page: Article) -> None:
    publish_article("engraving", "Engraving on a Dutch oven costs $15.00.", title="Engraving")


def another_policy(page: Article) -> None:
    live = releases.live_version("policy")
    assert live is not None
    body = live.body.replace("stale_days: 90", "stale_days: 3")
    releases.take_live(seed_config(ConfigVersion.Kind.POLICY, body), SYSTEM, "test")


CHANGES: dict[str, Callable[[Article], object]] = {
    "rewritten": rewritten,
    "confirmed": lambda page: checks.confirm(page.pk, SYSTEM, "looked"),
    "archived": lambda page: articles.archive(page.pk, SYSTEM, "gone"),
    "internal now": lambda page: Article.objects.filter(pk=page.pk).update(audience=Audience.INTERNAL),
    "an issue is known": lambda page: Incident.objects.create(title="Engraving a Dutch oven"),
    "another policy": another_policy,
    "another page": lambda page: publish_article("other", "Knives are not engraved.", title="Knives"),
}


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_whatever_changes_is_seen_at_once(small_house: House, page: Article, change: str) -> None:
    asks(small_house)
    assert "kept" in asks(small_house)[0]
    CHANGES[change](page)
    found, said, _ = asks(small_house)
    assert "kept" not in found
    assert ("$12.50" in said) is (change in ("confirmed", "another policy", "another page"))


def test_another_day_or_another_question_is_searched_for(small_house: House, page: Article) -> None:
    asks(small_house)
    assert "kept" not in asks(small_house, "How much is engraving on a Dutch oven?")[0]
    with clock.at(business_now() + timedelta(days=1)):
        assert "kept" not in asks(small_house)[0]


def test_only_the_latest_are_kept_and_no_failure(small_house: House) -> None:
    kept, asked = Searches(most=2), list[str]()

    def ask(key: str, *, ok: bool = True) -> dict[str, Any]:
        def answer() -> dict[str, Any]:
            asked.append(key)
            return {"ok": ok}

        aside: dict[str, Any] = {}
        kept.of(key, answer, aside)
        return aside

    for key in ("a", "b", "a", "c", "a", "b"):
        ask(key)
    assert asked == ["a", "b", "c", "b"]
    assert ask("b") == {"kept": {"saved_ms": 0}}
    ask("d", ok=False)
    ask("d", ok=False)
    assert asked[-2:] == ["d", "d"]
