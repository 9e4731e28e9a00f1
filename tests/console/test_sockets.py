"""The sockets of a real web process. It has no channel layer here, unless a test says so: the poller alone must do."""

from __future__ import annotations

import base64
import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import jwt
import pytest
import redis
from django.contrib.auth.models import User
from django.db.models.functions import Now
from django.test import Client
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from config.embedded.valkey import Valkey
from conversations import bell, lifecycle, outbox
from conversations.identity import visitor_token
from conversations.models import Conversation, Customer, Message, Survey
from tests import cast
from tests.console.conftest import handed_over
from tests.webserver import serving
from tests.websettings import HANDRAIL_WIDGET_SECRET

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PATIENCE = 30


@pytest.fixture(scope="module")
def site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("web") / "log") as url:
        yield url


opened = ExitStack()


@pytest.fixture(autouse=True)
def no_socket_stays_open() -> Iterator[None]:
    with opened:
        yield


class Page:
    """A customer's page without a browser."""

    def __init__(self, site: str, token: Any = None, **hello: Any) -> None:
        self.socket = chat(site)
        self.frames: list[dict[str, Any]] = []
        if token is not None:
            self.send(type="hello", token=token, **hello)

    def send(self, **frame: Any) -> None:
        self.socket.send(json.dumps(frame))

    def say(self, text: str, client_id: str | None = None) -> str:
        client_id = client_id or uuid.uuid4().hex
        self.send(type="say", client_id=client_id, text=text)
        return client_id

    def next(self, kind: str) -> dict[str, Any]:
        return self.next_of(kind)

    def next_of(self, *kinds: str) -> dict[str, Any]:
        """The next frame of one of these kinds; the others are kept in `frames`."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            frame = json.loads(self.socket.recv(timeout=PATIENCE))
            self.frames.append(frame)
            if frame["type"] in kinds:
                return frame
        raise TimeoutError(str(kinds))

    def state(self, status: str) -> dict[str, Any]:
        while (frame := self.next("state"))["status"] != status:
            pass
        return frame

    def messages(self, number: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while len(found) < number:
            found += self.next("messages")["messages"]
        return found


def chat(site: str, origin: str | None = None) -> ClientConnection:
    address = f"{site.replace('http', 'ws')}/ws/chat/"
    return opened.enter_context(connect(address, origin=origin or site))  # type: ignore[arg-type]


def token_of(customer: Customer, secret: str = HANDRAIL_WIDGET_SECRET, algorithm: str = "HS256", **change: Any) -> str:
    claims = {"sub": customer.external_ref, "email": customer.email, "exp": int(time.time()) + 300, **change}
    return jwt.encode(claims, secret, algorithm=algorithm)


def closed_with(socket: ClientConnection) -> int:
    for _ in range(100):
        try:
            socket.recv(timeout=PATIENCE)
        except ConnectionClosed as ended:
            return ended.rcvd.code if ended.rcvd else 0
    raise AssertionError("the socket stays open")


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


def test_a_known_customer_is_known(site: str) -> None:
    page = Page(site, token_of(cast.alice()))
    page.say("Hi")
    page.next("ack")
    assert Conversation.objects.get().customer == cast.alice()


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


def test_another_address_is_refused_and_breaks_nothing(site: str) -> None:
    for path in ("/ws/", "/ws/chat/../console/", "/ws/conversation.0/", "/"):
        with pytest.raises(InvalidStatus):
            connect(f"{site.replace('http', 'ws')}{path}", origin=site)  # type: ignore[arg-type]


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


def test_a_foreign_page_may_not_open_a_socket(site: str) -> None:
    """F3: the Origin must be ours, for both sockets."""
    for origin in ("https://evil.example", site.replace("http:", "https:"), site + "0", "null"):
        with pytest.raises(InvalidStatus):
            chat(site, origin=origin)
        with pytest.raises(InvalidStatus):
            console(site, cast.olga(), origin=origin)


def console(site: str, user: User | None, origin: str | None = None) -> ClientConnection:
    client = Client()
    if user is not None:
        client.force_login(user)
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    address = f"{site.replace('http', 'ws')}/ws/console/"
    headers = {"Cookie": cookies}
    return opened.enter_context(connect(address, origin=origin or site, additional_headers=headers))  # type: ignore[arg-type]


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


def test_the_console_hears_of_news_without_a_channel_layer(site: str) -> None:
    mine = handed_over(cast.alice(), "Hi")
    socket = console(site, cast.olga())
    socket.send(json.dumps({"watch": str(mine.public_id)}))
    heard = [json.loads(socket.recv(timeout=PATIENCE)) for _ in range(2)]
    outbox.append(mine.pk, "system", "Something new")
    heard.append(json.loads(socket.recv(timeout=PATIENCE)))
    assert {"poke": "conversation", "id": str(mine.public_id)} in heard
    assert {"poke": "inbox"} in heard
    assert all("Something" not in json.dumps(frame) for frame in heard)


@pytest.fixture(scope="module")
def bells(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """A Valkey of its own; the folder stands where the servers' account may walk."""
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="handrail-bell-", dir="/var/tmp"))
    folder.chmod(0o711)
    server = Valkey(folder / "data", folder / "sockets" / "valkey.sock", folder / "data" / "log")
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def ringing(bells: Valkey, tmp_path: Path, django_db_setup: None, settings: Any) -> Iterator[str]:
    """A web process that hears doorbells and never polls by itself."""
    url = f"unix://{bells.socket}"
    layers = {
        **settings.CHANNEL_LAYERS["default"],
        "CONFIG": {**settings.CHANNEL_LAYERS["default"]["CONFIG"], "hosts": [url]},
    }
    settings.CHANNEL_LAYERS = {"default": layers}
    from channels.layers import channel_layers

    channel_layers.backends.clear()
    with serving(tmp_path / "log", REDIS_URL=url, TEST_POLL_SECONDS="600") as site:
        yield site
    channel_layers.backends.clear()


def test_doorbells_bring_news_at_once(ringing: str, tmp_path: Path) -> None:
    """Between processes: messages and both sides' typing, without waiting for the poller."""
    page = Page(ringing, token_of(cast.alice()))
    page.say("A person please")
    conversation = uuid.UUID(page.next("ack")["conversation"])
    page.messages(1)
    outbox.append(Conversation.objects.get().pk, "agent", "Just a moment")
    log = tmp_path / "log"
    ring_until(page.socket, lambda: bell.poke(conversation), "Just a moment", log)
    operator = console(ringing, cast.olga())
    operator.send(json.dumps({"watch": str(conversation), "ping": 1}))
    assert until(operator, "type")["type"] == "pong"
    heard = ring_until(operator, lambda: page.send(type="typing"), '"typing"', log)
    assert heard == {"typing": "customer", "id": str(conversation)}
    lifecycle.take_over(Conversation.objects.get(), cast.olga())
    heard = ring_until(page.socket, lambda: bell.poke(conversation), '"human"', log)
    assert (heard["type"], heard["owner"]) == ("state", "Olga")
    assert until(operator, "poke")["poke"] in ("conversation", "inbox")
    typing = json.dumps({"typing": str(conversation)})
    heard = ring_until(page.socket, lambda: operator.send(typing), '"Olga"', log)
    assert heard == {"type": "typing", "who": "operator", "name": "Olga"}
    heard = ring_until(page.socket, lambda: bell.typing(conversation, "agent"), '"agent"', log)
    assert heard["type"] == "typing"


SECRETS = ("5105 1051 0510 5100", "83920174")


def test_what_was_masked_is_nowhere(bells: Valkey, tmp_path: Path, django_db_setup: None) -> None:
    """S0-05, D1: not in a table, an event, a log line, a task's message or anything that goes through Valkey."""
    log, url = tmp_path / "log", f"unix://{bells.socket}"
    words = f"The zebra's card is {SECRETS[0]}, otp {SECRETS[1]}"
    with (
        redis.Redis.from_url(url) as client,
        client.monitor() as monitor,
        serving(log, REDIS_URL=url, CELERY_BROKER_URL=f"redis+socket://{bells.socket}", HANDRAIL_LOG="debug") as site,
    ):
        page = Page(site, token_of(cast.alice()))
        page.say(words)
        page.next("ack")
        body = json.dumps({"client_id": "k", "text": words}).encode()
        headers = {"Authorization": f"Bearer {visitor_token()}", "Content-Type": "application/json"}
        urlopen(Request(f"{site}/api/messages/", body, headers), timeout=PATIENCE).close()
        passed = heard(monitor, ("PUBLISH", "LPUSH"), 6)
    rung = [
        json.loads(base64.b64decode(json.loads(text)["body"])) for text in re.findall(r"LPUSH celery (\{.*\})", passed)
    ]
    assert [args for args, *_ in rung] == [
        [pk] for pk in Conversation.objects.order_by("pk").values_list("pk", flat=True)
    ]
    kept = tables()
    assert kept.count("The zebra's card is [card number removed], otp [code removed]") == 2
    assert "message_received" in log.read_text()
    for place in (kept, passed, log.read_text(), json.dumps(rung)):
        assert not any(secret in place for secret in SECRETS)
    assert all(secret not in json.dumps(page.frames) for secret in SECRETS)


def heard(monitor: Any, kinds: tuple[str, ...], number: int) -> str:
    """Everything that went through Valkey until so many of these commands did."""
    found: list[str] = []
    while sum(command.startswith(kinds) for command in found) < number:
        found.append(monitor.next_command()["command"])
    return "\n".join(found)


def tables() -> str:
    """Every row of every table as text."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select table_name from information_schema.tables where table_schema = 'public'")
        kept = []
        for (table,) in cursor.fetchall():
            cursor.execute(f'select string_agg(t::text, chr(10)) from "{table}" t')
            kept.append(cursor.fetchone()[0] or "")
    return "\n".join(kept)


def ring_until(socket: ClientConnection, ring: Callable[[], None], words: str, log: Path) -> dict[str, Any]:
    """The frame with these words. A bell may be lost, repeated or overtaken by another's, so it's rung again, as the
    pages do; a new process subscribes only while its first page is already open. Nobody types within two seconds."""
    for _ in range(PATIENCE):
        ring()
        listening = time.monotonic() + 1
        while (left := listening - time.monotonic()) > 0:
            with suppress(TimeoutError):
                frame: dict[str, Any] = json.loads(text := str(socket.recv(timeout=left)))
                if words in text:
                    return frame
    raise TimeoutError(f"no bell brought {words}: {log.read_text()[-3000:]}")


def until(socket: ClientConnection, key: str) -> dict[str, Any]:
    while True:
        frame: dict[str, Any] = json.loads(socket.recv(timeout=PATIENCE))
        if key in frame:
            return frame
