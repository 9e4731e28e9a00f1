"""The turn's outer frame: claim, think, finish, push. Postgres decides who works; who loses the claim just stops."""

from __future__ import annotations

import time
from functools import partial
from typing import Final

from django.conf import settings

from agents import voice
from conversations import bell, outbox, pauses
from conversations.faults import failpoint
from conversations.logs import Log, log
from conversations.sql import hot

from . import checked, deeds, kits, models
from .claim import TO_DO, Work, claim, release_claim
from .finish import Draft, drop, finish, journal
from .handing import hand_over
from .ports import FencedError, Ports, Step
from .pulse import Pulse
from .turn import Thinking, think
from .writes import NewerMessageError, PausedError

OVERDUE: Final = f"""
select id from conversations_conversation
 where {TO_DO} and (lease_until is null or lease_until < clock_timestamp())
   and woke_at < clock_timestamp() - %(grace)s * interval '1 second'
 order by woke_at limit %(limit)s
"""  # noqa: S608 made of our own constants


def work_on(conversation_id: int) -> int:
    """Run turns until there is no more work here, or somebody else has it; return how many ran."""
    ran, more = 0, True
    while more and (work := claim(conversation_id)) is not None:
        ran += 1
        with pulse.watch(work):
            more = run(work)
    return ran


def work_until_quiet(conversation_id: int, patience: float = 60) -> None:
    """Work on a conversation until nothing is left to do there, also when another process is at it meanwhile."""
    end_at = time.monotonic() + patience
    while time.monotonic() < end_at:
        work_on(conversation_id)
        if not hot(
            f"select 1 from conversations_conversation where id = %(id)s and {TO_DO}",  # noqa: S608 our own constant
            {"id": conversation_id},
        ):
            return
        time.sleep(0.05)


def run(work: Work) -> bool:
    """One claimed turn, to its end: said, handed off, dropped, or given back for another try. True: look again."""
    began = time.monotonic()
    try:
        kit = kits.load(work.release)
    except kits.UNREADABLE as error:
        log(Log.TURN_FAILED, conversation=work.conversation, attempt=work.attempt, error=type(error).__name__)
        return hand_over_unread(work, began)
    ports = Ports(work.now, work.journal, partial(journal, work))
    thinking = Thinking(work, kit, ports)
    try:
        draft = think(thinking) if work.tries <= settings.HANDRAIL["max_tries"] else give_in(thinking, "turn-failed")
    except NewerMessageError:
        drop(work, Draft(spent=ports.spent()), ports.steps[ports.stored :])
        log(Log.TURN_DROPPED, conversation=work.conversation, attempt=work.attempt, why="newer_message_before_a_write")
        return True
    except PausedError as paused:
        ports = ports.after_what_is_stored()
        draft = give_in(Thinking(work, kit, ports), f"{pauses.REASON}:{paused}")
    except FencedError:
        log(Log.TURN_FENCED, conversation=work.conversation, attempt=work.attempt)
        return False
    except Exception as error:  # noqa: BLE001 whatever goes wrong ends with a person, never in silence
        log(Log.TURN_FAILED, conversation=work.conversation, attempt=work.attempt, error=type(error).__name__)
        if work.tries < settings.HANDRAIL["max_tries"]:
            release_claim(work)
            return True
        ports = ports.after_what_is_stored()
        draft = give_in(Thinking(work, kit, ports), "turn-failed")
    draft.spent = ports.spent()
    return end(work, draft, ports, began)


def hand_over_unread(work: Work, began: float) -> bool:
    """The release can't be read, so nothing may be decided under it: a person takes over at once."""
    ports = behind(work)
    return end(work, give_in(Thinking(work, kits.spare(work.release), ports), "release-unreadable"), ports, began)


def give_in(thinking: Thinking, reason: str) -> Draft:
    """A handoff without thinking; the record says so, and how many steps before it were in vain, for the replay."""
    in_vain = len(thinking.ports.steps)
    draft = hand_over(thinking, reason)
    draft.record |= {"gave_up": reason, "in_vain": in_vain}
    return draft


def behind(work: Work) -> Ports:
    """Ports for giving in while another thread is at the turn: what it has made durable keeps its numbers."""
    rows = models.Step.objects.filter(turn_id=work.turn).order_by("n").values("n", "kind", "name", "data", "ms")
    steps = [Step(**row) for row in rows]
    return Ports(work.now, commit=partial(journal, work), steps=steps, stored=len(steps))


def end(work: Work, draft: Draft, ports: Ports, began: float) -> bool:
    """Send and record, or record only; True when there is more to do. The push comes last and may be lost."""
    ms = int((time.monotonic() - began) * 1000)
    draft.figures["latency_ms"] = ms
    more = finish(work, draft, ports.steps[ports.stored :])
    if more is None:
        drop(work, draft, ports.steps[ports.stored :])
        log(Log.TURN_DROPPED, conversation=work.conversation, attempt=work.attempt, why="not_owner_or_newer_message")
        return True
    failpoint("turn.before_push")
    bell.poke(work.public_id)
    log(
        Log.TURN_FINISHED,
        conversation=work.conversation,
        attempt=work.attempt,
        outcome=draft.outcome,
        workflow=draft.workflow,
        steps=len(ports.steps),
        ms=ms,
    )
    if draft.handoff:
        log(
            Log.HANDED_OFF,
            conversation=work.conversation,
            queue=draft.handoff["queue"],
            reason=draft.handoff["reason"],
        )
    return more


def overdue(limit: int = 50) -> list[int]:
    """Conversations whose work nobody took in time, longest waiting first."""
    rows = hot(OVERDUE, {"grace": settings.HANDRAIL["sweep_grace_seconds"], "limit": limit})
    return [row[0] for row in rows]


def sweep() -> int:
    """Run overdue turns one after the other, without a broker; return how many conversations were looked after."""
    deeds.sweep()
    checked.sweep()
    waiting = overdue()
    for conversation_id in waiting:
        work_on(conversation_id)
    if waiting:
        log(Log.SWEPT, conversations=len(waiting))
    return len(waiting)


def say_working(work: Work) -> None:
    """Ten seconds without a word: say what is going on, unless they wait for a person anyway."""
    if work.in_line:
        return
    kit = kits.load(work.release)
    text = voice.say("working", conversation=str(work.public_id), pack=kit.pack.voice)
    if outbox.say_meanwhile(work.conversation, work.attempt, text, {}):
        bell.poke(work.public_id)


def give_up(work: Work) -> None:
    """Thirty seconds: a person takes it. The slow turn finds itself fenced off; what it may still take stays spent."""
    ports = behind(work)
    draft = give_in(Thinking(work, kits.load(work.release), ports), "turn-too-slow")
    end(work, draft, ports, time.monotonic())


pulse = Pulse(say_working, give_up)
