"""How satisfied its customer is with a conversation that has ended: asked once, in the widget, and never pushed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.conf import settings
from django.db import transaction

from . import bell
from .access import Actor
from .clock import business_now
from .events import record
from .inbox import own_ids
from .lifecycle import NotAllowedError
from .masking import mask
from .models import Conversation, Handoff, Survey

ENDED: Final = (Conversation.Status.RESOLVED, Conversation.Status.CLOSED)
PLEASED: Final = 4  # CSAT is the share of those who give so much or more
MIDDLING: Final = 3
LONGEST: Final = 1000
# Who has lost somebody, or was in danger, isn't asked for marks: reasons of a handoff, and what the agent remembers.
GRAVE: Final = ("personal-loss", "self-harm", "safety-concern")
GRAVE_CARES: Final = frozenset({"loss", "self_harm", "safety"})
LATE: Final = "This can't be rated any more. Write to us instead: we read it."


class AnswerForm(forms.Form):
    score = forms.IntegerField(min_value=1, max_value=5)
    comment = forms.CharField(max_length=LONGEST, required=False)


def frame(conversation: Conversation) -> dict[str, Any] | None:
    """What the customer's page shows of it: the question while it is open, then the answer; None for nothing."""
    if conversation.status not in ENDED:
        return None
    row = Survey.objects.filter(conversation=conversation).first()
    is_open = may_answer(conversation, row)
    if row is None or row.score is None:
        return {"open": True, "score": None, "comment": ""} if is_open else None
    return {"open": is_open, "score": row.score, "comment": row.comment}


def may_answer(conversation: Conversation, row: Survey | None) -> bool:
    """A first answer for some days after the end, another one for some hours after the first."""
    if conversation.status not in ENDED:
        return False
    if row is not None and row.answered_at is not None:
        return row.answered_at > business_now() - timedelta(hours=settings.HANDRAIL["survey_change_hours"])
    if row is not None and row.declined_at is not None:
        return False
    ended = conversation.moved_at > business_now() - timedelta(days=settings.HANDRAIL["survey_days"])
    return ended and not is_grave(conversation)


def is_grave(conversation: Conversation) -> bool:
    told = Handoff.objects.filter(conversation=conversation, reason__in=GRAVE)
    return not GRAVE_CARES.isdisjoint(conversation.state.get("cares", ())) or told.exists()


def heard(customer_id: int, public_id: uuid.UUID, said: dict[str, Any]) -> None:
    """One frame of the page: that the question is shown, "not now", or an answer. NotAllowedError says why not."""
    with transaction.atomic():
        mine = Conversation.objects.for_actor(Actor.customer(customer_id)).select_for_update()
        row = mine.filter(public_id=public_id).first()
        if row is None:
            raise NotAllowedError("There is no such conversation.")
        if not may_answer(row, Survey.objects.filter(conversation=row).first()):
            if "score" in said:
                raise NotAllowedError(LATE)
            return  # an old page shows the question still; there is nothing to say to it
        survey, _ = Survey.objects.get_or_create(conversation=row, defaults={"asked_at": business_now()})
        if said.get("later") is True and survey.score is None:
            survey.declined_at = business_now()
            survey.save(update_fields=["declined_at"])
        elif "score" in said:
            answer(row, survey, said)
    bell.poke(public_id)


def answer(conversation: Conversation, survey: Survey, said: dict[str, Any]) -> None:
    """Keep score and comment; the event holds the number alone."""
    form = AnswerForm({"score": said["score"], "comment": written(said.get("comment"))})
    if not form.is_valid():
        raise NotAllowedError(f"Choose a number from 1 to 5; a comment has at most {LONGEST} letters.")
    score, comment = form.cleaned_data["score"], form.cleaned_data["comment"]
    if score != survey.score:
        actor = Actor.customer(conversation.customer_id)
        record(f"conversation:{conversation.pk}", "rated", actor, f"{score}_of_5", {"score": score})
    survey.score, survey.answered_at = score, survey.answered_at or business_now()
    survey.comment = mask(comment, lambda: own_ids(conversation.customer_id)).text[:LONGEST]
    survey.save(update_fields=["score", "comment", "answered_at"])


def written(comment: Any) -> str:
    """What of it a database keeps."""
    return comment.replace("\0", "").encode("utf-8", "ignore").decode() if isinstance(comment, str) else ""


@dataclass(frozen=True)
class Outcome:
    """What came of it, for an operator. `tone` and `label` make the badge."""

    tone: str
    label: str
    survey: Survey | None = None


def outcome(conversation: Conversation) -> Outcome | None:
    """None for a conversation that goes on and was never rated."""
    row = Survey.objects.filter(conversation=conversation).first()
    if row is not None and row.score is not None:
        tone = "good" if row.score >= PLEASED else "bad" if row.score < MIDDLING else "warn"
        return Outcome(tone, f"{row.score} of 5", row)
    if row is not None:
        return Outcome("", "Not now" if row.declined_at else "No answer", row)
    if conversation.status not in ENDED:
        return None
    return Outcome("", "Not asked: a grave matter" if is_grave(conversation) else "Not asked yet")
