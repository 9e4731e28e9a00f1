"""The line of customers who wait for a person: whose turn it is, and how long it has been taking."""

from __future__ import annotations

from typing import Final

from .sql import hot

# The latest handoff names the queue; whoever was escalated first is first.
AHEAD: Final = """
select count(*) from conversations_conversation c
  join lateral (select h.queue from conversations_handoff h where h.conversation_id = c.id order by h.id desc limit 1) l
    on true
 where c.status = 'escalated' and l.queue = %(queue)s
"""

# In its own queue, or in another one: nobody who moves loses the time that they have waited.
PLACE: Final = """
select count(*) from conversations_conversation c
  join lateral (select h.queue from conversations_handoff h where h.conversation_id = c.id order by h.id desc limit 1) l
    on true
  join conversations_conversation me on me.id = %(id)s and me.status = 'escalated'
  join lateral (
    select h.queue from conversations_handoff h where h.conversation_id = me.id order by h.id desc limit 1) mine on true
 where c.status = 'escalated' and (c.id = me.id
       or (l.queue = coalesce(%(queue)s::text, mine.queue) and c.moved_at <= me.moved_at))
"""

HELD: Final = """
select queue, reason from conversations_handoff where conversation_id = %(id)s order by id desc limit 1
"""

# Minutes from "escalated" to "human" for those who got through lately; fewer than five say nothing.
WAITED: Final = """
select case when count(*) >= 5 then
    ceil(percentile_cont(0.5) within group (order by extract(epoch from taken.at - asked.at)) / 60)::int end
  from conversations_event asked
  join lateral (select e.at from conversations_event e
     where e.stream = asked.stream and e.n > asked.n order by e.n limit 1) taken on true
  join conversations_event next on next.stream = asked.stream and next.at = taken.at and next.verb = 'human'
 where asked.verb = 'escalated' and asked.stream like 'conversation:%%'
   and asked.at > handrail_now() - interval '1 day'
"""


def next_place(queue: str) -> int:
    """The number that a customer gets who joins this queue now; 1 is first."""
    return int(hot(AHEAD, {"queue": queue})[0][0]) + 1


def place(conversation_id: int, queue: str | None = None) -> int | None:
    """This conversation's number in its queue, or in the one named; None when it isn't waiting."""
    return int(hot(PLACE, {"id": conversation_id, "queue": queue})[0][0]) or None


def held(conversation_id: int) -> dict[str, str]:
    """The queue and the reason of its latest handoff."""
    rows = hot(HELD, {"id": conversation_id})
    return {"queue": rows[0][0], "reason": rows[0][1]} if rows else {"queue": "", "reason": ""}


def usual_wait() -> int | None:
    """The median wait of the last day in whole minutes; None when too few were served to say."""
    minutes = hot(WAITED, {})[0][0]
    return None if minutes is None else int(minutes)
