"""Writes go on without a turn: what people approved is carried out, what is unclear is asked for, what nobody has told
the customer is told. Run by a task when it is rung, and by the sweeper; twice changes nothing more."""

from __future__ import annotations

from typing import Final

from approvals import deciding, execute, waking
from conversations import bell
from conversations.access import SYSTEM
from conversations.logs import Log, log
from conversations.models import Conversation
from conversations.pauses import STOPPED
from conversations.sql import hot
from tools.models import ToolCall

from . import kits, telling, writes
from .kits import Kit
from .models import Release, Run

# Approved and not sent yet, or sent and not settled, and nobody is at it. What is paused would hold up the others.
DUE: Final = f"""
select t.id from tools_toolcall t
  join conversations_conversation c on c.id = t.conversation_id
  left join tools_effect e on e.call_id = t.id
 where (t.status = 'proposed' and exists (select 1 from approvals_approvalrequest r
          where r.call_id = t.id and r.status = 'approved')
         and (t.origin = 'operator'
              or not {STOPPED.format(channel="c.channel", intent="t.confirmation->>'intent'")}))
    or (e.status in ('open', 'unknown') and (e.lease_until is null or e.lease_until < clock_timestamp()))
 order by t.id limit %(limit)s
"""  # noqa: S608 made of our own constants

# Over, and no run of the agent's is going to say so: it is said in the thread as a plain line.
UNTOLD: Final = """
select t.id from tools_toolcall t
  join conversations_conversation c on c.id = t.conversation_id
  left join tools_effect e on e.call_id = t.id
 where not t.told and (t.status in ('denied', 'dropped') or e.status in ('confirmed', 'refused'))
   and (c.status <> 'active' or (c.lease_until is null and c.wake = c.done))
   and coalesce(e.settled_at, t.moved_at) < handrail_now() - interval '1 second'
 order by t.id limit %(limit)s
"""

# The line and the mark that it was said commit together, so that it is said once.
TELL: Final = """
with t as (update tools_toolcall set told = true where id = %(call)s and not told returning conversation_id),
 c as (update conversations_conversation c set last_seq = last_seq + 1, last_activity_at = handrail_now()
         from t where c.id = t.conversation_id returning c.id, c.last_seq)
insert into conversations_message(conversation_id, seq, author, text, extra)
select id, last_seq, 'system', %(text)s, '{}' from c returning seq
"""

# A proposal of the agent's that never got to people, in a conversation that the agent doesn't own any more.
LEFT: Final = """
select t.id from tools_toolcall t join conversations_conversation c on c.id = t.conversation_id
 where t.status = 'proposed' and t.people = 0 and c.status <> 'active'
   and t.created_at < handrail_now() - interval '2 minutes' limit %(limit)s
"""


def kit() -> Kit:
    """The live release's: execution decides under the live policy, whatever was live at the proposal."""
    return kits.load(Release.objects.values_list("pk", flat=True).get(status=Release.Status.LIVE, share=100))


def carry_out(call_id: int) -> None:
    """One write as far as it may go, then whoever can tell of it is woken."""
    call = ToolCall.objects.select_related("conversation").get(pk=call_id)
    if call.status not in (ToolCall.Status.PROPOSED, ToolCall.Status.CLEARED):
        return
    if call.status == ToolCall.Status.PROPOSED and not call.requests.filter(status="approved").exists():
        return
    execute.run(call_id, writes.terms(kit()))
    bell.poke(call.conversation.public_id)
    bell.ring(bell.RUN_TURN, call.conversation_id)


def sweep(limit: int = 50) -> int:
    """Everything that a lost bell or a dead process left lying; return how much that was."""
    deciding.expire_old()
    due = [row[0] for row in hot(DUE, {"limit": limit})]
    for call_id in due:
        try:
            carry_out(call_id)
        except Exception as error:  # noqa: BLE001 one write that can't be read must not hold up the others
            log(Log.SWEEP_FAILED, error=type(error).__name__)
    for (call_id,) in hot(LEFT, {"limit": limit}):
        deciding.withdraw(call_id, SYSTEM, "left")
    return len(due) + tell_untold(limit)


def tell_untold(limit: int = 50) -> int:
    told = 0
    for (call_id,) in hot(UNTOLD, {"limit": limit}):
        told += tell(call_id)
    return told


def tell(call_id: int) -> int:
    """A line in the thread; where the agent owns the reply and a run of its waits, it is woken instead."""
    call = ToolCall.objects.select_related("conversation").get(pk=call_id)
    talk = call.conversation
    if talk.status == Conversation.Status.ACTIVE and has_run(call):
        waking.wake(talk.pk)
        bell.ring(bell.RUN_TURN, talk.pk)
        return 1
    if not hot(TELL, {"call": call_id, "text": telling.line(call, kit().pack.voice)}):
        return 0
    bell.poke(talk.public_id)
    return 1


def has_run(call: ToolCall) -> bool:
    return call.run_id is not None and Run.objects.filter(pk=call.run_id, waits_for__isnull=False).exists()
