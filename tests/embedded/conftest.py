"""A home of its own for each test: what it starts there is stopped at the end, and nothing else is touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.embedded import home, postgres, users

ELSEWHERE = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "SHOP_URL", "SHOP_DATABASE_URL", users.SUPERVISED)


@pytest.fixture
def own_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Under /var/tmp, because pytest's own folders are closed to the servers' account."""
    for name in ELSEWHERE:
        monkeypatch.delenv(name, raising=False)
    folder = Path(tempfile.mkdtemp(prefix="handrail-test-", dir="/var/tmp"))
    folder.chmod(0o711)
    monkeypatch.setenv("HANDRAIL_HOME", str(folder))
    yield folder
    monkeypatch.setenv("HANDRAIL_HOME", str(folder))
    users.stop_all()
    apart = home.services()
    shutil.rmtree(folder, ignore_errors=True)
    if apart != folder:
        shutil.rmtree(apart, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a server that was made once: copying it takes a tenth of making it."""
    folder = Path(tempfile.mkdtemp(prefix="handrail-test-", dir="/var/tmp"))
    folder.chmod(0o711)
    server = postgres.Postgres(home.made_for_servers(folder / "postgres"), folder / "sockets", folder / "log")
    server._create()
    kept = tmp_path_factory.mktemp("cluster") / "postgres"
    subprocess.run(["cp", "-a", server.folder, kept], check=True)
    shutil.rmtree(folder)
    return kept


@pytest.fixture
def made_home(own_home: Path, cluster: Path) -> Path:
    """A home whose Postgres has been made and never started."""
    subprocess.run(["cp", "-a", cluster, own_home / "postgres"], check=True)
    return own_home


@pytest.fixture
def python(own_home: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `python -c code` in the checkout; whoever is still there at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=home.CHECKOUT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(child)
        return child

    yield start
    for child in started:
        child.kill()
        child.communicate()


@pytest.fixture
def foreigner(own_home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A living process of somebody else's, running as the servers' account."""
    with subprocess.Popen(["/bin/sleep", "300"], cwd="/", **home.account().spawn_options()) as child:
        yield child
        child.kill()
