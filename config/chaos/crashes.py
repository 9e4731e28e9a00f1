"""Crashes in this process: an exception past all handlers and a closed connection, then what recovery would do."""

from __future__ import annotations

from django.db import connection

from conversations import faults
from conversations.sql import hot

from .plan import Fate
from .scenarios import SCENARIOS, Step
from .stories import Story

LEASES_OVER = """
with talk as (
  update conversations_conversation set lease_until = clock_timestamp() - interval '1 second'
   where id = %(id)s and lease_until is not null)
update tools_effect e set lease_until = clock_timestamp() - interval '1 second'
  from tools_toolcall t where t.id = e.call_id and t.conversation_id = %(id)s and e.lease_until is not null
"""


def live(story: Story, fate: Fate) -> list[str]:
    """The whole story with its crashes; the fault points that were not reached."""
    missed = []
    for step, point in zip(SCENARIOS[story.scenario].steps, fate.points, strict=True):
        if point is None:
            go(story, step)
        elif not crashes(story, step, point):
            missed.append(point)
        else:
            mend(story, step)
    return missed


def go(story: Story, step: Step) -> None:
    step.outside(story)
    step.inside(story)


def crashes(story: Story, step: Step, point: str) -> bool:
    """Die at the point; False when the step never came there."""
    faults.install(faults.crash_at(point))
    try:
        go(story, step)
    except faults.CrashError:
        drop_connection()
        return True
    finally:
        faults.install(None)
    return False


def drop_connection() -> None:
    """A crash takes its connection along: whatever was not committed is gone."""
    if connection.connection is not None:
        connection.connection.close()
    connection.close()


def mend(story: Story, step: Step) -> None:
    """Whoever was outside does it again, the leases run out, and the next worker finishes the work."""
    step.outside(story)
    for _ in range(2):
        leases_over(story)
        step.inside(story)


def leases_over(story: Story) -> None:
    hot(LEASES_OVER, {"id": story.conversation})
