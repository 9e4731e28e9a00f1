"""An order and its address are a proof; whoever guesses is locked out and learns nothing by it."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg.conninfo
import pytest
import stamina
from django.conf import settings
from django.db import Error, connection

from conversations import clock
from packs.demo_shop import connections
from tests.shopserver import ROOT
from tests.threads import in_threads
from tools import proofs
from tools.contract import Caller, Proof
from tools.gateway import ToolResult, read, read_many
from tools.models import ProofTry

pytestmark = [pytest.mark.usefixtures("shop"), pytest.mark.django_db]
ORDERS = ("FW-10482", "FW-10488", "FW-10467", "FW-10465", "FW-10471", "FW-10999")
RIGHT, WRONG = "alice@example.com", "mallory@example.com"


@pytest.fixture(autouse=True)
def no_waiting_between_attempts() -> Any:
    with stamina.set_testing(True, attempts=99, cap=True):
        yield


def visitor(name: str, ref: str | None = None, faults: str = "") -> Caller:
    proof = Proof.NONE if ref is None else Proof.SIGNED_IN
    return Caller(ref, proof, "look", frozenset({"get_order"}), datetime.now(UTC), faults, visitor=name)


def name(order: str, contact: str, who: Caller) -> ToolResult:
    return dataclasses.replace(read("get_order", {"order_id": order, "contact": contact}, who), ms=0)


def guess(count: int, order: str = "FW-10482", who: str = "") -> None:
    """Wrong addresses, each by a visitor of its own unless one is named."""
    for n in range(count):
        assert name(order, f"{n}-{WRONG}", visitor(who or f"guesser {n}")).error == "not_found"


@pytest.mark.parametrize(("failures", "opens"), [(0, True), (4, True), (5, False), (6, False)])
def test_five_failures_lock_an_order(failures: int, opens: bool) -> None:
    guess(failures)
    assert name("FW-10482", RIGHT, visitor("alice")).ok == opens
    assert name("FW-10488", RIGHT, visitor("alice")).ok, "another order is not locked"


@pytest.mark.parametrize(("failures", "opens"), [(4, True), (5, False), (6, False)])
def test_five_failures_lock_a_visitor(failures: int, opens: bool) -> None:
    for order in ORDERS[:failures]:
        guess(1, order, "curious")
    assert name("FW-10476", RIGHT, visitor("curious")).ok == opens
    assert name("FW-10476", RIGHT, visitor("somebody else")).ok, "another visitor is not locked"


@pytest.mark.parametrize(("zip_code", "opens"), [("{}", True), ("{}-1234", True), ("00000", False), ("", False)])
def test_the_zip_code_that_it_went_to_opens_an_order(zip_code: str, opens: bool) -> None:
    """DESIGN 7: order and zip. Five that don't fit lock it, and then the right one is wrong."""
    went_to = zip_of("FW-10482")
    found = name("FW-10482", zip_code.format(went_to), visitor("alice"))
    assert (found.ok, ProofTry.objects.count()) == (opens, 0 if opens or not zip_code else 2)
    for n in range(5):
        assert name("FW-10488", f"0000{n}", visitor(f"guesser {n}")).error == "not_found"
    assert name("FW-10488", zip_of("FW-10488"), visitor("alice")).error == "not_found"


def test_a_zip_code_opens_nothing_for_who_is_signed_in_as_somebody_else() -> None:
    assert name("FW-10482", zip_of("FW-10482"), visitor("bob", "C-1002")).error == "not_found"


def test_a_wrong_zip_code_costs_the_same_as_one_of_an_order_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    request = connections.client().stream

    def note(method: str, path: str, **rest: Any) -> Any:
        asked.append(path.split("FW-")[0])
        return request(method, path, **rest)

    monkeypatch.setattr(connections.client(), "stream", note)
    seen = []
    for n, order in enumerate(("FW-10482", "FW-99999")):
        asked.clear()
        seen.append((json.dumps(name(order, "00000", visitor(f"v{n}")).to_json(), sort_keys=True), list(asked)))
    assert seen[0] == seen[1]
    assert len(seen[0][1]) == 2


def zip_of(order: str) -> str:
    """As the customer knows it."""
    data = read("get_order", {"order_id": order}, visitor("alice", "C-1001")).data
    assert data is not None
    return str(data["address"]["postcode"])


def test_right_pairs_are_no_guesses() -> None:
    guess(4)
    for _ in range(12):
        assert name("FW-10482", RIGHT, visitor("alice")).ok
    guess(1)
    assert not name("FW-10482", RIGHT, visitor("alice")).ok


@pytest.mark.parametrize("spelling", ["fw-10482", "FW-10482"])
def test_another_spelling_is_the_same_order(spelling: str) -> None:
    guess(5, spelling)
    assert not name("FW-10482", RIGHT, visitor("alice")).ok


def test_a_system_that_does_not_answer_is_nobodys_guess() -> None:
    for n in range(6):
        assert name("FW-10482", RIGHT, visitor(f"v{n}", faults="500")).error == "unavailable"
        from tests.breakers import mended

        mended()
    assert ProofTry.objects.count() == 0
    assert name("FW-10482", RIGHT, visitor("alice")).ok


def test_the_lock_ends_after_its_hour_and_trying_does_not_lengthen_it() -> None:
    guess(5)
    began = clock.business_now()
    span = timedelta(minutes=settings.HANDRAIL["proof_minutes"])
    with clock.at(began + span / 2):
        guess(3)
    with clock.at(began + span - timedelta(seconds=5)):
        assert not name("FW-10482", RIGHT, visitor("alice")).ok
    with clock.at(began + span + timedelta(seconds=1)):
        assert name("FW-10482", RIGHT, visitor("alice")).ok


def test_failures_further_apart_than_the_time_lock_nothing() -> None:
    began = clock.business_now()
    for n in range(12):
        with clock.at(began + timedelta(minutes=16 * n)):
            guess(1)
            assert name("FW-10482", RIGHT, visitor("alice")).ok
    with clock.at(began + timedelta(minutes=16 * 12)):
        guess(2)
        assert not name("FW-10482", RIGHT, visitor("alice")).ok


def test_a_signed_in_customer_is_never_locked() -> None:
    guess(9)
    for _ in range(9):
        assert name("FW-10999", WRONG, visitor("alice", "C-1001")).error == "not_found"
    assert name("FW-10482", WRONG, visitor("alice", "C-1001")).ok
    assert not ProofTry.objects.filter(key=proofs._digest("visitor", "alice")).exists()


def test_locked_right_wrong_and_unknown_are_the_same_answer_after_the_same_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, bool]] = []
    request = connections.client().stream

    def note(method: str, path: str, **rest: Any) -> Any:
        asked.append((path.split("FW-")[0], "alice" in str(rest)))
        return request(method, path, **rest)

    wrong = name("FW-10482", WRONG, visitor("v"))
    guess(5)
    monkeypatch.setattr(connections.client(), "stream", note)
    seen = []
    for order, contact in (("FW-10482", RIGHT), ("FW-10482", "nobody@example.com"), ("FW-10482", WRONG)):
        asked.clear()
        answer = name(order, contact, visitor("v"))
        seen.append((json.dumps(answer.to_json(), sort_keys=True), list(asked)))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][0] == json.dumps(wrong.to_json(), sort_keys=True)
    assert len(seen[0][1]) == 2
    assert not any(named for _, named in asked), "the address isn't even carried to the company"


def test_nothing_readable_is_kept() -> None:
    guess(2)
    kept = " ".join(ProofTry.objects.values_list("key", flat=True))
    assert len(kept) == 4 * 64 + 3
    assert not any(word in kept.lower() for word in ("10482", "mallory", "guesser"))


def test_what_cannot_be_counted_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise Error

    monkeypatch.setattr(proofs, "_counted", broken)
    assert name("FW-10482", RIGHT, visitor("alice")).error == "unavailable"


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_no_further_than_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty threads, three orders each; the address of the sixth and later guesses is never carried to the company."""
    carried: list[str] = []
    request = connections.client().stream

    def note(method: str, path: str, **rest: Any) -> Any:
        carried.extend([str(rest["params"]["email"])] if "email" in (rest.get("params") or {}) else [])
        return request(method, path, **rest)

    def all_three() -> None:
        found = read_many(
            [("get_order", {"order_id": order, "contact": WRONG}) for order in ORDERS[:3]], visitor("one visitor")
        )
        assert [one.error for one in found] == ["not_found"] * 3

    with monkeypatch.context() as patch:
        patch.setattr(connections.client(), "stream", note)
        assert in_threads(20, all_three) == []
    assert len(carried) == 60
    assert carried.count(WRONG) == settings.HANDRAIL["proof_failures"]


GUESSING = """
import django; django.setup()
from django.conf import settings
from tests.tools.test_proofs import guess
guess(3, who={who!r})
"""


@pytest.mark.django_db(transaction=True)
def test_two_processes_count_together() -> None:
    held = connection.settings_dict
    parts = {"host": held["HOST"], "port": held["PORT"], "user": held["USER"], "password": held["PASSWORD"]}
    url = f"postgresql://{parts['user']}@/{held['NAME']}?host={parts['host']}"
    assert psycopg.conninfo.conninfo_to_dict(url)["dbname"] == held["NAME"]
    env = {**os.environ, "DATABASE_URL": url, "SHOP_URL": settings.SHOP_URL, "SHOP_API_KEY": settings.SHOP_API_KEY,
           "DJANGO_SETTINGS_MODULE": "config.settings"}  # fmt: skip
    guess(2)
    assert name("FW-10482", RIGHT, visitor("alice")).ok
    done = subprocess.run(
        [sys.executable, "-c", GUESSING.format(who="there")],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert not name("FW-10482", RIGHT, visitor("alice")).ok
