"""One-time codes: sent to the address on record, typed into the chat, taken out of the message before anything is
written, and judged in the transaction that stores the message.

A code is made from its row's nonce and the installation's secret, so that a repeated turn sends the same one and no
row, trace or log ever holds it. Right and wrong, expired and locked leave rows of one shape after the same statements.
"""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from . import events, masking
from .access import AGENT, Actor
from .channels.base import InboundMessage
from .clock import business_now
from .logs import Log, log
from .models import CodeTry, Customer, SentCode
from .sql import hot

SALT: Final = "handrail.code"
DIGITS: Final = 6
DAY: Final = timedelta(days=1)
KIND: Final = "proof"  # what the message says was taken out of it
ONE_AT_A_TIME: Final = "select pg_advisory_xact_lock(hashtextextended('code:' || %(customer)s, 0))"
PROVE: Final = """
update conversations_sentcode
   set proven_at = case when %(right)s::boolean then %(now)s::timestamptz else proven_at end where id = %(id)s
"""
SENT, LOCKED, TOO_MANY = "sent", "locked", "too-many"
DATED: Final = frozenset("/:.-")  # "21-11-26", "12:34:56": people write dates and times while they wait for a code
HYPHENS: Final = ("-", "_", "#")


@dataclass(frozen=True)
class Issued:
    """`sent`: there is a code, to be sent now (again: the same one); `locked`, `too-many`: there is none to be had."""

    state: str
    minutes: int = 0


@dataclass(frozen=True)
class Standing:
    """Where the proof of a conversation's customer stands. `failed`: the last code that was typed didn't prove it;
    `tries`: how many have been typed here in a day; `left`: how many more may fail."""

    proven: bool
    locked: bool
    open: bool
    failed: bool
    tries: int
    left: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Taken:
    """A message without what looked like the code. `guess` is empty when it named several."""

    text: str
    guess: str
    code: int | None


# sending ----------------------------------------------------------------------------------------------------------


def code_of(nonce: uuid.UUID) -> str:
    """The six digits; whoever knows the nonce alone can't make them."""
    seal = salted_hmac(SALT, str(nonce), algorithm="sha256").digest()
    return f"{int.from_bytes(seal, 'big') % 10**DIGITS:0{DIGITS}}"


@transaction.atomic
def issue(conversation: int, customer: int, nonce: uuid.UUID) -> Issued:
    """A new code for this conversation, or the one that this nonce has made already. It voids the one before."""
    hot(ONE_AT_A_TIME, {"customer": str(customer)})
    now, minutes = business_now(), settings.HANDRAIL["code_minutes"]
    if SentCode.objects.filter(nonce=nonce, conversation=conversation, customer=customer).exists():
        return Issued(SENT, minutes)
    refused = _refused(conversation, customer, now)
    if refused:
        events.record(f"conversation:{conversation}", "code_refused", AGENT, refused)
        log(Log.PROOF_LOCKED, seconds=int(DAY.total_seconds()))
        return Issued(refused)
    SentCode.objects.filter(customer=customer, void_at=None, proven_at=None).update(void_at=now)
    row = SentCode.objects.create(
        nonce=nonce,
        conversation_id=conversation,
        customer_id=customer,
        sent_at=now,
        expires_at=now + timedelta(minutes=minutes),
    )
    events.record(f"conversation:{conversation}", "code_sent", AGENT, "proof_needed", {"code": row.pk})
    return Issued(SENT, minutes)


def _refused(conversation: int, customer: int, now: datetime) -> str:
    if _failures(customer, now) >= settings.HANDRAIL["code_failures"]:
        return LOCKED
    here = SentCode.objects.filter(conversation=conversation, sent_at__gt=now - timedelta(hours=1)).count()
    ever = SentCode.objects.filter(customer=customer, sent_at__gt=now - DAY).count()
    too_many = here >= settings.HANDRAIL["codes_per_hour"] or ever >= settings.HANDRAIL["codes_per_day"]
    return TOO_MANY if too_many else ""


def _failures(customer: int, now: datetime) -> int:
    """Over all codes of the customer's, whichever conversation they were for."""
    return CodeTry.objects.filter(code__customer=customer, right=False, at__gt=now - DAY).count()


# hearing ----------------------------------------------------------------------------------------------------------


def take(message: InboundMessage) -> Taken | None:
    """Take what looks like the code out of a message, where one was sent lately. None: nothing in it is one.

    The customer's own six-digit numbers stay, unless they are the code. A message without six digits asks nothing.
    """
    sixes = list(six_digits(message.text)) if message.conversation is not None else []
    sent = list(_sent_to(message)) if sixes else []
    if not sent:
        return None
    waiting = sent[0] if sent[0].proven_at is None and sent[0].void_at is None else None
    own = set(Customer.objects.values_list("own_ids", flat=True).get(pk=message.customer_id))
    known = [code_of(row.nonce) for row in sent]
    found = [six for six in sixes if six.is_one_of(known) or (waiting and six.alone and six.digits not in own)]
    if not found:
        return None
    named = {six.digits for six in found}
    return Taken(_without(message.text, found), named.pop() if len(named) == 1 else "", waiting.pk if waiting else None)


@dataclass(frozen=True)
class Six:
    """Six digits in a text, in one piece or several. `alone`: not a part of something longer, no date, no card."""

    span: masking.Span
    digits: str
    alone: bool

    def is_one_of(self, codes: list[str]) -> bool:
        return sum(hmac.compare_digest(self.digits, code) for code in codes) > 0


def six_digits(text: str) -> Iterator[Six]:
    """Every six digits that stand together: "123456", "123 456", "12-34-56", also where more digits follow."""
    plain = masking.plain_digits(text)
    for run in masking.RUN.finditer(plain):
        groups = [match.span() for match in masking.GROUP.finditer(plain, *run.span())]
        for at in range(len(groups)):
            end = _end_of_six(groups, at)
            if end is not None:
                span = groups[at][0], groups[end - 1][1]
                yield Six(span, _digits(plain, span), _is_alone(plain, span, run.span(), end - at))


def _end_of_six(groups: list[masking.Span], at: int) -> int | None:
    """The end with which groups[at:end] has six digits."""
    count = 0
    for end, (start, stop) in enumerate(groups[at : at + DIGITS], at + 1):
        count += stop - start
        if count >= DIGITS:
            return end if count == DIGITS else None
    return None


def _is_alone(text: str, span: masking.Span, run: masking.Span, pieces: int) -> bool:
    """One piece stands anywhere but in a card number or a phone; several pieces stand by themselves."""
    before, after = text[: span[0]], text[span[1] :]
    glued = before[-1:].isalpha() or after[:1].isalpha() or (before[-1:] in HYPHENS and before[-2:-1].isalpha())
    is_long = len(_digits(text, run)) >= masking.SHORTEST or text[: run[0]].endswith("+")
    dated = pieces == 3 and not DATED.isdisjoint(text[slice(*span)])
    return not (glued or is_long or dated) and (pieces == 1 or span == run)


def _digits(text: str, span: masking.Span) -> str:
    return "".join(c for c in text[slice(*span)] if c.isdecimal())


def _without(text: str, found: list[Six]) -> str:
    kept, at = [], 0
    for six in found:
        kept.append(text[at : max(at, six.span[0])])
        kept += [masking.WORDS["code"]] if six.span[0] >= at else []
        at = max(at, six.span[1])
    return "".join(kept) + text[at:]


def _sent_to(message: InboundMessage) -> QuerySet[SentCode]:
    """The codes that were sent for the message's conversation within a day, the newest first."""
    assert message.conversation is not None
    mine = SentCode.objects.filter(conversation__public_id=message.conversation, customer=message.customer_id)
    return mine.filter(sent_at__gt=business_now() - DAY).order_by("-sent_at", "-pk")


def lock(customer: int) -> None:
    """One message with a code after the other, over all conversations of a customer; until the transaction's end."""
    hot(ONE_AT_A_TIME, {"customer": str(customer)})


def judge(taken: Taken, customer: int, conversation: int, seq: int) -> None:
    """Count the message's code, once, in the transaction that stored the message. Only the outcome is kept."""
    if taken.code is None:
        return
    row = SentCode.objects.filter(pk=taken.code, conversation=conversation, customer=customer).first()
    if row is None or row.proven_at is not None or row.void_at is not None:
        return  # another message has settled it meanwhile
    now = business_now()
    fits = hmac.compare_digest(code_of(row.nonce), taken.guess)
    may = _failures(customer, now) < settings.HANDRAIL["code_failures"] and now < row.expires_at
    right = fits and may
    CodeTry.objects.create(code=row, seq=seq, right=right, at=now)
    hot(PROVE, {"id": row.pk, "right": right, "now": now})
    actor = Actor.customer(customer)
    events.record(f"conversation:{conversation}", "code_typed", actor, "right" if right else "wrong", {"code": row.pk})


# standing ---------------------------------------------------------------------------------------------------------


def standing(conversation: int, customer: int) -> Standing:
    """For the conversation's customer, now."""
    now, most = business_now(), settings.HANDRAIL["code_failures"]
    failures = _failures(customer, now)
    latest = CodeTry.objects.filter(code__conversation=conversation, code__customer=customer, at__gt=now - DAY)
    last = latest.order_by("-at", "-pk").first()
    waiting = SentCode.objects.filter(conversation=conversation, customer=customer, void_at=None, proven_at=None)
    return Standing(
        proven=proven(conversation, customer, now),
        locked=failures >= most,
        open=waiting.filter(expires_at__gt=now).exists(),
        failed=last is not None and not last.right,
        tries=latest.count(),
        left=max(most - failures, 0),
    )


def proven(conversation: int, customer: int, at: datetime) -> bool:
    """Whether a code proved at that moment that it was this customer who wrote in this conversation."""
    since = at - timedelta(minutes=settings.HANDRAIL["proven_minutes"])
    mine = SentCode.objects.filter(conversation=conversation, customer=customer)
    found: bool = mine.filter(proven_at__lte=at, proven_at__gt=since).exists()
    return found
