"""The one INSERT into Effect, and what follows it: clear, send under the key, settle. Run by the turn, a task or the
sweeper, whoever owns the conversation; running it twice, or twice at once, changes nothing more."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db import IntegrityError, connection, transaction

from conversations import pauses
from conversations.access import AGENT, SYSTEM
from conversations.clock import business_now
from conversations.faults import failpoint
from conversations.lifecycle import NotAllowedError, move
from conversations.logs import Log, log
from conversations.sql import Jsonb, hot
from knowledge.policy import Mode
from tools import gateway, pack, writes
from tools.contract import Caller, ErrorCode
from tools.models import Effect, ToolCall
from tools.proposals import hash_of
from tools.results import ToolResult
from tools.rules import Verdict

from . import cases, gate, ladder, proof, waking
from .cases import Asker, Reading, UnreadableError
from .gate import Terms
from .ladder import Rung
from .models import ApprovalRequest

CONFIRMED, REFUSED, UNKNOWN = "confirmed", "refused", "unknown"
WAITING, UNREAD, DROPPED, BUSY, PAUSED = "waiting", "unread", "dropped", "busy", "paused"
LEASE_SECONDS: Final = 15
MOST_TRIES: Final = 8
DAY_SECONDS: Final = 86_400
# Codes after which nothing has changed at the company; every other failure may hide a change.
NOTHING_DONE: Final = frozenset(
    {ErrorCode.REFUSED, ErrorCode.CONFLICT, ErrorCode.NOT_FOUND, ErrorCode.NOT_ALLOWED, ErrorCode.PROOF_NEEDED,
     ErrorCode.INVALID_ARGUMENTS, ErrorCode.NOT_IMPLEMENTED, ErrorCode.ABSENT}
)  # fmt: skip
CAPS_LOCK: Final = "handrail automatic money"

# Everything that must be true stands in one statement, so that nothing can become untrue between two of them.
CLEAR: Final = """
with ok as (
  select t.* from tools_toolcall t join conversations_conversation c on c.id = t.conversation_id
   where t.id = %(id)s and t.status = 'proposed' and t.args_hash = %(hash)s and t.expires_at > handrail_now()
     and (t.origin = 'operator' or exists (select 1 from approvals_criticreview k
            where k.call_id = t.id and k.args_hash = t.args_hash and k.verdict = 'approved'
              and k.confidence >= %(threshold)s))
     and (%(people)s > 0 or c.status <> 'human')
     and (c.status in ('human', 'resolved', 'closed')
          or c.heard_seq <= coalesce(%(heard)s, (c.state->>'heard')::int, 0))
     and (%(people)s = 0 or exists (select 1 from approvals_approvalrequest r
            where r.call_id = t.id and r.args_hash = t.args_hash and r.status = 'approved'
              and r.expires_at > handrail_now()))
   for update of t, c),
money as (
  insert into tools_ordermoney as m (order_ref, currency, paid_cents, outside_cents, taken_cents, lines)
  select ok.order_ref, ok.currency, %(paid)s, %(outside)s, ok.amount_cents, ok.line_ids from ok
  on conflict (order_ref) do update set paid_cents = excluded.paid_cents, outside_cents = excluded.outside_cents,
    taken_cents = m.taken_cents + excluded.taken_cents, lines = m.lines || excluded.lines
   where not m.lines && excluded.lines
  returning order_ref),
cleared as (
  update tools_toolcall t set status = 'cleared', moved_by = %(actor)s, moved_why = %(why)s, moved_at = handrail_now(),
    people = %(people)s
   from ok, money where t.id = ok.id returning t.id)
insert into tools_effect(key, call_id, args_hash, status, moved_by, moved_why, lease_until, tries, created_at)
select ok.key, ok.id, ok.args_hash, 'open', %(actor)s, %(why)s, clock_timestamp() + %(lease)s * interval '1 second', 1,
       handrail_now()
  from ok, cleared returning key
"""

LEASE: Final = """
update tools_effect set lease_until = clock_timestamp() + %(lease)s * interval '1 second', tries = tries + 1
 where call_id = %(call)s and status in ('open', 'unknown') and (lease_until is null or lease_until < clock_timestamp())
returning tries, extract(epoch from handrail_now() - created_at)::bigint
"""

# Never asks who owns the conversation; the agent is only woken where it does.
SETTLE: Final = """
with e as (
  update tools_effect set status = %(status)s, moved_by = 'system', moved_why = %(why)s, outcome = %(outcome)s,
    lease_until = null, settled_at = handrail_now()
   where call_id = %(call)s and status in ('open', 'unknown') returning call_id),
t as (select t.* from tools_toolcall t join e on e.call_id = t.id),
given_back as (
  update tools_ordermoney m set taken_cents = m.taken_cents - t.amount_cents,
    lines = array(select unnest(m.lines) except select unnest(t.line_ids))
   from t where m.order_ref = t.order_ref and %(status)s = 'refused'),
woken as (
  update conversations_conversation c set wake = wake + 1, woke_at = handrail_now()
   from t where c.id = t.conversation_id and c.status = 'active' and not %(in_turn)s)
select 1 from t
"""

# Cleared before the pause, and not seen at the company: it waits, and the try doesn't count.
HOLD: Final = """
update tools_effect set tries = tries - 1, lease_until = clock_timestamp() + %(lease)s * interval '1 second'
 where call_id = %(call)s and status in ('open', 'unknown')
"""

# Without an answer: asked again later, each time after twice as long. Asked often enough, or where nobody can be asked,
# people look: the agent is woken for that once, where it owns the next reply.
LOSE_SIGHT: Final = """
with e as (
  update tools_effect set status = 'unknown', moved_by = 'system', moved_why = %(why)s,
    tries = greatest(tries, %(least)s),
    lease_until = clock_timestamp() + least(power(2, tries), 600) * interval '1 second'
   where call_id = %(call)s and status in ('open', 'unknown') returning call_id, tries),
woken as (
  update conversations_conversation c set wake = wake + 1, woke_at = handrail_now()
   from e, tools_toolcall t where t.id = e.call_id and c.id = t.conversation_id and c.status = 'active'
    and not %(in_turn)s and %(tries)s <= %(most)s and e.tries >= %(most)s)
select 1 from e
"""


@dataclass(frozen=True)
class Outcome:
    """How far a write has come: confirmed, refused or unknown by the company's system; or not sent: waiting (for
    people), unread (the customer has written since), paused (by the red switch; nothing is lost), dropped (no longer
    true), busy (another process is at it)."""

    state: str
    why: str = ""
    data: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        return {"state": self.state, "why": self.why, "data": self.data}


def run(call_id: int, terms: Terms, heard: int | None = None) -> Outcome:
    """Carry a proposal out as far as it may go. `heard`: the last message that the turn running it has read."""
    call = ToolCall.objects.select_related("customer").get(pk=call_id)
    in_turn = heard is not None
    if call.status == ToolCall.Status.PROPOSED:
        stopped = clear(call, terms, heard)
        if stopped is not None:
            return stopped
        failpoint("write.after_clear")
        return send(call, terms.faults, in_turn=in_turn, age=0, tries=1)
    if call.status != ToolCall.Status.CLEARED:
        return Outcome(DROPPED, call.moved_why)
    effect = Effect.objects.get(call=call)
    if effect.status in (CONFIRMED, REFUSED):
        return Outcome(effect.status, effect.moved_why, effect.outcome)
    leased = hot(LEASE, {"call": call.pk, "lease": LEASE_SECONDS})
    if not leased:
        return Outcome(UNKNOWN if effect.status == UNKNOWN else BUSY, effect.moved_why)
    return send(call, terms.faults, in_turn=in_turn, tries=leased[0][0], age=leased[0][1])


def clear(call: ToolCall, terms: Terms, heard: int | None) -> Outcome | None:
    """Read everything anew, decide under the live policy, and take the money; None when the effect row stands."""
    if is_paused(call):
        return Outcome(PAUSED, pauses.REASON)
    try:
        reading = read(call, terms)
    except UnreadableError as error:
        return Outcome(WAITING, f"unreadable:{error}")
    stale = what_changed(call, reading)
    if stale:
        return drop(call, stale)
    shut = gate.DRY_RUN if terms.mode(call.capability) is Mode.DRY_RUN else gate.shut_by(call, terms)
    if shut is not None:
        return drop(call, shut)
    needed = gate.rung_of(call, terms)
    granted = granted_to(call)
    if granted is None or needed.is_stricter_than(granted):
        return back_to_people(call, needed, granted, terms)
    failpoint("write.before_clear")
    return cleared(call, reading, terms, heard, granted)


def is_paused(call: ToolCall) -> bool:
    """The agent's writes wait while it is paused; people may act."""
    intent = str(call.confirmation.get("intent", ""))
    return call.origin == ToolCall.Origin.AGENT and pauses.stops(call.conversation_id, intent)


def read(call: ToolCall, terms: Terms) -> Reading:
    own = cases.own_writes(call.order_ref, besides=call)
    args = writes.arguments(call.capability, call.args)
    return cases.read(args, Asker.of(call), terms.refunds, business_now(), own)


def what_changed(call: ToolCall, reading: Reading) -> str:
    """Why this is no longer the write that was proposed and decided; empty when it is."""
    if reading.decision.verdict is Verdict.DENY:
        return f"rule:{reading.decision.rule}:{reading.decision.reason}"
    known = {one["rule"] for one in call.rules}
    fresh = [one for one in reading.hits if one.rule not in known]
    if fresh and call.origin == ToolCall.Origin.AGENT:
        return f"rule:{fresh[0].rule}:{fresh[0].reason}"
    if reading.plan is None or reading.plan != call.planned:
        return "plan-changed"
    same = hash_of(call.capability, call.args, reading.plan, call.customer_id) == call.args_hash
    return "" if same else "hash-differs"


def granted_to(call: ToolCall) -> Rung | None:
    """By whom the write may go out: the policy (people 0), or those who approved; None while they haven't."""
    held = call.requests.filter(status__in=("pending", "approved")).first()
    if held is None:
        return ladder.AUTOMATIC
    if held.status != ApprovalRequest.Status.APPROVED:
        return None
    return Rung(held.people, held.role, held.why)


def back_to_people(call: ToolCall, needed: Rung, granted: Rung | None, terms: Terms) -> Outcome:
    """Not decided yet, or the live policy asks for more than what was granted."""
    if granted is None:
        return Outcome(WAITING, "not-decided")
    with transaction.atomic():
        ToolCall.objects.select_for_update().get(pk=call.pk)
        for request in call.requests.filter(status=ApprovalRequest.Status.APPROVED):
            move(ApprovalRequest, request.pk, "supersede", SYSTEM, "stricter-policy")
        gate.ask_people(call, needed, terms.refunds, SYSTEM)
    return Outcome(WAITING, needed.why)


def cleared(call: ToolCall, reading: Reading, terms: Terms, heard: int | None, granted: Rung) -> Outcome | None:
    """The clearing statement, and when it says no, why."""
    order = reading.case.order
    params = {
        "id": call.pk,
        "hash": call.args_hash,
        "threshold": terms.threshold,
        "heard": heard,
        "people": granted.people,
        "paid": cases.paid_of(order),
        "outside": cases.outside_of(order),
        "actor": (AGENT if granted.people == 0 else SYSTEM).label,
        "why": "policy" if granted.people == 0 else "approved",
        "lease": LEASE_SECONDS,
    }
    try:
        with transaction.atomic():
            if granted.people == 0:
                lock_caps()
                cap = gate.passed_cap(call, terms.refunds)
                if cap is not None:
                    gate.ask_people(call, gate.rung_of(call, terms), terms.refunds, SYSTEM)
                    return Outcome(WAITING, cap)
            if hot(CLEAR, params):
                return None
    except IntegrityError as error:
        if "never_more_than_paid" in str(error):
            return drop(call, "above-paid")
        if proof.PAUSED in str(error):
            return Outcome(PAUSED, pauses.REASON)
        if proof.EXPIRED not in str(error):  # the time may run out between the statement's look and the trigger's
            raise
    return why_not(call, heard, terms, granted)


def lock_caps() -> None:
    """Automatic money is counted by one process at a time, or two could pass the cap together."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [CAPS_LOCK])


def why_not(call: ToolCall, heard: int | None, terms: Terms, granted: Rung) -> Outcome:
    """The clearing statement returned nothing: what stood in its way."""
    row = ToolCall.objects.select_related("conversation").get(pk=call.pk)
    if row.status == ToolCall.Status.CLEARED:
        return Outcome(BUSY, "cleared-by-another")
    if row.status != ToolCall.Status.PROPOSED:
        return Outcome(DROPPED, row.moved_why)
    if row.expires_at <= business_now():
        return drop(row, "expired")
    talk = row.conversation
    if talk.status == "human" and granted.people == 0:
        # Whoever took over knows what the customer says now; the policy alone doesn't.
        gate.ask_people(row, gate.TAKEN_OVER, terms.refunds, SYSTEM)
        return Outcome(WAITING, gate.TAKEN_OVER.why)
    read_up_to = heard if heard is not None else int(talk.state.get("heard", 0))
    if talk.status in ("active", "escalated") and talk.heard_seq > read_up_to:
        return Outcome(UNREAD, "customer-wrote")
    approved = row.reviews.filter(verdict="approved", args_hash=row.args_hash)
    if row.origin == ToolCall.Origin.AGENT and not approved.filter(confidence__gte=terms.threshold).exists():
        return drop(row, "critic-unsure" if approved.exists() else "critic-missing")
    return drop(row, "under-way")


def drop(call: ToolCall, why: str) -> Outcome:
    """The proposal is gone, and what was asked of people with it."""
    actor = SYSTEM
    with transaction.atomic():
        ToolCall.objects.select_for_update().get(pk=call.pk)
        try:
            move(ToolCall, call.pk, "drop", actor, why[:80])
        except NotAllowedError:
            row = ToolCall.objects.get(pk=call.pk)
            return Outcome(BUSY if row.status == ToolCall.Status.CLEARED else DROPPED, row.moved_why)
        for request in call.requests.filter(status__in=("pending", "approved")):
            move(ApprovalRequest, request.pk, "supersede", actor, why[:80])
        waking.wake(call.conversation_id)
    log(Log.WRITE_DROPPED, call=str(call.key), why=why)
    return Outcome(DROPPED, why)


def send(call: ToolCall, faults: str, *, in_turn: bool, tries: int, age: int) -> Outcome:
    """Ask what became of the key, unless this is the first try; then perform under it, and settle."""
    began = time.monotonic()
    caller = replace(caller_of(call), faults=faults) if faults else caller_of(call)
    failpoint("write.before_send")
    result = gateway.settle(call.capability, call.args, call.planned, call.key, caller) if tries > 1 else None
    if result is not None and not result.ok:
        # The question failed, whatever its code: that says nothing of the deed.
        return lost(call, tries, str(result.error), in_turn=in_turn)
    if result is None and tries > 1 and is_paused(call):
        hot(HOLD, {"call": call.pk, "lease": LEASE_SECONDS})
        return Outcome(BUSY, pauses.REASON)
    if result is None and age > DAY_SECONDS:
        return lost(
            call, tries, "too-old", in_turn=in_turn
        )  # the company's system may have forgotten the key: people look
    if result is None:
        result = gateway.perform(call.capability, call.args, call.planned, call.key, caller)
    failpoint("write.after_send")
    return settled(call, result, in_turn=in_turn, tries=tries, ms=int((time.monotonic() - began) * 1000))


def caller_of(call: ToolCall) -> Caller:
    asker = Asker.of(call)
    return Caller(asker.customer_ref, asker.proof, "execute", frozenset({call.capability}), business_now())


def settled(call: ToolCall, result: ToolResult, *, in_turn: bool, tries: int, ms: int) -> Outcome:
    """Write down what the company's system said; without an answer it stays open to be asked again."""
    done = (result.data or {}).get("success")
    if result.ok and isinstance(done, bool):
        status, why = (CONFIRMED, "done") if done else (REFUSED, "shop:declined")
    elif result.error in NOTHING_DONE:
        status, why = REFUSED, f"shop:{result.error}"
    else:
        return lost(call, tries, str(result.error or ErrorCode.INVALID_ANSWER), in_turn=in_turn)
    outcome = result.data if result.ok else {"error": result.error}
    hot(SETTLE, {"call": call.pk, "status": status, "why": why, "outcome": Jsonb(outcome), "in_turn": in_turn})
    failpoint("write.after_settle")
    log(Log.WRITE_SETTLED, call=str(call.key), status=status, tries=tries, ms=ms)
    return Outcome(status, why, result.data)


def lost(call: ToolCall, tries: int, error: str, *, in_turn: bool) -> Outcome:
    """No answer. Where nobody can be asked, the first one that is missing counts as the last."""
    least = MOST_TRIES if pack.active().is_one_way(call.capability) else tries
    hot(LOSE_SIGHT, {"call": call.pk, "why": f"no-answer:{error}"[:80], "least": least, "tries": tries,
                     "most": MOST_TRIES, "in_turn": in_turn})  # fmt: skip
    log(Log.WRITE_UNSURE, call=str(call.key), tries=tries, error=error)
    return Outcome(UNKNOWN, error)


def is_hopeless_call(call_id: int) -> bool:
    """Asked often enough: people have to look, while the system keeps asking."""
    return Effect.objects.filter(call_id=call_id, status=UNKNOWN, tries__gte=MOST_TRIES).exists()
