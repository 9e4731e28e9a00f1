"""In the line for a person: what can plainly be read is answered, the rest is noted for the colleague, once.

Nothing is asked back, written, promised or handed over again; the customer keeps their place, and whoever takes the
conversation over owns the next reply from that moment on.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Final

from agents.intents.taxonomy import SMALL_TALK
from agents.workflows import prepare, security_report, talk_to_person
from conversations import queue

from . import handing, words
from .caps import CapReachedError
from .finish import Draft
from .hearing import UNKNOWN, Heard, listen
from .matters import Matter, begin_all, matters_of, workflow_for, writes
from .memory import Memory

if TYPE_CHECKING:
    from .turn import Thinking

NOTED: Final = "line.noted"
# Workflows that write nothing and still answer nothing.
NO_ANSWER: Final = frozenset(
    {UNKNOWN, SMALL_TALK, prepare.WORKFLOW.name, talk_to_person.WORKFLOW.name, security_report.WORKFLOW.name}
)


def answer(t: Thinking) -> Draft:
    """From the words of somebody who waits to an answer that was read, to a note, or to nothing."""
    if not t.work.unanswered or t.kit.paused.everything:
        return silence(t)
    heard = listen(t)
    if heard.is_small_talk or heard.foreign is not None:
        return silence(t)
    try:
        return read_out(t, heard) or note(t)
    except (CapReachedError, words.BlockedError) as why:
        t.ports.note("check", "in line", {"why": str(why)})
        return silence(t)


def silence(t: Thinking) -> Draft:
    """It was heard, and a person will answer it."""
    from .turn import close

    t.memory, t.draft = Memory.read(copy.deepcopy(t.work.state)), Draft()
    return close(t)


def read_out(t: Thinking, heard: Heard) -> Draft | None:
    """The answer to questions that are all plainly read; None when anything else is wanted, or is missing."""
    from .turn import close, desk_for

    matters = matters_of(t, heard)
    if heard.repair is not None or not all(is_read(t, matter) for matter in matters):
        return None
    before = copy.deepcopy(t.memory)
    desk = desk_for(t, heard)
    reason = begin_all(t, desk, matters)
    desk.lines = handing.settled(desk.lines)
    if reason is not None or not desk.lines:
        t.memory, t.draft = before, Draft()
        return None
    handing.end_open_runs(t)
    t.draft.messages = words.compose(t, desk)
    return close(t, desk)


def is_read(t: Thinking, matter: Matter) -> bool:
    name = workflow_for(t.kit, matter)
    return name is not None and name not in NO_ANSWER and not writes(t.kit, name)


def note(t: Thinking) -> Draft:
    """Said once: it is with the rest, and which place they have."""
    from .turn import close, empty_desk

    conversation = t.work.conversation
    place = t.ports.call("place", [], lambda: queue.place(conversation), outside=False)
    if place is None or t.memory.said.get(NOTED):
        return silence(t)
    desk = empty_desk(t)
    desk.say(NOTED, n=str(place)).facts.append(place)
    t.draft.messages = words.compose(t, desk)
    return close(t, desk)
