"""Old pages and missing ones: what the customer is told, what waits for the editors, and who hears of it in the end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from agents import checked, replay, runner
from agents.models import Step, Turn
from conversations import faults, lifecycle
from conversations.access import SYSTEM
from conversations.clock import business_now
from conversations.models import Conversation, Event, Message
from knowledge import articles, checks, gaps
from knowledge.articles import Words
from knowledge.models import Article, ArticleVersion, Check, Gap, Topic
from tests import cast
from tests.house import House, moving_house, shop, small_house
from tests.knowledge.shelf import publish_article
from tests.lines import wordings
from tests.threads import in_threads

__all__ = ["moving_house", "shop", "small_house"]

ASKED = "how much is engraving on a Dutch oven?"
TITLE, BODY = "Engraving", "## Engraving a Dutch oven\n\nEngraving on a Dutch oven costs $12.50."


def page(days_ago: int = 300, topic: str = Topic.PRICING, body: str = BODY) -> Article:
    return publish_article("engraving", body, title=TITLE, topic=topic, days_ago=days_ago)


def asks(house: House, text: str = ASKED) -> tuple[Conversation, str]:
    row, answers = house.ask(house.alice(), text)
    return row, answers[0][-1]


def lines(row: Conversation) -> list[str]:
    found = Message.objects.filter(conversation=row, author=Message.Author.SYSTEM)
    return list(found.order_by("seq").values_list("text", flat=True))


def says(text: str, key: str) -> bool:
    return any(wording.search(text) for wording in wordings(key))


@pytest.mark.parametrize("topic", [Topic.PRICING, Topic.SHIPPING, Topic.TECHNICAL])
@pytest.mark.parametrize("days", [89, 90, 91])
def test_an_old_page_is_checked_first_quoted_with_its_date_or_just_quoted(
    small_house: House, topic: str, days: int
) -> None:
    """S1-24 S1-25: older than 90 days and on something that changes; a price isn't even quoted."""
    page(days, topic)
    row, text = asks(small_house)
    is_stale = days > 90 and topic != Topic.TECHNICAL
    is_first = is_stale and topic == Topic.PRICING
    assert says(text, "stale.check") is is_first
    assert says(text, "stale.note") is (is_stale and not is_first)
    assert ("$12.50" in text) is not is_first
    assert [(c.question, c.version.title) for c in Check.objects.filter(conversation=row)] == (
        [(ASKED, TITLE)] if is_first else []
    )


def test_a_confirmed_page_is_fresh_and_whoever_waited_is_told_once(small_house: House) -> None:
    """S1-25"""
    article = page()
    row, _ = asks(small_house)
    assert lines(row) == []
    assert checks.confirm(article.pk, SYSTEM, "looked") == 1
    (check,) = Check.objects.all()
    assert [checked.tell(check.pk) for _ in range(3)] == [True, False, False]
    (told,) = lines(row)
    assert says(told, "checked.confirmed")
    assert "Engraving on a Dutch oven costs $12.50." in told
    assert ArticleVersion.objects.get(published_as=article).reviewed_on == business_now().date()
    assert Event.objects.filter(stream=f"article:{article.pk}", verb="confirmed").count() == 1
    _, again = small_house.ask(small_house.alice(), ASKED, into=row)
    assert "$12.50" in again[0][0]
    assert checks.confirm(article.pk, SYSTEM, "looked") == 0


def test_a_rewritten_page_is_told_as_it_stands_now(small_house: House) -> None:
    article = page()
    row, _ = asks(small_house)
    page(0, body=BODY.replace("12.50", "15.00"))
    assert checked.sweep() == 1
    assert checked.sweep() == 0
    (told,) = lines(row)
    assert says(told, "checked.changed")
    assert "$15.00" in told
    assert "$12.50" not in told
    assert article.versions.count() == 2


def test_a_page_that_no_longer_answers_is_not_quoted(small_house: House) -> None:
    page()
    row, _ = asks(small_house)
    publish_article("engraving", "Presents are wrapped in brown paper.", title="Wrapping presents", days_ago=0)
    runner.sweep()
    assert says(lines(row)[0], "checked.plain")


def test_a_customer_who_asks_twice_waits_once(small_house: House) -> None:
    article = page()
    row, _ = asks(small_house)
    small_house.ask(small_house.alice(), ASKED, into=row)
    small_house.ask(small_house.bob(), ASKED)
    assert Check.objects.count() == 2
    assert checks.confirm(article.pk, SYSTEM, "looked") == 2


def test_told_at_once_by_several_it_is_said_once(moving_house: House) -> None:
    article = page()
    row, _ = asks(moving_house)
    checks.confirm(article.pk, SYSTEM, "looked")
    key = Check.objects.get().pk
    assert in_threads(4, lambda: checked.tell(key)) == []
    assert len(lines(row)) == 1


def test_an_imported_review_tells_them_too(small_house: House) -> None:
    article = page()
    row, _ = asks(small_house)
    today = business_now().date()
    assert articles.reviewed(article, Words(TITLE, BODY, today - timedelta(days=300), today))
    assert checked.sweep() == 1
    assert says(lines(row)[0], "checked.confirmed")


def test_the_editors_queue_confirms_and_only_editors_may(small_house: House) -> None:
    page()
    asks(small_house)
    (check,) = Check.objects.all()
    reader = User.objects.create(username="rita", is_staff=True)
    reader.user_permissions.set(reader.user_permissions.model.objects.filter(codename="view_check"))
    where = {"action": "confirm_page", "_selected_action": [str(check.pk)]}
    for user, settled in (
        (reader, False),
        (User.objects.create(username="max", is_staff=True, is_superuser=True), True),
    ):
        client = Client()
        client.force_login(user)
        shown = client.post("/admin/knowledge/check/", where, follow=True)
        assert ASKED in shown.content.decode()
        check.refresh_from_db()
        assert (check.settled_at is not None) is settled
    assert check.settled_by.startswith("operator:")


def test_the_turn_that_has_it_checked_shows_so_and_replays(small_house: House) -> None:
    page()
    row, _ = asks(small_house)
    turn = Turn.objects.get(conversation=row)
    assert list(Step.objects.filter(turn_id=turn.pk, kind="check-page").values_list("name", "data")) == [
        ("engraving", {"version": 1})
    ]
    checks.confirm(Article.objects.get(slug="engraving").pk, SYSTEM, "looked")
    assert replay.replay(turn).identical


def test_what_no_page_answers_is_offered_a_person_and_kept(small_house: House) -> None:
    """S1-61"""
    row, text = asks(small_house)
    assert says(text, "gap.offer")
    gap = Gap.objects.get()
    assert (gap.question, gap.conversation_id) == (ASKED, row.pk)
    assert gap.confidence < 600
    assert Step.objects.filter(kind="gap", turn_id=gap.turn_id).exists()
    assert replay.replay(Turn.objects.get(conversation=row)).identical


def test_an_answered_question_is_no_gap(small_house: House) -> None:
    page(1)
    asks(small_house)
    assert not Gap.objects.exists()


def test_gaps_are_counted_by_customers_and_the_dearest_comes_first(small_house: House) -> None:
    """S1-61: the same words twice in a conversation are one, other words for it join, and handoffs weigh most."""
    row, _ = asks(small_house, "can the Dutch oven go on induction?")
    small_house.ask(small_house.alice(), "can the Dutch oven go on induction?", into=row)
    small_house.ask(small_house.bob(), "can your Dutch oven go on an induction hob?")
    small_house.ask(small_house.bob(), "do you engrave names on knives?", "yes please")
    found = gaps.ranked()
    assert [(one.question, one.times, one.handoffs) for one in found if one.handoffs] == [
        ("do you engrave names on knives?", 1, 1)
    ]
    assert found[0].handoffs == 1
    oven = next(one for one in found if "Dutch oven" in one.question)
    assert (oven.times, len(oven.keys)) == (2, 2)
    assert gaps.close(oven.keys, business_now()) == 3
    assert all("Dutch oven" not in one.question for one in gaps.ranked())


def test_a_dropped_turn_asks_for_nothing(moving_house: House) -> None:
    """What the customer wasn't told isn't promised to anybody."""
    page()
    received = moving_house.says(moving_house.alice(), ASKED)
    row = Conversation.objects.get(pk=received.conversation_id)

    def somebody_takes_over(point: str) -> None:
        if point == "turn.before_finish" and not Turn.objects.exists():
            lifecycle.take_over(row, cast.olga())

    faults.install(somebody_takes_over)
    runner.work_on(row.pk)
    assert Turn.objects.get().outcome == Turn.Outcome.DROPPED
    assert not Check.objects.exists()
