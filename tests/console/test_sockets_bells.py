"""News on the sockets of a web process: found by the poller alone, or at once by doorbells; and nothing that was masked."""

from __future__ import annotations

import base64
import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
import redis
from websockets.sync.client import ClientConnection

from config.embedded.valkey import Valkey
from conversations import bell, lifecycle, outbox
from conversations.identity import visitor_token
from conversations.models import Conversation
from tests import cast
from tests.console.conftest import handed_over
from tests.console.sockets import (
    PATIENCE,
    Page,
    console,
    no_socket_stays_open,
    site,
    token_of,
)
from tests.webserver import serving

__all__ = ["no_socket_stays_open", "site"]

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_the_console_hears_of_news_without_a_channel_layer(site: str) -> None:
    mine = handed_over(cast.alice(), "Hi")
    socket = console(site, cast.olga())
    socket.send(json.dumps({"watch": str(mine.public_id)}))
    heard = [json.loads(socket.recv(timeout=PATIENCE)) for _ in range(2)]
    outbox.append(mine.pk, "system", "Something new")
    heard.append(json.loads(socket.recv(timeout=PATIENCE)))
    assert {"poke": "conversation", "id": str(mine.public_id)} in heard
    assert {"poke": "inbox"} in heard
    assert all("Something" not in json.dumps(frame) for frame in heard)


@pytest.fixture(scope="module")
def bells(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """A Valkey of its own; the folder stands where the servers' account may walk."""
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="handrail-bell-", dir="/var/tmp"))
    folder.chmod(0o711)
    server = Valkey(folder / "data", folder / "sockets" / "valkey.sock", folder / "data" / "log")
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def ringing(bells: Valkey, tmp_path: Path, django_db_setup: None, settings: Any) -> Iterator[str]:
    """A web process that hears doorbells and never polls by itself."""
    url = f"unix://{bells.socket}"
    layers = {
        **settings.CHANNEL_LAYERS["default"],
        "CONFIG": {**settings.CHANNEL_LAYERS["default"]["CONFIG"], "hosts": [url]},
    }
    settings.CHANNEL_LAYERS = {"default": layers}
    from channels.layers import channel_layers

    channel_layers.backends.clear()
    with serving(tmp_path / "log", REDIS_URL=url, TEST_POLL_SECONDS="600") as site:
        yield site
    channel_layers.backends.clear()


def test_doorbells_bring_news_at_once(ringing: str, tmp_path: Path) -> None:
    """Between processes: messages and both sides' typing, without waiting for the poller."""
    page = Page(ringing, token_of(cast.alice()))
    page.say("A person please")
    conversation = uuid.UUID(page.next("ack")["conversation"])
    page.messages(1)
    outbox.append(Conversation.objects.get().pk, "agent", "Just a moment")
    log = tmp_path / "log"
    ring_until(page.socket, lambda: bell.poke(conversation), "Just a moment", log)
    operator = console(ringing, cast.olga())
    operator.send(json.dumps({"watch": str(conversation), "ping": 1}))
    assert until(operator, "type")["type"] == "pong"
    heard = ring_until(operator, lambda: page.send(type="typing"), '"typing"', log)
    assert heard == {"typing": "customer", "id": str(conversation)}
    lifecycle.take_over(Conversation.objects.get(), cast.olga())
    heard = ring_until(page.socket, lambda: bell.poke(conversation), '"human"', log)
    assert (heard["type"], heard["owner"]) == ("state", "Olga")
    assert until(operator, "poke")["poke"] in ("conversation", "inbox")
    typing = json.dumps({"typing": str(conversation)})
    heard = ring_until(page.socket, lambda: operator.send(typing), '"Olga"', log)
    assert heard == {"type": "typing", "who": "operator", "name": "Olga"}
    heard = ring_until(page.socket, lambda: bell.typing(conversation, "agent"), '"agent"', log)
    assert heard["type"] == "typing"


SECRETS = ("5105 1051 0510 5100", "83920174")


def test_what_was_masked_is_nowhere(bells: Valkey, tmp_path: Path, django_db_setup: None) -> None:
    """S0-05, D1: not in a table, an event, a log line, a task's message or anything that goes through Valkey."""
    log, url = tmp_path / "log", f"unix://{bells.socket}"
    words = f"The zebra's card is {SECRETS[0]}, otp {SECRETS[1]}"
    with (
        redis.Redis.from_url(url) as client,
        client.monitor() as monitor,
        serving(log, REDIS_URL=url, CELERY_BROKER_URL=f"redis+socket://{bells.socket}", HANDRAIL_LOG="debug") as site,
    ):
        page = Page(site, token_of(cast.alice()))
        page.say(words)
        page.next("ack")
        body = json.dumps({"client_id": "k", "text": words}).encode()
        headers = {"Authorization": f"Bearer {visitor_token()}", "Content-Type": "application/json"}
        urlopen(Request(f"{site}/api/messages/", body, headers), timeout=PATIENCE).close()
        passed = heard(monitor, ("PUBLISH", "LPUSH"), 6)
    rung = [
        json.loads(base64.b64decode(json.loads(text)["body"])) for text in re.findall(r"LPUSH celery (\{.*\})", passed)
    ]
    assert [args for args, *_ in rung] == [
        [pk] for pk in Conversation.objects.order_by("pk").values_list("pk", flat=True)
    ]
    kept = tables()
    assert kept.count("The zebra's card is [card number removed], otp [code removed]") == 2
    assert "message_received" in log.read_text()
    for place in (kept, passed, log.read_text(), json.dumps(rung)):
        assert not any(secret in place for secret in SECRETS)
    assert all(secret not in json.dumps(page.frames) for secret in SECRETS)


def heard(monitor: Any, kinds: tuple[str, ...], number: int) -> str:
    """Everything that went through Valkey until so many of these commands did."""
    found: list[str] = []
    while sum(command.startswith(kinds) for command in found) < number:
        found.append(monitor.next_command()["command"])
    return "\n".join(found)


def tables() -> str:
    """Every row of every table as text."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select table_name from information_schema.tables where table_schema = 'public'")
        kept = []
        for (table,) in cursor.fetchall():
            cursor.execute(f'select string_agg(t::text, chr(10)) from "{table}" t')
            kept.append(cursor.fetchone()[0] or "")
    return "\n".join(kept)


def ring_until(socket: ClientConnection, ring: Callable[[], None], words: str, log: Path) -> dict[str, Any]:
    """The frame with these words. A bell may be lost, repeated or overtaken by another's, so it's rung again, as the
    pages do; a new process subscribes only while its first page is already open. Nobody types within two seconds."""
    for _ in range(PATIENCE):
        ring()
        listening = time.monotonic() + 1
        while (left := listening - time.monotonic()) > 0:
            with suppress(TimeoutError):
                frame: dict[str, Any] = json.loads(text := str(socket.recv(timeout=left)))
                if words in text:
                    return frame
    raise TimeoutError(f"no bell brought {words}: {log.read_text()[-3000:]}")


def until(socket: ClientConnection, key: str) -> dict[str, Any]:
    while True:
        frame: dict[str, Any] = json.loads(socket.recv(timeout=PATIENCE))
        if key in frame:
            return frame
