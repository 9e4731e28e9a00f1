"""Whoever asks too much waits; everybody else goes on."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from conversations import limits
from conversations.identity import visitor_token
from conversations.limits import Bucket, Limit, Seats, TooMuchError, house
from conversations.models import Customer, Message


@pytest.fixture(autouse=True)
def small(settings: Any) -> Iterator[None]:
    few = {"messages", "address_messages", "address_tokens", "address_searches", "address_votes"}
    small = {f"{name}_at_once": 3 for name in few} | {f"{name}_per_minute": 1 for name in few} | {"address_sockets": 2}
    settings.HANDRAIL = {**settings.HANDRAIL, **small, "address_messages_at_once": 5}
    every = (limits.MESSAGES, limits.HOUSE_MESSAGES, limits.TOKENS, limits.SEARCHES, limits.VOTES)
    for each in every:
        each.buckets.clear()
    yield
    for each in every:
        each.buckets.clear()


def test_a_bucket_empties_and_fills_again() -> None:
    now = [0.0]
    bucket = Bucket(2, 60, lambda: now[0])
    assert [bucket.take(), bucket.take()] == [0, 0]
    assert bucket.take() == pytest.approx(1)
    now[0] = 1.0
    assert bucket.take() == 0
    assert bucket.take() > 0
    now[0] = 1000.0
    assert [bucket.take(), bucket.take()] == [0, 0]
    assert bucket.take() > 0


def test_one_key_waits_and_another_does_not() -> None:
    limit = Limit("messages")
    for _ in range(3):
        limit.take("mallory")
    with pytest.raises(TooMuchError, match=r"Wait \d+ seconds, then send it again\.") as refused:
        limit.take("mallory")
    assert 1 <= refused.value.wait <= 61
    limit.take("alice")
    limit.take(None)


def test_many_keys_cost_no_more_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_KEYS", 10)
    limit = Limit("messages")
    for n in range(100):
        limit.take(str(n))
    assert list(limit.buckets) == [str(n) for n in range(90, 100)]


def test_seats_are_given_back() -> None:
    seats = Seats("address_sockets")
    assert [seats.take("a"), seats.take("a"), seats.take("a"), seats.take("b"), seats.take(None)] == [
        True, True, False, True, True,
    ]  # fmt: skip
    seats.give_back("a")
    assert seats.take("a")
    for key in ("a", "a", "b", None):
        seats.give_back(key)
    assert seats.taken == {}


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", None),
        ("127.9.9.9", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("", None),
        (None, None),
        ("unix:", None),
        ("not an address", None),
    ],
)
def test_an_address_stands_for_a_house(address: str | None, key: str | None) -> None:
    assert house(address) == key


def post(token: str, address: str = "203.0.113.7", text: str = "hi", **more: Any) -> Any:
    body = {"client_id": uuid.uuid4().hex, "text": text, **more}
    client = Client(REMOTE_ADDR=address, HTTP_AUTHORIZATION=f"Bearer {token}")
    return client.post("/api/messages/", body, content_type="application/json")


@pytest.mark.django_db
def test_a_customer_who_floods_is_told_when_to_go_on() -> None:
    """F10: refused, nothing stored, and others aren't touched."""
    token = visitor_token()
    assert [post(token).status_code for _ in range(3)] == [201, 201, 201]
    refused = post(token)
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) >= 1
    assert "Wait" in refused.json()["detail"]
    assert Message.objects.count() == 3
    assert post(visitor_token()).status_code == 201


@pytest.mark.django_db
def test_many_identities_of_one_address_are_one_flood() -> None:
    assert [post(visitor_token()).status_code for _ in range(6)] == [201] * 5 + [429]
    assert Customer.objects.count() == 5
    assert post(visitor_token(), address="203.0.113.8").status_code == 201
    assert all(post(visitor_token(), address="127.0.0.1").status_code == 201 for _ in range(8))


@pytest.mark.django_db
def test_what_is_malformed_costs_nothing() -> None:
    token = visitor_token()
    assert [post(token, text=" ").status_code for _ in range(9)] == [400] * 9
    assert post(token).status_code == 201


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), [("post", "/widget/visitor"), ("get", "/help/?q=returns")])
def test_tokens_and_searches_are_limited_by_address(method: str, path: str) -> None:
    client = Client(REMOTE_ADDR="203.0.113.9")
    assert [getattr(client, method)(path).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert getattr(Client(REMOTE_ADDR="203.0.113.10"), method)(path).status_code == 200
    assert client.get("/help/").status_code == 200


@pytest.mark.django_db
def test_the_address_of_a_stranger_is_not_what_a_header_says() -> None:
    """Without a named proxy the header is anybody's text."""
    client = Client(REMOTE_ADDR="203.0.113.11")
    sent = [client.post("/widget/visitor", headers={"X-Forwarded-For": f"198.51.100.{n}"}) for n in range(4)]
    assert sent[-1].status_code == 429
