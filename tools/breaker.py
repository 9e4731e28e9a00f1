"""The circuit breaker before a company's systems and models: one row for each capability, shared by all processes.

Closed; open after several failures in a row; after a pause half-open: one call tries, and closes it, or opens it for
twice as long. The database's clock counts. A process reads the rows at most once a second, and no connection that was
taken for it is kept: the calls that it guards take seconds.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db import Error, connection

from conversations.logs import Log, log
from conversations.sql import hot
from tools import pack
from tools.contract import ErrorCode
from tools.models import Breaker

DETAIL: Final = "not asked: the company's system has failed too often just now."
# Nobody answered, or nobody who keeps to the contract. Every other failure shows that somebody is there, or is ours.
FAILURES: Final = frozenset({ErrorCode.UNAVAILABLE, ErrorCode.TIMEOUT, ErrorCode.INVALID_ANSWER})
ANSWERS: Final = frozenset({None, ErrorCode.NOT_FOUND, ErrorCode.REFUSED, ErrorCode.CONFLICT})
SPARE_SECONDS: Final = 5  # beyond the longest that a trial may take: then it died, and another call may try

READ: Final = """
select pack, capability, state, failures, extract(epoch from until - clock_timestamp())::float8 from tools_breaker
"""

COUNT: Final = """
insert into tools_breaker as b (pack, capability, state, failures, since, until, pauses, trial)
values (%(pack)s, %(capability)s, 'closed', 1, clock_timestamp(), clock_timestamp(), 0, 0)
on conflict (pack, capability) do update set
  failures = case when b.since < clock_timestamp() - %(window)s * interval '1 second' then 1 else b.failures + 1 end,
  since = case when b.failures = 0 or b.since < clock_timestamp() - %(window)s * interval '1 second'
          then clock_timestamp() else b.since end,
  until = clock_timestamp()
 where b.state = 'closed'
"""

# Closed and enough failures, or half-open and this trial failed: one process gets the row, whoever else comes.
OPEN: Final = """
update tools_breaker set state = 'open', pauses = pauses + 1,
  until = clock_timestamp() + least(%(pause)s * power(2, pauses), %(longest)s) * interval '1 second'
 where pack = %(pack)s and capability = %(capability)s
   and case state when 'closed' then failures >= %(most)s when 'half_open' then trial = %(trial)s else false end
returning failures, round(extract(epoch from until - clock_timestamp()))::int
"""

TRY: Final = """
update tools_breaker set state = 'half_open', trial = trial + 1,
  until = clock_timestamp() + %(seconds)s * interval '1 second'
 where pack = %(pack)s and capability = %(capability)s and state <> 'closed' and until <= clock_timestamp()
returning trial
"""

CLOSE: Final = """
update tools_breaker set state = 'closed', failures = 0, pauses = 0
 where pack = %(pack)s and capability = %(capability)s
   and case state when 'closed' then failures > 0 when 'half_open' then trial = %(trial)s else false end
returning 1
"""


@dataclass(frozen=True)
class Seen:
    """A row as this process knows it; `until` on this process's own clock."""

    state: str
    failures: int
    until: float


@dataclass(frozen=True)
class Copy:
    """All rows, as they were at `at`."""

    at: float
    rows: dict[tuple[str, str], Seen]


@dataclass(frozen=True)
class Leave:
    """A call that may be made. `trial`: its number, when it is the one that tries; `after`: failures before it."""

    pack: str
    capability: str
    trial: int = 0
    after: int = 0


_copy: Copy | None = None


def ask_leave(capability: str, seconds: float, *, may_try: bool = True, company: str = "") -> Leave | None:
    """Whether a call that takes at most `seconds` may be made; None while the breaker is open.

    `may_try` is False for what shall not be the first thing that a broken system is asked for: carrying out a write.
    `company` names somebody else than the pack: who provides models has a row for each model.
    """
    company = company or pack.active().name
    seen = look().get((company, capability))
    if seen is not None and not may_try and seen.state != Breaker.State.CLOSED:
        forget()  # a write that isn't sent is worth a question: another process may have closed it meanwhile
        seen = look().get((company, capability))
    if seen is None or seen.state == Breaker.State.CLOSED:
        return Leave(company, capability, after=seen.failures if seen else 0)
    if not may_try or time.monotonic() < seen.until:
        return None
    return attempt(Leave(company, capability), seconds)


def attempt(leave: Leave, seconds: float) -> Leave | None:
    """Half-open it, if nobody else has: the leave of the one call that tries."""
    tried = ask(TRY, leave, seconds=seconds + SPARE_SECONDS)
    forget()
    if tried:
        log(Log.BREAKER_MOVED, capability=leave.capability, state=Breaker.State.HALF_OPEN, failures=0, seconds=0)
        return Leave(leave.pack, leave.capability, trial=tried[0][0])
    seen = look().get((leave.pack, leave.capability))
    return leave if seen is None or seen.state == Breaker.State.CLOSED else None


def tell(leave: Leave, error: str | None) -> None:
    """How the call went. What says nothing about the system changes nothing; a trial's turn then runs out."""
    if error in FAILURES:
        failed(leave)
    elif error in ANSWERS and (leave.trial or leave.after):
        answered(leave)


def failed(leave: Leave) -> None:
    limits = settings.HANDRAIL
    if not leave.trial:
        ask(COUNT, leave, window=limits["breaker_window_seconds"])
    opened = ask(
        OPEN,
        leave,
        most=limits["breaker_failures"],
        pause=limits["breaker_pause_seconds"],
        longest=limits["breaker_longest_pause_seconds"],
    )
    forget()
    for failures, seconds in opened:
        state = Breaker.State.OPEN
        log(Log.BREAKER_MOVED, capability=leave.capability, state=state, failures=failures, seconds=seconds)


def answered(leave: Leave) -> None:
    closed = ask(CLOSE, leave)
    forget()
    if closed and leave.trial:
        log(Log.BREAKER_MOVED, capability=leave.capability, state=Breaker.State.CLOSED, failures=0, seconds=0)


def look() -> dict[tuple[str, str], Seen]:
    """The rows, at most a second old."""
    global _copy
    began, known = time.monotonic(), _copy
    if known is not None and began - known.at < settings.HANDRAIL["breaker_copy_seconds"]:
        return known.rows
    rows = ask(READ)
    fresh = Copy(began, {(row[0], row[1]): Seen(row[2], row[3], began + row[4]) for row in rows})
    _copy = fresh
    return fresh.rows


def forget() -> None:
    """The next call reads the rows anew."""
    global _copy
    _copy = None


def ask(statement: str, leave: Leave | None = None, **params: Any) -> list[tuple[Any, ...]]:
    """One statement, on the caller's connection or on one that goes back at once.

    Without the database the breaker guards nothing and stops nothing: what a call brought back must not be lost.
    """
    held = connection.connection is not None
    given = {"pack": leave.pack, "capability": leave.capability, "trial": leave.trial} if leave else {}
    try:
        return hot(statement, {**given, **params})
    except Error as error:
        log(Log.BREAKER_BLIND, capability=leave.capability if leave else "", error=type(error).__name__)
        return []
    finally:
        if not held:
            connection.close()
