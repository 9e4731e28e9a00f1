"""The inbox on the demo's page: there for the demo's customers alone, and nowhere outside the demo."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from django.test import Client

from tests.cast import alice, mallory
from tools import pack
from tools.pack import UnreachableError

MAIL = {"at": "2026-11-21T09:00:00+00:00", "to": "alice@example.com", "subject": "One time code", "body": "123456"}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    with_mails(monkeypatch, lambda ref: [MAIL] * 9 if ref == "cus_alice" else [])
    settings.HANDRAIL_DEMO = True
    alice()
    mallory()


def ask(who: str) -> Any:
    return Client().post("/demo/mails", {"who": who})


def test_the_demos_customer_sees_the_newest_mails() -> None:
    assert ask("alice@example.com").json() == {"mails": [MAIL] * 5}
    assert "/demo/mails" in Client().get("/").content.decode()


@pytest.mark.parametrize("who", ["mallory@example.com", "nobody@example.com", ""])
def test_nobody_else_has_an_inbox_here(who: str) -> None:
    assert ask(who).status_code == 404


def test_outside_the_demo_there_is_none(settings: Any) -> None:
    settings.HANDRAIL_DEMO = False
    assert ask("alice@example.com").status_code == 404
    assert "/demo/mails" not in Client().get("/").content.decode()


def with_mails(monkeypatch: pytest.MonkeyPatch, mails: Any) -> None:
    company = pack.active()
    assert company.operations is not None
    changed = dataclasses.replace(company.operations, mails=mails)
    monkeypatch.setattr(pack, "active", lambda: dataclasses.replace(company, operations=changed))


def test_a_company_that_keeps_no_mails_says_so_once_and_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    with_mails(monkeypatch, None)
    assert ask("alice@example.com").json() == {"mails": None}


def test_a_company_that_does_not_answer_shows_nothing_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_: str) -> Any:
        raise UnreachableError

    with_mails(monkeypatch, silent)
    assert ask("alice@example.com").json() == {"mails": []}
