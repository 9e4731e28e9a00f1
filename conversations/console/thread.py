"""The thread of one conversation: messages, and between them what happened to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib.auth import get_user_model
from django.utils.safestring import SafeString

from ..lifecycle import display_name
from ..models import Conversation, Event, Message
from ..presentation import AGENT_NAME, plain_words, rendered

NEWEST: Final = 300
AUTHORS: Final = {"agent": "Agent"}

# Moves that an operator makes are told to the customer as a message of the thread; a second line would repeat it.
TOLD_AS_MESSAGE: Final = frozenset({"took_over", "gave_back", "requeued", "resolved"})
SENTENCES: Final = {
    "created": "{who} opened the conversation",
    "escalated": "{who} asked for a person: {why}",
    "human": "{who} took over: {why}",
    "active": "Open again: {why}",
    "resolved": "Resolved: {why}",
    "closed": "Closed: {why}",
    "rated": "{who} rated the conversation: {why}",
    "code_sent": "{who} had a one-time code sent",
    "code_typed": "{who} typed a one-time code: {why}",
    "code_refused": "No one-time code any more: {why}",
}


@dataclass(frozen=True)
class Line:
    """One message (seq > 0) or one activity line (n > 0)."""

    at: datetime
    kind: str  # customer, agent, operator, system, activity
    name: str
    html: SafeString | str
    seq: int = 0
    n: int = 0
    citations: tuple[dict[str, Any], ...] = ()
    masked: tuple[str, ...] = ()
    unfinished: bool = False


@dataclass(frozen=True)
class Thread:
    lines: list[Line]
    last_seq: int
    last_n: int
    earlier: bool


def thread(conversation: Conversation, after: int = 0, after_event: int = 0, whole: bool = False) -> Thread:
    """What came after the given numbers, in order of time; without numbers the newest part, or with `whole` all."""
    fresh = after == 0 and after_event == 0
    cut = max(conversation.last_seq - NEWEST, 0) if fresh and not whole else after
    messages = list(Message.objects.filter(conversation=conversation, seq__gt=cut).select_related("operator"))
    events = list(Event.objects.filter(stream=f"conversation:{conversation.pk}", n__gt=after_event).order_by("n"))
    names = operator_names(event.actor for event in events)
    customer = str(conversation.customer)
    lines = [message_line(message, customer) for message in messages]
    told = [event for event in events if event.reason not in TOLD_AS_MESSAGE]
    if cut and fresh and messages:
        told = [event for event in told if event.at >= messages[0].created_at]
    lines += [activity_line(event, customer, names) for event in told]
    # The opening (event 1) is stamped just after the words that caused it; it reads better before them.
    lines.sort(key=lambda line: (line.n != 1, line.at, line.seq))
    last_seq = messages[-1].seq if messages else after
    return Thread(lines, last_seq, events[-1].n if events else after_event, fresh and cut > 0)


def message_line(message: Message, customer: str) -> Line:
    names = {"customer": customer, "agent": AUTHORS["agent"], "system": ""}
    operator = display_name(message.operator) if message.operator else ""
    return Line(
        at=message.created_at,
        kind=message.author,
        name=operator or names.get(message.author, AGENT_NAME),
        html=rendered(message),
        seq=message.seq,
        citations=tuple(message.extra.get("citations", ())),
        masked=tuple(message.extra.get("masked", ())),
        unfinished=message.is_unfinished,
    )


def activity_line(event: Event, customer: str, names: dict[int, str]) -> Line:
    kind, _, pk = event.actor.partition(":")
    who = {"customer": customer, "agent": "The agent", "system": "Handrail"}.get(kind, event.actor)
    if kind == "operator" and pk.isdecimal():
        who = names.get(int(pk), "An operator")
    sentence = SENTENCES.get(event.verb, f"{plain_words(event.verb)}: {{why}}")
    return Line(event.at, "activity", who, sentence.format(who=who, why=plain_words(event.reason).lower()), n=event.n)


def operator_names(actors: Iterable[str]) -> dict[int, str]:
    pks = {
        int(pk) for kind, _, pk in (actor.partition(":") for actor in actors) if kind == "operator" and pk.isdecimal()
    }
    return {user.pk: display_name(user) for user in get_user_model().objects.filter(pk__in=pks)}
