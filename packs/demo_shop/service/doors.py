"""What stands before every endpoint: the key, and the faults that a test or a demo may script."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .answers import answer

OPEN: Final = frozenset({"/healthz"})


class KeyCheck:
    """Nothing but the health check answers without the key; the comparison takes the same time for every wrong one."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self.app, self.key = app, key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OPEN:
            return await self.app(scope, receive, send)
        given = Headers(scope=scope).get("x-api-key", "").encode()
        if hmac.compare_digest(given, self.key):
            return await self.app(scope, receive, send)
        refusal = answer({"code": "unauthorised", "detail": "Send the shop's key as X-Api-Key."}, 401)
        return await refusal(scope, receive, send)


class Faults:
    """X-Fault: refuse, 500, slow:SECONDS, late:SECONDS, drop, duplicate or garbage; "@N" after it means the Nth attempt
    only, and ";path=PART" behind that only what has PART in its path.

    `drop` does all the work and then closes the connection, the hardest case for whoever waits for the answer.
    `duplicate` does it twice, as a network that repeats a request would. `late` does it after the wait, whether or not
    anybody listens any longer; `slow` doesn't.
    """

    def __init__(self, app: ASGIApp, enabled: bool) -> None:
        self.app, self.enabled = app, enabled

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else {}
        text, _, aim = (headers.get("x-fault") or "").partition(";path=")
        text = text if aim in scope.get("path", "") else ""
        name, argument = _scripted(text, headers.get("x-attempt") or "1")
        if not self.enabled or not name:
            return await self.app(scope, receive, send)
        fault = FAULTS.get(name)
        if fault is None:
            text = f"X-Fault is one of {', '.join(FAULTS)}."
            return await answer({"code": "bad_fault", "detail": text}, 400)(scope, receive, send)
        return await fault(self.app, scope, receive, send, argument)


def _scripted(text: str, attempt: str) -> tuple[str, str]:
    """The fault's name and argument, empty when it isn't meant for this attempt."""
    fault, _, only = text.partition("@")
    if only and only != attempt:
        return "", ""
    name, _, argument = fault.partition(":")
    return name.strip(), argument


async def _refuse(app: ASGIApp, scope: Scope, receive: Receive, send: Send, argument: str) -> None:
    await answer({"code": "refused", "detail": "The shop refuses this request."}, 409)(scope, receive, send)


async def _crash(app: ASGIApp, scope: Scope, receive: Receive, send: Send, argument: str) -> None:
    await answer({"code": "internal", "detail": "The shop is out of order."}, 500)(scope, receive, send)


async def _slow(app: ASGIApp, scope: Scope, receive: Receive, send: Send, argument: str) -> None:
    try:
        await asyncio.sleep(min(float(argument), 60.0))
    except ValueError:
        refusal = answer({"code": "bad_fault", "detail": "slow and late take seconds, like slow:2.5."}, 400)
        return await refusal(scope, receive, send)
    return await app(scope, receive, send)


async def _late(app: ASGIApp, scope: Scope, receive: Receive, send: Send, argument: str) -> None:
    await _slow(app, scope, _replay(await _body(receive)), send, argument)


async def _garbage(app: ASGIApp, scope: Scope, receive: Receive, send: Send, argument: str) -> None:
    await answer({"id": [], "status": None, "items": "◌", "": {"x": 0}})(scope, receive, send)


async def _drop(app: ASGIApp, scope: Scope, receive: Receive, send: Send, argument: str) -> None:
    await app(scope, receive, _nowhere)
    # A promised body that never comes: the server then closes the connection.
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})


async def _duplicate(app: ASGIApp, scope: Scope, receive: Receive, send: Send, argument: str) -> None:
    body = await _body(receive)
    await app(dict(scope), _replay(body), _nowhere)
    await app(dict(scope), _replay(body), send)


async def _nowhere(message: Message) -> None:
    """An answer that nobody hears."""


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


Fault = Callable[[ASGIApp, Scope, Receive, Send, str], Awaitable[None]]
FAULTS: Final[dict[str, Fault]] = {
    "refuse": _refuse,
    "500": _crash,
    "slow": _slow,
    "late": _late,
    "drop": _drop,
    "duplicate": _duplicate,
    "garbage": _garbage,
}
