"""True kills: each in a process of its own that dies by SIGKILL; then one sweeper mends, and nobody helps it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Final

from conversations.models import Conversation
from tools.models import Effect, ToolCall

from . import doomed
from .crashes import go
from .plan import Fate
from .scenarios import SCENARIOS
from .stories import Story

ROOT: Final = Path(__file__).resolve().parents[2]
KILLED: Final = -9
# A clean process that has the code loaded and neither threads nor connections: each victim is forked off it.
FORKS: Final = get_context("forkserver")
FORKS.set_forkserver_preload([doomed.__name__])
AT_ONCE: Final = 20  # stories in one round: they share the wait for their leases
DEADLINE: Final = 60.0


def live(stories: list[Story], fates: list[Fate]) -> list[str]:
    """All stories with one kill each; the fault points that were not reached."""
    missed = []
    for first in range(0, len(stories), AT_ONCE):
        missed += round_of(stories[first : first + AT_ONCE], fates[first : first + AT_ONCE])
    return missed


def round_of(stories: list[Story], fates: list[Fate]) -> list[str]:
    fatal = [next(n for n, point in enumerate(fate.points) if point is not None) for fate in fates]
    for story, last in zip(stories, fatal, strict=True):
        for step in SCENARIOS[story.scenario].steps[:last]:
            go(story, step)
    points = [str(fate.points[last]) for fate, last in zip(fates, fatal, strict=True)]
    processes = [start(*one) for one in zip(stories, fatal, points, strict=True)]
    for process in processes:
        process.join(120)
    codes = [process.exitcode for process in processes]
    with sweeper():
        for story, last in zip(stories, fatal, strict=True):
            SCENARIOS[story.scenario].steps[last].outside(story)
        wait_for(stories)
        for story, last in zip(stories, fatal, strict=True):
            for step in SCENARIOS[story.scenario].steps[last + 1 :]:
                go(story, step)
        wait_for(stories)
    return [point for point, code in zip(points, codes, strict=True) if code != KILLED]


def start(story: Story, step: int, point: str) -> ForkServerProcess:
    process = FORKS.Process(target=doomed.die, args=(point, step, story.to_json()))
    process.start()
    return process


@contextmanager
def sweeper() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "manage.py", "sweep"], cwd=ROOT, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def wait_for(stories: list[Story]) -> None:
    """Until nothing is left to do for any of them, or the time is over: then the count says what is wrong."""
    talks, end = [story.conversation for story in stories], time.monotonic() + DEADLINE
    while time.monotonic() < end and is_busy(talks):
        time.sleep(0.2)


def is_busy(talks: list[int]) -> bool:
    active = Conversation.objects.filter(pk__in=talks, status="active").values_list("wake", "done")
    due = ToolCall.objects.filter(conversation__in=talks, status="proposed", requests__status="approved")
    unsettled = Effect.objects.filter(call__conversation__in=talks, status__in=("open", "unknown"))
    return any(wake > done for wake, done in active) or due.exists() or unsettled.exists()
