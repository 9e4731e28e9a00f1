"""Events: append-only, one hash chain per object, sealed by a trigger. No words, names or addresses in them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction

from .access import Actor
from .clock import MOVABLE

ANCHORS: Final = "anchors"

HASH_FUNCTION: Final = """
create or replace function handrail_event_hash(
  prev bytea, stream text, n integer, verb text, actor text, reason text, data jsonb, moment timestamptz
) returns bytea language sql immutable as $body$
  select sha256(convert_to(jsonb_build_array(
    coalesce(encode(prev, 'hex'), ''), stream, n, verb, actor, reason, data,
    (extract(epoch from moment) * 1000000)::bigint)::text, 'UTF8'))
$body$
"""

# The lock makes writers of one stream queue; streams are independent, so nothing else waits.
SEAL_FUNCTION: Final = """
create or replace function handrail_seal_event() returns trigger language plpgsql as $body$
declare prev conversations_event;
begin
  perform pg_advisory_xact_lock(hashtextextended(new.stream, 0));
  select * into prev from conversations_event e where e.stream = new.stream order by e.n desc limit 1;
  new.n := coalesce(prev.n, 0) + 1;
  new.at := handrail_now();
  new.hash := handrail_event_hash(prev.hash, new.stream, new.n, new.verb, new.actor, new.reason, new.data, new.at);
  return new;
end $body$
"""

KEEP_FUNCTION: Final = f"""
create or replace function handrail_keep_events() returns trigger language plpgsql as $body$
begin
  if tg_op = 'TRUNCATE' and current_database() ~ '{MOVABLE}' then return null; end if;
  raise exception 'events are append-only' using errcode = 'insufficient_privilege';
end $body$
"""

TRIGGERS: Final = """
create trigger event_sealed before insert on conversations_event
  for each row execute function handrail_seal_event();
create trigger event_kept before update or delete on conversations_event
  for each row execute function handrail_keep_events();
create trigger events_kept before truncate on conversations_event
  for each statement execute function handrail_keep_events()
"""

INSERT: Final = (
    "insert into conversations_event(stream, verb, actor, reason, data) values (%s, %s, %s, %s, %s::jsonb) returning n"
)

BROKEN_LINKS: Final = """
select stream, n from (
  select e.*, lag(e.hash) over w as prev_hash, lag(e.n) over w as prev_n
    from conversations_event e window w as (partition by e.stream order by e.n)) c
 where n <> coalesce(prev_n, 0) + 1
    or hash <> handrail_event_hash(prev_hash, stream, n, verb, actor, reason, data, at)
 order by stream, n
"""

WITHIN: Final = "from conversations_event e where e.stream = any(%s) window"

LOST_HEADS: Final = """
select head.key, (head.value->>0)::int
  from conversations_event a, jsonb_each(a.data->'heads') head
 where a.stream = %s and not exists (
   select 1 from conversations_event e where e.stream = head.key and e.n = (head.value->>0)::int
      and encode(e.hash, 'hex') = head.value->>1)
 order by 1, 2
"""

CHANGED_HEADS: Final = """
select coalesce(jsonb_object_agg(stream, jsonb_build_array(n, encode(hash, 'hex'))), '{}'::jsonb) from (
  select distinct on (stream) stream, n, hash from conversations_event
   where stream <> %(anchors)s and id > %(since)s and id <= %(until)s order by stream, n desc) heads
"""


@dataclass(frozen=True)
class Verdict:
    """What `verify` found: number of events, number of streams, one sentence for each problem."""

    n: int
    streams: int
    problems: list[str]

    @property
    def valid(self) -> bool:
        return not self.problems


def record(stream: str, verb: str, actor: Actor, reason: str, data: dict[str, Any] | None = None) -> int:
    """Append one event inside the caller's transaction and return its number in the stream."""
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [stream, verb, actor.label, reason, json.dumps(data or {})])
        number: int = cursor.fetchone()[0]
    return number


def verify() -> Verdict:
    """Recompute every chain, and compare it with the heads that anchors remember."""
    with connection.cursor() as cursor:
        cursor.execute("select count(*), count(distinct stream) from conversations_event")
        n, streams = cursor.fetchone()
        cursor.execute(BROKEN_LINKS)
        problems = [f"{stream} #{number}: the seal does not fit" for stream, number in cursor.fetchall()]
        cursor.execute(LOST_HEADS, [ANCHORS])
        problems += [f"{stream} #{number}: anchored, but gone or changed" for stream, number in cursor.fetchall()]
    return Verdict(n, streams, problems)


def broken(streams: list[str]) -> list[str]:
    """One sentence for each event of these streams whose seal doesn't fit; their chains are recomputed."""
    with connection.cursor() as cursor:
        cursor.execute(BROKEN_LINKS.replace("from conversations_event e window", WITHIN), [streams])
        return [f"{stream} #{number}: the seal does not fit" for stream, number in cursor.fetchall()]


def anchor() -> int:
    """Record the heads that changed since the last anchor, so that a cut tail shows; return how many there were.

    Running it twice writes nothing new, and the lock on the stream makes two at once write one row.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [ANCHORS])
        cursor.execute(
            "select coalesce(max((data->>'until')::bigint), 0) from conversations_event where stream = %s", [ANCHORS]
        )
        since = cursor.fetchone()[0]
        cursor.execute("select coalesce(max(id), 0) from conversations_event where stream <> %s", [ANCHORS])
        until = cursor.fetchone()[0]
        if until <= since:
            return 0
        cursor.execute(CHANGED_HEADS, {"anchors": ANCHORS, "since": since, "until": until})
        heads = cursor.fetchone()[0]
        heads = json.loads(heads) if isinstance(heads, str) else heads  # Django hands jsonb over as text
        record(ANCHORS, "anchored", Actor("system"), "hourly", {"since": since, "until": until, "heads": heads})
    return len(heads)
