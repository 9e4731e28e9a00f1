"""How words go out: numbered in the transaction that checks who owns the next reply."""

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
# customer waits in line), nothing newer was said, and it knows of every pause that there is.
OWNED: Final = f"""mine as (
  update conversations_conversation set
    last_seq = last_seq + %(count)s,
    done = case when %(status)s = %(was)s then %(wake)s else wake end,
    tries = 0, drops = 0, lease_until = null, turn_id = null, turn_began = null,
    last_activity_at = handrail_now(), state = %(state)s, language = %(language)s, status = %(status)s,
    moved_by = case when %(status)s = %(was)s then moved_by else 'agent' end,
    moved_why = case when %(status)s = %(was)s then moved_why else %(why)s end,
    moved_at = case when %(status)s = %(was)s then moved_at else handrail_now() end
   where id = %(id)s and attempt = %(attempt)s and status = %(was)s and (heard_seq = %(heard)s or %(must_say)s)
     and not {UNSEEN.format(channel="conversations_conversation.channel")}
  returning id, last_seq, wake > done as more)"""  # noqa: S608 made of our own constants

SAID: Final = """said as (
  insert into conversations_message(conversation_id, seq, author, turn_id, text, extra)
  select mine.id, mine.last_seq - %(count)s + m.i, 'agent', %(turn)s, m.text, m.extra
    from mine, jsonb_to_recordset(%(messages)s) as m(i int, text text, extra jsonb))"""

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
  returning id, last_seq, turn_id)
insert into conversations_message(conversation_id, seq, author, turn_id, text, extra)
select id, last_seq, 'agent', turn_id, %(text)s, %(extra)s from mine returning seq
"""  # noqa: S608

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
