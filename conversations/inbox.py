"""How a customer's words come in: mask, dedupe, number, store, commit; then acknowledge and ring."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction

from . import bell, codes
from .channels.base import BadMessageError, InboundMessage
from .faults import failpoint
from .logs import Log, log
from .masking import Masked, mask
from .models import Conversation, Customer, Message
from .sql import Jsonb, hot

# A resolved conversation comes back to life in the same statement; one that is too old gives no row, like one that is
# somebody else's. A repetition has the words of the first, or what was masked then (own_ids may have grown since).
RECEIVE: Final = """
with there as (
  select id, public_id from conversations_conversation where public_id = %(public_id)s and customer_id = %(customer)s),
dup as (
  select m.seq, m.text = %(text)s or m.extra ? 'masked' as same
    from conversations_message m, there where m.conversation_id = there.id and m.client_id = %(client_id)s),
c as (
  update conversations_conversation x set
    last_seq = last_seq + 1, heard_seq = last_seq + 1, last_activity_at = handrail_now(),
    wake = wake + case when status in ('active', 'escalated', 'resolved') then 1 else 0 end,
    woke_at = case when status in ('active', 'escalated', 'resolved') then clock_timestamp() else woke_at end,
    status = case when status = 'resolved' then 'active' else status end,
    moved_by = case when status = 'resolved' then %(actor)s else moved_by end,
    moved_why = case when status = 'resolved' then 'customer_wrote' else moved_why end,
    moved_at = case when status = 'resolved' then handrail_now() else moved_at end
   from there where x.id = there.id and not exists (select 1 from dup) and status <> 'closed'
     and (status <> 'resolved' or moved_at > handrail_now() - %(days)s * interval '1 day')
  returning x.id, x.public_id, last_seq),
m as (
  insert into conversations_message(conversation_id, seq, author, client_id, text, extra)
  select id, last_seq, 'customer', %(client_id)s, %(text)s, %(extra)s from c returning seq)
select c.id, c.public_id, m.seq, true, true from m, c
union all select there.id, there.public_id, dup.seq, false, dup.same from dup, there
"""

OPEN: Final = """
with c as (
  insert into conversations_conversation(
    public_id, customer_id, channel, status, moved_by, moved_why, language, continues_id, opened_with, state,
    last_seq, heard_seq, wake, done, woke_at, attempt, tries, drops)
  values (%(public_id)s, %(customer)s, %(channel)s, 'active', %(actor)s, 'opened', 'en', %(continues)s, %(client_id)s,
    '{}', 1, 1, 1, 0, clock_timestamp(), 0, 0, 0)
  on conflict (customer_id, opened_with) do nothing returning id, public_id),
m as (
  insert into conversations_message(conversation_id, seq, author, client_id, text, extra)
  select id, 1, 'customer', %(client_id)s, %(text)s, %(extra)s from c returning seq)
select c.id, c.public_id, m.seq from c, m
"""


class OtherWordsError(BadMessageError):
    """The client_id stands for other words already: to take these as a repetition would lose them."""

    def __init__(self) -> None:
        super().__init__("This client_id was used for other words. Give each message one of its own.")


class UnknownConversationError(LookupError):
    """There is no such conversation for this customer (the same answer for one that is somebody else's)."""


@dataclass(frozen=True)
class Received:
    """Where a message was stored. `fresh` is False for a repetition, which gets the number of the first."""

    conversation_id: int
    public_id: uuid.UUID
    seq: int
    fresh: bool


def receive(message: InboundMessage) -> Received:
    """Store one message durably and exactly once; return only after the commit."""
    taken = codes.take(message)
    masked = mask(taken.text if taken else message.text, lambda: own_ids(message.customer_id))
    failpoint("inbox.before_store")
    if taken is not None:
        masked = Masked(masked.text, (codes.KIND, *masked.kinds))
        received = store_code(message, masked, taken) or open_new(message, masked, find(message))
    elif message.conversation is None:
        received = open_new(message, masked, None)
    else:
        received = store(message, masked) or open_new(message, masked, find(message))
    failpoint("inbox.after_store")
    what: dict[str, Any] = {"conversation": received.conversation_id, "seq": received.seq, "channel": message.channel}
    if received.fresh:
        log(Log.MESSAGE_RECEIVED, **what, masked=list(masked.kinds))
    else:
        log(Log.MESSAGE_REPEATED, **what)
    bell.ring(bell.RUN_TURN, received.conversation_id)
    bell.poke(received.public_id)
    return received


def store_code(message: InboundMessage, masked: Masked, taken: codes.Taken) -> Received | None:
    """A message with what looks like a code, and what the code is worth, in one commit; a repetition counts nothing."""
    with transaction.atomic():
        codes.lock(message.customer_id)
        received = store(message, masked)
        if received is not None and received.fresh:
            codes.judge(taken, message.customer_id, received.conversation_id, received.seq)
    return received


def store(message: InboundMessage, masked: Masked) -> Received | None:
    """Into an open conversation of this customer's; None when there is none that goes on."""
    params = {**stored(message, masked), "public_id": message.conversation, "days": settings.HANDRAIL["reopen_days"]}
    try:
        rows = hot(RECEIVE, params)
    except IntegrityError:  # the same message raced with itself: the second look finds the first one's number
        rows = hot(RECEIVE, params)
    if rows and not rows[0][4]:
        raise OtherWordsError
    return Received(*rows[0][:4]) if rows else None


def find(message: InboundMessage) -> int:
    """The conversation that a new one continues, or UnknownConversationError."""
    assert message.conversation is not None
    found = Conversation.objects.filter(public_id=message.conversation, customer_id=message.customer_id)
    known: int | None = found.values_list("pk", flat=True).first()
    if known is None:
        raise UnknownConversationError("There is no such conversation.")
    return known


def open_new(message: InboundMessage, masked: Masked, continues: int | None) -> Received:
    params = {
        **stored(message, masked),
        "public_id": uuid.uuid4(),
        "channel": message.channel,
        "continues": continues,
    }
    rows = hot(OPEN, params)
    if rows:
        return Received(rows[0][0], rows[0][1], rows[0][2], True)
    first = Message.objects.select_related("conversation").get(
        conversation__customer_id=message.customer_id, conversation__opened_with=message.client_id, seq=1
    )
    if first.text != masked.text and "masked" not in first.extra:
        raise OtherWordsError
    return Received(first.conversation_id, first.conversation.public_id, first.seq, False)


def stored(message: InboundMessage, masked: Masked) -> dict[str, Any]:
    return {
        "customer": message.customer_id,
        "client_id": message.client_id,
        "text": masked.text,
        "extra": Jsonb({"masked": list(masked.kinds)} if masked.kinds else {}),
        "actor": f"customer:{message.customer_id}",
    }


def own_ids(customer_id: int) -> set[str]:
    """Digits of the order and tracking numbers that turns have seen on this customer's account."""
    return set(Customer.objects.values_list("own_ids", flat=True).get(pk=customer_id))
