"""The one door: what it refuses, what it lets through, and how it waits."""

from __future__ import annotations

import dataclasses
import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import stamina
from pydantic import BaseModel

from tools import gateway, pack
from tools.capabilities.get_customer import GetCustomer
from tools.contract import Arguments, Capability, ErrorCode, Idempotency, Kind, Proof, Retry, Risk, ToolError
from tools.gateway import Caller, ToolResult, read, read_many
from tools.registry import CAPABILITIES
from tools.shapes import Shape

pytestmark = pytest.mark.django_db  # the breaker's rows
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


class Asked(Arguments):
    word: str
    times: int = 1


class Said(Shape):
    words: list[str]
    at: datetime


ECHO = Capability(
    name="echo", summary="", kind=Kind.READ, risk=Risk.NONE, input=Asked, output=Said, proof=Proof.NONE,
    attempt_seconds=5.0, total_seconds=10.0,
)  # fmt: skip


def answer(args: Asked, caller: Caller) -> Said:
    return Said(words=[args.word] * args.times, at=caller.now)


def caller(**changed: Any) -> Caller:
    given: dict[str, Any] = {
        "customer_ref": "C-1", "proof": Proof.SIGNED_IN, "node": "look", "allowed": frozenset({"echo"}), "now": NOW,
    }  # fmt: skip
    return Caller(**{**given, **changed})


@pytest.fixture
def fulfil(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make a company that fulfils `echo` with a function, under a contract with some fields changed."""
    company = pack.active()

    def install(function: Any, **changed: Any) -> None:
        monkeypatch.setitem(CAPABILITIES, "echo", dataclasses.replace(ECHO, **changed))
        able = {} if function is None else {"echo": function}
        monkeypatch.setattr(pack, "active", lambda: dataclasses.replace(company, fulfil=able))

    install(answer)
    return install


@pytest.fixture(autouse=True)
def no_waiting_between_attempts() -> Any:
    with stamina.set_testing(True, attempts=99, cap=True):
        yield


@pytest.mark.usefixtures("fulfil")
def test_an_answer_comes_back_as_json() -> None:
    result = read("echo", {"word": "hello"}, caller())
    assert result.ok
    assert result.data == {"words": ["hello"], "at": "2026-03-01T09:00:00Z"}
    assert ToolResult.from_json(json.loads(json.dumps(result.to_json()))) == result


@pytest.mark.usefixtures("fulfil")
@pytest.mark.parametrize(
    "args",
    [
        {},
        {"word": "a", "more": 1},
        {"word": 1},
        {"word": None},
        {"word": "a", "times": "2"},
        {"word": "a", "times": 1.0},
    ],
    ids=str,
)
def test_arguments_outside_the_contract_are_refused(args: dict[str, Any]) -> None:
    """S0-08: unknown, missing and extra fields on the way in."""
    result = read("echo", args, caller())
    assert (result.ok, result.data, result.error) == (False, None, "invalid_arguments")


class OtherSaid(Shape):
    words: list[str]


def _raw(**fields: Any) -> BaseModel:
    return Said.model_construct(None, **fields)


@pytest.mark.parametrize(
    "made",
    [
        lambda: OtherSaid(words=["a"]),
        lambda: _raw(words=["a"]),
        lambda: _raw(words="a", at=NOW),
        lambda: _raw(words=[1], at=NOW),
        lambda: _raw(words=["a"], at=None),
        lambda: {"words": ["a"], "at": NOW},
        lambda: Said.model_validate({"words": ["a"], "at": NOW, "more": 1}),
        lambda: None,
    ],
)
def test_answers_outside_the_contract_are_refused(fulfil: Callable[..., None], made: Callable[[], Any]) -> None:
    """S0-08, S0-12: unknown, missing and extra fields on the way out; fails closed."""
    fulfil(lambda args, caller: made())
    result = read("echo", {"word": "a"}, caller())
    assert (result.ok, result.data, result.error) == (False, None, "invalid_answer")


@pytest.mark.usefixtures("fulfil")
def test_a_name_that_no_capability_has_is_not_implemented() -> None:
    """S2-08."""
    result = read("delete_everything", {}, caller(allowed=frozenset({"delete_everything"})))
    assert result.error == "not_implemented"
    assert "not implemented" in result.detail


def test_a_capability_that_the_node_does_not_list_is_refused(fulfil: Callable[..., None]) -> None:
    asked: list[Any] = []
    fulfil(lambda args, caller: asked.append(args) or answer(args, caller))
    assert read("echo", {"word": "a"}, caller(allowed=frozenset())).error == "not_allowed"
    assert asked == []
    assert read("echo", {"word": "a"}, caller()).ok  # the twin: listed, it is asked
    assert len(asked) == 1


def test_a_write_never_runs_through_read(fulfil: Callable[..., None]) -> None:
    asked: list[Any] = []
    write = {"kind": Kind.WRITE, "rules": ("X-1",), "retry": Retry.NEVER, "idempotency": Idempotency.KEY}
    fulfil(lambda args, caller: asked.append(args) or answer(args, caller), **write)
    assert read("echo", {"word": "a"}, caller()).error == "not_allowed"
    assert asked == []


def test_a_capability_that_the_company_lacks_is_absent(fulfil: Callable[..., None]) -> None:
    fulfil(None)
    assert read("echo", {"word": "a"}, caller()).error == "absent"
    assert "echo" in pack.active().absent()


@pytest.mark.parametrize("needed", list(Proof))
@pytest.mark.parametrize("given", list(Proof))
def test_less_proof_than_needed_is_refused(fulfil: Callable[..., None], needed: Proof, given: Proof) -> None:
    fulfil(answer, proof=needed, proof_argument="word")
    someone = caller(proof=given, customer_ref="C-1" if given >= Proof.SIGNED_IN else None)
    result = read("echo", {"word": "a"}, someone)
    enough = given >= needed or needed <= Proof.ORDER_AND_CONTACT  # the argument is itself the weaker proof
    assert result.error == (None if enough else "proof_needed")


def test_an_order_without_its_address_is_no_proof(fulfil: Callable[..., None]) -> None:
    fulfil(answer, proof=Proof.ORDER_AND_CONTACT, proof_argument="word")
    for someone in (caller(proof=Proof.NONE), caller(proof=Proof.ORDER_AND_CONTACT, customer_ref=None)):
        assert read("echo", {"word": ""}, someone).error == "proof_needed"
        assert read("echo", {"word": "a"}, someone).ok


def test_a_session_of_nobody_is_no_session(fulfil: Callable[..., None]) -> None:
    fulfil(answer, proof=Proof.SIGNED_IN)
    assert read("echo", {"word": "a"}, caller(customer_ref=None)).error == "proof_needed"


@pytest.mark.parametrize("code", list(ErrorCode))
def test_only_what_may_pass_is_tried_again_and_at_most_twice(fulfil: Callable[..., None], code: ErrorCode) -> None:
    """D10: reads, at most two retries."""
    seen: list[int] = []

    def fail(args: Asked, caller: Caller) -> Said:
        seen.append(caller.attempt)
        raise ToolError(code)

    fulfil(fail)
    assert read("echo", {"word": "a"}, caller()).error == code
    assert seen == ([1, 2, 3] if code in (ErrorCode.UNAVAILABLE, ErrorCode.TIMEOUT) else [1])


def test_the_second_attempt_may_succeed(fulfil: Callable[..., None]) -> None:
    def once(args: Asked, caller: Caller) -> Said:
        if caller.attempt == 1:
            raise ToolError(ErrorCode.UNAVAILABLE)
        return answer(args, caller)

    fulfil(once)
    assert read("echo", {"word": "a"}, caller()).ok


def test_a_contract_without_retries_is_asked_once(fulfil: Callable[..., None]) -> None:
    seen: list[int] = []

    def fail(args: Asked, caller: Caller) -> Said:
        seen.append(caller.attempt)
        raise ToolError(ErrorCode.TIMEOUT)

    fulfil(fail, retry=Retry.NEVER)
    assert read("echo", {"word": "a"}, caller()).error == "timeout"
    assert seen == [1]


def test_each_attempt_is_told_when_to_give_up(fulfil: Callable[..., None]) -> None:
    left: list[float] = []

    def note(args: Asked, caller: Caller) -> Said:
        left.append(caller.seconds_left())
        return answer(args, caller)

    fulfil(note, attempt_seconds=5.0, total_seconds=10.0)
    assert read("echo", {"word": "a"}, caller()).ok
    fulfil(note, attempt_seconds=5.0, total_seconds=2.0)
    assert read("echo", {"word": "a"}, caller()).ok
    assert 4.0 < left[0] <= 5.0
    assert 1.0 < left[1] <= 2.0


def test_a_company_that_never_answers_is_given_up(fulfil: Callable[..., None]) -> None:
    done = threading.Event()

    def hang(args: Asked, caller: Caller) -> Said:
        done.wait(30)
        return answer(args, caller)

    fulfil(hang, total_seconds=0.05)
    try:
        began = time.monotonic()
        assert read("echo", {"word": "a"}, caller()).error == "timeout"
        assert time.monotonic() - began < 5
    finally:
        done.set()


def test_an_error_of_ours_becomes_a_result_without_its_message(fulfil: Callable[..., None]) -> None:
    """S2-11: "Tool error: …", and no word of a customer's in it."""

    def fail(args: Asked, caller: Caller) -> Said:
        raise KeyError(f"alice@example.com said {args.word}")

    fulfil(fail)
    result = read("echo", {"word": "secret"}, caller())
    assert result.error == "failed"
    assert result.detail == "Tool error: echo failed with KeyError."


def test_bad_words_stay_out_of_the_detail(fulfil: Callable[..., None]) -> None:
    fulfil(lambda args, caller: _raw(words="alice@example.com", at=NOW))
    for args in ({"word": ["alice@example.com"]}, {"word": "alice@example.com"}):
        assert "alice" not in read("echo", args, caller()).detail


def test_three_reads_run_at_the_same_time(fulfil: Callable[..., None]) -> None:
    """S2-11: three at once. Each waits for the two others, so that one after the other would never end."""
    together = threading.Barrier(3)

    def meet(args: Asked, caller: Caller) -> Said:
        together.wait(10)
        return answer(args, caller)

    fulfil(meet, total_seconds=20.0)
    results = read_many([("echo", {"word": word}) for word in "abc"], caller())
    assert [result.data and result.data["words"] for result in results] == [["a"], ["b"], ["c"]]


def test_no_more_than_three_reads_run_at_the_same_time(fulfil: Callable[..., None]) -> None:
    lock, running, most = threading.Lock(), 0, 0

    def count(args: Asked, caller: Caller) -> Said:
        nonlocal running, most
        with lock:
            running, most = running + 1, max(most, running + 1)
        with lock:
            running -= 1
        return answer(args, caller)

    fulfil(count)
    results = read_many([("echo", {"word": str(n)}) for n in range(20)], caller())
    assert [result.data and result.data["words"] for result in results] == [[str(n)] for n in range(20)]
    assert most <= gateway.AT_ONCE


def test_results_come_in_the_order_asked_whoever_was_faster(fulfil: Callable[..., None]) -> None:
    """S2-11 and D11: merged in declared order. The first answers only after the last has."""
    ends: list[str] = []
    last_is_done = threading.Event()

    def backwards(args: Asked, caller: Caller) -> Said:
        if args.word == "first":
            last_is_done.wait(10)
        ends.append(args.word)
        if args.word == "last":
            last_is_done.set()
        return answer(args, caller)

    fulfil(backwards, total_seconds=20.0)
    results = read_many([("echo", {"word": word}) for word in ("first", "last")], caller())
    assert ends == ["last", "first"]
    assert [result.data and result.data["words"] for result in results] == [["first"], ["last"]]


def test_one_failure_among_several_reads_is_its_own_result(fulfil: Callable[..., None]) -> None:
    """S2-11."""

    def fail(args: Asked, caller: Caller) -> Said:
        if args.word == "b":
            raise ValueError("no")
        return answer(args, caller)

    fulfil(fail)
    calls = [("echo", {"word": "a"}), ("echo", {"word": "b"}), ("nothing", {}), ("echo", {"word": "c"})]
    results = read_many(calls, caller())
    assert [result.error for result in results] == [None, "failed", "not_implemented", None]
    assert all(result.detail.startswith("Tool error: ") for result in results if not result.ok)


def test_what_the_house_answers_itself_stays_in_the_callers_thread(fulfil: Callable[..., None]) -> None:
    """The caller's database connection is the caller's."""
    where: list[int] = []

    def note(args: Asked, caller: Caller) -> Said:
        where.append(threading.get_ident())
        return answer(args, caller)

    fulfil(note)
    assert read("echo", {"word": "a"}, caller()).ok
    fulfil(None, fulfil=note)
    assert read("echo", {"word": "a"}, caller()).ok
    assert where[0] != threading.get_ident() == where[1]


def test_a_stored_result_with_a_strange_key_or_code_is_refused() -> None:
    stored = ToolResult.success("echo", {}, 1).to_json()
    with pytest.raises(TypeError):
        ToolResult.from_json({**stored, "more": 1})
    with pytest.raises(ValueError, match="odd"):
        ToolResult.from_json({**stored, "error": "odd"})


def test_get_customer_takes_no_argument_at_all() -> None:
    """Law 3: identity comes from the session alone."""
    assert GetCustomer.model_fields == {}
