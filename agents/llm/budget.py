"""Before a call the most that it may take is reserved, of its conversation and of the day; after it, only what it took.

Processes share both, and no two pass a cap together. A call of which nobody knows what it took keeps its reservation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.conf import settings

from agents import spend
from agents.caps import CapReachedError
from conversations.logs import Log, log
from conversations.sql import hot

from .shapes import Account, Kind, ModelError, Request, Usage

# No text comes below two bytes a token, and most comes to four; a frame of tools or of a schema adds its own.
BYTES_A_TOKEN: Final = 2
FRAME_TOKENS: Final = 800
DAY_CAP: Final = "day-cost-cap"

RESERVE_DAY: Final = """
insert into agents_modelday as d (day, tokens, cost_micros)
select (clock_timestamp() at time zone 'utc')::date, %(tokens)s, %(cost_micros)s where %(cost_micros)s <= %(most)s
on conflict (day) do update set tokens = d.tokens + excluded.tokens,
  cost_micros = d.cost_micros + excluded.cost_micros
 where d.cost_micros + excluded.cost_micros <= %(most)s
returning day
"""

SETTLE_DAY: Final = """
update agents_modelday set tokens = greatest(tokens + %(tokens)s, 0),
  cost_micros = greatest(cost_micros + %(cost_micros)s, 0)
 where day = %(day)s
"""


@dataclass(frozen=True)
class Reserved:
    """What a call may take, and of which day."""

    account: Account
    day: date
    tokens: int
    cost_micros: int


def most(request: Request) -> Usage:
    """The most that a call may take: all of its text new to the cache, which is the dearest, and the longest answer."""
    said = sum(
        len(text.encode(errors="replace")) for text in (*request.system, *(one.text for one in request.messages))
    )
    frame = sum(len(str(one)) for one in (*request.tools, request.output or ""))
    return Usage(output=request.max_tokens, cache_write=(said + frame) // BYTES_A_TOKEN + FRAME_TOKENS)


def reserve(request: Request, account: Account, tokens: int, cost_micros: int) -> Reserved:
    """ModelError names the cap that stands in the way; then nothing is reserved."""
    try:
        if account.conversation is not None:
            spend.reserve(account.conversation, tokens, cost_micros)
        return Reserved(account, _reserve_day(account, tokens, cost_micros), tokens, cost_micros)
    except CapReachedError as cap:
        log(Log.MODEL_CAP_REACHED, conversation=account.conversation, role=request.role, cap=str(cap))
        raise ModelError(Kind.OVER_BUDGET, str(cap)) from None


def _reserve_day(account: Account, tokens: int, cost_micros: int) -> date:
    given: dict[str, Any] = {"tokens": tokens, "cost_micros": cost_micros}
    days = hot(RESERVE_DAY, {**given, "most": settings.HANDRAIL["max_day_cost_micros"]})
    if days:
        day: date = days[0][0]
        return day
    if account.conversation is not None:
        spend.give_back(account.conversation, tokens, cost_micros)
    raise CapReachedError(DAY_CAP)


def settle(reserved: Reserved, tokens: int, cost_micros: int) -> None:
    """After the call: what it took instead of what was reserved, even where that is more."""
    more = {"tokens": tokens - reserved.tokens, "cost_micros": cost_micros - reserved.cost_micros}
    if reserved.account.conversation is not None:
        spend.settle(reserved.account.conversation, **more)
    hot(SETTLE_DAY, {**more, "day": reserved.day})
