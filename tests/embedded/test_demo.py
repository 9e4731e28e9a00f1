"""`make demo` as a person meets it: it starts, says where it is, survives kills of its parts, and stops at once."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import pytest

from config.embedded import postgres, processes, shop, valkey

pytestmark = pytest.mark.services
Python = Callable[..., subprocess.Popen[str]]
PARTS = ("config.web", "worker", "beat", "sweep")


@dataclass
class Demo:
    """A running demo; a thread reads what it prints, so that its pipe never fills."""

    child: subprocess.Popen[str]
    port: int
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        Thread(target=lambda: self.said.extend(iter(self.child.stdout.readline, "")), daemon=True).start()

    def until(self, true: Callable[[], bool], seconds: float) -> None:
        assert processes.wait_until(true, seconds), "".join(self.said)

    def ready(self) -> bool:
        return get(self.port, "/readyz")[0] == 200

    def has_said(self, text: str) -> bool:
        return any(text in line for line in self.said)

    def tree(self) -> list[int]:
        """Everything that runs for this home, by what only its processes have in their environment or arguments."""
        mark = os.fsencode(os.environ["HANDRAIL_HOME"])
        return [pid for pid in all_pids() if pid != os.getpid() and mark in traces(pid)]

    def part(self, word: str) -> int | None:
        return next((pid for pid in self.tree() if word in processes.arguments(pid)), None)


def all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def traces(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except OSError:
        return 0, b""
    finally:
        connection.close()


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def started(python: Python, port: int) -> Iterator[Callable[[], Demo]]:
    demos: list[Demo] = []

    def start() -> Demo:
        demo = Demo(python("-m", "config.demo", "--port", str(port)), port)
        demos.append(demo)
        demo.until(demo.ready, 60)
        demo.until(lambda: demo.has_said("Ctrl-C stops everything"), 10)
        return demo

    yield start
    for demo in demos:
        demo.child.terminate()
        demo.child.wait(10)


def test_the_demo_lives_through_any_kill_and_leaves_nothing_behind(started: Callable[[], Demo], python: Python) -> None:
    """G13. One long test, because each start costs seconds."""
    demo = started()
    assert demo.has_said(f"http://127.0.0.1:{demo.port}/console/")
    body = json.loads(get(demo.port, "/readyz")[1])
    assert (body["database"], body["valkey"]) == ("ok", "ok")

    second = python("-m", "config.demo", "--port", str(demo.port))
    assert f"already running from here, at http://127.0.0.1:{demo.port}/" in second.communicate()[0]
    assert second.returncode == 1
    elsewhere = python("-m", "config.demo", "--port", str(demo.port), HANDRAIL_HOME=f"{os.environ['HANDRAIL_HOME']}/2")
    assert f"Port {demo.port} is taken by another copy of Handrail" in elsewhere.communicate()[0]

    here = shop.here()
    assert here
    before = {server: server.running() for server in (postgres.here(), valkey.here(), here)}
    parts = {word: demo.part(word) for word in PARTS}
    for pid in [*(pid for pids in before.values() for pid in pids), *parts.values()]:
        assert pid
        os.kill(pid, signal.SIGKILL)
    for server, pids in before.items():
        demo.until(lambda server=server, pids=pids: server.running() not in ([], pids), 15)
    for word, pid in parts.items():
        demo.until(lambda word=word, pid=pid: demo.part(word) not in (None, pid), 15)
    demo.until(demo.ready, 30)
    assert demo.has_said("starting it again")

    demo.child.kill()
    demo.until(lambda: demo.tree() == [], 10)
    began = time.monotonic()
    demo = started()
    assert time.monotonic() - began < 25
    began = time.monotonic()
    demo.child.send_signal(signal.SIGTERM)
    demo.child.wait(10)
    assert time.monotonic() - began < 5
    assert demo.child.returncode == 0
    assert demo.tree() == []


def test_a_port_of_another_program_is_named_in_a_sentence(python: Python, port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        taken.settimeout(10)
        demo = python("-m", "config.demo", "--port", str(port))
        output, _ = demo.communicate()
    assert output == (f"Port {port} is taken by another program: stop that one, or run `make demo PORT={port + 1}`.\n")
    assert demo.returncode == 1
