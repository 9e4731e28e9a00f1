"""The real web process for tests: config.web as the product starts it, on a free port and this run's test database."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
NO_LAYER = "unix:///nowhere/valkey.sock"


@contextmanager
def serving(log: Path, **environment: str) -> Iterator[str]:
    """The server's address. Without REDIS_URL it has no channel layer: what works, works by the database alone."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
    port = listening.getsockname()[1]
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.websettings",
        "DATABASE_URL": database_url(),
        "REDIS_URL": NO_LAYER,
        "CELERY_BROKER_URL": "redis+socket:///nowhere/valkey.sock",
        "PYTHONPATH": str(ROOT),
        **environment,
    }
    with log.open("wb") as out, listening:
        command = [sys.executable, "-m", "config.web", "--fd", str(listening.fileno())]
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=out, pass_fds=[listening.fileno()])
    try:
        _answers(f"http://127.0.0.1:{port}/livez", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"The web process doesn't answer: {log.read_text()[-3000:]}")


def database_url() -> str:
    ours = connection.settings_dict
    who = f"{quote(ours['USER'])}:{quote(ours['PASSWORD'])}" if ours["PASSWORD"] else quote(ours["USER"])
    port = f":{ours['PORT']}" if ours["PORT"] else ""
    return f"postgresql://{who}@{port}/{ours['NAME']}?{urlencode({'host': ours['HOST']})}"
