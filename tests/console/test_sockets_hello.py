"""Who may open a socket, for whom it speaks, and when it ends: the chat's and the console's."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from contextlib import suppress

import pytest
from django.contrib.auth.models import User
from django.db.models.functions import Now
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from conversations.identity import visitor_token
from conversations.models import Conversation, Message
from tests import cast
from tests.console.sockets import (
    PATIENCE,
    Page,
    chat,
    closed_with,
    console,
    no_socket_stays_open,
    opened,
    site,
    token_of,
)

__all__ = ["no_socket_stays_open", "site"]

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_a_page_that_says_nothing_is_closed(site: str) -> None:
    began = time.monotonic()
    assert closed_with(chat(site)) == 4008
    assert 0.9 <= time.monotonic() - began < 3


def test_a_page_without_a_good_token_is_closed(site: str) -> None:
    """F1: nothing but a token of ours or of the company's opens the chat."""
    alice = cast.alice()
    bad = [None, "", "x", "a:b:c", 7, {}, visitor_token() + "x", token_of(alice, secret="the secret of another company altogether"),
           token_of(alice, exp=int(time.time()) - 5), token_of(alice, secret="", algorithm="none")]  # fmt: skip
    for token in bad:
        page = Page(site)
        page.send(type="hello", token=token)
        assert closed_with(page.socket) == 4001


def test_nothing_is_heard_before_the_hello(site: str) -> None:
    page = Page(site)
    page.say("Hello?")
    assert closed_with(page.socket) == 4001
    assert not Message.objects.exists()


def test_a_known_customer_is_known(site: str) -> None:
    page = Page(site, token_of(cast.alice()))
    page.say("Hi")
    page.next("ack")
    assert Conversation.objects.get().customer == cast.alice()


def test_a_foreign_conversation_is_answered_like_none_at_all(site: str) -> None:
    """F2: nobody learns that it exists, and nothing of it is shown."""
    foreign = cast.says(cast.mallory(), "My secret").public_id
    answers = []
    for asked in (foreign, uuid.uuid4()):
        page = Page(site, token_of(cast.alice()), conversation=str(asked), after_seq=0)
        answers.append((page.next("refused"), page.next("welcome")))
        page.say("Hi")
        assert page.next("ack")["conversation"] != str(foreign)
    assert answers[0] == answers[1]
    assert Message.objects.filter(conversation__public_id=foreign).count() == 1


def test_a_visitors_token_opens_no_other_visitors_conversation(site: str) -> None:
    page = Page(site, visitor_token())
    page.say("Mine")
    conversation = page.next("ack")["conversation"]
    other = Page(site, visitor_token(), conversation=conversation, after_seq=0)
    other.next("refused")
    assert other.next("welcome")["messages"] == []


def test_one_socket_speaks_for_one_customer(site: str) -> None:
    """F3: a second hello with another identity ends it; the same one again is only a question."""
    alice, mallory = token_of(cast.alice()), token_of(cast.mallory())
    mine = cast.says(cast.alice(), "My secret").public_id
    page = Page(site, alice, conversation=str(mine), after_seq=0)
    assert page.next("welcome")["conversation"] == str(mine)
    page.send(type="hello", token=token_of(cast.alice(), exp=int(time.time()) + 200), conversation=str(mine))
    assert page.next("welcome")["conversation"] == str(mine)
    for other in (mallory, visitor_token(), "x"):
        page = Page(site, alice, conversation=str(mine), after_seq=1)
        page.next("welcome")
        page.send(type="hello", token=other, conversation=str(mine), after_seq=0)
        with suppress(ConnectionClosed):
            page.say("Whose words are these?")
        assert closed_with(page.socket) == 4001
    assert Message.objects.count() == 1


def test_a_token_in_the_address_is_nobody(site: str) -> None:
    """F3."""
    address = f"{site.replace('http', 'ws')}/ws/chat/?token={token_of(cast.alice())}"
    socket = opened.enter_context(connect(address, origin=site, additional_headers={"Cookie": "token=x"}))  # type: ignore[arg-type]
    assert closed_with(socket) == 4008


def test_a_socket_ends_with_the_companys_word(site: str) -> None:
    """F3: the token was good for two seconds; the page may come back with another one."""
    began = time.monotonic()
    page = Page(site, token_of(cast.alice(), exp=int(time.time()) + 2))
    page.next("welcome")
    assert closed_with(page.socket) == 4001
    assert time.monotonic() - began < 5


def test_another_address_is_refused_and_breaks_nothing(site: str) -> None:
    for path in ("/ws/", "/ws/chat/../console/", "/ws/conversation.0/", "/"):
        with pytest.raises(InvalidStatus):
            connect(f"{site.replace('http', 'ws')}{path}", origin=site)  # type: ignore[arg-type]


def test_a_foreign_page_may_not_open_a_socket(site: str) -> None:
    """F3: the Origin must be ours, for both sockets."""
    for origin in ("https://evil.example", site.replace("http:", "https:"), site + "0", "null"):
        with pytest.raises(InvalidStatus):
            chat(site, origin=origin)
        with pytest.raises(InvalidStatus):
            console(site, cast.olga(), origin=origin)


def test_only_operators_open_the_console(site: str) -> None:
    for user in (
        None,
        User.objects.create(username="shopper"),
        User.objects.create(username="x", is_staff=True, is_active=False),
    ):
        with pytest.raises(InvalidStatus):
            console(site, user)


def leave(user: User) -> None:
    from django.contrib.sessions.models import Session

    Session.objects.all().delete()


def lose_right(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_staff=False)


def let_it_expire(user: User) -> None:
    from django.contrib.sessions.models import Session

    Session.objects.update(expire_date=Now())


def be_locked(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def change_password(user: User) -> None:
    user.set_password("another")
    user.save(update_fields=["password"])


@pytest.mark.parametrize("lose", [leave, let_it_expire, lose_right, be_locked, change_password])
def test_the_console_closes_when_the_right_is_gone(site: str, lose: Callable[[User], None]) -> None:
    """F3: within one poll."""
    socket = console(site, cast.olga())
    socket.send('{"ping": 1}')
    while json.loads(socket.recv(timeout=PATIENCE)).get("type") != "pong":
        pass
    lose(cast.olga())
    began = time.monotonic()
    assert closed_with(socket) == 4003
    assert time.monotonic() - began < 5
