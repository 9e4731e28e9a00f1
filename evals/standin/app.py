"""The stand-in as one ASGI application: the Messages API, a health check, and a door for whoever scripts it."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from . import answers, rules, wire
from .answers import Asked, Message, Script
from .faults import OK, STATUSES, Faults, check, spoil
from .rules import RefusedError

ROLE: Final = "handrail-role"
REMEMBERED: Final = 10_000
HANG_SECONDS: Final = 600


@dataclass
class Standin:
    """Its script and what it has heard. `drip_seconds`: between two bytes of a drip."""

    script: Script
    key: str
    faults: Faults = field(default_factory=Faults)
    drip_seconds: float = 1.0
    heard: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    kept: set[str] = field(default_factory=set)

    def app(self) -> Starlette:
        routes = [
            Route("/v1/messages", self.messages, methods=["POST"]),
            Route("/healthz", self.health),
            Route("/faults", self.set_faults, methods=["POST"]),
        ]
        return Starlette(routes=routes)

    async def health(self, request: Request) -> Response:
        return JSONResponse({"ok": True, "heard": len(self.heard)})

    async def set_faults(self, request: Request) -> Response:
        """POST /faults {"script": ["429:1", "ok", …]}: what the next requests meet."""
        try:
            self.faults.script = [check(str(name)) for name in (await request.json())["script"]]
        except (ValueError, KeyError, TypeError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse({"ok": True})

    async def messages(self, request: Request) -> Response:
        """POST /v1/messages."""
        request_id = f"req_standin_{secrets.token_hex(8)}"
        try:
            asked = self._read(request, await request.body())
            fault = self.faults.draw()
            status, _, wait = fault.partition(":")
            if status in STATUSES:
                return _error(RefusedError(int(status), STATUSES[status], "As scripted."), request_id, wait)
            if fault == "hang":
                await asyncio.sleep(HANG_SECONDS)
            found = await run_in_threadpool(answers.find, self.script, asked)  # a script may look something up
            message = answers.message(found, asked, len(self.heard), self.kept)
        except RefusedError as refused:
            return _error(refused, request_id)
        return self._answer(spoil(message, fault), asked.body.stream, fault, request_id)

    def _read(self, request: Request, said: bytes) -> Asked:
        given = request.headers.get("authorization", "").removeprefix("Bearer ") or request.headers.get("x-api-key", "")
        if not given:
            raise RefusedError(401, "authentication_error", "An API key is required.")
        if not secrets.compare_digest(given.encode(), self.key.encode()):
            raise RefusedError(401, "authentication_error", "invalid API key")
        version = request.headers.get("anthropic-version", "")
        if version not in rules.VERSIONS:
            raise rules.bad(f"anthropic-version: {version!r} is not a version")
        if len(said) > rules.MOST_BYTES:
            raise RefusedError(413, "request_too_large", "Request exceeds the maximum size.")
        try:
            body = json.loads(said)
        except ValueError:
            raise rules.bad("The request body is not valid JSON.") from None
        role = request.headers.get(ROLE, "")
        self.heard.append({"role": role, "body": body, "headers": dict(request.headers), "raw": said.decode()})
        return Asked(role, rules.read(body, version))

    def _answer(self, message: Message, stream: bool, fault: str, request_id: str) -> Response:
        headers = {"request-id": request_id, "anthropic-organization-id": "standin"}
        if stream:
            parts = self._spoiled_stream(message, fault)
            return StreamingResponse(parts, media_type="text/event-stream; charset=utf-8", headers=headers)
        said = _spoiled(json.dumps(wire.whole(message)).encode(), fault)
        headers |= {"content-type": "application/json", "content-length": str(len(said))}
        return StreamingResponse(self._sent(said, fault), headers=headers)

    async def _sent(self, said: bytes, fault: str) -> AsyncIterator[bytes]:
        if fault == "drip":
            for byte in said:
                yield bytes([byte])
                await asyncio.sleep(self.drip_seconds)
        elif fault in ("reset", "cut", "stream_error"):
            yield said[: len(said) // 2]
            raise ConnectionResetError  # the server drops the connection in the middle of its answer
        else:
            yield said

    async def _spoiled_stream(self, message: Message, fault: str) -> AsyncIterator[bytes]:
        parts = list(wire.events(message))
        half = len(parts) // 2
        if fault in ("garbage", "truncated", "body_nan", "body_twice"):
            yield parts[0]
            yield b"event: content_block_delta\ndata: " + _spoiled(b'{"type": "content_block_delta"}', fault) + b"\n\n"
            return
        for n, part in enumerate(parts):
            if fault in ("reset", "cut", "stream_error") and n == half:
                if fault == "stream_error":
                    error = wire.error("overloaded_error", "Overloaded", "")
                    yield f"event: error\ndata: {json.dumps(error)}\n\n".encode()
                if fault == "reset":
                    raise ConnectionResetError
                return
            if fault == "drip":
                for byte in part:
                    yield bytes([byte])
                    await asyncio.sleep(self.drip_seconds)
            else:
                yield part


def _spoiled(said: bytes, fault: str) -> bytes:
    """A body that isn't what it should be, though it arrives whole."""
    if fault == "garbage":
        return bytes(range(256)) * 4
    if fault == "truncated":
        return said[: len(said) // 2]
    if fault == "body_nan":
        return said[:-1] + b', "usage": NaN}'
    if fault == "body_twice":
        return said[:-1] + b', "type": "message", "content": []}'
    return said


def _error(refused: RefusedError, request_id: str, wait: str = "") -> Response:
    headers = {"request-id": request_id} | ({"retry-after": wait} if wait else {})
    if refused.status == 429:
        headers |= {"anthropic-ratelimit-requests-remaining": "0"}
    return JSONResponse(
        wire.error(refused.kind, refused.message, request_id), status_code=refused.status, headers=headers
    )


__all__ = ["OK", "ROLE", "Standin"]
