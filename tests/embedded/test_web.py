"""Who may open a socket, and what the probes say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client, override_settings

from config import health
from config.origins import CheckedOrigin, may_open

HERE = "https://support.example"
PARTNER = "https://partner.example"
pytestmark = pytest.mark.usefixtures("hosts")


@pytest.fixture
def hosts() -> Any:
    with override_settings(ALLOWED_HOSTS=["support.example"], HANDRAIL_WIDGET_ORIGINS=[PARTNER]):
        yield


def scope(path: str, *origins: str, host: str = "support.example", scheme: str = "wss") -> dict[str, Any]:
    headers = [(b"host", host.encode()), *((b"origin", origin.encode()) for origin in origins)]
    return {"type": "websocket", "path": path, "scheme": scheme, "headers": headers}


@pytest.mark.parametrize(
    ("path", "origins", "opens"),
    [
        ("/ws/console/", [HERE], True),
        ("/ws/console/", [PARTNER], False),
        ("/ws/console/", [f"{HERE}.evil.example"], False),
        ("/ws/console/", ["http://support.example"], False),
        ("/ws/console/", [f"{HERE}:8443"], False),
        ("/ws/console/", ["null"], False),
        ("/ws/console/", [], False),
        ("/ws/console/", [HERE, HERE], False),
        ("/ws/chat/", [HERE], True),
        ("/ws/chat/", [PARTNER], True),
        ("/ws/chat/", ["https://evil.example"], False),
        ("/ws/chat/../console/", [PARTNER], False),
    ],
)
def test_only_an_exact_origin_opens_a_socket(path: str, origins: list[str], opens: bool) -> None:
    """F3."""
    assert may_open(scope(path, *origins)) is opens


def test_a_host_that_is_not_ours_opens_nothing() -> None:
    """A rebound name has an Origin that equals its Host."""
    assert not may_open(scope("/ws/console/", "https://evil.example", host="evil.example"))
    assert may_open(scope("/ws/console/", "http://support.example:8000", host="support.example:8000", scheme="ws"))


def test_a_refused_socket_never_reaches_the_consumers() -> None:
    reached: list[str] = []
    sent: list[Any] = []

    async def consumer(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope["path"])

    async def send(message: Any) -> None:
        sent.append(message["type"])

    async def receive() -> Any:
        raise AssertionError

    guarded = CheckedOrigin(consumer)
    async_to_sync(guarded)(scope("/ws/console/", PARTNER), receive, send)
    assert (reached, sent) == ([], ["websocket.close"])
    async_to_sync(guarded)(scope("/ws/console/", HERE), receive, send)
    assert reached == ["/ws/console/"]


@pytest.mark.django_db
def test_ready_means_that_the_database_answers_with_every_migration(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def get(path: str) -> tuple[int, dict[str, Any]]:
        answer = client.get(path, headers={"host": "support.example"})
        return answer.status_code, json.loads(answer.content)

    status, body = get("/readyz")
    assert (status, body["database"]) == (200, "ok")
    migrations = health._migrations()
    monkeypatch.setattr(health, "_migrations", lambda: migrations | {("conversations", "9999_of_tomorrow")})
    status, body = get("/readyz")
    assert (status, body["ready"], body["database"]) == (503, False, "not migrated")
    assert get("/livez")[0] == 200


@pytest.mark.django_db
def test_a_silent_valkey_is_told_and_changes_nothing(client: Client) -> None:
    """P1."""
    with override_settings(REDIS_URL="unix:///nowhere/valkey.sock"):
        answer = client.get("/readyz", headers={"host": "support.example"})
    assert (answer.status_code, answer.json()["valkey"]) == (200, "no answer")


def test_a_database_that_is_gone_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    parameters = {"host": "/nowhere", "dbname": "none", "user": "app"}
    monkeypatch.setattr("django.db.connection.get_connection_params", lambda: parameters)
    answer = client.get("/readyz", headers={"host": "support.example"})
    assert (answer.status_code, answer.json()["database"]) == (503, "no answer")
