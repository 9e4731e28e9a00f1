"""The one door to models: redact, reserve, ask the breaker, ask once or a few times, check, count, and write it down.

Never inside a transaction, and no connection is held while a model thinks. What comes back either keeps to the request
(its schema, its tools) or is a ModelError.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final

from django.conf import settings
from django.db import connection

from agents.ports import release_connection
from conversations.logs import Log, log
from tools import breaker
from tools.contract import ErrorCode

from . import budget, ledger, prices, strict
from .attempt import attempt
from .provider import Answer, OnText
from .providers import Named, named
from .redact import Lifting, Veil, covered, left, texts_of
from .shapes import Account, Kind, ModelError, Reply, Request, Stop, Usage

AGAIN: Final = frozenset({Kind.UNAVAILABLE, Kind.TIMEOUT, Kind.RATE_LIMITED, Kind.OVERLOADED})
FIRST_PAUSE: Final = 0.3  # seconds, doubled each time, half to one and a half of it
LEAST_SECONDS: Final = 1.0  # another attempt with less than this left would only cost
CHARS_A_TOKEN: Final = 16  # an answer with more characters than this a token isn't one
SHUT: Final = "not asked: it has failed too often just now"
# What an attempt says about whether anybody is there. A model's own mistakes are an answer.
TOLD: Final = {
    Kind.UNAVAILABLE: ErrorCode.UNAVAILABLE,
    Kind.OVERLOADED: ErrorCode.UNAVAILABLE,
    Kind.RATE_LIMITED: ErrorCode.UNAVAILABLE,
    Kind.TIMEOUT: ErrorCode.TIMEOUT,
    Kind.MALFORMED: ErrorCode.INVALID_ANSWER,
    Kind.REFUSED: ErrorCode.REFUSED,
    Kind.TOO_LONG: ErrorCode.REFUSED,
    Kind.BAD_REQUEST: ErrorCode.REFUSED,
    Kind.UNAUTHORISED: ErrorCode.REFUSED,
}


def ask(request: Request, account: Account) -> Reply:
    """The answer, checked; ModelError for everything else. Never inside a transaction."""
    return _asked(request, account, None)


def stream(request: Request, account: Account, on_text: OnText) -> Reply:
    """The same; `on_text` is called in the caller's thread with each piece of text. After the first piece nothing is
    asked again: a ModelError then leaves a text that was begun."""
    return _asked(request, account, on_text)


def _asked(request: Request, account: Account, on_text: OnText | None) -> Reply:
    _refuse_transaction()
    end = time.monotonic() + request.seconds
    outgoing, veil = covered(request)
    _refuse_fractions(outgoing)
    hears = Lifting(veil, on_text) if on_text else None
    try:
        for n in count(1):
            try:
                return _once(_Asking(outgoing, account, veil, n, end), hears)
            except ModelError as error:
                pause = _pause(error, n, end)
                if pause is None or (hears and hears.begun):
                    raise
            release_connection()
            time.sleep(pause)
    except ModelError as error:
        ms = int((time.monotonic() - end + request.seconds) * 1000)
        log(
            Log.MODEL_FAILED, role=request.role, model=request.model, error=error.kind.value, detail=error.detail, ms=ms
        )
        raise
    raise AssertionError("count() ends")


def _refuse_transaction() -> None:
    """A test's own transaction is none of the code's."""
    if connection.in_atomic_block and not getattr(connection.atomic_blocks[-1], "_from_testcase", False):
        raise RuntimeError("A model is never asked inside a transaction: its locks would wait for the model.")


def _refuse_fractions(request: Request) -> None:
    """Nothing that is hashed may depend on how a fraction prints; better known before the call than after it."""
    try:
        ledger.digest_of(request)
    except TypeError:
        raise ModelError(Kind.BAD_REQUEST, "a fraction in a schema") from None


def _pause(error: ModelError, n: int, end: float) -> float | None:
    """Seconds until the next attempt; None when there is none."""
    if error.kind not in AGAIN or error.detail == SHUT or n >= settings.HANDRAIL["model_attempts"]:
        return None
    pause = FIRST_PAUSE * 2 ** (n - 1) * random.uniform(0.5, 1.5)  # noqa: S311  no secret
    pause = max(pause, error.retry_after or 0)
    return pause if time.monotonic() + pause + LEAST_SECONDS <= end else None


@dataclass(frozen=True)
class _Asking:
    """One attempt: the redacted request, who pays, how to read the answer, which try it is and when time is over."""

    request: Request
    account: Account
    veil: Veil
    n: int
    end: float


def _once(asking: _Asking, hears: Lifting | None) -> Reply:
    """Reserve, ask, check, settle, and write the row, whatever came."""
    request = asking.request
    whom, now = named(request.model), datetime.now(UTC)
    most = budget.most(request)
    price = prices.price(whom.provider.prices, whom.model, most, now)
    reserved = budget.reserve(request, asking.account, most.total, price.micros)
    leave = breaker.ask_leave(whom.model, asking.end - time.monotonic(), company=f"llm:{whom.name}")
    if leave is None:
        budget.settle(reserved, 0, 0)
        raise ModelError(Kind.UNAVAILABLE, SHUT)
    release_connection()
    began = time.monotonic()
    answer, error, reply = None, None, None
    try:
        answer = attempt(whom, request, asking.end, hears)
        reply = _checked(asking, answer)
        if hears:
            hears.end()
        return reply
    except ModelError as failed:
        error = failed
        raise
    except BaseException:
        error = ModelError(Kind.UNAVAILABLE, "given up here", unknown=True)  # whoever listens has had enough
        raise
    finally:
        used = _used(answer, error)
        tokens, cost = (used.total, _cost(whom, used, now)) if used else (reserved.tokens, reserved.cost_micros)
        budget.settle(reserved, tokens, cost)
        ms = int((time.monotonic() - began) * 1000)
        ledger.write(
            ledger.Call(request, asking.account, whom.name, asking.n, now, ms, used, cost, answer=answer, error=error)
        )
        breaker.tell(leave, None if answer or error is None else TOLD.get(error.kind, ErrorCode.FAILED))


def _used(answer: Answer | None, error: ModelError | None) -> Usage | None:
    """What an attempt took; None when nobody knows."""
    if answer is not None:
        return answer.usage
    return None if error is None or error.unknown else error.usage or Usage()


def _cost(whom: Named, usage: Usage, at: datetime) -> int:
    return prices.price(whom.provider.prices, whom.model, usage, at).micros if usage.total else 0


# the answer --------------------------------------------------------------------------------------------------------


def _checked(asking: _Asking, answer: Answer) -> Reply:
    """What the request asked for and nothing else, with the customer's own values back in their places."""
    request, veil = asking.request, asking.veil
    if len(answer.text) > request.max_tokens * CHARS_A_TOKEN:
        raise ModelError(Kind.MALFORMED, "longer than it can be")
    try:
        _check_calls(request, answer)
        data = _data(request, answer)
    except strict.UnreadableError as error:
        raise ModelError(Kind.MALFORMED, str(error)) from None
    calls = tuple(_lifted(veil, call) for call in answer.calls)
    text, data = veil.lift(answer.text), veil.lift_all(data)
    return Reply(text, data, calls, answer.stop, answer.usage, left(texts_of([text, data, list(calls)])))


def _check_calls(request: Request, answer: Answer) -> None:
    tools = {tool.name: tool for tool in request.tools}
    if (answer.stop is Stop.TOOLS) != bool(answer.calls):
        raise strict.UnreadableError("calls")
    for call in answer.calls:
        if call.name not in tools:
            raise strict.UnreadableError("a tool that wasn't offered")
        strict.whole(dict(call.input))
        strict.check(dict(call.input), tools[call.name].input)


def _data(request: Request, answer: Answer) -> Any:
    """The structured answer. One that was cut may look whole, and one beside calls is none."""
    if request.output is None or answer.calls:
        return None
    if answer.stop is Stop.CUT:
        raise ModelError(Kind.TOO_LONG, "cut")
    data = strict.parse(answer.text)
    strict.check(data, request.output)
    return data


def _lifted(veil: Veil, call: Any) -> Any:
    given: Mapping[str, Any] = veil.lift_all(dict(call.input))
    return type(call)(call.id, call.name, given)
