"""The lists of the inbox: one table of tabs, one search, the longest wait first."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import OuterRef, Q, QuerySet, Subquery

from ..access import Actor
from ..models import Conversation, Message
from ..presentation import with_queue

Status = Conversation.Status
COUNT_UP_TO: Final = 1000
FIRST_ROWS: Final = 100
MOST_ROWS: Final = 500


@dataclass(frozen=True)
class Tab:
    """`order` is the field to sort by; `empty` says what to do when nothing is there."""

    key: str
    label: str
    statuses: tuple[str, ...]
    order: str
    empty: str
    mine: bool = False


TABS: Final = {
    tab.key: tab
    for tab in (
        Tab("waiting", "Waiting", (Status.ESCALATED,), "moved_at",
            "Nobody is waiting for a person. New ones appear here by themselves, the longest wait on top."),
        Tab("mine", "Mine", (Status.HUMAN,), "-last_activity_at",
            "You have no conversation. Take one over from Waiting, or from the agent.", mine=True),
        Tab("agent", "With the agent", (Status.ACTIVE,), "-last_activity_at",
            "The agent has no open conversation. Write to it from the page with the chat to see one here."),
        Tab("resolved", "Resolved", (Status.RESOLVED, Status.CLOSED), "-last_activity_at",
            "Nothing is resolved yet. Resolved conversations stay here and come back when the customer writes."),
        Tab("all", "All", tuple(Status.values), "-last_activity_at",
            "There is no conversation yet. The first message of a customer opens one."),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Listing:
    """What a list page shows."""

    tab: Tab
    query: str
    rows: list[Conversation]
    counts: list[tuple[Tab, str]]
    more: int | None

    @property
    def address(self) -> dict[str, str]:
        return {"tab": self.tab.key, "q": self.query}


def listing(user: Any, tab_key: str, query: str, show: int) -> Listing:
    tab = TABS.get(tab_key, TABS["waiting"])
    show = min(max(show, FIRST_ROWS), MOST_ROWS)
    found = with_last_message(searched(in_tab(user, TABS["all"] if query else tab), query))
    rows: list[Any] = list(found.order_by("-last_activity_at" if query else tab.order, "-id")[: show + 1])
    more = min(show + FIRST_ROWS, MOST_ROWS) if len(rows) > show and show < MOST_ROWS else None
    counts = [(each, count(in_tab(user, each))) for each in TABS.values()]
    return Listing(tab, query, rows[:show], counts, more)


def in_tab(user: Any, tab: Tab) -> QuerySet[Conversation]:
    found = Conversation.objects.for_actor(Actor.operator(user.pk)).filter(status__in=tab.statuses)
    return found.filter(operator_id=user.pk) if tab.mine else found


def count(conversations: QuerySet[Conversation]) -> str:
    """Counting stops where nobody reads the figure any more."""
    found = conversations.order_by()[:COUNT_UP_TO].count()
    return str(found) if found < COUNT_UP_TO else f"{COUNT_UP_TO - 1}+"


def searched(conversations: QuerySet[Conversation], query: str) -> QuerySet[Conversation]:
    """By number, public id, or a part of the customer's e-mail address or name."""
    if not query:
        return conversations
    number = query.removeprefix("#")
    if number.isdecimal() and len(number) < 16:
        return conversations.filter(pk=int(number))
    try:
        return conversations.filter(public_id=uuid.UUID(query))
    except ValueError:
        pass
    for word in query.split()[:4]:
        in_names = Q(customer__first_name__icontains=word) | Q(customer__last_name__icontains=word)
        conversations = conversations.filter(in_names | Q(customer__email__icontains=word))
    return conversations


def with_last_message(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    last = Message.objects.filter(conversation=OuterRef("pk"), seq=OuterRef("last_seq"))
    return (
        with_queue(conversations)
        .select_related("customer", "operator")
        .annotate(last_text=Subquery(last.values("text")[:1]), last_author=Subquery(last.values("author")[:1]))
    )
