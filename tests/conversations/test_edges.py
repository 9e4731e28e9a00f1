"""The outermost layers: whose address it is, and how much of a body is read."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from config import proxies
from config.bodies import LARGEST, SmallBodies, largest
from config.proxies import BehindProxies, client

PEER = ("192.0.2.1", 4000)


def scope(*forwarded: str) -> dict[str, Any]:
    headers = [(b"host", b"x"), *((b"x-forwarded-for", value.encode("latin-1")) for value in forwarded)]
    return {"type": "http", "path": "/", "client": PEER, "headers": headers}


@pytest.mark.parametrize(
    ("count", "forwarded", "found"),
    [
        (0, ["203.0.113.7"], PEER[0]),
        (0, [], PEER[0]),
        (1, [], PEER[0]),
        (1, ["203.0.113.7"], "203.0.113.7"),
        (1, ["198.51.100.66, 203.0.113.7"], "203.0.113.7"),
        (1, ["198.51.100.66", "203.0.113.7"], "203.0.113.7"),
        (2, ["203.0.113.7, 10.0.0.1"], "203.0.113.7"),
        (2, ["198.51.100.66, 203.0.113.7, 10.0.0.1"], "203.0.113.7"),
        (2, ["203.0.113.7"], PEER[0]),
        (1, ["203.0.113.7:51000"], "203.0.113.7"),
        (1, ["[2001:db8::7]:51000"], "2001:db8::7"),
        (1, ["2001:db8::7"], "2001:db8::7"),
        (1, ["unknown"], PEER[0]),
        (1, [""], PEER[0]),
        (1, ["203.0.113.7, "], PEER[0]),
        (1, ["\xff"], PEER[0]),
        (1, ["203.0.113.7," * 5000 + "203.0.113.8"], "203.0.113.8"),
    ],
)
def test_only_the_entries_of_our_own_proxies_are_believed(count: int, forwarded: list[str], found: str) -> None:
    heard = client(scope(*forwarded), count)
    assert heard is not None
    assert heard[0] == found


def test_pages_and_sockets_hear_of_one_address(settings: Any) -> None:
    settings.HANDRAIL_PROXIES = 1
    heard: list[Any] = []

    async def app(inner: Any, receive: Any, send: Any) -> None:
        heard.append(inner["client"])

    asyncio.run(BehindProxies(app)(scope("203.0.113.7"), None, None))  # type: ignore[arg-type]
    assert heard == [("203.0.113.7", 0)]
    assert proxies.client({**scope(), "client": None}, 1) is None


class Site:
    """An application behind SmallBodies that reads all of the body before it answers, as Django does."""

    def __init__(self) -> None:
        self.read = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        more = True
        while more:
            event = await receive()
            self.read += len(event.get("body", b""))
            more = event.get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def ask(path: str, pieces: list[bytes], announced: str | None = None) -> tuple[int, int]:
    """(status, bytes that reached the application)."""
    headers = [] if announced is None else [(b"content-length", announced.encode())]
    events = [
        {"type": "http.request", "body": piece, "more_body": n < len(pieces)} for n, piece in enumerate(pieces, 1)
    ]
    sent: list[dict[str, Any]] = []
    site = Site()

    async def receive() -> Any:
        return events.pop(0)

    async def send(event: Any) -> None:
        sent.append(event)

    asyncio.run(SmallBodies(site)({"path": path, "headers": headers}, receive, send))
    return sent[0]["status"], site.read


@pytest.mark.parametrize(
    "path", ["/api/messages/", "/widget/visitor", "/console/login/", "/admin/knowledge/article/add/"]
)
def test_a_body_is_read_up_to_its_limit(path: str) -> None:
    """B5, F10."""
    limit = largest(path)
    assert ask(path, [b"x" * limit], str(limit)) == (200, limit)
    assert ask(path, [], str(limit + 1)) == (413, 0)
    assert ask(path, [], "9" * 5000) == (413, 0)
    assert ask(path, [b"x" * 1000] * (limit // 1000 + 1)) == (413, limit // 1000 * 1000)


@pytest.mark.parametrize("announced", ["-1", "1e3", "", "0x10", "１"])
def test_a_length_that_is_no_number_is_refused(announced: str) -> None:
    assert ask("/", [b"x"], announced) == (413, 0)


def test_the_nearest_path_counts() -> None:
    assert largest("/api/messages/") == LARGEST["/api/"]
    assert largest("/apiary") == LARGEST[""]
