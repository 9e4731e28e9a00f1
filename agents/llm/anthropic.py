"""Anthropic's Messages API. Nothing outside this file knows its SDK, and nothing that comes from it is trusted here.

The SDK's own retries are off and its time-outs are replaced (wire.py). `ANTHROPIC_BASE_URL` may name a gateway of the
company's, or `unix:/path` of the stand-in.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import httpcore2
import httpx2
from django.conf import settings

from . import strict, wire
from .provider import Answer, OnText
from .shapes import Kind, ModelError, Request, Said, Stop, ToolUse, Usage, Who

if TYPE_CHECKING:
    import anthropic  # a second of imports: whoever never asks a model doesn't wait for it

_ONE: Final = threading.Lock()
SOCKET: Final = "unix:"
ROLE: Final = "handrail-role"  # for the stand-in, which answers by role; the API doesn't read it
STOPS: Final = {
    "end_turn": Stop.END,
    "max_tokens": Stop.CUT,
    "tool_use": Stop.TOOLS,
    "stop_sequence": Stop.SEQUENCE,
}
# `pause_turn` belongs to tools that run at the provider's; none of them is ever asked for.
FAILED_STOPS: Final = {"refusal": Kind.REFUSED, "model_context_window_exceeded": Kind.TOO_LONG}
STATUSES: Final = {
    400: Kind.BAD_REQUEST,
    401: Kind.UNAUTHORISED,
    402: Kind.UNAUTHORISED,
    403: Kind.UNAUTHORISED,
    404: Kind.BAD_REQUEST,
    408: Kind.TIMEOUT,
    413: Kind.TOO_LONG,
    422: Kind.BAD_REQUEST,
    429: Kind.RATE_LIMITED,
    504: Kind.TIMEOUT,
    529: Kind.OVERLOADED,
}
# In a stream an error comes after a status of 200, and only its type says which.
TYPES: Final = {
    "overloaded_error": Kind.OVERLOADED,
    "rate_limit_error": Kind.RATE_LIMITED,
    "timeout_error": Kind.TIMEOUT,
    "invalid_request_error": Kind.BAD_REQUEST,
    "authentication_error": Kind.UNAUTHORISED,
    "permission_error": Kind.UNAUTHORISED,
}
# These think before they answer unless they are told not to, and what they think counts towards `max_tokens`: our
# questions are small, and a customer waits. Each generation wants to be told in its own words.
QUIET: Final[tuple[tuple[str, dict[str, str], str | None], ...]] = (
    ("claude-haiku-5-5", {"type": "disabled"}, "low"),
    ("claude-sonnet-5-5", {"type": "between_tools"}, "medium"),
    ("claude-sonnet-5", {"type": "disabled"}, "medium"),
    ("claude-opus-5-5", {}, "low"),
    ("claude-opus-5", {"type": "disabled"}, "medium"),
)


class Anthropic:
    """The provider `anthropic`."""

    prices = "anthropic"

    def configured(self) -> bool:
        return bool(settings.ANTHROPIC_API_KEY)

    def ask(self, request: Request, model: str, deadline: float, on_text: OnText | None) -> Answer:
        said = {**body(request, model), "extra_headers": {ROLE: request.role}}
        with wire.until(deadline), _our_errors():
            with _ONE:  # threads that begin together would each make one, and leave theirs open
                client = _client(settings.ANTHROPIC_API_KEY, settings.ANTHROPIC_BASE_URL)
            left = max(deadline - time.monotonic(), 0.001)
            if on_text is None:
                return _whole(client.messages.with_raw_response.create(**said, timeout=left))
            with client.messages.create(**said, stream=True, timeout=left) as events:
                return _streamed(events, on_text)


@cache
def _client(key: str, url: str) -> anthropic.Anthropic:
    """One for each address, so that connections are used again."""
    import anthropic

    socket = url.removeprefix(SOCKET) if url.startswith(SOCKET) else None
    return anthropic.Anthropic(
        api_key=key,
        base_url="http://provider" if socket else url,
        max_retries=0,
        http_client=httpx2.Client(transport=wire.Transport(socket), follow_redirects=False),
    )


# what is sent ------------------------------------------------------------------------------------------------------


def body(request: Request, model: str) -> dict[str, Any]:
    """The request as the API takes it. No temperature, top_p or top_k: it refuses them."""
    said: dict[str, Any] = {"model": model, "max_tokens": request.max_tokens, "messages": _messages(request.messages)}
    if request.system:
        said["system"] = _system(request.system)
    if request.tools:
        said["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": dict(tool.input)}
            for tool in request.tools
        ]
    config: dict[str, Any] = {}
    if request.output is not None:
        config["format"] = {"type": "json_schema", "schema": _plain_schema(request.output)}
    for prefix, thinking, effort in QUIET:
        if model.startswith(prefix):
            said |= {"thinking": thinking} if thinking else {}
            config |= {"effort": effort} if effort else {}
            break
    return said | ({"output_config": config} if config else {})


def _system(blocks: tuple[str, ...]) -> list[dict[str, Any]]:
    """Each block but the last ends a prefix that the provider keeps; at most four may."""
    kept = range(min(max(len(blocks) - 1, 1), 4))
    mark = {"cache_control": {"type": "ephemeral"}}
    return [{"type": "text", "text": text, **(mark if n in kept else {})} for n, text in enumerate(blocks) if text]


def _messages(messages: tuple[Said, ...]) -> list[dict[str, Any]]:
    """Turn by turn, the customer's side first: what follows from one side is one message. Empty texts are refused."""
    found: list[dict[str, Any]] = []
    for one in messages:
        if not one.text.strip():
            continue
        role = "assistant" if one.who is Who.AGENT else "user"
        if not found and role == "assistant":
            found.append({"role": "user", "content": [{"type": "text", "text": "[earlier messages]"}]})
        if not found or found[-1]["role"] != role:
            found.append({"role": role, "content": []})
        found[-1]["content"].append({"type": "text", "text": one.text})
    return found


def _plain_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """What the API understands of a schema; the rest of it is told in words, and checked here afterwards."""
    from anthropic import transform_schema

    try:
        return transform_schema(dict(schema))
    except ValueError:
        raise ModelError(Kind.BAD_REQUEST, "schema") from None


# what comes back ---------------------------------------------------------------------------------------------------


def _whole(response: Any) -> Answer:
    """An answer in one piece, read from its bytes: the SDK's reader takes a key twice, and NaN."""
    try:
        message = strict.parse_body(response.http_response.content)
    except strict.UnreadableError:
        raise ModelError(Kind.MALFORMED, "body", unknown=True) from None
    found = _Heard()
    try:
        found.count(message["usage"])
        for block in message["content"]:
            found.open(block)
            found.text.append(block["text"] if block["type"] == "text" else "")
        return found.answer(message["stop_reason"])
    except (KeyError, TypeError, AttributeError):
        raise found.malformed() from None


def _streamed(events: Iterator[Any], on_text: OnText) -> Answer:
    """An answer piece by piece; one that doesn't end as it should is none."""
    found, stop, ended = _Heard(), None, False
    try:
        for event in events:
            if event.type == "message_start":
                found.count(event.message.usage.model_dump())
            elif event.type == "content_block_start":
                found.open(event.content_block.model_dump())
            elif event.type == "content_block_delta":
                found.add(event.delta, on_text)
            elif event.type == "message_delta":
                stop = event.delta.stop_reason
                found.count(event.usage.model_dump())
            ended = ended or event.type == "message_stop"
        if not ended:
            raise ModelError(Kind.UNAVAILABLE, "cut off", usage=found.usage, unknown=True)
        return found.answer(stop)
    except (KeyError, TypeError, AttributeError, ValueError):
        raise found.malformed() from None


class _Heard:
    """What has come so far."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.calls: list[dict[str, Any]] = []
        self.usage = Usage()

    def count(self, said: Mapping[str, Any]) -> None:
        """A stream counts twice: its input at the beginning, all of it at the end. Less than nothing is no count."""
        keys = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
        before = (self.usage.input, self.usage.output, self.usage.cache_read, self.usage.cache_write)
        self.usage = Usage(*(max(int(said.get(key) or 0), known) for key, known in zip(keys, before, strict=True)))

    def open(self, block: Mapping[str, Any]) -> None:
        if block["type"] == "tool_use":
            self.calls.append({"id": block["id"], "name": block["name"], "input": block["input"], "json": ""})

    def add(self, delta: Any, on_text: Callable[[str], None]) -> None:
        if delta.type == "text_delta":
            self.text.append(str(delta.text))
            on_text(str(delta.text))
        elif delta.type == "input_json_delta":
            self.calls[-1]["json"] += delta.partial_json

    def answer(self, stop: Any) -> Answer:
        if stop in FAILED_STOPS:
            raise ModelError(FAILED_STOPS[stop], stop, usage=self.usage)
        if stop not in STOPS:
            raise self.malformed()
        return Answer("".join(self.text), tuple(map(self._call, self.calls)), STOPS[stop], self.usage)

    def _call(self, call: Mapping[str, Any]) -> ToolUse:
        """A call's arguments, read strictly where they came as text."""
        try:
            given = strict.parse(call["json"]) if call["json"] else call["input"]
        except strict.UnreadableError:
            raise self.malformed() from None
        if not isinstance(given, dict) or not isinstance(call["name"], str) or not isinstance(call["id"], str):
            raise self.malformed()
        return ToolUse(call["id"], call["name"], given)

    def malformed(self) -> ModelError:
        return ModelError(Kind.MALFORMED, "message", usage=self.usage, unknown=not self.usage.total)


# what goes wrong ---------------------------------------------------------------------------------------------------


@contextmanager
def _our_errors() -> Iterator[None]:
    """Every failure as one of ours, without a word of the provider's."""
    import anthropic

    try:
        yield
    except ModelError:
        raise
    except anthropic.APIStatusError as error:
        raise _status(error) from None
    except wire.TooMuchError:
        raise ModelError(Kind.MALFORMED, "too much", unknown=True) from None
    except Exception as error:  # noqa: BLE001  whatever the SDK or the wire raises: nobody answered
        raise _unheard(error) from None


def _status(error: anthropic.APIStatusError) -> ModelError:
    kind = TYPES.get(str(error.type)) if error.status_code == 200 else STATUSES.get(error.status_code)
    if kind is Kind.BAD_REQUEST and "prompt is too long" in str(error.api_message).lower():
        kind = Kind.TOO_LONG
    begun = error.status_code == 200
    wait = _retry_after(error.response.headers)
    return ModelError(kind or Kind.UNAVAILABLE, str(error.status_code), retry_after=wait, unknown=begun)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    said = headers.get("retry-after")
    if said is None:
        return None
    try:
        seconds = float(said)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return seconds if seconds >= 0 else None


def _unheard(error: BaseException) -> ModelError:
    """By what lies at the bottom: a connection that never was took nothing, any other may have."""
    causes, cause = [error], error.__cause__
    while cause is not None:
        causes, cause = [*causes, cause], cause.__cause__
    if any(isinstance(one, wire.TooMuchError) for one in causes):
        return ModelError(Kind.MALFORMED, "too much", unknown=True)
    never = any(isinstance(one, httpcore2.ConnectError | httpcore2.ConnectTimeout) for one in causes)
    late = any(isinstance(one, httpcore2.TimeoutException | httpx2.TimeoutException) for one in causes)
    kind = Kind.TIMEOUT if late and not never else Kind.UNAVAILABLE
    return ModelError(kind, "no connection" if never else "no answer", unknown=not never)
