"""The end of a turn: one statement that speaks, hands off, and records, only if this turn still may."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from conversations.faults import failpoint
from conversations.outbox import HANDED, LEFT, OWNED, SAID
from conversations.sql import Jsonb, hot
from knowledge import checks, gaps

from . import spend
from .claim import Work
from .ports import FencedError, Step
from .shown import continued

STEPPED: Final = """
  insert into agents_step(turn_id, n, kind, name, data, ms)
  select %(turn)s, s.n, s.kind, s.name, s.data, s.ms
    from mine, jsonb_to_recordset(%(steps)s) as s(n int, kind text, name text, data jsonb, ms int)"""

TURNED: Final = """
  insert into agents_turn(id, conversation_id, attempt, release_id, heard_from, heard_to, outcome, record, figures)
  select %(turn)s, mine.id, %(attempt)s, %(release)s, %(heard_from)s, %(heard)s, %(outcome)s, %(record)s, %(figures)s
    from mine"""

RAN: Final = """
  insert into agents_run(id, conversation_id, workflow, version, node, slots, waits_for, active, outcome)
  select r.id, mine.id, r.workflow, r.version, r.node, r.slots, r.waits_for, r.active, r.outcome
    from mine, jsonb_to_recordset(%(runs)s) as r(id uuid, workflow text, version text, node text, slots jsonb,
      waits_for text, active boolean, outcome text)
  on conflict (id) do update set node = excluded.node, slots = excluded.slots, waits_for = excluded.waits_for,
    active = excluded.active, outcome = excluded.outcome"""

OWN_IDS: Final = """
  update conversations_customer k set own_ids = %(own_ids)s from mine where k.id = %(customer)s and %(learned)s"""

TOLD: Final = """
  update tools_toolcall w set told = true from mine where w.key = any(%(told)s::uuid[])"""

FINISH: Final = f"""
with {OWNED},
{SAID},
{HANDED},
turned as ({TURNED}),
stepped as ({STEPPED}),
ran as ({RAN}),
told as ({TOLD}),
missed as ({gaps.MISSED}),
asked as ({checks.ASKED}),
known as ({OWN_IDS}),
{spend.SPENT}
select more from mine
"""  # noqa: S608 made of our own constants

# The turn may not speak: keep what it did, and let go of the lease if it is still its own.
DROP: Final = f"""
with mine as (select id from conversations_conversation where id = %(id)s),
let_go as (
  update conversations_conversation set lease_until = null, tries = 0, drops = drops + 1
   where id = %(id)s and attempt = %(attempt)s and status in ('active', 'escalated') returning id),
{LEFT.format(mine="let_go", which="")},
turned as ({TURNED}),
stepped as ({STEPPED}),
{spend.SPENT}
select 1
"""  # noqa: S608

JOURNAL: Final = f"""
with mine as (select id from conversations_conversation where id = %(id)s and attempt = %(attempt)s),
stepped as ({STEPPED} returning n)
select count(*) from stepped
"""  # noqa: S608


@dataclass
class Draft:
    """What a turn wants to happen, all at once: words, the run's new place, a handoff, and what it remembers."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    handoff: dict[str, Any] | None = None
    state: dict[str, Any] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    own_ids: list[str] | None = None
    workflow: str = ""
    must_say: bool = False
    spent: dict[str, int] = field(default_factory=dict)  # steps and calls; where it isn't known, all that was reserved
    gaps: list[dict[str, Any]] = field(default_factory=list)  # questions that no page answered (knowledge/gaps.py)
    checks: list[dict[str, Any]] = field(default_factory=list)  # pages that their editors should check (checks.py)
    told: list[str] = field(default_factory=list)  # writes whose end the customer hears of with this turn

    @property
    def outcome(self) -> str:
        return "handed_off" if self.handoff else "said"


def finish(work: Work, draft: Draft, steps: list[Step]) -> bool | None:
    """Commit the turn; return whether more work came meanwhile.

    None means that it may not speak: somebody took over, the lease went, something newer was said, or paused the agent.
    """
    failpoint("turn.before_finish")
    messages = continued(work.shown, draft.messages)
    params = {
        **shared(work, draft, steps),
        "outcome": draft.outcome,
        "count": len(messages),
        "messages": Jsonb([{"i": i + 1, **message} for i, message in enumerate(messages)]),
        "shown": work.shown.text,
        "own": draft.messages[0]["text"] if draft.messages else "",
        "was": work.status,
        "status": "escalated" if draft.handoff else work.status,
        "why": draft.handoff["reason"] if draft.handoff else "",
        "handoffs": Jsonb([draft.handoff] if draft.handoff else []),
        "wake": work.wake,
        "must_say": draft.must_say or draft.handoff is not None,
        "state": Jsonb(draft.state),
        "language": draft.state.get("language") or "en",
        "runs": Jsonb(draft.runs),
        "told": draft.told,
        "gaps": Jsonb(draft.gaps),
        "checks": Jsonb(draft.checks),
        "customer": work.customer["pk"],
        "own_ids": draft.own_ids or [],
        "learned": draft.own_ids is not None,
        "pauses": [pause["id"] for pause in work.pauses],
    }
    rows = hot(FINISH, params)
    if not rows:
        return None
    failpoint("turn.after_finish")
    return bool(rows[0][0])


def drop(work: Work, draft: Draft, steps: list[Step]) -> None:
    """Record a turn whose words were not sent."""
    hot(DROP, {**shared(work, draft, steps), "outcome": "dropped"})


def journal(work: Work, steps: list[Step]) -> None:
    """Store steps now, or raise FencedError when this turn no longer holds the conversation."""
    rows = hot(
        JOURNAL,
        {
            "id": work.conversation,
            "attempt": work.attempt,
            "turn": work.turn,
            "steps": Jsonb([step.row() for step in steps]),
        },
    )
    if rows[0][0] != len(steps):
        raise FencedError


def shared(work: Work, draft: Draft, steps: list[Step]) -> dict[str, Any]:
    return {
        "id": work.conversation,
        "attempt": work.attempt,
        "turn": work.turn,
        "release": work.release,
        "heard": work.heard,
        "heard_from": work.unanswered[0]["seq"] if work.unanswered else work.heard,
        "record": Jsonb(draft.record),
        "figures": Jsonb(draft.figures),
        "steps": Jsonb([step.row() for step in steps]),
        "used_steps": draft.spent.get("steps"),
        "used_calls": draft.spent.get("calls"),
    }
