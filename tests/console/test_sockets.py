"""What goes through a page's socket: messages once and in their order, the state, and what is too large or odd. The web
process has no channel layer: the poller alone must do."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from conversations import lifecycle, outbox
from conversations.identity import visitor_token
from conversations.models import Conversation, Customer, Message, Survey
from tests import cast
from tests.console.conftest import handed_over
from tests.console.sockets import (
    Page,
    chat,
    closed_with,
    no_socket_stays_open,
    site,
    token_of,
)

__all__ = ["no_socket_stays_open", "site"]

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_a_first_message_opens_a_conversation(site: str) -> None:
    page = Page(site, visitor_token())
    assert page.next("welcome")["conversation"] is None
    client_id = page.say("Where is <b>it</b>?")
    ack = page.next("ack")
    (message,) = page.messages(1)
    assert (ack["client_id"], ack["seq"]) == (client_id, 1)
    assert (message["seq"], message["author"], message["client_id"]) == (1, "customer", client_id)
    assert message["html"] == "<p>Where is &lt;b&gt;it&lt;/b&gt;?</p>"
    assert Conversation.objects.get().public_id == uuid.UUID(ack["conversation"])
    assert not Conversation.objects.get().customer.is_known


def test_the_same_client_id_is_one_row(site: str) -> None:
    """B1: resent in the same socket, and after a reconnect that knows no conversation yet."""
    token = visitor_token()
    first = Page(site, token)
    client_id = first.say("Hi")
    first.say("Hi", client_id)
    assert [first.next("ack")["seq"], first.next("ack")["seq"]] == [1, 1]
    first.socket.close()
    again = Page(site, token)
    again.say("Hi", client_id)
    assert again.next("ack")["seq"] == 1
    assert Message.objects.count() == Conversation.objects.count() == 1


def test_a_page_that_comes_back_gets_what_it_missed_once(site: str) -> None:
    """B2: the rest of the list, in order, and nothing that it has."""
    token = visitor_token()
    page = Page(site, token)
    page.say("One")
    conversation = page.next("ack")["conversation"]
    page.socket.close()
    pk = Conversation.objects.get().pk
    for number in range(2, 502):
        outbox.append(pk, "agent", f"Number {number}")
    back = Page(site, token, conversation=conversation, after_seq=1)
    got = back.next("welcome")["messages"]
    got += back.messages(500 - len(got))
    assert [message["seq"] for message in got] == list(range(2, 502))


def held(page: Page) -> Conversation:
    """A conversation of this page's that a turn is at work on."""
    page.say("One")
    where = page.next("ack")["conversation"]
    page.messages(1)
    soon = Now() + timedelta(hours=1)
    Conversation.objects.filter(public_id=where).update(attempt=1, lease_until=soon)
    return Conversation.objects.get(public_id=where)


def test_an_unfinished_message_reads_on_in_its_place(site: str) -> None:
    """Nothing rings here, so each sentence comes with the next look; the customer's own words keep their place."""
    page = Page(site, visitor_token())
    talk = held(page)
    outbox.show(talk.pk, 1, "First.", {"choices": []})
    (begun,) = page.messages(1)
    assert (begun["seq"], begun["text"], begun["html"]) == (2, "First.", "<p>First.</p>\n")
    assert begun["extra"] == {"choices": [], "unfinished": True}
    page.say("thanks")
    assert [m["seq"] for m in page.messages(1)] == [3]
    outbox.show(talk.pk, 1, "First. Second.", {})
    (more,) = page.messages(1)
    assert (more["seq"], more["text"], more["extra"]) == (2, "First. Second.", {"unfinished": True})
    lifecycle.take_over(talk, cast.olga())
    ended, joined = page.messages(2)
    assert (ended["seq"], ended["text"], ended["extra"]) == (2, "First. Second.", {})
    assert (joined["seq"], joined["author"]) == (4, "system")
    lifecycle.give_back(talk, cast.olga())
    assert [m["seq"] for m in page.messages(1)] == [5], "a message that is finished comes no more"


def test_a_page_that_comes_back_gets_the_unfinished_message_too(site: str) -> None:
    """Also when its number is behind that one; and of finished ones nothing twice."""
    token = visitor_token()
    talk = held(Page(site, token))
    outbox.show(talk.pk, 1, "First.", {})
    back = Page(site, token, conversation=str(talk.public_id), after_seq=2)
    assert [(m["seq"], m["text"]) for m in back.next("welcome")["messages"]] == [(2, "First.")]
    outbox.show(talk.pk, 1, "First. Second.", {})
    assert [m["text"] for m in back.messages(1)] == ["First. Second."]
    back.send(type="sync", after_seq=2)
    assert [m["text"] for m in back.messages(1)] == ["First. Second."]
    lifecycle.take_over(talk, cast.olga())
    assert [m["seq"] for m in back.messages(2)] == [2, 3]
    late = Page(site, token, conversation=str(talk.public_id), after_seq=2)
    assert [m["seq"] for m in late.next("welcome")["messages"]] == [3]


def test_sync_asks_again_from_a_number(site: str) -> None:
    page = Page(site, visitor_token())
    page.say("One")
    page.messages(1)
    page.send(type="sync", after_seq=0)
    assert [message["seq"] for message in page.messages(1)] == [1]
    assert page.next("state")["status"] == "active"


def test_a_frame_that_is_too_large_closes_the_socket(site: str) -> None:
    """B5."""
    page = Page(site, visitor_token())
    page.next("welcome")
    page.say("x" * 65_536)
    assert closed_with(page.socket) == 1009
    assert not Message.objects.exists()


@pytest.mark.parametrize("frame", ["", "x", "[]", "7", '"hello"', "{", "null"])
def test_what_is_no_frame_closes_the_socket(site: str, frame: str) -> None:
    socket = chat(site)
    socket.send(frame)
    assert closed_with(socket) == 1007


def test_a_message_that_does_not_fit_is_refused_with_a_sentence(site: str) -> None:
    page = Page(site, visitor_token())
    for client_id, text, words in (("a", "x" * 4001, "4000 fit"), ("b", "  ", "empty"), ("c d", "Hi", "client_id")):
        page.say(text, client_id)
        refused = page.next("refused")
        assert words in refused["reason"]
        assert refused["client_id"] == client_id
    page.send(type="dance")
    assert "out of date" in page.next("refused")["reason"]
    assert not Customer.objects.exists()


def test_a_conversation_that_has_ended_may_be_rated(site: str) -> None:
    page, other = Page(site, token_of(cast.alice())), Page(site, token_of(cast.alice()))
    page.say("Where is it?")
    talk = uuid.UUID(page.next("ack")["conversation"])
    page.send(type="survey", score=5)
    assert "can't be rated" in page.next("notice")["reason"]
    row = Conversation.objects.get(public_id=talk)
    lifecycle.take_over(row, cast.olga())
    assert page.state("human")["survey"] is None
    lifecycle.resolve(row, cast.olga())
    assert page.state("resolved")["survey"] == {"open": True, "score": None, "comment": ""}
    page.send(type="survey", seen=True)
    page.send(type="survey", score=9)
    assert "1 to 5" in page.next("notice")["reason"]
    page.send(type="survey", score=4, comment="Fine")
    while (survey := page.next("state")["survey"])["score"] is None:
        pass
    assert survey == {"open": True, "score": 4, "comment": "Fine"}
    other.send(type="survey", score=1)  # this page shows no conversation
    mallory = Page(site, token_of(cast.mallory()), conversation=str(talk))
    mallory.next("refused")
    mallory.send(type="survey", score=1)
    mallory.send(type="sync", after_seq=0)
    mallory.next("state")
    assert Survey.objects.get().score == 4


def test_the_state_says_whose_turn_it_is(site: str) -> None:
    """Without a channel layer: the poller finds each change (B3)."""
    page = Page(site, token_of(cast.alice()))
    page.say("A person please")
    page.next("ack")
    found = Conversation.objects.get()
    page.send(type="sync", after_seq=0)
    assert page.next("state")["busy"] is True
    before = handed_over(cast.mallory(), "First in line")
    Conversation.objects.filter(pk=before.pk).update(moved_at=found.opened_at)
    mine = escalate(found)
    waits = page.state("escalated")
    assert (waits["position"], waits["busy"]) == (2, False)
    lifecycle.take_over(before, cast.max_())
    assert page.state("escalated")["position"] == 1
    lifecycle.take_over(mine, cast.olga())
    owned = page.state("human")
    assert (owned["owner"], owned["position"]) == ("Olga", None)
    outbox.operator_reply(mine, cast.olga(), "Hello **Alice**", "k1")
    said = page.messages(1)[-1]
    assert (said["author"], said["name"], said["html"]) == ("operator", "Olga", "<p>Hello <strong>Alice</strong></p>\n")


ODD = [
    {"type": []},
    {"type": {}},
    {"type": None},
    {"type": "__init__"},
    {"type": "say", "client_id": [], "text": "x"},
    {"type": "say", "client_id": "a", "text": {}},
    {"type": "say", "client_id": "\ud800", "text": "\ud800"},
    {"type": "say", "client_id": "é" * 90, "text": "x"},
    {"type": "say", "client_id": "a\0b", "text": "x"},
    {"type": "sync", "after_seq": 10**400},
    {"type": "sync", "after_seq": -1},
    {"type": "sync", "after_seq": float("nan")},
    {"type": "sync", "after_seq": "1"},
    {"type": "typing", "who": "Olga"},
    {"type": "state", "status": "closed"},
]


def test_odd_frames_are_refused_and_the_page_goes_on(site: str) -> None:
    """B1, F9."""
    page = Page(site, visitor_token())
    for frame in ODD:
        page.send(**frame)
    page.say("Still there", "good-one")
    assert page.next("ack")["client_id"] == "good-one"
    assert Message.objects.count() == 1
    page.send(type="hello", token=[1], conversation={})
    assert closed_with(page.socket) == 4001


@pytest.mark.parametrize("raw", ["[" * 60_000, '{"a":' * 10_000 + "1" + "}" * 10_000, '{"n":' + "9" * 5000 + "}"])
def test_a_frame_that_is_nested_deep_closes_the_socket(site: str, raw: str) -> None:
    socket = chat(site)
    socket.send(raw)
    assert closed_with(socket) == 1007


def test_a_megabyte_is_not_taken_in(site: str) -> None:
    """B5: 1009 from the server itself, and a frame that would unfold to more has no way to be sent."""
    page = Page(site, visitor_token())
    page.next("welcome")
    assert "permessage-deflate" not in str(page.socket.response.headers)  # type: ignore[union-attr]
    page.say("x" * 1_048_576)
    assert closed_with(page.socket) == 1009
    assert not Message.objects.exists()


def test_a_flood_is_refused_and_read_slowly_and_others_go_on(site: str) -> None:
    """B5, F10: the sixty-first message gets a sentence; the frames of the flood hold up only their own socket."""
    flood = Page(site, visitor_token())
    flood.next("welcome")
    for _ in range(110):
        flood.say("again")
    quiet = Page(site, token_of(cast.alice()))
    quiet.say("Hello")
    began = time.monotonic()
    quiet.next("ack")
    assert time.monotonic() - began < 3
    answered = {"ack": 0, "refused": 0}
    while sum(answered.values()) < 110:
        frame = flood.next_of("ack", "refused")
        answered[frame["type"]] += 1
        assert frame["type"] == "ack" or "Wait" in frame["reason"]
    assert 60 <= answered["ack"] <= 64
    assert Message.objects.filter(text="again").count() == answered["ack"]


def test_a_client_id_for_other_words_is_refused(site: str) -> None:
    page = Page(site, visitor_token())
    page.say("One", "same")
    page.next("ack")
    page.say("Two", "same")
    assert "used for other words" in page.next("refused")["reason"]


def escalate(found: Conversation) -> Conversation:
    from conversations.access import AGENT
    from conversations.models import Handoff

    Handoff.objects.create(conversation=found, queue="general", reason="asked", packet={})
    return lifecycle.move(Conversation, found.pk, "hand_off", AGENT, "asked")


def test_two_pages_of_one_customer_show_the_same(site: str) -> None:
    token = token_of(cast.alice())
    one = Page(site, token)
    one.say("From the first")
    conversation = one.next("ack")["conversation"]
    two = Page(site, token, conversation=conversation, after_seq=0)
    two.next("welcome")
    two.say("From the second")
    assert [message["text"] for message in one.messages(2)] == ["From the first", "From the second"]
