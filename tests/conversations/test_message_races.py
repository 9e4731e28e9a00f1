"""Who comes at the same instant, and who comes twice."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import connection

from conversations import inbox, lifecycle, outbox
from conversations.lifecycle import NotAllowedError
from conversations.models import Conversation, Customer, Message
from tests.cast import alice, mallory, olga, says

ROUNDS = 8


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each act returned, or the exception that it ended with."""
    start = threading.Barrier(len(acts))
    ended: dict[int, object] = {}

    def run(number: int) -> None:
        start.wait()
        try:
            ended[number] = acts[number]()
        except Exception as error:
            ended[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [ended[number] for number in range(len(acts))]


def fresh(pk: int) -> Conversation:
    return Conversation.objects.get(pk=pk)


def held() -> Conversation:
    """A conversation that Olga has, with everything read."""
    return lifecycle.take_over(fresh(says(alice(), "hi").conversation_id), olga())


@pytest.mark.django_db
def test_a_client_id_is_the_customers_own() -> None:
    mine, theirs = says(alice(), "Mine", client_id="1"), says(mallory(), "Theirs", client_id="1")
    assert mine.conversation_id != theirs.conversation_id
    assert (mine.fresh, theirs.fresh) == (True, True)
    with pytest.raises(inbox.UnknownConversationError):
        says(mallory(), "Mine", mine.public_id, "1")


@pytest.mark.django_db
def test_a_client_id_is_used_once_in_each_conversation() -> None:
    first, second = says(alice(), "One", client_id="a"), says(alice(), "Two", client_id="b")
    in_first, in_second = says(alice(), "x", first.public_id, "k"), says(alice(), "y", second.public_id, "k")
    assert (in_first.seq, in_second.seq) == (2, 2)
    assert (in_first.fresh, in_second.fresh) == (True, True)


@pytest.mark.django_db
def test_other_words_under_the_same_client_id_are_refused_not_lost() -> None:
    first = says(alice(), "One", client_id="1")
    for where in (None, first.public_id):
        with pytest.raises(inbox.OtherWordsError, match="used for other words"):
            says(alice(), "Two", where, "1")
        assert says(alice(), "One", where, "1").fresh is False
    assert Message.objects.count() == 1


@pytest.mark.django_db
def test_a_closed_conversation_and_the_opening_words_of_another() -> None:
    """The new one that would continue it was opened with this client_id already."""
    old = fresh(says(alice(), "Old", client_id="a").conversation_id)
    lifecycle.resolve(old, olga())
    lifecycle.move(Conversation, old.pk, "close", lifecycle.Actor("system"), "reopen_days_over")
    other = says(alice(), "Other", client_id="b")
    with pytest.raises(inbox.OtherWordsError):
        says(alice(), "Lost?", old.public_id, "b")
    assert says(alice(), "Other", old.public_id, "b").conversation_id == other.conversation_id


@pytest.mark.django_db
def test_a_repetition_stays_one_when_the_number_turns_out_to_be_an_own_one() -> None:
    """Masked at first; when it is sent again, the customer's parcels are known."""
    words = "parcel 4242424242424242"
    for where in (None, says(alice(), "hi", client_id="h").public_id):
        Customer.objects.filter(pk=alice().pk).update(own_ids=[])
        client_id = uuid.uuid4().hex
        first = says(alice(), words, where, client_id)
        Customer.objects.filter(pk=alice().pk).update(own_ids=["4242424242424242"])
        again = says(alice(), words, where, client_id)
        assert (again.fresh, again.seq) == (False, first.seq)


@pytest.mark.django_db
def test_a_customer_can_not_take_an_operators_client_id() -> None:
    """Sent before or after: the words are refused, never taken for the other's."""
    row = held()
    outbox.operator_reply(row, olga(), "Hello", "reply-1")
    with pytest.raises(inbox.OtherWordsError):
        says(alice(), "Mine", row.public_id, "reply-1")


@pytest.mark.django_db(transaction=True)
def test_the_same_opening_at_once_is_one_conversation() -> None:
    who = alice()
    ended = at_once(*[lambda: says(who, "hi", client_id="same")] * 8)
    assert len({received.conversation_id for received in ended if isinstance(received, inbox.Received)}) == 1
    assert Conversation.objects.count() == Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_nobodys_words_are_resolved_away() -> None:
    """The customer writes while Olga resolves what she has read: either she is told, or it is open again."""
    who, operator = alice(), olga()
    for _ in range(ROUNDS):
        row = held()
        resolved, _said = at_once(
            lambda row=row: lifecycle.resolve(row, operator, seen=row.last_seq),
            lambda row=row: says(who, "One more thing", row.public_id),
        )
        row = fresh(row.pk)
        assert Message.objects.filter(conversation=row, text="One more thing").count() == 1
        if isinstance(resolved, NotAllowedError):
            assert "written meanwhile" in str(resolved)
            assert row.status == "human"
        else:
            assert row.status == "active"
            assert row.wake > row.done


@pytest.mark.django_db
def test_without_saying_what_was_read_they_would_be() -> None:
    """The twin."""
    row = held()
    says(alice(), "One more thing", row.public_id)
    with pytest.raises(NotAllowedError, match="written meanwhile"):
        lifecycle.resolve(row, olga(), seen=row.last_seq)
    assert lifecycle.resolve(row, olga()).status == "resolved"


@pytest.mark.django_db(transaction=True)
def test_of_many_operators_one_gets_it() -> None:
    crowd = [User.objects.create(username=f"operator{n}", is_staff=True) for n in range(6)]
    row = fresh(says(alice(), "hi").conversation_id)
    ended = at_once(*[lambda who=who: lifecycle.take_over(row, who) for who in crowd])
    assert sum(isinstance(each, Conversation) for each in ended) == 1
    assert sum(isinstance(each, NotAllowedError) for each in ended) == 5
    assert Message.objects.filter(author="system").count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_operator_says_nothing_after_giving_it_away() -> None:
    operator = olga()
    for _ in range(ROUNDS):
        row = held()
        at_once(
            lambda row=row: lifecycle.requeue(row, operator),
            lambda row=row: outbox.operator_reply(row, operator, "One moment", "k"),
        )
        lines = list(Message.objects.filter(conversation=row).order_by("seq").values_list("author", flat=True))
        assert lines in (
            ["customer", "system", "operator", "system"],
            ["customer", "system", "system"],
        )
