"""No body is read further than its page needs: Django would first put all of it on the disk, whoever sends it."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, Final

from config.origins import App, Receive, Scope, Send

# The longest beginning of the path that fits counts. A message has 4,000 characters; an article is a few pages.
LARGEST: Final = {"": 2_621_440, "/api/": 65_536, "/console/": 65_536, "/widget/": 4_096}
TOO_LARGE: Final = 413
SENTENCE: Final = b'{"detail": "The body is too large. Send less at once."}'


class TooLargeError(Exception):
    """More came than was allowed."""


class SmallBodies:
    """Answers 413, from the announced length or when more comes than fits."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        most = largest(scope["path"])
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if not announced.isdigit() or int(announced[:20]) > most:
            await refuse(send)
            return
        came, answered = 0, False

        async def counted() -> MutableMapping[str, Any]:
            nonlocal came
            event = await receive()
            came += len(event.get("body", b""))
            if came > most and not answered:
                raise TooLargeError
            return event

        async def sent(event: MutableMapping[str, Any]) -> None:
            nonlocal answered
            answered = True
            await send(event)

        try:
            await self.app(scope, counted, sent)
        except TooLargeError:
            await refuse(send)


def largest(path: str) -> int:
    return LARGEST[max((start for start in LARGEST if path.startswith(start)), key=len)]


async def refuse(send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": TOO_LARGE, "headers": headers})
    await send({"type": "http.response.body", "body": SENTENCE})
