"""Claiming a conversation: one statement takes the lease and loads all that a turn reads."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.conf import settings

from approvals.execute import MOST_TRIES
from conversations.faults import failpoint
from conversations.outbox import LEFT
from conversations.pauses import KNOWN
from conversations.sql import hot

from . import spend
from .shown import Shown

# What there is to do: the agent's own conversations, and customers in the line for a person (waiting.py).
TO_DO: Final = "wake > done and status in ('active', 'escalated')"

CLAIM: Final = f"""
with c as (
  select id, turn_id from conversations_conversation
   where id = %(id)s and {TO_DO}
     and (lease_until is null or lease_until < clock_timestamp()) for update skip locked),
u as (
  update conversations_conversation x set
    attempt = x.attempt + 1, tries = x.tries + 1, turn_id = %(turn)s, turn_began = clock_timestamp(),
    lease_until = clock_timestamp() + %(lease)s * interval '1 second'
   from c where x.id = c.id
  returning x.id, x.public_id, x.channel, x.customer_id, x.attempt, x.tries, x.drops, x.wake, x.heard_seq, x.state,
    x.status, c.turn_id as before),
{LEFT.format(mine="u", which=" and b.seq < u.heard_seq")},
{spend.HELD}
select u.id, u.public_id, u.channel, u.attempt, u.tries, u.drops, u.wake, u.heard_seq, u.state,
  (extract(epoch from handrail_now()) * 1000000)::bigint,
  (select jsonb_build_object('pk', k.id, 'ref', k.external_ref, 'email', k.email, 'first_name', k.first_name,
     'last_name', k.last_name, 'tier', k.tier, 'own_ids', k.own_ids)
     from conversations_customer k where k.id = u.customer_id),
  (select coalesce(jsonb_agg(to_jsonb(h) order by h.seq), '[]') from (
     select m.seq, m.author, m.text, m.extra - 'unfinished' as extra, m.created_at as at from conversations_message m
      where m.conversation_id = u.id and m.seq <= u.heard_seq order by m.seq desc limit %(window)s) h),
  (select jsonb_build_object('id', r.id, 'workflow', r.workflow, 'version', r.version, 'node', r.node,
     'slots', r.slots, 'waits_for', r.waits_for) from agents_run r where r.conversation_id = u.id and r.active),
  (select coalesce(jsonb_agg(jsonb_build_object('run', jsonb_build_object('id', r.id, 'workflow', r.workflow,
       'version', r.version, 'node', r.node, 'slots', r.slots, 'waits_for', r.waits_for, 'active', r.active),
     'call', w.key, 'order', w.order_ref, 'lines', w.line_ids,
     'changed', (select g.args from approvals_change g join approvals_approvalrequest q on q.id = g.request_id
                  where q.call_id = w.id),
     'asked', (select max(a.seq) from approvals_question a join approvals_approvalrequest q on q.id = a.request_id
                where q.call_id = w.id and q.status = 'pending' and not exists (
                  select 1 from conversations_message m where m.conversation_id = u.id and m.author = 'customer'
                     and m.seq > a.seq and m.seq <= coalesce((u.state->>'heard')::int, 0))),
     'news', w.status in ('denied', 'dropped') or coalesce(e.status in ('confirmed', 'refused')
        or (e.status = 'unknown' and e.tries >= %(most_tries)s), false)) order by w.id), '[]')
     from agents_run r join tools_toolcall w on w.run_id = r.id and not w.told
       left join tools_effect e on e.call_id = w.id
    where r.conversation_id = u.id and r.waits_for is not null and not r.active),
  (select l.id from agents_release l where l.status = 'live' and l.share = 100),
  (select coalesce(jsonb_agg(jsonb_build_object('name', s.name, 'data', s.data) order by s.n), '[]')
     from agents_step s where u.tries > 1 and s.turn_id = u.before and s.kind = 'port'),
  {spend.ALLOWED},
  {KNOWN.format(channel="u.channel")},
  u.status,
  (select coalesce(max(state::text), '') from knowledge_corpus),
  (select jsonb_build_object('text', b.text, 'extra', b.extra - 'unfinished') from conversations_message b
    where b.conversation_id = u.id and b.extra ? 'unfinished' and b.seq > u.heard_seq)
from u
"""  # noqa: S608 made of our own constants

RELEASE: Final = """
update conversations_conversation set lease_until = null where id = %(id)s and attempt = %(attempt)s and wake > done
"""


@dataclass(frozen=True)
class Work:
    """All that a turn knows when it begins. `messages` is the window, oldest first; `parked` the runs whose write waits
    for people or for the company's system: `news` where that is over, `changed` what an approver would rather do,
    `asked` the line in which one has asked something that isn't answered yet. `journal` is what a crashed try got from
    its ports; `allowed` the steps, tool calls and seconds that the claim has reserved for this turn; `pauses` what the
    red switch stops at the moment; `knowledge` the state of what search reads, "" where nothing may be kept of it;
    `shown` what the customer has read of the reply already, also by a try that died.
    """

    turn: uuid.UUID
    conversation: int
    public_id: uuid.UUID
    channel: str
    attempt: int
    tries: int
    drops: int
    wake: int
    heard: int
    state: dict[str, Any]
    now: datetime
    customer: dict[str, Any]
    messages: list[dict[str, Any]]
    run: dict[str, Any] | None
    parked: list[dict[str, Any]]
    release: int
    journal: list[dict[str, Any]]
    allowed: dict[str, int]
    pauses: list[dict[str, Any]]
    status: str
    knowledge: str = ""
    shown: Shown = field(default_factory=Shown)

    @property
    def in_line(self) -> bool:
        """They wait for a person, who owns the next reply in all that isn't plainly read."""
        return self.status == "escalated"

    @property
    def unanswered(self) -> list[dict[str, Any]]:
        """The customer's messages that no turn has heard and no operator has answered yet."""
        answered = max((m["seq"] for m in self.messages if m["author"] == "operator"), default=0)
        heard = max(self.state.get("heard", 0), answered)
        return [m for m in self.messages if m["author"] == "customer" and m["seq"] > heard]

    @property
    def is_answer(self) -> bool:
        """An approver has asked the customer something, and these are their first words since."""
        asked = [int(one["asked"]) for one in self.parked if one.get("asked")]
        return bool(asked) and any(m["seq"] > max(asked) for m in self.unanswered)


# The statement's columns are Work's fields in order, but for the turn's own id in front.
NOW: Final = [one.name for one in fields(Work)].index("now")


class NoReleaseError(RuntimeError):
    """There is no live release; the agent must not speak."""


def claim(conversation_id: int) -> Work | None:
    """Take the conversation, or None when there is no work or another worker has it. Commits."""
    turn = uuid.uuid4()
    limits = settings.HANDRAIL
    rows = hot(
        CLAIM,
        {
            "id": conversation_id,
            "turn": turn,
            "lease": limits["lease_seconds"],
            "window": limits["history_messages"],
            "most_tries": MOST_TRIES,
            **spend.limits(),
        },
    )
    if not rows:
        return None
    failpoint("turn.after_claim")
    values = [turn, *(decoded(value) for value in rows[0])]
    values[NOW] = EPOCH + timedelta(microseconds=values[NOW])
    values[-1] = Shown(**values[-1] or {})
    work = Work(*values)
    if work.release is None:
        raise NoReleaseError("No release is live. Run `manage.py seed`.")
    return work


def release_claim(work: Work) -> None:
    """Give the work back at once (after an error), so that the next try needn't wait for the lease."""
    hot(RELEASE, {"id": work.conversation, "attempt": work.attempt})


# A timestamptz costs psycopg a third of a millisecond in each statement, to look its time zone up.
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def decoded(value: Any) -> Any:
    """Django's connection hands jsonb over as text."""
    return json.loads(value) if isinstance(value, str) and value[:1] in "[{" else value
