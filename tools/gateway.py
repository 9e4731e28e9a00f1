"""The one door to the world: allowed at this node? proof? arguments? breaker closed? then ask, and check the answer.

`read` refuses every WRITE. `perform` and `settle` are for the execution of a cleared write alone (a test names who may
call them): one attempt, under the effect's key. Calls run in threads without a database connection, and the breaker is
asked and told in the caller's thread; a capability that the house answers itself (search_knowledge) runs there too, on
the caller's connection, and has no breaker.
"""

from __future__ import annotations

import contextvars
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final
from uuid import UUID

import stamina
from django.db import Error
from pydantic import BaseModel, ValidationError

from conversations.logs import Log, log
from tools import breaker, pack, proofs
from tools.breaker import Leave
from tools.contract import (
    RETRYABLE,
    Arguments,
    Caller,
    Capability,
    ErrorCode,
    Fulfil,
    Kind,
    Plan,
    Proof,
    ToolError,
    Writer,
)
from tools.pack import SendCode
from tools.results import ToolResult

__all__ = ["Caller", "ErrorCode", "Proof", "ToolResult", "read", "read_many", "send_code"]

AT_ONCE: Final = 3  # reads in parallel (S2-11)
SEND_CODE: Final = "send_code"
CODE_SECONDS: Final = 6.0
LONGEST_SHOWN: Final = 120
THREADS: Final = 96  # 32 turns in a process, three reads each

DETAILS: Final = {
    ErrorCode.NOT_FOUND: "nothing there that this customer may see.",
    ErrorCode.NOT_ALLOWED: "this node may not ask for that.",
    ErrorCode.NOT_IMPLEMENTED: "not implemented.",
    ErrorCode.ABSENT: "this company doesn't have it.",
    ErrorCode.PROOF_NEEDED: "the customer has to prove who they are first.",
    ErrorCode.INVALID_ANSWER: "the company's system answered outside its contract.",
    ErrorCode.REFUSED: "the company's system refused.",
    ErrorCode.NO_WAY_BACK: "the company's system can't say what became of it.",
    ErrorCode.CONFLICT: "the key was used for something else.",
    ErrorCode.UNAVAILABLE: "the company's system is not available.",
    ErrorCode.TIMEOUT: "the company's system took too long.",
}


class _RefusedError(Exception):
    """A call that is not made."""

    def __init__(self, code: ErrorCode, detail: str = "") -> None:
        super().__init__(code.value)
        self.code, self.detail = code, detail or DETAILS[code]


@dataclass(frozen=True)
class _Call:
    """A call that has passed every check and may be made."""

    capability: Capability
    arguments: Arguments
    caller: Caller
    fulfil: Fulfil


@dataclass(frozen=True)
class _Pending:
    """A call under way; without `future` and `leave` where the house answers itself, in the caller's thread, later."""

    call: _Call
    began: float
    future: Future[dict[str, Any]] | None = None
    leave: Leave | None = None
    tried: proofs.Try = proofs.NONE


def read(name: str, args: dict[str, Any], caller: Caller) -> ToolResult:
    """Ask for one thing. Never raises: whatever goes wrong is a result with a code."""
    return read_many([(name, args)], caller)[0]


def read_many(calls: Sequence[tuple[str, dict[str, Any]]], caller: Caller) -> list[ToolResult]:
    """Ask for several things, three at a time; the results come in the order of `calls`, whoever was faster."""
    results: list[ToolResult] = []
    for start in range(0, len(calls), AT_ONCE):
        begun = [_begin(name, args, caller) for name, args in calls[start : start + AT_ONCE]]
        ended = {i: _collect(begun[i]) for i in sorted(range(len(begun)), key=lambda i: _is_elsewhere(begun[i]))}
        results += [ended[i] for i in range(len(begun))]
    return results


def perform(name: str, args: dict[str, Any], plan: Plan, key: UUID, caller: Caller) -> ToolResult:
    """Carry out a write under its key, once: what comes back unclear is settled by asking, never by a new key. Where
    nobody can be asked, the writes themselves find out whether a broken system works again."""
    tries = pack.active().is_one_way(name)
    return _write(name, args, caller, lambda writer, args, caller: writer.perform(args, plan, key, caller), tries=tries)  # type: ignore[no-any-return]


def settle(name: str, args: dict[str, Any], plan: Plan, key: UUID, caller: Caller) -> ToolResult | None:
    """What became of a key; None when no system has seen it through, so that the same may be performed again. A writer
    that can't be asked fails as `no_way_back`: nobody knows, so nothing may be performed again."""
    if pack.active().is_one_way(name):
        return ToolResult.failure(name, ErrorCode.NO_WAY_BACK, DETAILS[ErrorCode.NO_WAY_BACK])
    return _write(name, args, caller, lambda writer, args, caller: _asked(writer, plan, key, caller), tries=True)  # type: ignore[no-any-return]


def send_code(code: str, key: UUID, caller: Caller) -> ToolResult:
    """Have the company send a one-time code to the address on record; `data` is that address, masked. Another attempt
    goes under the same key, so that there is one mail."""
    send = pack.active().send_code
    if send is None or caller.signed_in_as is None:
        refused = ErrorCode.ABSENT if send is None else ErrorCode.PROOF_NEEDED
        return ToolResult.failure(SEND_CODE, refused, DETAILS[refused])
    try:
        leave = _leave_for(SEND_CODE, CODE_SECONDS)
    except _RefusedError as refusal:
        return ToolResult.failure(SEND_CODE, refusal.code, refusal.detail)
    began = time.monotonic()
    try:
        answer = _within(CODE_SECONDS, _send_code, send, code, key, caller)
        result = ToolResult.success(SEND_CODE, {"sent_to": answer}, _since(began))
    except Exception as error:  # noqa: BLE001  every failure is a result
        result = _failure(SEND_CODE, error, _since(began))
    breaker.tell(leave, result.error)
    return result


def _send_code(send: SendCode, code: str, key: UUID, caller: Caller) -> str:
    """What comes back is said to the customer: it holds an address that only its owner knows again, and no code."""
    end = time.monotonic() + CODE_SECONDS
    for attempt in stamina.retry_context(on=_retryable, attempts=2, timeout=CODE_SECONDS, wait_initial=0.05):
        with attempt:
            deadline = min(end, time.monotonic() + CODE_SECONDS / 2)
            shown = send(code, key, replace(caller, attempt=attempt.num, deadline=deadline))
            if not isinstance(shown, str) or code in shown or not 0 < len(shown) <= LONGEST_SHOWN:
                raise ToolError(ErrorCode.INVALID_ANSWER)
            return shown
    raise ToolError(ErrorCode.UNAVAILABLE)


def _asked(writer: Writer, plan: Plan, key: UUID, caller: Caller) -> BaseModel | None:
    if writer.settle is None:
        raise ToolError(ErrorCode.NO_WAY_BACK)
    return writer.settle(plan, key, caller)


Attempt = Callable[[Writer, Arguments, Caller], BaseModel | None]


def _write(name: str, args: dict[str, Any], caller: Caller, attempt: Attempt, *, tries: bool) -> Any:
    """One attempt of a write, or of asking about one; None only when `attempt` returned None. Only asking may be what
    tries a broken system: a write that isn't sent is settled later, and that closes the breaker."""
    try:
        capability, writer, arguments = _admit_write(name, args, caller)
        leave = _leave(capability, may_try=tries)
    except _RefusedError as refused:
        return ToolResult.failure(name, refused.code, refused.detail)
    began = time.monotonic()
    try:
        end = replace(caller, deadline=began + capability.attempt_seconds)
        found = _within(capability.total_seconds, attempt, writer, arguments, end)
        result = None if found is None else ToolResult.success(name, _checked(capability, found), _since(began))
    except Exception as error:  # noqa: BLE001  every failure is a result
        result = _failure(name, error, _since(began))
    breaker.tell(leave, result.error if result else None)
    return result


def _within(seconds: float, work: Callable[..., Any], *args: Any) -> Any:
    """Done in a thread, and not waited for any longer. What hasn't begun by then never does: a write that left the
    queue later would go out behind the answer that it didn't."""
    doing = _threads().submit(contextvars.copy_context().run, work, *args)
    try:
        return doing.result(timeout=seconds)
    finally:
        doing.cancel()


def _leave(capability: Capability, *, may_try: bool = True) -> Leave:
    return _leave_for(capability.name, capability.total_seconds, may_try=may_try)


def _leave_for(name: str, seconds: float, *, may_try: bool = True) -> Leave:
    """The breaker's leave, or what is answered at once while it is open."""
    leave = breaker.ask_leave(name, seconds, may_try=may_try)
    if leave is None:
        raise _RefusedError(ErrorCode.UNAVAILABLE, breaker.DETAIL)
    return leave


def _admit_write(name: str, args: dict[str, Any], caller: Caller) -> tuple[Capability, Writer, Arguments]:
    capability = pack.capability(name)
    if capability is None:
        raise _RefusedError(ErrorCode.NOT_IMPLEMENTED)
    if name not in caller.allowed or capability.kind is not Kind.WRITE:
        raise _RefusedError(ErrorCode.NOT_ALLOWED)
    writer = pack.active().writers.get(name)
    if writer is None:
        raise _RefusedError(ErrorCode.ABSENT)
    arguments = _arguments(capability, args)
    if not _proven(capability, arguments, caller):
        raise _RefusedError(ErrorCode.PROOF_NEEDED)
    return capability, writer, arguments


def _is_elsewhere(one: ToolResult | _Pending) -> bool:
    """Under way in another thread: what the house answers itself is worked on first, meanwhile."""
    return isinstance(one, _Pending) and one.future is not None


def _begin(name: str, args: dict[str, Any], caller: Caller) -> ToolResult | _Pending:
    """Check and start a call, or say at once why it isn't made."""
    try:
        call = _admit(name, args, caller)
        leave = None if call.capability.fulfil else _leave(call.capability)
        tried = _try(call)
    except _RefusedError as refused:
        return ToolResult.failure(name, refused.code, refused.detail)
    began = time.monotonic()
    call = replace(call, arguments=tried.asked(call.capability, call.arguments))
    if leave is None:
        return _Pending(call, began, tried=tried)
    run = contextvars.copy_context().run
    return _Pending(call, began, _threads().submit(run, _perform, call, began), leave, tried)


def _try(call: _Call) -> proofs.Try:
    """Count what may be a guess; what can't be counted isn't asked."""
    if not proofs.counts(call.capability, call.caller):
        return proofs.NONE
    try:
        return proofs.begin(call.arguments, call.caller)
    except Error as error:
        raise _RefusedError(ErrorCode.UNAVAILABLE) from error


def _admit(name: str, args: dict[str, Any], caller: Caller) -> _Call:
    """Every check that needs no question to anybody, the node's list first."""
    capability = pack.capability(name)
    if capability is None:
        raise _RefusedError(ErrorCode.NOT_IMPLEMENTED)
    if name not in caller.allowed or capability.kind is not Kind.READ:
        raise _RefusedError(ErrorCode.NOT_ALLOWED)
    fulfil = capability.fulfil or pack.active().fulfil.get(name)
    if fulfil is None:
        raise _RefusedError(ErrorCode.ABSENT)
    arguments = _arguments(capability, args)
    if not _proven(capability, arguments, caller):
        raise _RefusedError(ErrorCode.PROOF_NEEDED)
    return _Call(capability, arguments, caller, fulfil)


def _arguments(capability: Capability, args: dict[str, Any]) -> Arguments:
    try:
        return capability.input.model_validate(args)
    except ValidationError as error:
        raise _RefusedError(ErrorCode.INVALID_ARGUMENTS, f"{_where(error)} in the arguments.") from error


def _proven(capability: Capability, arguments: Arguments, caller: Caller) -> bool:
    """A session proves what it proves; an order and its address prove themselves, in the call that names them."""
    if caller.signed_in_as is not None:
        return caller.proof >= capability.proof
    if capability.proof is Proof.ORDER_AND_CONTACT:
        return bool(getattr(arguments, capability.proof_argument))
    return capability.proof is Proof.NONE


def _collect(pending: ToolResult | _Pending) -> ToolResult:
    """Wait for a call, at most until its total time is over, and tell the breaker how it went."""
    if isinstance(pending, ToolResult):
        return pending
    result = _ended(pending)
    if pending.leave is not None:
        breaker.tell(pending.leave, result.error)
    if pending.tried.locked and result.ok:
        name = pending.call.capability.name
        result = ToolResult.failure(name, ErrorCode.NOT_FOUND, DETAILS[ErrorCode.NOT_FOUND], result.ms)
    proofs.end(pending.tried, result.error)
    return result


def _ended(pending: _Pending) -> ToolResult:
    """Whatever happened to a call, as a result."""
    name = pending.call.capability.name
    left = pending.began + pending.call.capability.total_seconds - time.monotonic()
    try:
        data = _perform(pending.call, pending.began) if pending.future is None else pending.future.result(max(left, 0))
    except Exception as error:  # noqa: BLE001  every failure is a result: a turn never dies of a tool
        if pending.future is not None:
            pending.future.cancel()
        return _failure(name, error, _since(pending.began))
    return ToolResult.success(name, data, _since(pending.began))


def _perform(call: _Call, began: float) -> dict[str, Any]:
    """All attempts of one call; only what RETRYABLE names is tried again, and nothing beyond the total time."""
    capability, end = call.capability, began + call.capability.total_seconds
    for attempt in stamina.retry_context(
        on=_retryable,
        attempts=1 + capability.retry,
        timeout=capability.total_seconds,
        wait_initial=0.05,
        wait_max=0.4,
        wait_jitter=0.1,
    ):
        with attempt:
            deadline = min(end, time.monotonic() + capability.attempt_seconds)
            answer = call.fulfil(call.arguments, replace(call.caller, attempt=attempt.num, deadline=deadline))
            return _checked(capability, answer)
    raise ToolError(ErrorCode.UNAVAILABLE)


def _retryable(error: Exception) -> bool:
    return isinstance(error, ToolError) and error.code in RETRYABLE


def _checked(capability: Capability, answer: BaseModel) -> dict[str, Any]:
    """The answer as JSON. Validated again even when it is a model: a model can be built around its validation."""
    if not isinstance(answer, capability.output):
        raise ToolError(ErrorCode.INVALID_ANSWER)
    text = answer.model_dump_json(warnings=False)
    data: dict[str, Any] = capability.output.model_validate_json(text, strict=True).model_dump(mode="json")
    return data


def _failure(name: str, error: Exception, ms: int) -> ToolResult:
    code, detail = _verdict(name, error)
    log(Log.TOOL_FAILED, capability=name, error=type(error).__name__ if code is ErrorCode.FAILED else code, ms=ms)
    return ToolResult.failure(name, code, detail, ms)


def _verdict(name: str, error: Exception) -> tuple[ErrorCode, str]:
    """The code and the sentence for an exception; never its message, which may quote a customer."""
    if isinstance(error, ToolError):
        return error.code, DETAILS.get(error.code, f"{name} failed.")
    if isinstance(error, FutureTimeoutError):
        return ErrorCode.TIMEOUT, DETAILS[ErrorCode.TIMEOUT]
    if isinstance(error, ValidationError):
        return ErrorCode.INVALID_ANSWER, f"{DETAILS[ErrorCode.INVALID_ANSWER]} First problem: {_where(error)}."
    return ErrorCode.FAILED, f"{name} failed with {type(error).__name__}."


def _where(error: ValidationError) -> str:
    """Place and kind of the first problem, without the value that caused it."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    return f"{first['type']} at {'.'.join(map(str, first['loc'])) or 'the top'}"


def _since(began: float) -> int:
    return int((time.monotonic() - began) * 1000)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="tools")
