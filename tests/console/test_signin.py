"""Whoever guesses passwords has to wait."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import aauthenticate, authenticate
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from conversations import signin
from conversations.models import SignInAttempt

pytestmark = pytest.mark.django_db
RIGHT = "a long password of Olga's"
FAST = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LIMITS = {"sign_in_failures": 5, "sign_in_failures_address": 8, "sign_in_failures_name": 12}


@pytest.fixture(autouse=True)
def cheap(settings: Any) -> None:
    settings.PASSWORD_HASHERS = FAST
    settings.HANDRAIL = {**settings.HANDRAIL, **LIMITS}


@pytest.fixture
def olga(db: None, settings: Any) -> User:
    return User.objects.create_user("olga", password=RIGHT, is_staff=True)


def sign_in(password: str, name: str = "olga", address: str = "203.0.113.7", path: str = "/console/login/") -> Any:
    return Client(REMOTE_ADDR=address).post(path, {"username": name, "password": password})


def test_the_sixth_guess_waits_even_when_it_is_right(olga: User) -> None:
    """F10."""
    for _ in range(5):
        assert sign_in("wrong").status_code == 200
    refused = sign_in(RIGHT)
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 15 * 60 + 1
    assert "Too many attempts. Try again in 15 minutes." in refused.content.decode()
    assert sign_in(RIGHT, address="198.51.100.1").status_code == 302


def test_the_right_password_clears_what_was_mistyped(olga: User) -> None:
    for _ in range(2):
        for _ in range(3):
            sign_in("wrong")
        assert sign_in(RIGHT).status_code == 302
    assert SignInAttempt.objects.filter(key=signin.digest(signin.counted("olga", "203.0.113.7")[0])).count() == 0


def test_waiting_ends_and_refused_attempts_do_not_prolong_it(olga: User) -> None:
    for _ in range(9):
        sign_in("wrong")
    SignInAttempt.objects.update(at=signin.timezone.now() - timedelta(minutes=15, seconds=1))
    assert sign_in(RIGHT).status_code == 302
    assert not SignInAttempt.objects.exists()


def test_one_address_can_not_try_one_password_on_every_name(olga: User) -> None:
    for n in range(8):
        sign_in("wrong", name=f"somebody{n}")
    assert sign_in(RIGHT).status_code == 429
    assert sign_in(RIGHT, address="203.0.113.8").status_code == 302


def test_many_addresses_can_not_try_many_passwords_on_one_name(olga: User) -> None:
    for n in range(12):
        sign_in("wrong", address=f"198.51.100.{n}")
    assert sign_in(RIGHT).status_code == 429


@pytest.mark.parametrize("name", ["olga", "OLGA", "ｏｌｇａ"])
def test_another_spelling_is_the_same_name(olga: User, name: str) -> None:
    for _ in range(5):
        sign_in("wrong", name="olga")
    assert sign_in(RIGHT, name=name).status_code == 429


def test_the_admin_has_no_other_door(olga: User) -> None:
    for _ in range(5):
        sign_in("wrong", path="/admin/login/")
    answer = sign_in(RIGHT, path="/admin/login/")
    assert "Too many attempts" in answer.content.decode()
    assert "sessionid" not in answer.cookies


def test_whoever_asks_without_a_page_is_counted_too(olga: User) -> None:
    for _ in range(5):
        assert authenticate(username="olga", password="wrong") is None
    assert authenticate(username="olga", password=RIGHT) is None


@pytest.mark.django_db(transaction=True)
def test_the_asynchronous_way_is_counted(olga: User) -> None:
    for _ in range(5):
        authenticate(username="olga", password="wrong")
    assert async_to_sync(aauthenticate)(username="olga", password=RIGHT) is None


@pytest.mark.django_db(transaction=True)
def test_many_guesses_at_once_are_no_more_than_one_after_the_other(olga: User) -> None:
    start, passed = threading.Barrier(12), []

    def guess() -> None:
        start.wait()
        passed.append(signin.begin("olga", "203.0.113.7").wait == 0)
        connection.close()

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(passed) == 5


def test_neither_name_nor_address_is_kept(olga: User) -> None:
    sign_in("wrong", name="my password by mistake")
    with connection.cursor() as cursor:
        cursor.execute("select string_agg(t::text, '') from conversations_signinattempt t")
        kept = cursor.fetchone()[0]
    assert len(kept) > 100
    assert "mistake" not in kept
    assert "203.0.113" not in kept


def test_wrong_name_and_wrong_password_sound_the_same(olga: User) -> None:
    said = [sign_in("wrong", name=name).content.decode() for name in ("olga", "nobody-here")]
    assert all("User name and password don&#x27;t go together" in page for page in said)


@pytest.mark.parametrize("name", ["", "\0", "x" * 5000, "olga\0", "' or 1=1 --"])
def test_odd_names_are_refused_and_break_nothing(olga: User, name: str) -> None:
    assert sign_in("wrong", name=name).status_code == 200


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_to_no_other_site(olga: User, target: str) -> None:
    answer = Client().post(f"/console/login/?next={target}", {"username": "olga", "password": RIGHT, "next": target})
    assert (answer.status_code, answer["Location"]) == (302, "/console/")


@pytest.mark.parametrize("password", ["short", "1234567890", "password123"])
def test_a_new_password_may_not_be_the_first_guess(olga: User, password: str) -> None:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        validate_password(password, olga)
    validate_password(RIGHT, olga)
