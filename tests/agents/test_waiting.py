"""Waiting in line for a person: what can be read is answered, the rest is noted once, and nobody loses their place."""

from __future__ import annotations

import pytest

from agents import replay, runner
from agents.models import Run, Turn
from approvals.models import ApprovalRequest
from conversations import faults, lifecycle, queue
from conversations.models import Conversation
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
    return said(texts, "line.noted")


def said(texts: Texts, key: str) -> bool:
    return any(wording.search(text) for wording in wordings(key) for text in texts)


def queue_of(row: Conversation) -> tuple[str, str]:
    newest: tuple[str, str] = row.handoffs.order_by("-pk").values_list("queue", "reason")[0]
    return newest


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
        "asdf qwer zxcv",
        "where is my order?",  # it would have to ask back which one
        "444444",  # a code that comes too late asks nothing
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


def with_an_undecided_write(house: House) -> Conversation:
    row, _ = house.ask(house.alice(), "money back for the lamp, it never came", "yes", PERSON)
    assert ApprovalRequest.objects.filter(call__conversation=row, status=ApprovalRequest.Status.PENDING).exists()
    assert row.status == Conversation.Status.ESCALATED
    return row


def test_words_behind_an_undecided_write_wait_for_a_person(small_house: House) -> None:
    """A "stop" counts as long as nobody has heard it: the clearing statement looks for newer words."""
    row = with_an_undecided_write(small_house)
    heard = row.state["heard"]
    row, answers = small_house.ask(small_house.alice(), WHERE, "stop it please", into=row)
    assert answers == [[], []]
    assert row.state["heard"] == heard < row.heard_seq
    assert row.wake == row.done, "nobody is shown as writing an answer"


def test_an_alarm_behind_an_undecided_write_is_passed_on_and_stays_unheard(small_house: House) -> None:
    row = with_an_undecided_write(small_house)
    heard = row.state["heard"]
    row, answers = small_house.ask(
        small_house.alice(), "the lamp caught fire", "the curtain too, it burned my hand", into=row
    )
    assert said(answers[0], "safety"), answers
    assert answers[1] == []
    assert queue_of(row) == ("human-queue-safety", "safety-concern")
    assert (row.handoffs.count(), row.state["heard"]) == (2, heard)


# what was said before, then in line, → the queue and the reason of the last handoff, the line that was said
ALARMS = (
    ("a lawyer", PERSON, "my lawyer will hear of this", "human-queue-legal", "legal-language-detected", "legal"),
    ("a chargeback", PERSON, "then I'll file a chargeback with my bank", "human-queue-legal", "legal-language-detected", "legal"),
    ("the press", PERSON, "I'm going to the newspapers with this", "human-queue-legal", "legal-language-detected", "legal"),
    ("danger", PERSON, "the kettle caught fire!", "human-queue-safety", "safety-concern", "safety"),
    ("a life", PERSON, "I can't go on any more, I want to die", "human-queue-care", "self-harm", "self_harm"),
    ("an account", PERSON, "somebody hacked my account", "human-queue-security", "account-security-concern", "security"),
    ("beside a question", PERSON, f"{WHERE} otherwise my solicitor writes", "human-queue-legal", "legal-language-detected", "legal"),
    ("graver than a lawyer", "I will sue you", "I want to die", "human-queue-care", "self-harm", "self_harm"),
    ("a child's life", "I want to die", "I will sue you", "human-queue-care", "self-harm", "line.noted"),
)  # fmt: skip


@pytest.mark.parametrize(("first", "then", "where", "why", "line"), [a[1:] for a in ALARMS], ids=[a[0] for a in ALARMS])
def test_what_calls_for_a_person_by_itself_moves_them(
    small_house: House, first: str, then: str, where: str, why: str, line: str
) -> None:
    """S1-43, S3-22: said in line, it has its queue and its words, once, and the packet says so."""
    row, before = small_house.ask(small_house.alice(), first)
    assert row.status == Conversation.Status.ESCALATED, before
    row, answers = small_house.ask(small_house.alice(), then, then, into=row)
    assert said(answers[0], line), answers
    assert not any(said(answers[1], one) for one in (line, "legal", "safety", "self_harm", "security"))
    assert queue_of(row) == (where, why)
    oldest, newest = row.handoffs.order_by("pk")
    assert any(then.split("!")[0][:20] in point for point in newest.packet["issue"]), newest.packet
    assert any("Sensitive" in point for point in newest.packet["tone"])
    assert row.moved_why == oldest.reason, "they entered the line once"


def test_who_moves_to_another_queue_takes_the_time_along(small_house: House) -> None:
    """Bob has been in the legal queue for less time than Alice waits."""
    alice, _ = small_house.ask(small_house.alice(), PERSON)
    small_house.ask(small_house.bob(), "I will sue you")
    alice, answers = small_house.ask(small_house.alice(), "my lawyer will hear of this", into=alice)
    assert queue.place(alice.pk) == 1
    assert "number 1" in answers[0][0]


def test_plain_words_in_line_move_nobody(small_house: House) -> None:
    """The twin: one handoff, and the queue of everybody."""
    row, _ = in_line(small_house, WHERE, "and it's for my sister Sue", "the lamp is to die for")
    assert (row.handoffs.count(), queue_of(row)) == (1, ("human-queue-standard", "customer-asked-for-person"))


@pytest.mark.parametrize(
    "words",
    ["I want to talk to a person", "hello?", "??", "how much longer?", "how long will this take", "is anyone there?"],
)
def test_who_asks_after_the_person_hears_where_they_stand(small_house: House, words: str) -> None:
    """Three times in other words, then nothing more; nobody is handed over again."""
    row, answers = in_line(small_house, *[words] * 4)
    assert [len(texts) for texts in answers] == [1, 1, 1, 0]
    assert len({texts[0] for texts in answers[:3]}) == 3
    assert all("umber 1" in texts[0] for texts in answers[:3])
    assert row.handoffs.count() == 1


def test_a_broken_shop_makes_no_second_handoff(small_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = small_house.alice()
    row, _ = small_house.ask(alice, PERSON)
    monkeypatch.setattr("django.conf.settings.SHOP_URL", "http://127.0.0.1:9")
    row, answers = small_house.ask(alice, WHERE, into=row)
    assert noted(answers[0]), answers
    assert (row.status, row.handoffs.count()) == ("escalated", 1)


def test_what_was_said_in_line_replays(small_house: House) -> None:
    row, _ = in_line(small_house, WHERE, "cancel FW-10488", "hello?", "my lawyer will hear of this")
    turns = Turn.objects.filter(conversation=row).select_related("conversation").order_by("attempt")
    assert [replay.replay(turn).why for turn in turns] == [""] * 5
