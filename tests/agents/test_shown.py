"""A reply that is read while it is written: one message, never taken back, and finished whatever happens."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from agents import claim as claims
from agents import finish, kits, runner, turn
from agents.brain import OFFLINE, OfflineBrain, Sight
from agents.brains import BRAINS
from agents.guards.sentences import sentences
from agents.models import Turn
from agents.replay import replay
from agents.shown import Shown, continued, showing
from agents.streaming import StopStream, Stream
from conversations import faults, lifecycle, outbox
from conversations.models import Conversation, Customer, Message
from tests import cast
from tests.house import House
from tests.pgproxy import counting
from tests.webserver import ROOT, database_url

WHERE = "Where is FW-10482?"
Patch = pytest.MonkeyPatch
Between = Callable[[int], None]


@dataclass
class Aloud(OfflineBrain):
    """Says each free line sentence by sentence while it is asked; `between` runs behind each show, with its number."""

    between: Between = lambda n: None
    works: list[claims.Work] = field(default_factory=list)
    seen: list[bool] = field(default_factory=list)
    idle: bool = False

    def wants(self, role: str, sight: Sight, offline: Any) -> bool:
        return role == "word"

    def word(self, sight: Sight, offline: str) -> str:
        if not self.idle:
            assert not connection.in_atomic_block
            stream = Stream(lambda text: True, self.shows(showing(self.works[-1], {})))
            try:
                for letter in offline:
                    stream.feed(letter)
                stream.end()
            except StopStream:
                pass
        return offline

    def shows(self, show: Callable[[str], bool]) -> Callable[[str], bool]:
        def shown(text: str) -> bool:
            self.seen.append(show(text))
            self.between(len(self.seen))
            return self.seen[-1]

        return shown


@pytest.fixture
def aloud(moving_house: House, monkeypatch: Patch) -> Iterator[Aloud]:
    brain, real = Aloud(), runner.claim

    def claim(pk: int) -> claims.Work | None:
        work = real(pk)
        if work is not None:
            brain.works.append(work)
        return work

    monkeypatch.setattr(runner, "claim", claim)
    monkeypatch.setitem(BRAINS, OFFLINE.name, brain)
    kits.load.cache_clear()
    yield brain
    kits.load.cache_clear()


@pytest.fixture
def talk(moving_house: House, aloud: Aloud) -> Conversation:
    """A conversation with Alice in which the assistant has introduced itself."""
    found, _ = moving_house.ask(moving_house.alice(), "hello")
    assert aloud.seen == []
    return found


def messages(talk: Conversation) -> list[Message]:
    return list(Message.objects.filter(conversation=talk).order_by("seq"))


def answers(talk: Conversation, after: int = 2) -> list[Message]:
    return [m for m in messages(talk) if m.author == "agent" and m.seq > after]


def no_flag_is_left() -> bool:
    return not Message.objects.filter(extra__has_key=Message.UNFINISHED).exists()


def fresh(talk: Conversation) -> Conversation:
    return Conversation.objects.get(pk=talk.pk)


def lease_over(talk: Conversation) -> None:
    with connection.cursor() as cursor:
        cursor.execute("update conversations_conversation set lease_until = clock_timestamp() where id = %s", [talk.pk])


def claimed(house: House, text: str = WHERE, who: Customer | None = None) -> claims.Work:
    received = house.says(who or house.alice(), text)
    work = claims.claim(received.conversation_id)
    assert work is not None
    return work


def row_of(work: claims.Work) -> Conversation:
    return Conversation.objects.get(pk=work.conversation)


def drafted(work: claims.Work, *texts: str, **extra: Any) -> finish.Draft:
    """A draft with everything a real one carries, and these words."""
    thinking = turn.Thinking(work, kits.load(work.release), runner.Ports(work.now))
    thinking.draft.messages = [{"text": text, "extra": extra} for text in texts]
    return turn.close(thinking)


# ---- a turn that goes well


def test_the_sentences_come_one_by_one_and_end_as_one_message(
    moving_house: House, talk: Conversation, aloud: Aloud
) -> None:
    read: list[tuple[int, str, bool]] = []

    def look(_: int) -> None:
        last = messages(talk)[-1]
        read.append((last.seq, last.text, last.is_unfinished))

    aloud.between = look
    moving_house.ask(moving_house.alice(), WHERE, into=talk)
    (answer,) = answers(talk)
    whole = sentences(answer.text)
    assert len(whole) > 1
    assert [(seq, flag) for seq, _, flag in read] == [(answer.seq, True)] * len(whole)
    assert [sentences(text) for _, text, _ in read] == [whole[: n + 1] for n in range(len(whole))]
    assert [m.seq for m in messages(talk)] == [1, 2, 3, 4]
    assert no_flag_is_left()
    assert answer.turn_id == Turn.objects.latest("attempt").pk
    assert Turn.objects.latest("attempt").record["words"] == [answer.text]
    assert replay(Turn.objects.latest("attempt")).why == ""


def test_a_turn_that_shows_nothing_says_it_in_one_piece(moving_house: House, talk: Conversation, aloud: Aloud) -> None:
    """The twin: the brain is asked all the same, and the one message is the turn's words."""
    aloud.idle = True
    moving_house.ask(moving_house.alice(), WHERE, into=talk)
    (answer,) = answers(talk)
    assert aloud.seen == []
    assert Turn.objects.latest("attempt").record["words"] == [answer.text]
    assert "Packhorse" in answer.text


def test_an_unfinished_message_is_one_of_its_conversation(moving_house: House) -> None:
    work = claimed(moving_house)
    assert outbox.show(work.conversation, work.attempt, "One.", {})
    with pytest.raises(IntegrityError, match="one_unfinished_message"), transaction.atomic():
        Message.objects.create(
            conversation_id=work.conversation, seq=9, author="agent", text="", extra={"unfinished": 1}
        )
    Message.objects.create(conversation_id=work.conversation, seq=9, author="agent", text="", extra={})


def test_a_turn_may_say_more_behind_what_it_showed(moving_house: House) -> None:
    work = claimed(moving_house)
    assert showing(work, {})("One.")
    assert finish.finish(work, drafted(work, "One. Two.", "Three."), []) is False
    assert [(m.seq, m.text) for m in messages(row_of(work))[1:]] == [(2, "One. Two."), (3, "Three.")]
    assert row_of(work).last_seq == 3
    assert no_flag_is_left()


def test_a_turn_that_has_nothing_to_add_ends_what_it_showed(moving_house: House) -> None:
    work = claimed(moving_house)
    assert showing(work, {})("One.")
    assert finish.finish(work, drafted(work), []) is False
    assert [(m.seq, m.text) for m in messages(row_of(work))[1:]] == [(2, "One.")]
    assert no_flag_is_left()


def test_no_connection_is_held_between_two_sentences(moving_house: House) -> None:
    """A model takes its time, and others wait for the pool."""
    work = claimed(moving_house)
    assert connection.connection is not None
    assert showing(work, {})("One.")
    assert connection.connection is None


def test_what_stands_in_front_of_a_stream_is_read_with_it(moving_house: House) -> None:
    """The introduction is the code's own line: the first sentence brings it along, and the end repeats neither."""
    work = claimed(moving_house)
    stream = Stream(lambda text: "Hi" not in text, showing(work, {}, before="Hi, I'm new here."))
    stream.feed("It left on Monday. I")
    assert messages(row_of(work))[-1].text == work.shown.text == "Hi, I'm new here.\n\nIt left on Monday."
    assert stream.shown == "It left on Monday."
    finish.finish(work, drafted(work, f"{work.shown.text} It is near."), [])
    assert messages(row_of(work))[-1].text == "Hi, I'm new here.\n\nIt left on Monday. It is near."


def test_what_is_known_early_stays_with_the_message(moving_house: House) -> None:
    """Sources that were linked while it was written are linked in the end, and the quick replies come with the end."""
    work, page = claimed(moving_house), {"n": 1, "title": "Returns", "url": "/help/returns/"}
    assert showing(work, {"citations": [page]})("Within 30 days [1].")
    assert messages(row_of(work))[-1].extra == {"citations": [page], "unfinished": True}
    choices = [{"label": "Yes", "say": "yes"}]
    finish.finish(work, drafted(work, "Within 30 days [1]. Shall I?", choices=choices), [])
    assert messages(row_of(work))[-1].extra == {"citations": [page], "choices": choices}


# ---- never taken back


@pytest.mark.parametrize(
    ("shown", "text", "whole"),
    [
        ("", "All well. It comes.", "All well. It comes."),
        ("All well.", "All well. It comes.", "All well. It comes."),
        ("All well. It comes.", "All well. It went.", "All well. It comes.\n\nIt went."),
        ("All well. It comes.", "All well. It comes.", "All well. It comes."),
        ("All well. It comes.", "All well.", "All well. It comes."),
        ("All well.", "It went.\n\n- one\n- two", "All well.\n\nIt went.\n\n- one\n- two"),
    ],
)
def test_what_was_read_stays_in_front(shown: str, text: str, whole: str) -> None:
    (found,) = continued(Shown(shown), [{"text": text, "extra": {}}])
    assert found["text"] == whole
    assert continued(Shown(shown), []) == []


def test_two_sets_of_sources_keep_their_numbers_apart() -> None:
    first, second = {"n": 1, "url": "/a/"}, {"n": 1, "url": "/b/"}
    shown = Shown("It is so [1].", {"citations": [first], "receipts": [{"specific": "so"}]})
    draft = {"text": "And so [1].", "extra": {"citations": [second], "choices": [1], "receipts": [{"specific": "and"}]}}
    (found,) = continued(shown, [draft])
    assert found["text"] == "It is so [1].\n\nAnd so [2]."
    assert found["extra"] == {
        "citations": [first, {"n": 2, "url": "/b/"}],
        "choices": [1],
        "receipts": [{"specific": "so"}, {"specific": "and"}],
    }


def test_a_handoff_comes_behind_what_was_read(
    moving_house: House, talk: Conversation, aloud: Aloud, monkeypatch: Patch
) -> None:
    """The guard stops the reply as a whole after two sentences were read: they stay, and the reader is told the rest."""
    real = turn.respond

    def blocked(*args: Any) -> Any:
        real(*args)
        raise turn.words.BlockedError(("made-up",))

    monkeypatch.setattr(turn, "respond", blocked)
    row, _ = moving_house.ask(moving_house.alice(), WHERE, into=talk)
    (answer,) = answers(talk)
    read = aloud.works[-1].shown.text
    assert read
    assert answer.text.startswith(f"{read}\n\n")
    assert (row.status, row.handoffs.get().reason) == ("escalated", "reply-blocked")
    assert no_flag_is_left()
    assert replay(Turn.objects.latest("attempt")).why == ""


def test_more_that_was_read_meanwhile_is_not_overwritten(moving_house: House) -> None:
    """The watch gives up while the slow turn shows one sentence more than the watch knows of."""
    work = claimed(moving_house)
    assert showing(work, {})("One.")
    assert outbox.show(work.conversation, work.attempt, "One. Two.", {})
    runner.give_up(work)
    answer = messages(row_of(work))[-1]
    assert answer.text.startswith("One. Two.\n\n")
    assert not outbox.show(work.conversation, work.attempt, "One. Two. Three.", {})
    assert no_flag_is_left()


# ---- somebody takes over


@pytest.mark.parametrize("act", [lifecycle.take_over, lifecycle.resolve])
def test_a_takeover_in_the_middle_leaves_what_was_read(
    moving_house: House, talk: Conversation, aloud: Aloud, act: Callable[..., Any]
) -> None:
    """Also when an operator settles it without taking it over: the reply isn't the agent's any more."""
    aloud.between = lambda n: act(fresh(talk), cast.olga()) if n == 1 else None
    moving_house.ask(moving_house.alice(), WHERE, into=talk)
    assert aloud.seen == [True, False]
    (answer,) = answers(talk)
    assert len(sentences(answer.text)) == 1
    assert not answer.is_unfinished
    assert messages(talk)[-1].author == "system"
    assert Turn.objects.latest("attempt").outcome == "dropped"


def test_without_the_trigger_the_flag_would_stay(moving_house: House) -> None:
    """The twin of the takeover: it is the trigger that ends the message."""
    work = claimed(moving_house)
    assert showing(work, {})("One.")
    with connection.cursor() as cursor:
        cursor.execute("alter table conversations_conversation disable trigger conversation_words_left")
        try:
            lifecycle.take_over(row_of(work), cast.olga())
        finally:
            cursor.execute("alter table conversations_conversation enable trigger conversation_words_left")
    assert not no_flag_is_left()


def test_a_pause_in_the_middle_stops_it_and_a_person_is_called(
    moving_house: House, talk: Conversation, aloud: Aloud
) -> None:
    from agents import pausing

    aloud.between = lambda n: pausing.pause("all", "", cast.olga(), "enough") if n == 1 else None
    row, _ = moving_house.ask(moving_house.alice(), WHERE, into=talk)
    assert aloud.seen == [True, False]
    read, told = answers(talk)
    assert len(sentences(read.text)) == 1
    assert "paused" in told.text
    assert row.status == "escalated"
    assert no_flag_is_left()


# ---- crashes


def crash_at_show(number: int) -> Between:
    def die(n: int) -> None:
        if n == number:
            raise faults.CrashError("between two sentences")

    return die


def test_a_crash_in_the_middle_ends_with_one_message(moving_house: House, talk: Conversation, aloud: Aloud) -> None:
    """FAULTS A1: the next try takes over the row that the dead one began, and says it from the start."""
    aloud.between = crash_at_show(1)
    with pytest.raises(faults.CrashError):
        moving_house.ask(moving_house.alice(), WHERE, into=talk)
    begun = messages(talk)[-1]
    assert begun.is_unfinished
    aloud.between = lambda n: None
    lease_over(talk)
    runner.work_on(talk.pk)
    (answer,) = answers(talk)
    assert (answer.pk, answer.seq) == (begun.pk, begun.seq)
    assert answer.text.startswith(begun.text)
    assert len(sentences(answer.text)) > 1
    assert answer.turn_id == Turn.objects.latest("attempt").pk != begun.turn_id
    assert fresh(talk).wake == fresh(talk).done
    assert no_flag_is_left()


SHOWS_AND_HANGS = """
import sys, time, django
django.setup()
from agents.claim import claim
from agents.shown import showing
assert showing(claim(int(sys.argv[1])), {})("It left on Monday.")
print("read", flush=True)
time.sleep(60)
"""


def test_a_worker_that_is_killed_in_the_middle_leaves_one_message(moving_house: House, talk: Conversation) -> None:
    """With -9, from outside: what was read was durable, and the next worker ends it."""
    moving_house.says(moving_house.alice(), WHERE, talk)
    environment = {**os.environ, "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-c", SHOWS_AND_HANGS, str(talk.pk)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "read\n"
        worker.kill()
    assert messages(talk)[-1].is_unfinished
    lease_over(talk)
    runner.work_on(talk.pk)
    (answer,) = answers(talk)
    assert "Packhorse" in answer.text
    assert no_flag_is_left()


def test_a_crash_before_the_first_sentence_leaves_nothing(
    moving_house: House, talk: Conversation, aloud: Aloud
) -> None:
    """The twin: nobody had read anything, so there is nothing to take over."""
    faults.install(faults.crash_at("turn.after_claim"))
    with pytest.raises(faults.CrashError):
        moving_house.ask(moving_house.alice(), WHERE, into=talk)
    faults.install(None)
    assert answers(talk) == []


def test_the_next_try_without_a_model_says_the_rest_behind_it(
    moving_house: House, talk: Conversation, aloud: Aloud
) -> None:
    aloud.between = crash_at_show(1)
    with pytest.raises(faults.CrashError):
        moving_house.ask(moving_house.alice(), WHERE, into=talk)
    aloud.idle = True
    lease_over(talk)
    runner.work_on(talk.pk)
    (answer,) = answers(talk)
    assert len(sentences(answer.text)) == len(set(sentences(answer.text))) > 1, "nothing is said twice"
    assert no_flag_is_left()


def test_a_turn_that_always_dies_in_the_middle_ends_with_a_person(
    moving_house: House, talk: Conversation, aloud: Aloud
) -> None:
    """Each try shows a sentence and dies; the last one is given up, behind what was read."""
    received = moving_house.says(moving_house.alice(), WHERE, talk)
    for _ in range(3):
        aloud.seen.clear()
        aloud.between = crash_at_show(1)
        with pytest.raises(faults.CrashError):
            runner.work_on(received.conversation_id)
        lease_over(talk)
    runner.work_on(talk.pk)
    (answer,) = answers(talk)
    assert fresh(talk).handoffs.get().reason == "turn-failed"
    assert len(answer.text.split("\n\n")) > 1
    assert no_flag_is_left()


def test_an_error_in_the_middle_is_tried_again_in_the_same_message(
    moving_house: House, talk: Conversation, aloud: Aloud, monkeypatch: Patch
) -> None:
    real, fails = turn.respond, [True]

    def once(*args: Any) -> Any:
        draft = real(*args)
        if fails.pop() if fails else False:
            raise ValueError("behind the words")
        return draft

    monkeypatch.setattr(turn, "respond", once)
    moving_house.ask(moving_house.alice(), WHERE, into=talk)
    assert len(answers(talk)) == 1
    assert Turn.objects.latest("attempt").attempt == 3
    assert no_flag_is_left()


def test_a_fenced_worker_shows_nothing_more(moving_house: House) -> None:
    work = claimed(moving_house)
    assert showing(work, {})("One.")
    connection.cursor().execute("update conversations_conversation set lease_until = clock_timestamp()")
    other = claims.claim(work.conversation)
    assert other is not None
    assert other.shown.text == "One."
    assert not showing(work, {})("One. Two.")
    assert showing(other, {})("Uno.")
    assert [m.text for m in messages(row_of(work))[1:]] == ["Uno."]
    assert finish.finish(work, drafted(work, "One. Two."), []) is None
    finish.drop(work, drafted(work, "One. Two."), [])
    assert messages(row_of(work))[-1].is_unfinished, "the slow one lets go of nothing that isn't its own"
    assert finish.finish(other, drafted(other, "Uno. Dos."), []) is False
    assert [m.text for m in messages(row_of(work))[1:]] == ["Uno. Dos."]


# ---- the customer writes meanwhile


def test_a_newer_message_in_the_middle_is_answered_next(moving_house: House, talk: Conversation, aloud: Aloud) -> None:
    """L12: what was begun is finished, for it was read; then the newer words are heard."""
    aloud.between = lambda n: moving_house.says(moving_house.alice(), "thank you", fresh(talk)) if n == 1 else None
    moving_house.ask(moving_house.alice(), WHERE, into=talk)
    assert [(m.author, m.seq) for m in messages(talk)] == [
        ("customer", 1), ("agent", 2), ("customer", 3), ("agent", 4), ("customer", 5), ("agent", 6)
    ]  # fmt: skip
    assert "Packhorse" in messages(talk)[3].text
    outcomes = list(Turn.objects.order_by("attempt").values_list("outcome", flat=True))
    assert outcomes == ["said", "said", "said"]
    assert fresh(talk).wake == fresh(talk).done
    assert no_flag_is_left()


def test_a_newer_message_before_the_first_sentence_drops_it(
    moving_house: House, talk: Conversation, aloud: Aloud
) -> None:
    """The twin: nothing was read yet, so both are answered together, behind the newer one."""
    said: list[str] = []

    def writes(point: str) -> None:
        if point == "turn.after_outside_call" and not said:
            said.append(point)
            moving_house.says(moving_house.alice(), "please be quick", fresh(talk))

    faults.install(writes)
    moving_house.ask(moving_house.alice(), WHERE, into=talk)
    assert aloud.seen[0] is False
    assert [(m.author, m.seq) for m in messages(talk)][2:] == [("customer", 3), ("customer", 4), ("agent", 5)]
    assert "dropped" in Turn.objects.values_list("outcome", flat=True)


def test_newer_words_behind_a_dead_try_get_a_message_of_their_own(
    moving_house: House, talk: Conversation, aloud: Aloud
) -> None:
    """What the dead try showed stays where it was said; the answer to both comes behind the newer words."""
    aloud.between = crash_at_show(1)
    with pytest.raises(faults.CrashError):
        moving_house.ask(moving_house.alice(), WHERE, into=talk)
    aloud.between = lambda n: None
    moving_house.says(moving_house.alice(), "are you there?", fresh(talk))
    lease_over(talk)
    runner.work_on(talk.pk)
    begun, whole = answers(talk)
    assert [m.author for m in messages(talk)][2:] == ["customer", "agent", "customer", "agent"]
    assert len(sentences(begun.text)) == 1
    assert "Packhorse" in whole.text
    assert no_flag_is_left()
    heard = [m["seq"] for m in aloud.works[-1].messages]
    assert heard == [1, 2, 3, begun.seq, begun.seq + 1]
    assert all(Message.UNFINISHED not in m["extra"] for m in aloud.works[-1].messages)
    assert replay(Turn.objects.latest("attempt")).why == ""


def test_what_isnt_finished_is_no_history(moving_house: House) -> None:
    work = claimed(moving_house)
    assert showing(work, {})("One.")
    connection.cursor().execute("update conversations_conversation set lease_until = clock_timestamp()")
    other = claims.claim(work.conversation)
    assert other is not None
    assert [m["seq"] for m in other.messages] == [1]
    assert other.shown == Shown("One.", {})


def test_a_write_that_gives_way_to_newer_words_leaves_what_was_read(moving_house: House) -> None:
    """Before a write the turn lets go, and the next one says everything else in its own place."""
    work = claimed(moving_house)
    assert showing(work, {})("One.")
    finish.drop(work, drafted(work), [])
    assert no_flag_is_left()
    assert messages(row_of(work))[-1].text == "One."


# ---- around it


def test_nobody_is_told_to_wait_while_they_read(moving_house: House) -> None:
    """Ten seconds without a word: but there are words."""
    work = claimed(moving_house)
    assert showing(work, {})("One.")
    runner.say_working(work)
    assert len(messages(row_of(work))) == 2
    quiet = claimed(moving_house, who=moving_house.bob())
    runner.say_working(quiet)
    assert len(messages(row_of(quiet))) == 2


def test_nothing_is_shown_while_they_wait_for_a_person(moving_house: House) -> None:
    row, _ = moving_house.ask(moving_house.alice(), "I want to talk to a person")
    work = claimed(moving_house, who=moving_house.alice())
    Conversation.objects.filter(pk=work.conversation).update(lease_until=None)
    assert not showing(work, {})("One."), "and neither without a lease"
    assert not outbox.show(row.pk, row.attempt, "One.", {})


def test_show_and_takeover_at_the_same_moment_leave_no_flag(moving_house: House) -> None:
    """Whichever comes first: the sentence is read and ended, or it is never read."""
    for i in range(6):
        work = claimed(moving_house, who=moving_house.alice())
        start = threading.Barrier(2)

        def shows(work: claims.Work = work, start: threading.Barrier = start) -> None:
            start.wait()
            for text in ("One.", "One. Two.", "One. Two. Three."):
                showing(work, {})(text)
            connection.close()

        thread = threading.Thread(target=shows)
        thread.start()
        start.wait()
        if i % 2:
            runner.give_up(work)
        else:
            lifecycle.take_over(row_of(work), cast.olga())
        thread.join()
        assert no_flag_is_left(), i


def test_a_streamed_turn_costs_one_statement_a_sentence(moving_house: House) -> None:
    """P2 without a stream is 4; each show is one statement more, and the end of the turn stays one."""
    work = claimed(moving_house)
    show, draft = showing(work, {}), drafted(work, "One. Two. Three.")
    with counting() as proxy:
        show("One.")
        proxy.reset()
        show("One. Two.")
        assert proxy.counted.statements == 1
        proxy.reset()
        finish.finish(work, draft, [])
        assert proxy.counted.statements == 1
