"""Waiting in line for a person: what can be read is answered, the rest is noted once, and nobody loses their place."""

from __future__ import annotations

import pytest

from agents import replay, runner
from agents.models import Run, Turn
from approvals.models import ApprovalRequest
from conversations import faults, lifecycle, queue
from conversations.models import Conversation, Message
from tests.cast import olga
from tests.house import House
from tests.lines import wordings
from tools.models import ToolCall

PERSON = "I want to talk to a person"
WHERE = "where is FW-10482?"
Texts = list[str]


def in_line(house: House, *then: str) -> tuple[Conversation, list[Texts]]:
    row, answers = house.ask(house.alice(), PERSON)
    assert row.status == Conversation.Status.ESCALATED, answers
    return house.ask(house.alice(), *then, into=row)


def noted(texts: Texts) -> bool:
    return any(wording.search(text) for wording in wordings("line.noted") for text in texts)


def test_a_plain_question_is_answered_and_the_place_is_kept(small_house: House) -> None:
    row, answers = in_line(small_house, WHERE)
    assert "Kettle" in answers[0][0]
    assert row.status == Conversation.Status.ESCALATED
    assert row.handoffs.count() == 1
    assert queue.place(row.pk) == 1
    assert not Run.objects.filter(conversation_id=row.pk, active=True).exists()


@pytest.mark.parametrize(
    "wish",
    [
        "refund FW-10465 please, it doesn't fit",
        "cancel FW-10488",
        "I want to talk to a person",
        "my lawyer will hear of this",
        "asdf qwer zxcv",
        "where is my order?",  # it would have to ask back which one
    ],
)
def test_whatever_else_is_wanted_is_noted_once(small_house: House, wish: str) -> None:
    row, answers = in_line(small_house, wish, wish)
    assert noted(answers[0]), answers
    assert answers[1] == []
    assert row.status == Conversation.Status.ESCALATED
    assert row.handoffs.count() == 1
    assert not ToolCall.objects.filter(conversation=row).exists()


@pytest.mark.parametrize("words", ["thanks", "ok", "¿cuándo me contesta alguien?"])
def test_what_needs_no_answer_gets_none(small_house: House, words: str) -> None:
    assert in_line(small_house, words)[1] == [[]]


def test_once_a_person_has_it_the_agent_is_silent(small_house: House) -> None:
    row, _ = in_line(small_house, WHERE)
    lifecycle.take_over(row, olga())
    assert small_house.ask(small_house.alice(), WHERE, into=row)[1] == [[]]


@pytest.mark.parametrize("guard", ["on", "off"])
def test_a_takeover_while_it_reads_silences_it(moving_house: House, guard: str) -> None:
    """Law 6, and its twin: without the takeover it speaks."""
    row, _ = moving_house.ask(moving_house.alice(), PERSON)
    received = moving_house.says(moving_house.alice(), WHERE, row)

    def take_over(name: str) -> None:
        if name == "turn.before_finish":
            faults.install(None)
            if guard == "on":
                lifecycle.take_over(Conversation.objects.get(pk=row.pk), olga())

    faults.install(take_over)
    runner.work_on(row.pk)
    assert bool(moving_house.said(row, after=received.seq)) is (guard == "off")


def test_words_behind_an_undecided_write_wait_for_a_person(small_house: House) -> None:
    """A "stop" counts as long as nobody has heard it: the clearing statement looks for newer words."""
    row, _ = small_house.ask(small_house.alice(), "money back for the lamp, it never came", "yes")
    assert ApprovalRequest.objects.filter(call__conversation=row, status=ApprovalRequest.Status.PENDING).exists()
    Conversation.objects.filter(pk=row.pk).update(status="escalated", moved_by="test", moved_why="test")
    before = Message.objects.filter(conversation=row).count()
    small_house.ask(small_house.alice(), WHERE, into=row)
    assert Message.objects.filter(conversation=row).count() == before + 1
    assert Turn.objects.filter(conversation=row).count() == 2


def test_a_broken_shop_makes_no_second_handoff(small_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = small_house.alice()
    row, _ = small_house.ask(alice, PERSON)
    monkeypatch.setattr("django.conf.settings.SHOP_URL", "http://127.0.0.1:9")
    row, answers = small_house.ask(alice, WHERE, into=row)
    assert noted(answers[0]), answers
    assert (row.status, row.handoffs.count()) == ("escalated", 1)


def test_what_was_said_in_line_replays(small_house: House) -> None:
    row, _ = in_line(small_house, WHERE, "cancel FW-10488")
    turns = Turn.objects.filter(conversation=row).select_related("conversation").order_by("attempt")
    assert [replay.replay(turn).why for turn in turns] == ["", "", ""]
