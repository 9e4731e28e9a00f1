"""The red switch and words: the agent is silent, says so once, and everything that it may not do goes to a person."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any, Final

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from agents import pausing
from agents.models import Step, Turn
from agents.pausing import CantError
from agents.replay import replay
from conversations import events, faults, lifecycle, outbox, pauses
from conversations.models import Conversation, Event, Pause
from tests.cast import manager, max_, olga
from tests.house import House

WHERE: Final = "Where is FW-10482?"
DAYS: Final = "How long do I have to send something back?"
CANCEL: Final = "Please cancel order FW-10471"


def pause(scope: str, name: str = "") -> Pause:
    return pausing.pause(scope, name, olga(), "it talks nonsense")


def reason_of(row: Conversation) -> str:
    return str(row.handoffs.get().reason)


@pytest.mark.parametrize(("scope", "name"), [("all", ""), ("channel", "web")])
def test_a_paused_agent_says_so_once_and_a_person_gets_it(small_house: House, scope: str, name: str) -> None:
    held = pause(scope, name)
    row, answers = small_house.ask(small_house.alice(), WHERE, "hello?", "anybody there?")
    assert row.status == "escalated"
    assert reason_of(row) == pauses.REASON
    assert "paused" in answers[0][0]
    assert "line" in answers[0][0], "the place in the line, from the queue's own figures"
    assert answers[1:] == [[], []], "told once"
    turns = Turn.objects.order_by("attempt")
    assert not Step.objects.filter(kind__in=("triage", "node")).exists(), "nothing was thought"
    assert [replay(turn).why for turn in turns] == [""] * 3
    assert [one.conversation_id for one in pausing.handed_over(held)] == [row.pk]


@pytest.mark.parametrize(("scope", "name"), [("channel", "api"), ("intent", "cancel_order"), ("writes", "")])
def test_what_is_not_paused_is_answered(small_house: House, scope: str, name: str) -> None:
    """The twin."""
    held = pause(scope, name)
    row, answers = small_house.ask(small_house.alice(), WHERE)
    assert "Packhorse" in answers[0][0]
    assert row.status == "active"
    assert list(pausing.handed_over(held)) == []


def test_after_resuming_it_answers_again_and_people_keep_what_they_have(small_house: House) -> None:
    held = pause("all")
    row, _ = small_house.ask(small_house.alice(), WHERE)
    held = pausing.resume(held.pk, manager(), "mended")
    other, answers = small_house.ask(small_house.bob(), "hello", "Where is my order?")
    assert other.status == "active"
    assert "paused" not in "".join(answers[0] + answers[1])
    assert Conversation.objects.get(pk=row.pk).status == "escalated"
    assert [one.conversation_id for one in pausing.handed_over(held)] == [row.pk]


def test_given_back_while_paused_it_comes_back_with_other_words(small_house: House) -> None:
    pause("all")
    row, answers = small_house.ask(small_house.alice(), WHERE)
    row = lifecycle.give_back(lifecycle.take_over(row, olga()), olga())
    row, again = small_house.ask(small_house.alice(), "and now?", into=row)
    assert row.status == "escalated"
    assert "paused" in again[0][0]
    assert again != answers


def test_a_paused_intent_goes_to_a_person_behind_the_answer_to_the_other(small_house: House) -> None:
    held = pause("intent", "cancel_order")
    row, answers = small_house.ask(small_house.alice(), f"{WHERE} And {CANCEL.lower()}, I found it cheaper")
    assert "Packhorse" in answers[0][0], "the other matter is answered"
    assert "cancelling an order" in answers[0][0]
    assert "paused" in answers[0][0]
    assert reason_of(row) == f"{pauses.REASON}:cancel_order"
    assert [one.conversation_id for one in pausing.handed_over(held)] == [row.pk]


def test_an_open_question_of_a_paused_intent_is_not_carried_on(small_house: House) -> None:
    row, answers = small_house.ask(small_house.alice(), CANCEL)
    assert row.status == "active", answers
    pause("intent", "cancel_order")
    row, answers = small_house.ask(small_house.alice(), "yes please", into=row)
    assert reason_of(row) == f"{pauses.REASON}:cancel_order"
    assert "paused" in answers[0][0]


def test_a_stop_still_stops_while_paused(small_house: House) -> None:
    """Nobody has to be called for leaving something as it is."""
    row, _ = small_house.ask(small_house.alice(), CANCEL)
    pause("writes")
    row, _ = small_house.ask(small_house.alice(), "never mind", into=row)
    assert row.status == "active"


def test_while_writes_are_paused_a_new_one_is_prepared_for_a_person(small_house: House) -> None:
    pause("writes")
    row, answers = small_house.ask(small_house.alice(), CANCEL, "I found it cheaper")
    assert reason_of(row) == f"{pauses.REASON}:cancel_order"
    assert "paused" in "".join(answers[0] + answers[-1])
    assert "FW-10471" in str(row.handoffs.get().packet)


@pytest.mark.parametrize("point", ["turn.after_claim", "turn.after_outside_call", "turn.before_finish"])
@pytest.mark.parametrize(("scope", "name"), [("all", ""), ("channel", "web"), ("intent", "order_status")])
def test_a_turn_in_flight_says_nothing_that_it_thought_before(
    moving_house: House, scope: str, name: str, point: str
) -> None:
    pressed: list[Pause] = []

    def press(reached: str) -> None:
        if reached == point and not pressed:
            pressed.append(pause(scope, name))

    faults.install(press)
    row, answers = moving_house.ask(moving_house.alice(), WHERE)
    assert row.status == "escalated"
    assert "Packhorse" not in answers[0][0]
    assert "paused" in answers[0][0]
    assert list(Turn.objects.order_by("attempt").values_list("outcome", flat=True)) == ["dropped", "handed_off"]


def test_a_turn_in_flight_speaks_when_something_else_is_paused(moving_house: House) -> None:
    """The twin: writes, or another channel."""
    pressed: list[Pause] = []

    def press(reached: str) -> None:
        if reached == "turn.before_finish" and not pressed:
            pressed.extend((pause("writes"), pause("channel", "api")))

    faults.install(press)
    _, answers = moving_house.ask(moving_house.alice(), WHERE)
    assert "Packhorse" in answers[0][0]
    assert len(pressed) == 2


@pytest.mark.parametrize("scope", ["all", "writes"])
def test_a_long_turn_says_no_word_in_between_while_paused(small_house: House, scope: str) -> None:
    row, _ = small_house.ask(small_house.alice(), "hello")
    with connection.cursor() as cursor:
        cursor.execute("update conversations_conversation set lease_until = clock_timestamp() + interval '9 s'")
    pause(scope)
    assert outbox.say_meanwhile(row.pk, row.attempt, "One moment", {}) == (scope == "writes")


# -- who, and what is kept ----------------------------------------------------------------------------------------------


def test_any_operator_pauses_and_a_manager_resumes(small_house: House) -> None:
    held = pausing.pause("all", "", max_(), "strange answers")
    with pytest.raises(CantError, match="olga may not: it takes a manager"):
        pausing.resume(held.pk, olga(), "looks fine")
    with pytest.raises(CantError, match="eve may not"):
        pausing.pause("writes", "", User.objects.create(username="eve"), "for fun")
    assert pausing.resume(held.pk, manager(), "looks fine").resumed_by == manager()
    boss = User.objects.create(username="boss", is_staff=True, is_superuser=True)
    assert pausing.resume(pause("all").pk, boss, "fine").resumed_by == boss


@pytest.mark.parametrize(
    ("scope", "name", "why", "said"),
    [
        ("all", "", " ", "Say in a few words why"),
        ("all", "", "x" * 301, "300 characters"),
        ("all", "web", "odd", "Everything has no name"),
        ("nothing", "", "odd", "Choose one of all, writes, intent, channel"),
        ("intent", "refunds", "odd", "There is no intent refunds"),
        ("channel", "", "odd", r"There is no channel \(none was named\); there are web, api"),
    ],
)
def test_a_wrong_wish_is_a_sentence_and_changes_nothing(
    small_house: House, scope: str, name: str, why: str, said: str
) -> None:
    with pytest.raises(CantError, match=said):
        pausing.pause(scope, name, olga(), why)
    assert not Pause.objects.exists()


def test_several_at_once_but_none_twice(small_house: House) -> None:
    for scope, name in (("all", ""), ("writes", ""), ("channel", "web"), ("channel", "api")):
        pause(scope, name)
    with pytest.raises(CantError, match="paused already"):
        pause("writes")
    held = pauses.now()[0]
    pausing.resume(held.pk, manager(), "fine")
    with pytest.raises(CantError, match="Max has resumed that already"):
        pausing.resume(held.pk, manager(), "fine")
    assert len(pauses.now()) == 3
    assert pause("all").pk != held.pk, "a new row: the history stays"


def test_each_move_is_an_event_without_words_and_the_rows_are_kept(small_house: House) -> None:
    held = pausing.resume(pause("intent", "order_status").pk, manager(), "mended")
    found = list(Event.objects.filter(stream=f"pause:{held.pk}").order_by("n").values_list("verb", "actor", "data"))
    what = {"scope": "intent", "name": "order_status"}
    assert found == [
        ("paused", f"operator:{olga().pk}", what),
        ("resumed", f"operator:{manager().pk}", what),
    ]
    assert events.verify().valid
    for statement in (
        "update conversations_pause set why = 'nothing happened'",
        "update conversations_pause set resumed_at = null, resumed_by_id = null",
        "delete from conversations_pause",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert Pause.objects.get() == held


def by_hand(name: str, *arguments: str) -> tuple[int, str]:
    """What the command prints, and how it ends."""
    out, error = StringIO(), StringIO()
    try:
        call_command(name, *arguments, stdout=out, stderr=error)
    except SystemExit as ended:
        return int(str(ended.code)), error.getvalue()
    return 0, out.getvalue()


def test_by_the_command_line(small_house: House) -> None:
    olga(), manager()
    assert by_hand("pause") == (0, "Nothing is paused.\n")
    code, said = by_hand("pause", "channel", "web", "--as", "olga", "--why", "odd answers")
    assert (code, said.split(", since")[0]) == (0, "Paused: channel web")
    assert said.endswith("by olga: odd answers\n")
    row, _ = small_house.ask(small_house.alice(), WHERE)
    code, said = by_hand("resume", "channel", "web", "--as", "max", "--why", "mended", "--json")
    told: dict[str, Any] = json.loads(said)
    assert told["paused"] == []
    assert told["resume"]["handed_over"] == [str(row.public_id)]
    assert (told["resume"]["by"], told["resume"]["resumed_by"]) == ("olga", "max")
    assert json.loads(by_hand("pause", "--json")[1]) == {"paused": []}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("pause", "all"), "Say who does it and why"),
        (("pause", "all", "--as", "nobody", "--why", "x"), "Say who does it and why"),
        (("pause", "intent", "--as", "olga", "--why", "x"), "There is no intent"),
        (("resume", "all", "--as", "olga", "--why", "x"), "all isn't paused"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(small_house: House, arguments: tuple[str, ...], said: str) -> None:
    olga()
    code, text = by_hand(*arguments)
    assert code == 2
    assert said in text
    assert text.count("\n") == 1
    assert not Pause.objects.exists()
