"""The red switch: what of the agent is paused at the moment. The rows are read in the statements that matter (a turn's
claim, its last word, the effect's proof), so no process has a copy that could be old."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from .models import Pause
from .sql import hot

REASON: Final = "agent-paused"  # of the handoff; with ":" and the intent when only that matter is paused

# Pauses that a turn has to know: all but those of other channels. {channel} is an expression of the whole statement.
KNOWN: Final = """(select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'scope', p.scope, 'name', p.name)
     order by p.id), '[]') from conversations_pause p
    where p.resumed_at is null and (p.scope <> 'channel' or p.name = {channel}))"""

# The agent says nothing more under a pause of everything or of the channel.
SILENCED: Final = """exists (select 1 from conversations_pause p where p.resumed_at is null
     and (p.scope = 'all' or (p.scope = 'channel' and p.name = {channel})))"""

# And nothing that was thought before the turn could know of the pause. Words about writes stay true: a paused write
# isn't carried out.
UNSEEN: Final = """exists (select 1 from conversations_pause p where p.resumed_at is null and p.id <> all(%(pauses)s)
     and (p.scope in ('all', 'intent') or (p.scope = 'channel' and p.name = {channel})))"""

# A write of the agent's isn't cleared under any pause that it falls under.
STOPPED: Final = """exists (select 1 from conversations_pause p where p.resumed_at is null
     and (p.scope in ('all', 'writes') or (p.scope = 'channel' and p.name = {channel})
          or (p.scope = 'intent' and p.name = {intent})))"""

# Append-only: a row is made, and once resumed. Whoever does it, by ORM or by SQL, leaves the event.
TRIGGERS: Final = """
create or replace function handrail_keep_pause() returns trigger language plpgsql as $body$
begin
  if tg_op = 'DELETE' then
    raise exception 'a pause is never deleted' using errcode = 'check_violation';
  end if;
  if old.resumed_at is not null or new.resumed_at is null
     or (new.id, new.scope, new.name, new.paused_at, new.paused_by_id, new.why) is distinct from
        (old.id, old.scope, old.name, old.paused_at, old.paused_by_id, old.why) then
    raise exception 'a pause is only ever resumed, once' using errcode = 'check_violation';
  end if;
  return new;
end $body$;
drop trigger if exists pause_kept on conversations_pause;
create trigger pause_kept before update or delete on conversations_pause
  for each row execute function handrail_keep_pause();
create or replace function handrail_audit_pause() returns trigger language plpgsql as $body$
begin
  insert into conversations_event(stream, verb, actor, reason, data) values (
    'pause:' || new.id, case when new.resumed_at is null then 'paused' else 'resumed' end,
    'operator:' || case when new.resumed_at is null then new.paused_by_id else new.resumed_by_id end,
    new.scope, jsonb_build_object('scope', new.scope, 'name', new.name));
  return null;
end $body$;
drop trigger if exists pause_audited on conversations_pause;
create trigger pause_audited after insert or update on conversations_pause
  for each row execute function handrail_audit_pause()
"""


@dataclass(frozen=True)
class Paused:
    """What a turn may not do. `ids`: the pauses that it knows of; `everything`: here, on its channel."""

    ids: tuple[int, ...] = ()
    everything: bool = False
    writes: bool = False
    intents: frozenset[str] = frozenset()

    @classmethod
    def of(cls, rows: Iterable[dict[str, Any]]) -> Paused:
        known = list(rows)
        scopes = {row["scope"] for row in known}
        return cls(
            ids=tuple(row["id"] for row in known),
            everything=bool(scopes & {Pause.Scope.ALL, Pause.Scope.CHANNEL}),
            writes=Pause.Scope.WRITES in scopes,
            intents=frozenset(row["name"] for row in known if row["scope"] == Pause.Scope.INTENT),
        )


NOTHING: Final = Paused()


def stops(conversation_id: int, intent: str) -> bool:
    """Whether a write of the agent's in this conversation, for this intent, has to wait now."""
    look = "select " + STOPPED.format(channel="c.channel", intent="%(intent)s")
    return bool(hot(look + " from conversations_conversation c where c.id = %(id)s",
                    {"id": conversation_id, "intent": intent})[0][0])  # fmt: skip


def now() -> list[Pause]:
    """What is paused, the oldest first."""
    return list(Pause.objects.filter(resumed_at__isnull=True).select_related("paused_by").order_by("pk"))
