"""True kills: each in a process of its own that dies by SIGKILL; then one sweeper mends, and nobody helps it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
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
# A clean process that has the code loaded and neither threads nor connections: each victim is forked off it.
FORKS: Final = get_context("forkserver")
FORKS.set_forkserver_preload([doomed.__name__])
AT_ONCE: Final = 20  # stories in one round
DEADLINE: Final = 60.0


@dataclass(frozen=True)
class Round:
    """Stories that die together, and share the wait for their leases: each at its step, at its point."""

    stories: list[Story]
    steps: list[int]
    points: list[str]
    processes: list[ForkServerProcess]


def begin(stories: list[Story], fates: list[Fate]) -> Round:
    """Each story up to its fatal step, which a process of its own takes."""
    steps = [next(n for n, point in enumerate(fate.points) if point is not None) for fate in fates]
    points = [str(fate.points[step]) for fate, step in zip(fates, steps, strict=True)]
    for story, last in zip(stories, steps, strict=True):
        for step in SCENARIOS[story.scenario].steps[:last]:
            go(story, step)
    processes = [start(*one) for one in zip(stories, steps, points, strict=True)]
    return Round(stories, steps, points, processes)


def finish(round_: Round) -> tuple[list[str], list[str]]:
    """When all are dead: outside they do it again, the sweeper mends, and the stories go on. What went otherwise, and
    the points that no victim came to, because somebody else had done its work before it."""
    for process in round_.processes:
        process.join(120)
    odd: list[str] = []
    with sweeper():
        for story, step in zip(round_.stories, round_.steps, strict=True):
            odd += told(story, SCENARIOS[story.scenario].steps[step].outside)
        wait_for(round_.stories)
        for story, last in zip(round_.stories, round_.steps, strict=True):
            for after in SCENARIOS[story.scenario].steps[last + 1 :]:
                odd += told(story, partial(go, step=after))
        wait_for(round_.stories)
    ends = zip(round_.points, round_.processes, strict=True)
    return odd, [point for point, process in ends if process.exitcode != -signal.SIGKILL]


def told(story: Story, act: Callable[[Story], None]) -> list[str]:
    """Whatever stops one story is a problem of its own, and the others go on."""
    try:
        act(story)
    except Exception as error:  # noqa: BLE001
        return [f"{story}: {type(error).__name__}: {error}"]
    return []


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
