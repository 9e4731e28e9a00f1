"""Ask first: a question to the customer before anybody decides. The clock stops until they write; the request stays."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import (
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Prefetch,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.functions import Coalesce

from conversations import events
from conversations.access import Actor
from conversations.channels.base import BadMessageError
from conversations.models import Conversation, Message, Now

from . import deciding, saying
from .deciding import RefusedError
from .models import ApprovalRequest, Question

NOTHING: Final = timedelta(0)


def answers() -> QuerySet[Message]:
    """Of a question in the outer query: what the customer wrote after it."""
    later = Message.objects.filter(conversation_id=OuterRef("conversation_id"), seq__gt=OuterRef("seq"))
    return later.filter(author=Message.Author.CUSTOMER).order_by("seq")


def why_not(request: ApprovalRequest) -> str:
    """Why the customer can't be asked from the desk; empty when they can."""
    return saying.why_not(request.call.conversation)


def put(public_id: uuid.UUID, user: Any, text: str) -> Question:
    """One question at a time, to whoever is waiting; refused with why."""
    text = worded(text)
    with transaction.atomic():
        request = deciding.locked(public_id)
        talk = Conversation.objects.select_for_update(of=("self",)).get(pk=request.call.conversation_id)
        refused = deciding.may_not(user, request) or deciding.late(request) or why_not(request)
        if not refused and open_questions().filter(request=request).exists():
            refused = "The customer has been asked already and hasn't answered yet."
        if refused:
            raise RefusedError(refused, right=deciding.refused_by_right(user, request))
        seq = saying.put(request.call, user, "asks about", text)
        asked = Question.objects.create(request=request, conversation=talk, operator_id=user.pk, seq=seq, text=text)
        events.record(f"approvalrequest:{request.pk}", "asked", Actor.operator(user.pk), "asked-first", {"seq": seq})
    deciding.poke(request.call)
    return asked


def worded(text: str) -> str:
    if not text.strip():
        raise RefusedError("Write what you want to know.")
    try:
        return saying.one_line(text)
    except BadMessageError as error:
        raise RefusedError(str(error)) from error


def open_questions() -> QuerySet[Question]:
    return Question.objects.filter(~Exists(answers()))


def asked() -> Prefetch[str]:
    """For lists and cards: `request.asked`, each with the customer's answer and when it came."""
    first = answers().values("text")[:1], answers().values("created_at")[:1]
    rows = Question.objects.select_related("operator").annotate(
        answer=Subquery(first[0]), answered_at=Subquery(first[1])
    )
    return Prefetch("questions", rows.order_by("at"), to_attr="asked")


def stopped() -> Any:
    """Of a request in SQL: for how long its clock has stood still."""
    until = Coalesce(Subquery(answers().values("created_at")[:1]), Now())
    length = ExpressionWrapper(until - F("at"), output_field=DurationField())
    each = Question.objects.filter(request=OuterRef("pk")).order_by().annotate(length=length)
    total = each.values("request").annotate(total=Sum("length")).values("total")
    return Coalesce(Subquery(total), NOTHING, output_field=DurationField())


def is_open() -> Exists:
    """Of a request in SQL: the customer has been asked and hasn't answered."""
    return Exists(open_questions().filter(request=OuterRef("pk")))


def stood(request: ApprovalRequest, now: datetime) -> timedelta:
    """The same of a row in hand."""
    return sum(((one.answered_at or now) - one.at for one in getattr(request, "asked", ())), NOTHING)


def waits_for_customer(request: ApprovalRequest) -> bool:
    return any(one.answered_at is None for one in getattr(request, "asked", ()))
