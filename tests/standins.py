"""The stand-in for the provider's API, in a thread of the test's process, and settings that point at it.

Import the fixtures: `from tests.standins import standin, standin_server`.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn
from django.conf import settings

from agents.llm import anthropic
from evals.standin.app import Standin
from evals.standin.faults import Faults

KEY = "sk-test"


@dataclass
class Server:
    """Where it answers; `standin` says what, and has heard what came."""

    url: str
    standin: Standin

    @property
    def heard(self) -> list[dict[str, Any]]:
        return list(self.standin.heard)

    def fails(self, *faults: str) -> None:
        """The next requests meet these."""
        self.standin.faults.script = list(faults)


@pytest.fixture(scope="session")
def standin_server() -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as place:
        made = Standin({}, KEY)
        config = uvicorn.Config(made.app(), log_level=100, lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [place]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        url = f"http://127.0.0.1:{place.getsockname()[1]}"
        yield Server(url, made)
        anthropic._client(KEY, url).close()
        anthropic._client.cache_clear()
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def standin(standin_server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """Says "Good day." to every role, until a test says otherwise."""
    made = standin_server.standin
    made.script, made.faults, made.drip_seconds = {"*": "Good day."}, Faults(), 0.2
    made.heard.clear()
    made.kept.clear()
    monkeypatch.setattr(settings, "ANTHROPIC_API_KEY", KEY)
    monkeypatch.setattr(settings, "ANTHROPIC_BASE_URL", standin_server.url)
    return standin_server
