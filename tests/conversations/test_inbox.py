import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations import clock, inbox, lifecycle, outbox
from conversations.channels import CHANNELS
from conversations.channels.base import BadMessageError
from conversations.faults import CrashError, crash_at, install
from conversations.models import Conversation, Customer, Message
from tests.cast import alice, mallory, olga, says

pytestmark = pytest.mark.django_db


def test_the_same_words_are_the_same_message_on_every_channel() -> None:
    """S0-05."""
    payload = {"client_id": "k1", "text": "  Where is\r\nmy order?\x00 "}
    who, where = 7, uuid.uuid4()
    messages = [adapter.adapt(payload, who, where) for adapter in CHANNELS.values()]
    assert len(messages) == 2
    assert len({(m.customer_id, m.conversation, m.client_id, m.text) for m in messages}) == 1
    assert {m.channel for m in messages} == set(CHANNELS)
    assert messages[0].text == "Where is\nmy order?"


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("order" + " " * 3000 + "now", "order now"),
        ("order" + "\t\u3000" * 900 + "now", "order now"),
        ("order" + " \u200b" * 900 + "now", "order now"),
        ("order" + "\n" * 900 + "now", "order\n\nnow"),
        ("order" + " \n" * 900 + "now", "order\n\nnow"),
        ("a  table\n\n  with  columns", "a  table\n\n  with  columns"),
    ],
)
def test_long_stretches_of_nothing_are_shortened(text: str, stored: str) -> None:
    """F10: a pattern that allows any number of blanks would walk through them again and again."""
    assert CHANNELS["web"].adapt({"client_id": "k", "text": text}, 1, None).text == stored


@pytest.mark.parametrize(
    "payload",
    [
        {"client_id": "k", "text": ""},
        {"client_id": "k", "text": " \n\x00 "},
        {"client_id": "k", "text": "x" * 4001},
        {"client_id": "", "text": "hi"},
        {"client_id": "k" * 81, "text": "hi"},
        {"client_id": "a b", "text": "hi"},
        {"client_id": 5, "text": "hi"},
        {"client_id": "k"},
        {"client_id": "k", "text": ["hi"]},
    ],
)
@pytest.mark.parametrize("channel", sorted(CHANNELS))
def test_a_bad_message_gets_a_sentence_and_stores_nothing(channel: str, payload: dict[str, object]) -> None:
    with pytest.raises(BadMessageError, match=r"\.$"):
        CHANNELS[channel].adapt(payload, 1, None)


def test_the_api_refuses_fields_that_it_does_not_know() -> None:
    with pytest.raises(BadMessageError, match="status"):
        CHANNELS["api"].adapt({"client_id": "k", "text": "hi", "status": "closed"}, 1, None)


def test_a_card_number_reaches_no_table() -> None:
    """The original is gone before the first write: a scan of every text column finds nothing."""
    received = says(alice(), "my card is 4242 4242 4242 4242, cvv 987")
    stored = Message.objects.get(conversation_id=received.conversation_id)
    assert stored.extra == {"masked": ["card", "cvv"]}
    with connection.cursor() as cursor:
        cursor.execute("select table_name from information_schema.tables where table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'select count(*) from "{table}" t where t::text like %s', ["%4242 4242%"])
            assert cursor.fetchone()[0] == 0, table


def test_a_repeated_message_is_stored_once_and_gets_the_same_number() -> None:
    first = says(alice(), "hi", client_id="same")
    again = says(alice(), "hi", client_id="same")
    third = says(alice(), "more", first.public_id, "other")
    fourth = says(alice(), "more", first.public_id, "other")
    assert (first.conversation_id, first.seq, first.fresh) == (again.conversation_id, again.seq, True)
    assert (again.fresh, third.fresh, fourth.fresh) == (False, True, False)
    assert third.seq == fourth.seq == 2
    assert Message.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_racing_duplicates_are_one_row_and_numbers_have_no_gap() -> None:
    """FAULTS B1: ten threads send the same twenty messages."""
    who = alice()
    first = says(who, "hi")
    start = threading.Barrier(10)

    def send_all() -> None:
        start.wait()
        for i in range(20):
            says(who, f"message {i}", first.public_id, f"k{i}")
        connection.close()

    threads = [threading.Thread(target=send_all) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row = Conversation.objects.get(pk=first.conversation_id)
    assert list(Message.objects.filter(conversation=row).values_list("seq", flat=True)) == list(range(1, 22))
    assert (row.last_seq, row.heard_seq, row.wake) == (21, 21, 21)


def test_somebody_elses_conversation_is_answered_like_none() -> None:
    theirs = says(alice(), "hi")
    for target in (theirs.public_id, uuid.uuid4()):
        with pytest.raises(inbox.UnknownConversationError, match=r"^There is no such conversation\.$"):
            says(mallory(), "let me in", target)
    assert Message.objects.count() == 1


def test_a_message_reopens_a_resolved_conversation_for_seven_days() -> None:
    first = says(alice(), "hi")
    row = Conversation.objects.get(pk=first.conversation_id)
    lifecycle.resolve(lifecycle.take_over(row, olga()), olga())
    again = says(alice(), "one more thing", first.public_id)
    row = Conversation.objects.get(pk=row.pk)
    assert again.conversation_id == row.pk
    assert (row.status, row.moved_why) == ("active", "customer_wrote")
    assert row.wake > row.done


def test_after_seven_days_a_message_opens_a_new_conversation_linked_to_the_old() -> None:
    first = says(alice(), "hi")
    row = Conversation.objects.get(pk=first.conversation_id)
    lifecycle.resolve(row, olga())
    with clock.at(clock.business_now() + timedelta(days=8)):
        later = says(alice(), "me again", first.public_id)
    fresh = Conversation.objects.get(pk=later.conversation_id)
    assert fresh.pk != row.pk
    assert fresh.continues_id == row.pk
    assert fresh.status == "active"


def test_a_message_while_an_operator_has_it_wakes_nobody() -> None:
    first = says(alice(), "hi")
    row = lifecycle.take_over(Conversation.objects.get(pk=first.conversation_id), olga())
    says(alice(), "still there?", first.public_id)
    row = Conversation.objects.get(pk=row.pk)
    assert row.wake == row.done
    assert row.last_seq == row.heard_seq == 3


def test_only_the_owner_replies_and_the_others_learn_who_it_is() -> None:
    """Law 6."""
    row = Conversation.objects.get(pk=says(alice(), "hi").conversation_id)
    with pytest.raises(outbox.NotOwnerError, match="Take the conversation over first"):
        outbox.operator_reply(row, olga(), "Hello", "a")
    row = lifecycle.take_over(row, olga())
    from tests.cast import max_

    with pytest.raises(outbox.NotOwnerError, match="Olga has this conversation now"):
        outbox.operator_reply(row, max_(), "Hello", "b")
    seq = outbox.operator_reply(row, olga(), "Hello", "c")
    assert outbox.operator_reply(row, olga(), "Hello", "c") == seq


@pytest.mark.parametrize("point", ["inbox.before_store", "inbox.after_store"])
def test_a_crash_around_the_store_loses_and_repeats_nothing(point: str) -> None:
    install(crash_at(point))
    try:
        with pytest.raises(CrashError):
            says(alice(), "hello", client_id="k")
    finally:
        install(None)
    says(alice(), "hello", client_id="k")
    assert Message.objects.filter(client_id="k").count() == 1


def test_receiving_is_one_statement_beside_finding_the_conversation(django_assert_num_queries: object) -> None:
    first = says(alice(), "hi")
    who = alice()
    with CaptureQueriesContext(connection) as seen:
        says(who, "again", first.public_id)
    assert len(seen) == 0  # the hot path goes around Django's cursor; see tests/agents/test_round_trips.py


def test_own_numbers_of_the_customer_are_not_taken_for_cards() -> None:
    who = alice()
    Customer.objects.filter(pk=who.pk).update(own_ids=["4242424242424242"])
    received = says(who, "parcel 4242424242424242 please")
    assert Message.objects.get(conversation_id=received.conversation_id).text == "parcel 4242424242424242 please"
