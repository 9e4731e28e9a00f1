"""In the line for a person: what can plainly be read is answered, the rest is noted for the colleague, once.

Nothing is asked back, written or promised; the customer keeps their place, and whoever takes the conversation over owns
the next reply from that moment on. Words that call for a person by themselves are passed on at once: they move the
conversation to the queue of the graver matter, and the packet says so.
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Final

from agents.intents.taxonomy import SMALL_TALK
from agents.workflows import prepare, security_report, talk_to_person
from conversations import queue
from tools.models import ToolCall

from . import aftermath, escalation, handing, words
from .able import workflow_for, writes
from .aftermath import Deed
from .caps import CapReachedError
from .finish import Draft
from .hearing import UNKNOWN, Heard, listen
from .matters import begin_all
from .memory import Memory
from .repair import RepairKind
from .wants import Matter, matters_of

if TYPE_CHECKING:
    from .turn import Thinking

NOTED: Final = "line.noted"
AGAIN: Final = "queue.again"
OFTEN: Final = 3  # times that somebody who asks after the person hears where they stand
_ASKS_AFTER: Final = re.compile(
    r"\b(?:how\s+much\s+longer|how\s+long\s+(?:(?:do|must|should|will|have)\s+i\b|is\s+the\s+(?:wait|queue|line)|(?:will|does|is)\s+(?:it|this|that)\s+(?:take|going))"
    r"|still\s+waiting|(?:any|some)(?:one|body)\s+(?:there|here|coming|reading|home)|are\s+(?:you|they)\s+(?:still\s+)?there"
    r"|my\s+(?:turn|place)|hello+|when\s+(?:will|does|is|can)\s+(?:some|any)(?:one|body)"
    r"|(?:where|who)\s+(?:is|are)\s+(?:the|your|my|that)\s+(?:person|human|colleague|people|agent|operator))\b|^[\s.!]*\?[\s?!.]*$",
    re.IGNORECASE,
)
# Workflows that write nothing and still answer nothing.
NO_ANSWER: Final = frozenset(
    {UNKNOWN, SMALL_TALK, prepare.WORKFLOW.name, talk_to_person.WORKFLOW.name, security_report.WORKFLOW.name}
)


def answer(t: Thinking) -> Draft:
    """From the words of somebody who waits to an answer that was read, to a note, or to nothing."""
    if not t.work.unanswered or t.kit.paused.everything:
        return silence(t)
    heard = listen(t)
    t.unheard = is_undecided(t)
    if escalation.alarms(heard.cares, t.memory.cares):
        return raise_alarm(t, heard)
    asks_after = asks_after_them(heard)
    if t.unheard or heard.foreign is not None or (heard.is_small_talk and not asks_after):
        return silence(t)
    if heard.text.strip() and not re.search(r"[^\W\d]|\?", heard.text):
        return note(t)  # a number alone, a code that came too late: it asks nothing
    try:
        return read_out(t, heard) or (where_they_stand(t) if asks_after else note(t))
    except (CapReachedError, words.BlockedError) as why:
        t.ports.note("check", "in line", {"why": str(why)})
        return silence(t)


def silence(t: Thinking) -> Draft:
    """It was heard, and a person will answer it."""
    from .turn import close

    t.memory, t.draft = Memory.read(copy.deepcopy(t.work.state)), Draft()
    return close(t)


def asks_after_them(heard: Heard) -> bool:
    """For a person once more, or for when one comes."""
    again = heard.repair is not None and heard.repair.kind is RepairKind.PERSON
    return again or _ASKS_AFTER.search(heard.text) is not None


def is_undecided(t: Thinking) -> bool:
    """A write of theirs waits: their words stay unheard, because a "stop" must be newer than what was heard."""
    open_writes = ToolCall.objects.filter(conversation_id=t.work.conversation, status=ToolCall.Status.PROPOSED)
    found: bool = t.ports.call("undecided", [], open_writes.exists, outside=False)
    return found


def raise_alarm(t: Thinking, heard: Heard) -> Draft:
    """What was said now calls for a person by itself: a graver matter than the one that they wait for has its own queue
    and words, any other is noted in the packet of that one."""
    from .turn import escalate

    conversation = t.work.conversation
    held = t.ports.call("held", [], lambda: queue.held(conversation), outside=False)
    found = escalate(t, heard)
    assert found is not None, "an alarm is one of the list's first signs"
    t.memory.cares = list(dict.fromkeys([*t.memory.cares, *heard.cares]))
    if escalation.is_graver(found.reason, held["reason"]):
        return handing.move_up(t, heard, found.reason, escalation.dearer(found.queue, held["queue"]))
    return handing.move_up(t, heard, held["reason"], held["queue"], line=NOTED)


def read_out(t: Thinking, heard: Heard) -> Draft | None:
    """The answer to questions that are all plainly read; None when anything else is wanted, or is missing."""
    from .turn import close, desk_for

    if heard.after is not None:
        return tell_of(t, heard, heard.after)
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


def tell_of(t: Thinking, heard: Heard, deed: Deed) -> Draft:
    """A write of theirs, asked about before anybody came."""
    from .turn import close, desk_for

    desk = desk_for(t, heard)
    aftermath.tell(t, desk, deed)
    t.draft.messages = words.compose(t, desk)
    return close(t, desk)


def is_read(t: Thinking, matter: Matter) -> bool:
    name = workflow_for(t.kit, matter)
    return name is not None and name not in NO_ANSWER and not writes(t.kit, name)


def where_they_stand(t: Thinking) -> Draft:
    """Their place as it is now, and how long it takes where that is known."""
    from .turn import close, empty_desk

    conversation = t.work.conversation
    held = t.ports.call("held", [], lambda: queue.held(conversation), outside=False)
    told = sum(count for key, count in t.memory.said.items() if key.startswith(AGAIN))
    if not held["queue"] or told >= OFTEN:
        return silence(t)
    desk, place = empty_desk(t), handing.place_in(t, held["queue"])
    desk.facts.append(place)
    desk.say(f"{AGAIN}{handing.suffix(place)}", **place)
    t.draft.messages = words.compose(t, desk)
    return close(t, desk)


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
