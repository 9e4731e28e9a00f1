"""The REST channel: the widget's token, the widget's inbox, and nobody else's conversations."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from conversations import lifecycle, outbox
from conversations.identity import company_token, visitor_token
from conversations.models import Conversation, Customer, Message, Now
from tests.cast import alice, mallory, olga

pytestmark = pytest.mark.django_db


def call(client: Client, method: str, path: str, token: str | None, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return client.generic(method, path, _json(body), content_type="application/json", headers=headers)


def _json(body: Any) -> str:
    import json

    return "" if body is None else json.dumps(body)


def post(client: Client, token: str | None, **body: Any) -> Any:
    return call(client, "POST", "/api/messages/", token, {"client_id": uuid.uuid4().hex, "text": "hi", **body})


def test_a_message_is_stored_once_and_read_back(client: Client) -> None:
    token = company_token(alice())
    first = post(client, token, client_id="k", text="Where is my order?")
    again = post(client, token, client_id="k", text="Where is my order?")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() | {"fresh": False} == again.json()
    thread = call(client, "GET", f"/api/conversations/{first.json()['conversation']}/", token).json()
    assert [(m["seq"], m["author"], m["text"]) for m in thread["messages"]] == [(1, "customer", "Where is my order?")]
    assert thread["state"]["status"] == "active"
    later = call(client, "GET", f"/api/conversations/{first.json()['conversation']}/?after_seq=1", token).json()
    assert later["messages"] == []
    assert Conversation.objects.get().channel == "api"


def test_half_a_reply_is_not_read_here_nor_what_comes_behind_it(client: Client) -> None:
    """It is read when it is finished, in its order: a number that was passed is never asked for again."""
    token = company_token(alice())
    where = post(client, token).json()["conversation"]
    talk = Conversation.objects.get()
    Conversation.objects.update(attempt=1, lease_until=Now())
    assert outbox.show(talk.pk, 1, "First.", {})
    post(client, token, conversation=where)

    def read() -> list[tuple[int, str]]:
        found = call(client, "GET", f"/api/conversations/{where}/?after_seq=1", token).json()["messages"]
        return [(m["seq"], m["text"]) for m in found]

    assert read() == []
    lifecycle.take_over(talk, olga())
    assert read()[:2] == [(2, "First."), (3, "hi")]


@pytest.mark.parametrize("token", [None, "", "nonsense", "a:b:c", "a.b.c", "x" * 5000])
def test_without_a_valid_token_nobody_is_let_in(client: Client, token: str | None) -> None:
    assert post(client, token).status_code == 401
    assert call(client, "GET", f"/api/conversations/{uuid.uuid4()}/", token).status_code == 401
    assert Message.objects.count() == 0
    assert Customer.objects.count() == 0


def test_a_session_is_no_token(client: Client, django_user_model: Any) -> None:
    client.force_login(django_user_model.objects.create(username="olga", is_staff=True))
    assert post(client, None).status_code == 401


def test_somebody_elses_conversation_is_answered_like_none(client: Client) -> None:
    """FAULTS F2."""
    theirs = post(client, company_token(alice())).json()["conversation"]
    for target in (theirs, str(uuid.uuid4())):
        read = call(client, "GET", f"/api/conversations/{target}/", company_token(mallory()))
        written = post(client, company_token(mallory()), conversation=target)
        assert (read.status_code, written.status_code) == (404, 404)
        assert read.json() == written.json() == {"detail": "There is no such conversation."}
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"text": ""}, "The message is empty. Write a few words."),
        ({"status": "closed"}, "Unknown field status. Send client_id, text and conversation."),
        ({"conversation": "x"}, "`conversation` is a UUID."),
        ({"conversation": 5}, "`conversation` is a UUID."),
        ({"client_id": ""}, "A message needs a client_id of 1 to 80 letters, digits or dashes."),
    ],
)
def test_bad_input_gets_a_sentence_and_stores_nothing(client: Client, body: dict[str, Any], sentence: str) -> None:
    answer = post(client, visitor_token(), **body)
    assert (answer.status_code, answer.json()) == (400, {"detail": sentence})
    assert Message.objects.count() == 0


@pytest.mark.parametrize("raw", ["[]", '"x"', "{", "null", "1"])
def test_a_body_that_is_no_object_is_400(client: Client, raw: str) -> None:
    headers = {"Authorization": f"Bearer {visitor_token()}"}
    answer = client.generic("POST", "/api/messages/", raw, content_type="application/json", headers=headers)
    assert answer.status_code == 400


HOSTILE = [
    "[" * 60_000,
    '{"a":' * 9_000 + "1" + "}" * 9_000,
    '{"client_id": "k", "text": "hi", "\\ud800": 1}',
    '{"client_id": "k", "text": "hi", "' + "a" * 5000 + '": 1}',
    '{"client_id": "\\ud800", "text": "hi"}',
    '{"client_id": "k", "text": "\\ud800"}',
    '{"client_id": "k", "text": "\\u0000"}',
    '{"client_id": "k\\u0000", "text": "hi"}',
    '{"client_id": "k", "text": "hi", "conversation": "\\ud800"}',
    '{"client_id": "k", "text": {"a": 1}}',
    '{"client_id": ["k"], "text": "hi"}',
    '{"client_id": "k", "text": NaN}',
    '{"client_id": "k", "text": ' + "9" * 5000 + "}",
    '{"client_id": "k", "text": "hi", "author": "operator"}',
    '{"client_id": "k", "text": "hi", "customer": 1, "status": "closed"}',
    "\xff\xfe",
]


@pytest.mark.parametrize("raw", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_body_is_400_and_short(client: Client, raw: str) -> None:
    """F9: unknown fields, half characters, nesting; nothing is stored and nobody's row is made."""
    headers = {"Authorization": f"Bearer {visitor_token()}"}
    answer = client.generic(
        "POST", "/api/messages/", raw.encode("latin-1"), content_type="application/json", headers=headers
    )
    assert answer.status_code == 400
    assert len(answer.content) < 400
    assert not Customer.objects.exists()


def test_reading_makes_no_row(client: Client) -> None:
    assert call(client, "GET", f"/api/conversations/{uuid.uuid4()}/", visitor_token()).status_code == 404
    assert not Customer.objects.exists()


def test_other_words_under_a_used_client_id_are_told(client: Client) -> None:
    token = visitor_token()
    assert post(client, token, client_id="1", text="One").status_code == 201
    answer = post(client, token, client_id="1", text="Two")
    assert (answer.status_code, "used for other words" in answer.json()["detail"]) == (400, True)


@pytest.mark.parametrize("after", ["x", "-1", "1e3", "9" * 12])
def test_a_place_that_is_no_number_is_400(client: Client, after: str) -> None:
    token = visitor_token()
    target = post(client, token).json()["conversation"]
    assert call(client, "GET", f"/api/conversations/{target}/?after_seq={after}", token).status_code == 400


def test_the_schema_describes_both_routes(client: Client) -> None:
    import yaml

    schema = yaml.safe_load(client.get("/api/schema/").content)
    assert {"/api/messages/", "/api/conversations/{public_id}/"} <= set(schema["paths"])
    assert schema["components"]["securitySchemes"]
