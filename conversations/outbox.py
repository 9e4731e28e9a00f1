"""How words go out: numbered in the transaction that checks who owns the next reply.

A reply that is read while it is written is one message with the flag `unfinished` in its extra: at most one in a
conversation (a unique index), only while the agent owns the reply (a trigger), and the turn's last statement takes the
flag off. It is shown on live pages, sent on no other channel, and no later turn's history before it is finished.
"""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction

from . import bell
from .channels.base import clean
from .models import Conversation, Message
from .pauses import SILENCED, UNSEEN
from .sql import Jsonb, hot

# The parts of the turn's last statement that belong to this app; agents/finish.py adds its own tables behind them.
# A turn speaks only while it holds the attempt, the reply is owned by whom it was (the agent, or nobody yet while the
# customer waits in line), nothing newer was said or some of it was read already, and it knows of every pause that
# there is.
OWNED: Final = f"""begun as (
  select id from conversations_message where conversation_id = %(id)s and extra ? 'unfinished'),
mine as (
  update conversations_conversation set
    last_seq = last_seq + greatest(%(count)s - (select count(*) from begun), 0),
    done = case when %(status)s = %(was)s then %(wake)s else wake end,
    tries = 0, drops = 0, lease_until = null, turn_id = null, turn_began = null,
    last_activity_at = handrail_now(), state = %(state)s, language = %(language)s, status = %(status)s,
    moved_by = case when %(status)s = %(was)s then moved_by else 'agent' end,
    moved_why = case when %(status)s = %(was)s then moved_why else %(why)s end,
    moved_at = case when %(status)s = %(was)s then moved_at else handrail_now() end
   where id = %(id)s and attempt = %(attempt)s and status = %(was)s and (heard_seq = %(heard)s or %(must_say)s
       or exists (select 1 from begun))
     and not {UNSEEN.format(channel="conversations_conversation.channel")}
  returning id, last_seq, wake > done as more)"""  # noqa: S608 made of our own constants

# What was begun becomes the first message. `text` was made for a reader who has read %(shown)s; one who has read more
# meanwhile gets the words behind it, for nothing that was read is taken back.
SAID: Final = """ended as (
  update conversations_message b set turn_id = %(turn)s, extra = (b.extra - 'unfinished') || coalesce(m.extra, '{}'),
    text = case when m.text is null then b.text when b.text = %(shown)s then m.text
                else b.text || E'\\n\\n' || %(own)s end
    from mine, begun left join jsonb_to_recordset(%(messages)s) as m(i int, text text, extra jsonb) on m.i = 1
   where b.id = begun.id),
said as (
  insert into conversations_message(conversation_id, seq, author, turn_id, text, extra)
  select mine.id, mine.last_seq - %(count)s + m.i, 'agent', %(turn)s, m.text, m.extra
    from mine, jsonb_to_recordset(%(messages)s) as m(i int, text text, extra jsonb)
   where m.i > (select count(*) from begun))"""

# A turn that lets go, or is asked anew, leaves what was read as it stands. {mine} has the conversation's id.
LEFT: Final = """left_as_it_is as (
  update conversations_message b set extra = b.extra - 'unfinished'
    from {mine} where b.conversation_id = {mine}.id and b.extra ? 'unfinished'{which})"""

HANDED: Final = """handed as (
  insert into conversations_handoff(conversation_id, turn_id, queue, reason, packet)
  select mine.id, %(turn)s, h.queue, h.reason, h.packet
    from mine, jsonb_to_recordset(%(handoffs)s) as h(queue text, reason text, packet jsonb))"""

# What a long turn says meanwhile: it holds the attempt and owns the reply, but answers nothing yet.
INTERIM: Final = f"""
with mine as (
  update conversations_conversation set last_seq = last_seq + 1
   where id = %(id)s and attempt = %(attempt)s and status = 'active' and lease_until is not null
     and not {SILENCED.format(channel="conversations_conversation.channel")}
     and not exists (select 1 from conversations_message where conversation_id = %(id)s and extra ? 'unfinished')
  returning id, last_seq, turn_id)
insert into conversations_message(conversation_id, seq, author, turn_id, text, extra)
select id, last_seq, 'agent', turn_id, %(text)s, %(extra)s from mine returning seq
"""  # noqa: S608

# The sentences so far of the reply that is being written: a message is begun, or the one begun reads on. The next try
# of a turn that died takes over what that one began.
SHOW: Final = f"""
with begun as (select id from conversations_message where conversation_id = %(id)s and extra ? 'unfinished'),
mine as (
  update conversations_conversation set last_seq = last_seq + case when exists (select 1 from begun) then 0 else 1 end
   where id = %(id)s and attempt = %(attempt)s and status = 'active' and lease_until is not null
     and (%(heard)s::int is null or heard_seq = %(heard)s or exists (select 1 from begun))
     and not {SILENCED.format(channel="conversations_conversation.channel")}
  returning id, last_seq, turn_id),
more as (
  update conversations_message b set text = %(text)s, extra = %(extra)s, turn_id = mine.turn_id
    from mine, begun where b.id = begun.id returning b.seq),
first as (
  insert into conversations_message(conversation_id, seq, author, turn_id, text, extra)
  select id, last_seq, 'agent', turn_id, %(text)s, %(extra)s from mine where not exists (select 1 from begun)
  returning seq)
select seq from more union all select seq from first
"""  # noqa: S608

# Whoever takes the reply from the agent, by whatever way, leaves what was read as it stands.
TRIGGER: Final = """
create or replace function handrail_leave_words() returns trigger language plpgsql as $body$
begin
  update conversations_message set extra = extra - 'unfinished'
   where conversation_id = new.id and extra ? 'unfinished';
  return null;
end $body$;
drop trigger if exists conversation_words_left on conversations_conversation;
create trigger conversation_words_left after update on conversations_conversation for each row
  when (old.status = 'active' and new.status <> 'active') execute function handrail_leave_words()
"""

APPEND: Final = """
with mine as (
  update conversations_conversation set last_seq = last_seq + 1, last_activity_at = handrail_now()
   where id = %(id)s and (%(operator)s::bigint is null or (status = 'human' and operator_id = %(operator)s))
  returning id, last_seq)
insert into conversations_message(conversation_id, seq, author, operator_id, client_id, text, extra)
select id, last_seq, %(author)s, %(operator)s, %(client_id)s, %(text)s, %(extra)s from mine returning seq
"""


class NotOwnerError(Exception):
    """Somebody else owns the next reply; the text says who."""


def append(conversation_id: int, author: str, text: str, operator_id: int | None = None, client_id: str = "") -> int:
    """Store one message in the next place and return its number; with an operator, only while they own the reply."""
    rows = hot(
        APPEND,
        {
            "id": conversation_id,
            "author": author,
            "operator": operator_id,
            "client_id": client_id or None,
            "text": text,
            "extra": Jsonb({}),
        },
    )
    if not rows:
        raise NotOwnerError
    seq: int = rows[0][0]
    return seq


def operator_reply(conversation: Conversation, operator: AbstractBaseUser, text: str, client_id: str) -> int:
    """The operator's words, once per client_id; refused with the owner's name when they don't own the reply."""
    text = clean(text)
    try:
        with transaction.atomic():
            seq = append(conversation.pk, Message.Author.OPERATOR, text, operator.pk, client_id)
    except IntegrityError:
        seq = Message.objects.get(conversation=conversation, client_id=client_id).seq
    except NotOwnerError:
        raise NotOwnerError(owner_sentence(conversation.pk)) from None
    bell.poke(conversation.public_id)
    return seq


def owner_sentence(conversation_id: int) -> str:
    row = Conversation.objects.select_related("operator").get(pk=conversation_id)
    if row.operator is not None:
        return f"{row.operator.first_name or row.operator.get_username()} has this conversation now."
    return f"Take the conversation over first: it is {row.get_status_display().lower()}."


def say_meanwhile(conversation_id: int, attempt: int, text: str, extra: dict[str, Any]) -> bool:
    """A word while a long turn goes on; False when the turn no longer holds the conversation."""
    return bool(hot(INTERIM, {"id": conversation_id, "attempt": attempt, "text": text, "extra": Jsonb(extra)}))


def show(conversation_id: int, attempt: int, text: str, extra: dict[str, Any], heard: int | None = None) -> bool:
    """The turn's unfinished message now reads `text`: all sentences so far. False when the turn no longer holds the
    conversation, or is silenced. With `heard` a reply isn't begun behind the back of a newer message of the
    customer's; one that they have begun to read goes on."""
    values = {"id": conversation_id, "attempt": attempt, "text": text, "heard": heard}
    return bool(hot(SHOW, {**values, "extra": Jsonb({**extra, Message.UNFINISHED: True})}))
