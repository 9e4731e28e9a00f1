"""The breaker: opens after failures in a row, lets one call try, and all processes know."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import stamina
import structlog
from django.db import connection
from django.utils import timezone
from pydantic import BaseModel

from conversations.money import Money
from tools import breaker, gateway, pack
from tools.contract import (
    Arguments,
    Capability,
    ErrorCode,
    Idempotency,
    Kind,
    Plan,
    Proof,
    Retry,
    Risk,
    ToolError,
    Writer,
)
from tools.gateway import Caller, ToolResult
from tools.models import Breaker
from tools.registry import CAPABILITIES
from tools.shapes import Fulfilment, Shape

ROOT = Path(__file__).resolve().parents[2]
MOST = 5  # breaker_failures
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
PLAN = Plan(Fulfilment.PLATFORM_OWNED, Money(100, "USD"), ("1",), "C-1")


class Asked(Arguments):
    word: str = ""


class Said(Shape):
    word: str


ECHO = Capability(
    name="echo", summary="", kind=Kind.READ, risk=Risk.NONE, input=Asked, output=Said, proof=Proof.NONE,
    attempt_seconds=5.0, total_seconds=10.0, retry=Retry.NEVER,
)  # fmt: skip
PAY = dataclasses.replace(ECHO, name="pay", kind=Kind.WRITE, rules=("X-1",), idempotency=Idempotency.KEY)
CALLER = Caller("C-1", Proof.SIGNED_IN, "look", frozenset({"echo", "pay"}), NOW)


class System:
    """A company's system that does as the test says, and counts who asked."""

    def __init__(self) -> None:
        self.error: ErrorCode | None = None
        self.asked: list[str] = []
        self.hold: threading.Event | None = None

    def answer(self, what: str) -> BaseModel:
        self.asked.append(what)
        if self.hold is not None:
            self.hold.wait(10)
        if self.error is not None:
            raise ToolError(self.error)
        return Said(word="hello")


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Iterator[System]:
    made, company = System(), pack.active()
    monkeypatch.setitem(CAPABILITIES, "echo", ECHO)
    monkeypatch.setitem(CAPABILITIES, "pay", PAY)
    pays = Writer(lambda *_: made.answer("perform"), lambda *_: made.answer("settle"))
    able = dataclasses.replace(company, fulfil={"echo": lambda *_: made.answer("echo")}, writers={"pay": pays})
    monkeypatch.setattr(pack, "active", lambda: able)
    with stamina.set_testing(True, attempts=99, cap=True):
        yield made


def echo() -> ToolResult:
    return gateway.read("echo", {}, CALLER)


def pay() -> ToolResult:
    return gateway.perform("pay", {}, PLAN, uuid4(), CALLER)


def ask_about() -> ToolResult | None:
    return gateway.settle("pay", {}, PLAN, uuid4(), CALLER)


def state(name: str = "echo") -> str:
    return Breaker.objects.get(capability=name).state


def over(name: str = "echo") -> None:
    """The pause, or the trial's time, has passed."""
    Breaker.objects.filter(capability=name).update(until=NOW)
    breaker.forget()


def broken(system: System, act: Callable[[], Any] = echo, times: int = MOST) -> None:
    system.error = ErrorCode.UNAVAILABLE
    for _ in range(times):
        act()


@pytest.mark.django_db
@pytest.mark.parametrize("code", sorted(breaker.FAILURES))
def test_it_opens_after_failures_in_a_row_and_answers_at_once(system: System, code: ErrorCode) -> None:
    """S0-15."""
    system.error = code
    for _ in range(MOST - 1):
        assert echo().error == code
    assert state() == "closed"
    echo()
    assert state() == "open"
    result = echo()
    assert (result.error, result.detail) == ("unavailable", f"Tool error: {breaker.DETAIL}")
    assert len(system.asked) == MOST, "the twin: so many calls went through, and none after"


@pytest.mark.django_db
@pytest.mark.parametrize("code", [ErrorCode.NOT_FOUND, ErrorCode.REFUSED, ErrorCode.CONFLICT])
def test_a_no_is_an_answer(system: System, code: ErrorCode) -> None:
    broken(system, times=MOST - 1)
    system.error = code
    echo()
    broken(system, times=MOST - 1)
    assert state() == "closed"
    echo()
    assert state() == "open", "the twin"


@pytest.mark.django_db
def test_an_error_of_ours_says_nothing(system: System) -> None:
    broken(system, times=MOST - 1)
    system.error = ErrorCode.FAILED
    for _ in range(MOST):
        echo()
    assert state() == "closed"
    broken(system, times=1)
    assert state() == "open"


@pytest.mark.django_db
def test_old_failures_do_not_count(system: System) -> None:
    broken(system, times=MOST - 1)
    Breaker.objects.update(since=NOW)
    broken(system, times=MOST - 1)
    assert state() == "closed"
    echo()
    assert state() == "open"


@pytest.mark.django_db
def test_few_customers_open_it_too(system: System) -> None:
    """Four minutes for five failures: nobody was there in between to make it quicker, and nothing has worked."""
    broken(system, times=MOST - 1)
    Breaker.objects.update(since=timezone.now() - timedelta(minutes=4))
    echo()
    assert state() == "open"


@pytest.mark.django_db
def test_each_capability_has_its_own(system: System) -> None:
    broken(system)
    system.error = None
    assert not echo().ok
    assert pay().ok


@pytest.mark.django_db
def test_a_trial_that_succeeds_closes_it(system: System) -> None:
    broken(system)
    over()
    system.error = None
    with structlog.testing.capture_logs() as lines:
        assert echo().ok
        assert echo().ok
    assert state() == "closed"
    assert [line["state"] for line in lines if line["event"] == "breaker_moved"] == ["half_open", "closed"]
    broken(system, times=MOST - 1)
    assert state() == "closed", "it counts from the beginning"


@pytest.mark.django_db
def test_a_trial_that_fails_opens_it_for_twice_as_long(system: System) -> None:
    with structlog.testing.capture_logs() as lines:
        broken(system)
        for _ in range(6):
            over()
            echo()
    pauses = [line["seconds"] for line in lines if line["event"] == "breaker_moved" and line["state"] == "open"]
    assert pauses == [10, 20, 40, 80, 160, 300, 300]
    assert len(system.asked) == MOST + 6


@pytest.mark.django_db
def test_a_trial_that_never_ends_gives_way_to_another(system: System) -> None:
    broken(system)
    over()
    died = breaker.ask_leave("echo", 10)
    assert died is not None
    assert died.trial == 1
    assert breaker.ask_leave("echo", 10) is None
    over()
    system.error = None
    assert echo().ok
    breaker.tell(died, "unavailable")
    assert state() == "closed", "whoever comes too late has no say"


def at_once(count: int, act: Callable[[], Any]) -> list[Any]:
    start, results = threading.Barrier(count), []

    def run() -> None:
        start.wait()
        try:
            results.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
def test_one_of_eight_threads_tries(system: System) -> None:
    """S0-15: half-open is one call, whoever else comes."""
    broken(system)
    over()
    system.asked, system.error, system.hold = [], None, threading.Event()
    threading.Timer(0.5, system.hold.set).start()
    results = at_once(8, echo)
    assert len(system.asked) == 1
    assert sorted(result.ok for result in results) == [False] * 7 + [True]
    assert state() == "closed"
    assert [result.ok for result in at_once(8, echo)] == [True] * 8, "the twin: closed, all of them go through"


@pytest.mark.django_db(transaction=True)
def test_failures_of_eight_threads_open_it_once(system: System) -> None:
    system.error = ErrorCode.TIMEOUT
    with structlog.testing.capture_logs() as lines:
        at_once(8, echo)
    assert [line["state"] for line in lines if line["event"] == "breaker_moved"] == ["open"]


OTHER_PROCESS = """
import django, json, sys
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
settings.DATABASES["default"]["OPTIONS"].pop("pool")
django.setup()
from tools import breaker, pack
from tools.breaker import Leave
leave = breaker.ask_leave("echo", 10)
for _ in range(int(sys.argv[2])):
    breaker.tell(Leave(pack.active().name, "echo"), "unavailable")
print(json.dumps({"may": leave is not None, "trial": leave.trial if leave else 0}))
"""


def elsewhere(failures: int = 0) -> dict[str, Any]:
    """Another process asks for leave, and then has so many failures."""
    name = connection.settings_dict["NAME"]
    done = subprocess.run(
        [sys.executable, "-c", OTHER_PROCESS, str(name), str(failures)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.django_db(transaction=True)
def test_two_processes_share_it(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings")
    assert echo().ok
    assert elsewhere(MOST - 1)["may"]
    broken(system, times=1)
    assert state() == "open", "their failures and ours count together"
    assert not elsewhere()["may"]
    over()
    assert elsewhere() == {"may": True, "trial": 1}
    assert not echo().ok, "the other process tries, and ours waits"


@pytest.mark.django_db(transaction=True)
def test_a_process_hears_of_it_within_a_second(system: System) -> None:
    began = time.monotonic()
    assert echo().ok
    with connection.cursor() as cursor:  # as another process writes it: this one's copy stays
        cursor.execute(
            "insert into tools_breaker(pack, capability, state, failures, since, until, pauses, trial)"
            " values (%s, 'echo', 'open', 5, now(), now() + interval '1 minute', 1, 0)",
            [pack.active().name],
        )
    while echo().ok:
        assert time.monotonic() - began < 3
    assert time.monotonic() - began >= 0.9, "the twin: until then its copy counted"


@pytest.mark.django_db(transaction=True)
def test_calls_cost_no_statement_each_and_hold_no_connection(system: System) -> None:
    held: list[bool] = []
    able = pack.active()
    mine = threading.get_ident()
    real = able.fulfil["echo"]
    seen = connection

    def note(*given: Any) -> BaseModel:
        assert threading.get_ident() != mine
        held.append(seen.connection is not None)
        return real(*given)

    object.__setattr__(able, "fulfil", {"echo": note})
    connection.close()
    asked: list[str] = []
    real_hot = breaker.hot
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(breaker, "hot", lambda statement, params: asked.append(statement) or real_hot(statement, params))
        for _ in range(50):
            assert echo().ok
    assert len(asked) <= 2
    assert connection.connection is None


@pytest.mark.django_db
def test_a_write_is_not_sent_while_it_is_open(system: System) -> None:
    broken(system, pay)
    assert state("pay") == "open"
    system.asked, system.error = [], None
    result = pay()
    assert (result.error, result.detail, system.asked) == ("unavailable", f"Tool error: {breaker.DETAIL}", [])
    over("pay")
    assert (pay().error, system.asked) == ("unavailable", []), "nor is a write what tries"
    settled = ask_about()
    assert settled is not None
    assert settled.ok
    assert (system.asked, state("pay")) == (["settle"], "closed")
    assert pay().ok


@pytest.mark.django_db
def test_a_key_that_nobody_has_seen_closes_it_too(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(system, pay)
    over("pay")
    nothing = Writer(lambda *_: system.answer("perform"), lambda *_: None)
    able = dataclasses.replace(pack.active(), writers={"pay": nothing})
    monkeypatch.setattr(pack, "active", lambda: able)
    assert ask_about() is None
    assert state("pay") == "closed"


@pytest.mark.django_db
def test_without_the_database_calls_go_through(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    def gone(*_: Any) -> Any:
        raise OperationalError("gone")

    monkeypatch.setattr(breaker, "hot", gone)
    breaker.forget()
    with structlog.testing.capture_logs() as lines:
        assert echo().ok
        system.error = ErrorCode.TIMEOUT
        assert echo().error == "timeout"
    assert {line["event"] for line in lines} == {"breaker_blind", "tool_failed"}
