"""A customer's page and an operator's without a browser, on the sockets of a real web process; both fixtures are imported
by the tests that use it."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import jwt
import pytest
from django.contrib.auth.models import User
from django.test import Client
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from conversations.models import Customer
from tests.webserver import serving
from tests.websettings import HANDRAIL_WIDGET_SECRET

PATIENCE = 30
opened = ExitStack()


@pytest.fixture(scope="module")
def site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("web") / "log") as url:
        yield url


@pytest.fixture(autouse=True)
def no_socket_stays_open() -> Iterator[None]:
    with opened:
        yield


class Page:
    """A customer's page without a browser."""

    def __init__(self, site: str, token: Any = None, **hello: Any) -> None:
        self.socket = chat(site)
        self.frames: list[dict[str, Any]] = []
        if token is not None:
            self.send(type="hello", token=token, **hello)

    def send(self, **frame: Any) -> None:
        self.socket.send(json.dumps(frame))

    def say(self, text: str, client_id: str | None = None) -> str:
        client_id = client_id or uuid.uuid4().hex
        self.send(type="say", client_id=client_id, text=text)
        return client_id

    def next(self, kind: str) -> dict[str, Any]:
        return self.next_of(kind)

    def next_of(self, *kinds: str) -> dict[str, Any]:
        """The next frame of one of these kinds; the others are kept in `frames`."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            frame = json.loads(self.socket.recv(timeout=PATIENCE))
            self.frames.append(frame)
            if frame["type"] in kinds:
                return frame
        raise TimeoutError(str(kinds))

    def state(self, status: str) -> dict[str, Any]:
        while (frame := self.next("state"))["status"] != status:
            pass
        return frame

    def messages(self, number: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while len(found) < number:
            found += self.next("messages")["messages"]
        return found


def chat(site: str, origin: str | None = None) -> ClientConnection:
    address = f"{site.replace('http', 'ws')}/ws/chat/"
    return opened.enter_context(connect(address, origin=origin or site))  # type: ignore[arg-type]


def token_of(customer: Customer, secret: str = HANDRAIL_WIDGET_SECRET, algorithm: str = "HS256", **change: Any) -> str:
    claims = {"sub": customer.external_ref, "email": customer.email, "exp": int(time.time()) + 300, **change}
    return jwt.encode(claims, secret, algorithm=algorithm)


def closed_with(socket: ClientConnection) -> int:
    for _ in range(100):
        try:
            socket.recv(timeout=PATIENCE)
        except ConnectionClosed as ended:
            return ended.rcvd.code if ended.rcvd else 0
    raise AssertionError("the socket stays open")


def console(site: str, user: User | None, origin: str | None = None) -> ClientConnection:
    client = Client()
    if user is not None:
        client.force_login(user)
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    address = f"{site.replace('http', 'ws')}/ws/console/"
    headers = {"Cookie": cookies}
    return opened.enter_context(connect(address, origin=origin or site, additional_headers=headers))  # type: ignore[arg-type]
