"""The line to the shop's systems: one pooled client, one key, and a code for everything that can go wrong on it.

SHOP_URL is "unix:/path/of/the.sock" or "http://host:port"; only the address that the installation configured is ever
spoken to, and redirects are not followed.
"""

from __future__ import annotations

import json
import threading
import time
from functools import cache
from typing import Any, Final, TypeVar
from urllib.parse import quote
from uuid import UUID

import httpx
from django.conf import settings
from pydantic import BaseModel

from tools.contract import Caller, ErrorCode, ToolError

MOST_BYTES: Final = 2_000_000  # no answer about one customer is longer
CONNECT_SECONDS: Final = 1.0
SHORTEST_SECONDS: Final = 0.01

CODES: Final = {
    400: ErrorCode.FAILED,
    401: ErrorCode.UNAVAILABLE,
    404: ErrorCode.NOT_FOUND,
    409: ErrorCode.REFUSED,
}

T = TypeVar("T", bound=BaseModel)
_ONE: Final = threading.Lock()


def get(path: str, shape: type[T], caller: Caller, **query: str) -> T:
    """Ask one endpoint and read its answer in one shape; raises ToolError with the code of what went wrong.

    `path` is made with `at`, which quotes; the caller's deadline bounds the whole answer, not only each part of it.
    """
    return _ask("GET", path, shape, caller, _headers(caller), params=query)


def post(path: str, shape: type[T], caller: Caller, key: UUID, wish: dict[str, Any]) -> T:
    """Change something, under the key that makes a repeat the same change; raises ToolError like `get`."""
    return _ask("POST", path, shape, caller, {**_headers(caller), "Idempotency-Key": str(key)}, json=wish)


def _ask(method: str, path: str, shape: type[T], caller: Caller, headers: dict[str, str], **what: Any) -> T:
    timeout = httpx.Timeout(_left(caller), connect=min(CONNECT_SECONDS, _left(caller)))
    try:
        with client().stream(method, path, headers=headers, timeout=timeout, **what) as response:
            body = _body(response, caller)
    except httpx.TimeoutException as error:
        raise ToolError(ErrorCode.TIMEOUT) from error
    except httpx.TransportError as error:
        raise ToolError(ErrorCode.UNAVAILABLE) from error
    if response.status_code not in (200, 201):
        raise ToolError(_code(response.status_code, body))
    return shape.model_validate(_json(body))


def find(path: str, shape: type[T], caller: Caller, **query: str) -> T | None:
    """Like `get`, with None for what isn't there."""
    try:
        return get(path, shape, caller, **query)
    except ToolError as error:
        if error.code is ErrorCode.NOT_FOUND:
            return None
        raise


def at(template: str, *parts: str) -> str:
    """A path with its parts quoted: an id can't become another path."""
    return template.format(*(quote(part, safe="") for part in parts))


def client() -> httpx.Client:
    """The pooled client of the configured shop; one for all threads, also for those that begin together."""
    with _ONE:
        return _client(settings.SHOP_URL)


@cache
def _client(url: str) -> httpx.Client:
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=10)
    kind, _, path = url.partition(":")
    if kind == "unix":
        transport = httpx.HTTPTransport(uds=path, limits=limits)
        return httpx.Client(base_url="http://shop", transport=transport, trust_env=False)
    return httpx.Client(base_url=url, limits=limits, trust_env=False)


def key() -> dict[str, str]:
    return {"X-Api-Key": settings.SHOP_API_KEY}


def _headers(caller: Caller) -> dict[str, str]:
    headers = {**key(), "X-Now": caller.now.isoformat()}
    if faults := caller.faults or settings.SHOP_FAULTS:
        headers |= {"X-Fault": faults, "X-Attempt": str(caller.attempt)}
    return headers


def _left(caller: Caller) -> float:
    left = caller.seconds_left()
    if left < SHORTEST_SECONDS:
        raise ToolError(ErrorCode.TIMEOUT)
    return left


def _body(response: httpx.Response, caller: Caller) -> bytes:
    """The answer, read part by part: one that drips, or never ends, is given up."""
    end, parts, size = time.monotonic() + _left(caller), [], 0
    for part in response.iter_bytes():
        size += len(part)
        if time.monotonic() > end:
            raise ToolError(ErrorCode.TIMEOUT)
        if size > MOST_BYTES:
            raise ToolError(ErrorCode.INVALID_ANSWER)
        parts.append(part)
    return b"".join(parts)


def _code(status: int, body: bytes) -> ErrorCode:
    if status == 409 and b'"key_reused"' in body:
        return ErrorCode.CONFLICT
    return CODES.get(status, ErrorCode.UNAVAILABLE if status >= 500 else ErrorCode.FAILED)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise ToolError(ErrorCode.INVALID_ANSWER) from error
