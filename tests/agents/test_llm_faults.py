"""FAULTS D1, D2: whatever the provider does, the caller's time ends, nothing unread is acted upon, and it is counted.

Through the official SDK, against the stand-in.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections, transaction

from agents.llm import budget, gateway
from agents.llm.shapes import Account, Kind, ModelError, Request, Said, Stop, ToolSpec, Who
from agents.models import ModelCall, ModelDay
from conversations.sql import hot
from evals.standin.answers import Wish
from evals.standin.faults import WRITTEN
from tests.standins import Server, standin, standin_server
from tools import breaker
from tools.models import Breaker

__all__ = ["standin", "standin_server"]

pytestmark = pytest.mark.django_db
real_transactions = pytest.mark.django_db(transaction=True)

Patch = pytest.MonkeyPatch
MODEL = "anthropic:claude-haiku-5-5"
FIGURE = {
    "type": "object",
    "properties": {"amount": {"type": "integer", "minimum": 0, "maximum": 100_000}, "approved": {"type": "boolean"}},
    "required": ["amount"],
    "additionalProperties": False,
}
AMOUNT = {**FIGURE, "properties": {"amount": {"type": "integer"}}}
ORDER = {
    "type": "object",
    "properties": {"order_id": {"type": "string", "maxLength": 20}},
    "required": ["order_id"],
    "additionalProperties": False,
}
TOOL = ToolSpec("get_order", "One order", ORDER)


def request(**changes: Any) -> Request:
    given: dict[str, Any] = {
        "role": "resolution", "model": MODEL, "system": ("Be kind.",), "messages": (Said(Who.CUSTOMER, "Hello"),),
        "max_tokens": 100, "seconds": 5.0,
    }  # fmt: skip
    return Request(**(given | changes))


def fails(asked: Request, heard: list[str] | None = None) -> tuple[ModelError, float]:
    """The error, and the seconds until it came."""
    began = time.monotonic()
    with pytest.raises(ModelError) as raised:
        _ = gateway.ask(asked, Account()) if heard is None else gateway.stream(asked, Account(), heard.append)
    return raised.value, time.monotonic() - began


def errors() -> list[str]:
    return [row.error for row in ModelCall.objects.order_by("pk")]


def test_an_answer_comes_with_its_figures(standin: Server) -> None:
    """The twin of all below."""
    reply = gateway.ask(request(), Account())
    assert (reply.text, reply.stop, reply.hidden) == ("Good day.", Stop.END, ())
    row = ModelCall.objects.get()
    assert (row.role, row.provider, row.model, row.error) == ("resolution", "anthropic", "claude-haiku-5-5", "")
    assert (row.input_tokens, row.output_tokens) == (reply.usage.input, reply.usage.output)
    assert row.cost_micros == ModelDay.objects.get().cost_micros > 0
    assert standin.heard[0]["headers"]["handrail-role"] == "resolution"
    assert "temperature" not in standin.heard[0]["body"]


def test_a_stream_comes_in_pieces(standin: Server) -> None:
    heard: list[str] = []
    reply = gateway.stream(request(), Account(), heard.append)
    assert "".join(heard) == reply.text == "Good day."
    long = "One of many words. " * 20
    standin.standin.script = {"*": long}
    heard.clear()
    gateway.stream(request(), Account(), heard.append)
    assert "".join(heard) == long
    assert len(heard) > 10


def test_a_cached_prefix_is_counted(standin: Server) -> None:
    asked = request(system=("Be kind. " * 800, "Today is a day."))
    first, again = (gateway.ask(asked, Account()).usage for _ in "ab")
    assert first.cache_write == again.cache_read > 1000
    assert "cache_control" in standin.heard[0]["body"]["system"][0]
    assert "cache_control" not in standin.heard[0]["body"]["system"][1]
    dear, cheap = ModelCall.objects.order_by("pk")
    assert (dear.cache_write_tokens, cheap.cache_read_tokens) == (first.cache_write, again.cache_read)
    assert cheap.cost_micros < dear.cost_micros / 5


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: Patch) -> None:
    monkeypatch.setattr(gateway, "FIRST_PAUSE", 0.02)


# D1 ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    "faults", [["429:1"], ["429:0"], ["529"], ["500"], ["529", "500"]], ids=lambda given: "-".join(given)
)
def test_what_passes_is_tried_again(standin: Server, faults: list[str], streamed: bool) -> None:
    standin.fails(*faults)
    heard: list[str] = []
    asked = request()
    reply = gateway.stream(asked, Account(), heard.append) if streamed else gateway.ask(asked, Account())
    assert reply.text == "Good day."
    assert "".join(heard) == ("Good day." if streamed else "")
    assert [bool(error) for error in errors()] == [True] * len(faults) + [False]
    assert [row.attempt for row in ModelCall.objects.order_by("pk")] == list(range(1, len(faults) + 2))
    assert sum(ModelCall.objects.values_list("cost_micros", flat=True)) == ModelDay.objects.get().cost_micros


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    ("fault", "kind", "attempts"),
    [
        ("429:600", Kind.RATE_LIMITED, 1),  # longer than anybody waits
        ("429", Kind.RATE_LIMITED, 3),
        ("529", Kind.OVERLOADED, 3),
        ("500", Kind.UNAVAILABLE, 3),
        ("400", Kind.BAD_REQUEST, 1),
        ("401", Kind.UNAUTHORISED, 1),
        ("413", Kind.TOO_LONG, 1),
        ("refusal", Kind.REFUSED, 1),
        ("context", Kind.TOO_LONG, 1),
        ("pause", Kind.MALFORMED, 1),
        ("no_stop", Kind.MALFORMED, 1),
        ("garbage", Kind.MALFORMED, 1),
        ("truncated", Kind.MALFORMED, 1),
        ("body_nan", Kind.MALFORMED, 1),
    ],
)
def test_every_failure_has_its_kind_and_its_rows(
    standin: Server, fault: str, kind: Kind, attempts: int, streamed: bool
) -> None:
    standin.fails(*[fault] * 9)
    error, seconds = fails(request(), [] if streamed else None)
    assert error.kind is kind
    assert errors() == [kind.value] * attempts
    assert seconds < 5
    assert len(standin.heard) == attempts


def test_a_key_twice_in_an_answers_envelope_is_no_answer(standin: Server) -> None:
    standin.fails("body_twice")
    assert fails(request())[0].kind is Kind.MALFORMED


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_time_ends_whoever_hangs_or_drips(standin: Server, fault: str, streamed: bool) -> None:
    standin.fails(*[fault] * 3)
    error, seconds = fails(request(seconds=1.2), [] if streamed else None)
    assert error.kind is Kind.TIMEOUT
    assert 1.1 < seconds < 1.7
    row = ModelCall.objects.get()
    assert (row.certain, row.error) == (False, "timeout")
    assert row.cost_micros == ModelDay.objects.get().cost_micros > 0  # nobody knows: what was reserved stays


def test_time_ends_when_even_the_headers_drip(standin: Server, monkeypatch: Patch) -> None:
    with raw_server(b"HTTP/1.1 200 OK\r\nx-long: " + b"a" * 900, 0.1) as url:
        monkeypatch.setattr(settings, "ANTHROPIC_BASE_URL", url)
        error, seconds = fails(request(seconds=1.2))
        assert error.kind is Kind.TIMEOUT
        assert seconds < 1.7
        until = time.monotonic() + 2
        while busy() and time.monotonic() < until:
            time.sleep(0.05)
        assert busy() == 0  # nor does a thread stay behind


def busy() -> int:
    """Threads of the gateway's that are still reading."""
    frames = sys._current_frames()
    names = {one.ident: one.name for one in threading.enumerate()}
    return sum(
        "wire.py" in "".join(traceback.format_stack(frame))
        for ident, frame in frames.items()
        if names.get(ident, "").startswith("models")
    )


@contextmanager
def raw_server(said: bytes, pause: float) -> Iterator[str]:
    """Answers every connection with these bytes, one at a time."""
    over = threading.Event()

    def serve(place: socket.socket) -> None:
        place.settimeout(0.1)
        while not over.is_set():
            try:
                line, _ = place.accept()
            except TimeoutError:
                continue
            with line:
                line.recv(65536)
                for byte in said:
                    if over.wait(pause):
                        break
                    try:
                        line.send(bytes([byte]))
                    except OSError:
                        break

    with socket.create_server(("127.0.0.1", 0)) as place:
        thread = threading.Thread(target=serve, args=[place])
        thread.start()
        yield f"http://127.0.0.1:{place.getsockname()[1]}"
        over.set()
        thread.join()


def unknown_name(*_: Any, **__: Any) -> Any:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://nowhere.invalid"])
def test_nobody_there_is_unavailable_and_costs_nothing(standin: Server, monkeypatch: Patch, url: str) -> None:
    monkeypatch.setattr(settings, "ANTHROPIC_BASE_URL", url)
    if "nowhere" in url:  # said here: a machine without a name server would take its time to say so
        monkeypatch.setattr(socket, "getaddrinfo", unknown_name)
    error, seconds = fails(request())
    assert error.kind is Kind.UNAVAILABLE
    assert errors() == ["unavailable"] * 3
    assert seconds < 5
    assert ModelDay.objects.get().cost_micros == 0
    assert not ModelCall.objects.filter(certain=False).exists()


def test_a_name_that_is_never_resolved_takes_no_longer(standin: Server, monkeypatch: Patch) -> None:
    monkeypatch.setattr(settings, "ANTHROPIC_BASE_URL", "http://slow.invalid")
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(20))
    error, seconds = fails(request(seconds=1.1))
    over.set()
    assert error.kind is Kind.TIMEOUT
    assert seconds < 1.6


@pytest.mark.parametrize("fault", ["reset", "cut", "stream_error"])
def test_a_stream_that_breaks_after_its_first_piece_is_not_begun_again(standin: Server, fault: str) -> None:
    standin.standin.script = {"*": "One of many words. " * 10}
    standin.fails(*[fault] * 3)
    heard: list[str] = []
    error, _ = fails(request(), heard)
    assert error.kind in (Kind.UNAVAILABLE, Kind.OVERLOADED)
    assert "".join(heard).startswith("One of many")
    assert len(standin.heard) == 1
    row = ModelCall.objects.get()
    assert (row.certain, row.reply) == (False, None)


@pytest.mark.parametrize("fault", ["reset", "cut"])
def test_an_answer_that_breaks_off_before_anybody_heard_it_is_asked_for_again(standin: Server, fault: str) -> None:
    standin.fails(fault)
    assert gateway.ask(request(), Account()).text == "Good day."
    assert errors() == ["unavailable", ""]


def test_without_a_key_nobody_is_asked(standin: Server, monkeypatch: Patch) -> None:
    monkeypatch.setattr(settings, "ANTHROPIC_API_KEY", "")
    for model in (MODEL, "nobody:claude-haiku-5-5", "claude-haiku-5-5"):
        assert fails(request(model=model))[0].kind is Kind.NOT_CONFIGURED
    assert (standin.heard, ModelCall.objects.count()) == ([], 0)


def test_the_breaker_opens_for_every_process_and_closes_again(standin: Server) -> None:
    standin.fails(*["529"] * 6)
    for _ in range(2):
        fails(request())
    row = Breaker.objects.get(pack="llm:anthropic", capability="claude-haiku-5-5")
    assert (row.state, len(standin.heard)) == ("open", 5)  # the sixth attempt was not made
    breaker.forget()
    error, seconds = fails(request())
    assert (error.kind, error.detail, len(standin.heard)) == (Kind.UNAVAILABLE, gateway.SHUT, 5)
    assert seconds < 0.3
    assert ModelDay.objects.get().cost_micros == 0
    assert gateway.ask(request(model="anthropic:claude-sonnet-5-5"), Account()).text  # another model is another row
    standin.fails()
    Breaker.objects.update(until="2026-01-01T00:00Z")
    breaker.forget()
    assert gateway.ask(request(), Account()).text == "Good day."
    assert Breaker.objects.get(capability="claude-haiku-5-5").state == "closed"


@pytest.mark.parametrize("fault", ["refusal", "wrong_schema", "400", "nan"])
def test_an_answer_that_cannot_be_used_opens_no_breaker(standin: Server, fault: str) -> None:
    standin.fails(*[fault] * 8)
    for _ in range(8):
        fails(request(output=AMOUNT))
    assert not Breaker.objects.exclude(failures=0).exists()
    assert len(standin.heard) == 8


@real_transactions
def test_no_connection_is_held_while_a_model_thinks(standin: Server) -> None:
    mine, held = connections["default"], []

    def answer(_: Any) -> str:
        held.append(mine.connection is not None)
        return "Good day."

    standin.standin.script = {"*": answer}
    hot("select 1", {})
    assert mine.connection is not None  # the twin
    gateway.ask(request(), Account())
    assert held == [False]


@real_transactions
def test_inside_a_transaction_nobody_is_asked(standin: Server) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="inside a transaction"):
        gateway.ask(request(), Account())
    assert standin.heard == []


# D2 ----------------------------------------------------------------------------------------------------------------


REFUSED = [name for name in WRITTEN if name != "language"]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("fault", [*REFUSED, "max_tokens", "wrong_tool"])
def test_what_is_not_the_asked_figure_is_no_figure(standin: Server, fault: str, streamed: bool) -> None:
    standin.standin.script = {"*": {"amount": 1250}}
    assert gateway.ask(request(output=AMOUNT), Account()).data == {"amount": 1250}
    standin.fails(fault)
    error, seconds = fails(request(output=AMOUNT, seconds=10.0), [] if streamed else None)
    assert error.kind in (Kind.MALFORMED, Kind.TOO_LONG)
    assert seconds < 3
    assert len(errors()) == 2


def test_bounds_that_the_api_does_not_know_hold_here(standin: Server) -> None:
    standin.standin.script = {"*": {"amount": 100_001}}
    assert fails(request(output=FIGURE))[0].kind is Kind.MALFORMED
    sent = standin.heard[0]["body"]["output_config"]["format"]["schema"]["properties"]["amount"]
    assert "maximum" not in sent
    assert "100000" in sent["description"]
    standin.standin.script = {"*": {"amount": 100_000}}
    assert gateway.ask(request(output=FIGURE), Account()).data == {"amount": 100_000}


@pytest.mark.parametrize("streamed", [False, True])
def test_a_tool_is_one_of_the_requests_with_arguments_that_fit(standin: Server, streamed: bool) -> None:
    asked = request(tools=(TOOL,))
    standin.standin.script = {"*": [Wish("get_order", {"order_id": "4711"}), Wish("get_order", {"order_id": "4712"})]}
    reply = gateway.stream(asked, Account(), lambda _: None) if streamed else gateway.ask(asked, Account())
    assert [(call.name, call.input) for call in reply.calls] == [
        ("get_order", {"order_id": "4711"}),
        ("get_order", {"order_id": "4712"}),
    ]
    wrong: list[Wish] = [
        Wish("process_refund", {"order_id": "4711"}),
        Wish("get_order", {}),
        Wish("get_order", {"order_id": 4711}),
        Wish("get_order", {"order_id": "4711", "amount": "12,50"}),
        Wish("get_order", {"order_id": "1" * 21}),
    ]
    for wish in wrong:
        standin.standin.script = {"*": wish}
        assert fails(asked, [] if streamed else None)[0].kind is Kind.MALFORMED
    assert ModelCall.objects.filter(error="malformed").count() == len(wrong)


# caps --------------------------------------------------------------------------------------------------------------


def at_once(count: int, act: Callable[[], None]) -> None:
    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def seen_while_asked(standin: Server) -> list[int]:
    """What is reserved and spent, looked at during each call; answers take a while to write."""
    seen: list[int] = []

    def answer(_: Any) -> str:
        seen.append(reserved_now())
        return "Good day. " * 30

    standin.standin.script = {"*": answer}
    return seen


@real_transactions
def test_eight_threads_never_pass_the_days_cap_together(standin: Server, monkeypatch: Patch) -> None:
    """S0-15. What is reserved at any moment, and what was spent in the end, is below the cap."""
    monkeypatch.setitem(settings.HANDRAIL, "max_day_cost_micros", 1500)
    refused: list[str] = []
    seen = seen_while_asked(standin)

    def act() -> None:
        in_a_row = 0
        while in_a_row < 10:
            try:
                gateway.ask(request(), Account())
                in_a_row = 0
            except ModelError as error:
                refused.append(str(error))
                in_a_row += 1
                time.sleep(0.02)

    at_once(8, act)
    spent = ModelDay.objects.get().cost_micros
    assert 1300 < spent <= 1500
    assert max(seen) <= 1500
    assert set(refused) == {"over_budget: day-cost-cap"}
    assert ModelCall.objects.count() == len(standin.heard) > 8
    assert sum(ModelCall.objects.values_list("cost_micros", flat=True)) == spent


@real_transactions
def test_without_the_condition_they_would(standin: Server, monkeypatch: Patch) -> None:
    """The twin."""
    monkeypatch.setitem(settings.HANDRAIL, "max_day_cost_micros", 500)
    bare = budget.RESERVE_DAY.replace("where d.cost_micros + excluded.cost_micros <= %(most)s", "")
    monkeypatch.setattr(budget, "RESERVE_DAY", bare)
    seen = seen_while_asked(standin)
    at_once(8, lambda: [gateway.ask(request(), Account()) for _ in range(3)] and None)
    assert max(seen) > 500
    assert ModelDay.objects.get().cost_micros > 500


def reserved_now() -> int:
    try:
        return int(hot("select coalesce(max(cost_micros), 0) from agents_modelday", {})[0][0])
    finally:
        connection.close()
