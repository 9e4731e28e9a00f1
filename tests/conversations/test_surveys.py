"""CSAT: asked once at the end, answered, put off or left alone, and never where it would hurt."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from conversations import clock, lifecycle, surveys
from conversations.access import AGENT
from conversations.clock import business_now
from conversations.lifecycle import NotAllowedError
from conversations.models import Conversation, Event, Handoff, Survey
from tests import cast

pytestmark = pytest.mark.django_db
QUESTION = {"open": True, "score": None, "comment": ""}


def ended(text: str = "Where is my order?") -> Conversation:
    received = cast.says(cast.alice(), text)
    talk = Conversation.objects.get(pk=received.conversation_id)
    lifecycle.take_over(talk, cast.olga())
    return lifecycle.resolve(talk, cast.olga())


def says(talk: Conversation, **said: Any) -> None:
    surveys.heard(talk.customer_id, talk.public_id, said)


def frame(talk: Conversation) -> dict[str, Any] | None:
    return surveys.frame(Conversation.objects.get(pk=talk.pk))


def test_it_is_asked_when_the_conversation_has_ended_and_not_before() -> None:
    received = cast.says(cast.alice(), "Where is my order?")
    talk = Conversation.objects.get(pk=received.conversation_id)
    assert frame(talk) is None
    with pytest.raises(NotAllowedError):
        says(talk, score=5)
    lifecycle.take_over(talk, cast.olga())
    lifecycle.resolve(talk, cast.olga())
    assert frame(talk) == QUESTION
    assert not Survey.objects.exists()  # nobody has seen the question yet
    says(talk, seen=True)
    assert Survey.objects.get().score is None


def test_a_closed_conversation_may_be_rated_too_for_some_days() -> None:
    talk = ended()
    later = business_now() + timedelta(days=8)
    with clock.at(later):
        assert lifecycle.close_old() == 1
        assert frame(talk) == QUESTION
    with clock.at(later + timedelta(days=13)):
        says(talk, score=2)
        assert Survey.objects.get().score == 2
    Survey.objects.all().delete()
    with clock.at(later + timedelta(days=15)):
        assert frame(talk) is None
        with pytest.raises(NotAllowedError, match="can't be rated any more"):
            says(talk, score=2)


def test_an_answer_is_one_row_that_may_be_changed_for_a_day() -> None:
    talk = ended()
    says(talk, score=2)
    says(talk, score=4, comment="Quick in the end.\nThanks")
    row = Survey.objects.get()
    assert (row.score, row.comment) == (4, "Quick in the end.\nThanks")
    assert frame(talk) == {"open": True, "score": 4, "comment": "Quick in the end.\nThanks"}
    with clock.at(business_now() + timedelta(hours=23)):
        says(talk, score=5, comment="")
    with clock.at(business_now() + timedelta(hours=25)):
        assert frame(talk) == {"open": False, "score": 5, "comment": ""}
        with pytest.raises(NotAllowedError):
            says(talk, score=1)
    assert Survey.objects.get().score == 5


def test_each_new_score_is_an_event_without_words() -> None:
    talk = ended()
    says(talk, score=2, comment="Too slow, says Alice")
    says(talk, score=2, comment="Far too slow")
    says(talk, score=3)
    rated = Event.objects.filter(stream=f"conversation:{talk.pk}", verb="rated").order_by("n")
    assert [(event.reason, event.data) for event in rated] == [("2_of_5", {"score": 2}), ("3_of_5", {"score": 3})]
    assert {event.actor for event in rated} == {f"customer:{talk.customer_id}"}


def test_not_now_ends_the_asking() -> None:
    """And an answer that was given isn't taken back by it: the twin."""
    talk = ended()
    says(talk, later=True)
    assert frame(talk) is None
    assert Survey.objects.get().declined_at is not None
    says(talk, seen=True)
    with pytest.raises(NotAllowedError):
        says(talk, score=5)
    other = ended("Another matter")
    says(other, score=5)
    says(other, later=True)
    assert Survey.objects.get(conversation=other).declined_at is None


def test_one_survey_a_conversation_also_when_it_is_reopened() -> None:
    talk = ended()
    says(talk, score=2)
    cast.says(cast.alice(), "It came back", talk.public_id)
    assert frame(talk) is None
    lifecycle.take_over(talk, cast.olga())
    lifecycle.resolve(talk, cast.olga())
    assert frame(talk) == {"open": True, "score": 2, "comment": ""}
    says(talk, score=5)
    assert Survey.objects.get().score == 5


@pytest.mark.parametrize("reason", surveys.GRAVE)
def test_a_grave_matter_is_not_followed_by_a_survey(reason: str) -> None:
    talk = ended()
    Handoff.objects.create(conversation=talk, queue="priority", reason=reason, packet={})
    assert frame(talk) is None
    says(talk, seen=True)
    assert not Survey.objects.exists()
    assert surveys.outcome(talk) == surveys.Outcome("", "Not asked: a grave matter")


def test_what_the_agent_remembers_of_a_loss_counts_too() -> None:
    """And legal words don't: the twin."""
    talk = ended()
    Conversation.objects.filter(pk=talk.pk).update(state={"cares": ["legal"]})
    assert frame(talk) == QUESTION
    Conversation.objects.filter(pk=talk.pk).update(state={"cares": ["legal", "loss"]})
    assert frame(talk) is None


def test_the_reasons_of_a_grave_matter_are_the_escalations_own() -> None:
    from agents import escalation, triage

    assert set(surveys.GRAVE) <= set(escalation.HARD)
    assert {"safety", *triage.FLAGS} >= surveys.GRAVE_CARES


@pytest.mark.parametrize("score", [0, 6, -1, "x", None, True, [], {}, 10**30, 2.5])
def test_what_is_no_score_is_refused_and_leaves_no_row(score: Any) -> None:
    talk = ended()
    with pytest.raises(NotAllowedError, match="number from 1 to 5"):
        says(talk, score=score)
    assert not Survey.objects.exists()


@pytest.mark.parametrize(
    ("comment", "kept"),
    [
        ("fine\0", "fine"),
        ("half \ud83d a smile", "half  a smile"),
        (["x"], ""),
        (None, ""),
        ("my card is 4242 4242 4242 4242", "my card is [card number removed]"),
    ],
)
def test_a_comment_is_kept_as_a_message_would_be(comment: Any, kept: str) -> None:
    talk = ended()
    says(talk, score=4, comment=comment)
    assert Survey.objects.get().comment == kept


def test_a_comment_that_is_too_long_is_refused() -> None:
    talk = ended()
    with pytest.raises(NotAllowedError, match="at most 1000"):
        says(talk, score=4, comment="x" * 1001)
    says(talk, score=4, comment="x" * 1000)


def test_nobody_rates_a_conversation_of_somebody_else() -> None:
    """And its own customer does: the twin."""
    talk = ended()
    with pytest.raises(NotAllowedError, match="no such conversation"):
        surveys.heard(cast.mallory().pk, talk.public_id, {"score": 1})
    assert not Survey.objects.exists()
    says(talk, score=1)
    assert Survey.objects.get().score == 1


def test_the_database_knows_what_a_survey_may_be() -> None:
    talk = ended()
    for wrong in ({"score": 6, "answered_at": business_now()}, {"score": 3}, {"comment": "words without a score"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Survey.objects.create(conversation=talk, **wrong)
    Survey.objects.create(conversation=talk, score=3, answered_at=business_now(), comment="so so")


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_make_one_row() -> None:
    talk = ended()

    def one(score: int) -> None:
        try:
            says(talk, score=score)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, [1, 2, 3, 4]))
    row = Survey.objects.get()
    last = Event.objects.filter(stream=f"conversation:{talk.pk}", verb="rated").order_by("-n")[0]
    assert last.data == {"score": row.score}


def test_the_operator_sees_what_came_of_it(client: Client) -> None:
    client.force_login(cast.olga())
    talk = ended()
    page = f"/console/c/{talk.public_id}/"
    assert "Not asked yet" in client.get(page).content.decode()
    says(talk, seen=True)
    assert "No answer" in client.get(page).content.decode()
    says(talk, score=2, comment="<b>Slow</b>")
    found = client.get(page).content.decode()
    assert "2 of 5" in found
    assert "&lt;b&gt;Slow&lt;/b&gt;" in found
    assert "Alice Moreau rated the conversation: 2 of 5" in found
    fresh = client.get(f"{page}state/").content.decode()
    assert '<div id="rating" hx-swap-oob="true">' in fresh
    assert "&lt;b&gt;Slow&lt;/b&gt;" in fresh


def test_a_conversation_that_goes_on_shows_no_rating(client: Client) -> None:
    client.force_login(cast.olga())
    received = cast.says(cast.alice(), "Where is my order?")
    lifecycle.move(Conversation, received.conversation_id, "hand_off", AGENT, "test")
    assert "What the customer says of it" not in client.get(f"/console/c/{received.public_id}/").content.decode()
