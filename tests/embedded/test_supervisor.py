"""The process tree: a dead part comes back, a stopped tree leaves nothing, and nobody survives the supervisor."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from config.embedded import home, processes, shop
from config.embedded.home import EmbeddedError
from config.embedded.processes import Program
from config.embedded.supervisor import LONGEST_DELAY, Part, ProgramPart, ServerPart, Supervisor

Python = Callable[..., subprocess.Popen[str]]


def part(tmp_path: Path, *arguments: str) -> ProgramPart:
    program = Program(arguments, tmp_path / "part.log", home.ourselves(), dict(os.environ))
    return ProgramPart("part", program=program)


def alive(pid: int) -> bool:
    return bool(processes.arguments(pid))


def group_is_gone(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_waits_double_up_to_a_bound_and_begin_again_after_a_healthy_life() -> None:
    dying = Part("dying")
    dying.started = time.monotonic()
    assert [dying.fail() for _ in range(8)] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, LONGEST_DELAY]
    dying.started = time.monotonic() - 3600
    assert dying.fail() == 0.5


@pytest.mark.services
def test_a_killed_part_is_started_again_and_said(tmp_path: Path) -> None:
    """G13."""
    said: list[str] = []
    supervisor, sleeper = Supervisor(said.append), part(tmp_path, "/bin/sleep", "300")
    supervisor.start(sleeper)
    assert sleeper.child
    first = sleeper.child.pid
    os.kill(first, signal.SIGKILL)
    assert processes.wait_until(lambda: not sleeper.alive(), 5)
    supervisor.until(sleeper.alive, 10, "No new part")
    assert sleeper.child.pid != first
    assert said == ["part was killed by signal 9; starting it again in 0.5 s"]
    supervisor.stop()
    assert group_is_gone(sleeper.child.pid)


def test_a_shop_that_comes_back_before_its_database_is_tried_again(own_home: Path) -> None:
    """G13: one kill that takes several parts along leaves nobody who gives up."""
    sockets = own_home / "sockets"
    nobody = f"postgresql://app@/demo_shop?host={sockets}"
    server = shop.Shop("packs.demo_shop.service", sockets / "shop.sock", nobody, own_home / "shop.log")
    said: list[str] = []
    supervisor, waiting = Supervisor(said.append), ServerPart("shop", server=server)
    supervisor.parts.append(waiting)
    supervisor.ready = True
    for _ in range(4):
        waiting.looked = 0.0  # as if a second had passed
        waiting.not_before = min(waiting.not_before, time.monotonic())
        supervisor.look()
    assert said.count("The shop waits: Postgres doesn't answer at the moment.") == 2


@pytest.mark.services
def test_stopping_takes_stubborn_children_and_grandchildren_along(tmp_path: Path) -> None:
    supervisor = Supervisor(print)
    stubborn = part(tmp_path, "/bin/sh", "-c", "trap '' TERM; echo up; sleep 300 & sleep 300; sleep 300")
    supervisor.start(stubborn)
    supervisor.until(lambda: (tmp_path / "part.log").read_text() == "up\n", 10, "It is not up")
    assert stubborn.child
    began = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began < 4
    assert processes.wait_until(lambda: group_is_gone(stubborn.child.pid), 2)


@pytest.mark.services
def test_a_part_that_never_starts_ends_the_start_with_its_log(tmp_path: Path) -> None:
    supervisor = Supervisor(lambda said: None)
    supervisor.start(part(tmp_path, "/bin/sh", "-c", "echo no such luck; exit 3"))
    with pytest.raises(EmbeddedError, match=r"ended with code 3, 3 times(.|\n)*no such luck"):
        supervisor.until(lambda: False, 20, "never")


@pytest.mark.services
def test_children_die_with_a_killed_supervisor(python: Python, tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib; from config.embedded import home, processes;"
        "log = pathlib.Path(sys.argv[1]) / 'part.log';"
        "one = processes.Program(('/bin/sleep', '300'), log, home.ourselves(), dict(os.environ));"
        "print(processes.tied(one).pid, flush=True); input()"
    )
    supervisor = python("-c", code, str(tmp_path))
    assert supervisor.stdout
    child = int(supervisor.stdout.readline())
    assert alive(child)
    supervisor.kill()
    assert processes.wait_until(lambda: not alive(child), 5)
