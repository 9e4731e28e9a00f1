"""The desk's lists: what waits, what was decided, and what one person decided; filtered, aged and paged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Case, Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from conversations.clock import business_now
from conversations.console.panels import slot
from conversations.lifecycle import display_name
from conversations.models import Handoff
from tools import writes

from . import asking, changes, deciding, desk, ladder, presence, saying
from .models import ApprovalRequest, Change, Role, Vote

PAGE: Final = 50
MOST_ROWS: Final = 1000
TABS: Final = {"waiting": "Waiting", "decided": "Decided", "mine": "Mine"}
# An amount is weighed as the ladder weighs it: in cents, above the first and up to the second.
BANDS: Final[dict[str, tuple[str, int, int | None]]] = {
    "none": ("no money", -1, 0),
    "to-100": ("up to 100", 0, 10_000),
    "to-500": ("100 to 500", 10_000, 50_000),
    "to-1000": ("500 to 1,000", 50_000, 100_000),
    "above": ("above 1,000", 100_000, None),
}
SOON: Final = timedelta(minutes=10)  # before the moment it should be decided by
EXPIRES_SOON: Final = timedelta(hours=4)
# How a request ended: words, a badge's tone, and the rows that ended so. The first that fits says it.
ENDS: Final[dict[str, tuple[str, str, Q]]] = {
    "done": ("Done", "good", Q(call__effect__status="confirmed")),
    "refused": ("Refused by the company's system", "bad", Q(call__effect__status="refused")),
    "unknown": ("Sent, no answer yet", "warn", Q(call__effect__status="unknown")),
    "rejected": ("Rejected", "", Q(status="rejected")),
    "expired": ("Expired", "warn", Q(moved_why="expired")),
    "changed": ("Approved with a change", "info", Q(moved_why="changed")),
    "withdrawn": ("Taken back", "warn", Q(status="superseded")),
    "gone": ("Approved, not carried out", "bad", Q(status="approved", call__status__in=["dropped", "denied"])),
    "under-way": ("Approved, under way", "info", Q(status="approved")),
}
END: Final = Case(*(When(rows, then=Value(key)) for key, (_, _, rows) in ENDS.items()), default=Value("under-way"))
DAYS: Final = {1: "the last 24 hours", 7: "the last 7 days", 30: "the last 30 days"}


@dataclass(frozen=True)
class Wanted:
    """Which requests: a tab and its filters; empty means all."""

    tab: str = "waiting"
    q: str = ""  # an order's number, or part of the customer's name or address
    capability: str = ""
    role: str = ""
    band: str = ""
    soon: bool = False
    may: bool = False  # only what this person may decide
    who: int | None = None
    ended: str = ""
    days: int | None = None
    page: int = 1
    show: int = PAGE

    @cached_property
    def query(self) -> str:
        """As an address, the defaults left out; asked by every row."""
        usual = asdict(Wanted())
        return urlencode({name: value for name, value in asdict(self).items() if value != usual[name]})

    @property
    def is_filtered(self) -> bool:
        return any(
            (self.q, self.capability, self.role, self.band, self.soon, self.may, self.who, self.ended, self.days)
        )


@dataclass(frozen=True)
class Listing:
    """One page of a tab. `more`: how many to show next (0: no more); `older`, `newer`: the next pages' numbers."""

    wanted: Wanted
    rows: list[dict[str, Any]]
    counts: list[tuple[str, str, int]]
    more: int = 0
    older: int = 0
    newer: int = 0
    ends: list[tuple[str, str, int]] = field(default_factory=list)

    @property
    def tab(self) -> str:
        return self.wanted.tab

    @property
    def query(self) -> str:
        return self.wanted.query


def listing(user: Any, wanted: Wanted) -> Listing:
    counts = [(tab, label, RANGES[tab](user).count()) for tab, label in TABS.items()]
    found = narrowed(RANGES[wanted.tab](user), wanted, user)
    if wanted.tab == "waiting":
        return waiting_page(user, wanted, found, counts)
    first = (wanted.page - 1) * PAGE
    rows = list(shown(found).order_by("-moved_at", "-pk")[first : first + PAGE + 1])
    older = wanted.page + 1 if len(rows) > PAGE else 0
    ends = tally(found) if wanted.tab == "mine" else []
    made = [row(each, user) for each in rows[:PAGE]]
    return Listing(wanted, made, counts, older=older, newer=wanted.page - 1, ends=ends)


def waiting_page(
    user: Any, wanted: Wanted, found: QuerySet[ApprovalRequest], counts: list[tuple[str, str, int]]
) -> Listing:
    """The longest wait on top, and last what waits for the customer; a longer page rather than a next one, for the list
    is alive."""
    most = max(PAGE, min(wanted.show, MOST_ROWS))
    found = shown(found).annotate(asking=asking.is_open())
    rows = list(found.order_by("asking", "created_at", "pk")[: most + 1])
    role, now = ladder.role_of(user), business_now()
    made = [row(each, user, role, now) for each in rows[:most]]
    return Listing(wanted, made, counts, more=most + PAGE if len(rows) > most else 0)


def count_for(user: Any) -> int:
    return narrowed(waiting(user), Wanted(may=True), user).count()


def requests() -> QuerySet[ApprovalRequest]:
    """Whole, for a card."""
    return shown(ApprovalRequest.objects.all(), lists=False)


def waiting(_: Any) -> QuerySet[ApprovalRequest]:
    return ApprovalRequest.objects.filter(status=ApprovalRequest.Status.PENDING)


def decided(_: Any) -> QuerySet[ApprovalRequest]:
    return ApprovalRequest.objects.exclude(status=ApprovalRequest.Status.PENDING)


def mine(user: Any) -> QuerySet[ApprovalRequest]:
    """What they answered, and what they asked for and others decided."""
    return decided(user).filter(answered_by(user.pk) | Q(call__asked_by_id=user.pk))


def answered_by(operator_id: int) -> Q:
    """By a vote, or with a change."""
    return Q(Exists(Vote.objects.filter(request=OuterRef("pk"), operator_id=operator_id))) | Q(
        change__operator_id=operator_id
    )


RANGES: Final[dict[str, Callable[[Any], QuerySet[ApprovalRequest]]]] = {
    "waiting": waiting,
    "decided": decided,
    "mine": mine,
}


def shown(found: QuerySet[ApprovalRequest], *, lists: bool = True) -> QuerySet[ApprovalRequest]:
    """With what a row shows, and without the records that only a card does; the same few statements for any number."""
    votes = Prefetch("votes", Vote.objects.select_related("operator").order_by("at"))
    later = Handoff.objects.filter(
        conversation_id=OuterRef("call__conversation_id"), created_at__gt=OuterRef("moved_at")
    )
    found = found.annotate(later=Subquery(later.order_by("id").values("reason")[:1]), end=END)
    found = found.select_related(
        "call__customer",
        "call__effect",
        "call__asked_by",
        "call__conversation__operator",
        "change__operator",
        "change__used_for",
    )
    found = found.prefetch_related(votes, presence.looking(business_now()), asking.asked())
    return found.defer("call__record", "call__rules", "call__sources", "call__plan") if lists else found


def narrowed(found: QuerySet[ApprovalRequest], wanted: Wanted, user: Any) -> QuerySet[ApprovalRequest]:
    for word in wanted.q.split():
        found = found.filter(named(word))
    if wanted.capability:
        found = found.filter(call__capability=wanted.capability)
    if wanted.role:
        found = found.filter(role=wanted.role)
    if wanted.band:
        found = in_band(found, wanted.band)
    if wanted.tab == "waiting":
        found = due_soon(found) if wanted.soon else found
        return within_reach(found, user) if wanted.may else found
    if wanted.who:
        found = found.filter(answered_by(wanted.who))
    if wanted.ended:
        found = found.annotate(end=END).filter(end=wanted.ended)
    return found.filter(moved_at__gte=business_now() - timedelta(days=wanted.days)) if wanted.days else found


def named(word: str) -> Q:
    """The word stands in the order's number, or in the customer's name or e-mail address."""
    return (
        Q(call__order_ref__icontains=word)
        | Q(call__customer__first_name__icontains=word)
        | Q(call__customer__last_name__icontains=word)
        | Q(call__customer__email__icontains=word)
    )


def in_band(found: QuerySet[ApprovalRequest], band: str) -> QuerySet[ApprovalRequest]:
    _, above, up_to = BANDS[band]
    found = found.annotate(weight=Coalesce("call__exposure_cents", "call__amount_cents")).filter(weight__gt=above)
    return found if up_to is None else found.filter(weight__lte=up_to)


def due_soon(found: QuerySet[ApprovalRequest]) -> QuerySet[ApprovalRequest]:
    now = business_now()
    found = found.annotate(since=F("created_at") + asking.stopped(), asking=asking.is_open())
    running = Q(since__lte=now - target() + SOON, asking=False)
    return found.filter(running | Q(expires_at__lte=now + EXPIRES_SOON))


def target() -> timedelta:
    """How long a request may wait before somebody ought to have decided; its expiry is the policy's."""
    return timedelta(minutes=settings.HANDRAIL["decision_minutes"])


def within_reach(found: QuerySet[ApprovalRequest], user: Any) -> QuerySet[ApprovalRequest]:
    """What `deciding.may_not` has nothing against, in SQL."""
    level = ladder.level_of(ladder.role_of(user))
    reach = Q(pk__in=[])
    for role in Role:
        for people, several in ((1, Q(people__lt=2)), (2, Q(people__gte=2))):
            if ladder.level_of(ladder.least_role(role, people)) <= level:
                reach |= Q(role=role) & several
    own = Q(call__customer__email__iexact=user.email) if user.email else Q(pk__in=[])
    voted = Exists(Vote.objects.filter(request=OuterRef("pk"), operator_id=user.pk))
    return found.filter(reach).exclude(own).exclude(voted).exclude(call__asked_by_id=user.pk)


def tally(found: QuerySet[ApprovalRequest]) -> list[tuple[str, str, int]]:
    """How many ended how, those that occur."""
    counted = dict(found.annotate(end=END).order_by().values_list("end").annotate(Count("pk")))
    return [(key, label, counted[key]) for key, (label, _, _) in ENDS.items() if key in counted]


def row(request: ApprovalRequest, user: Any, role: str | None = None, now: datetime | None = None) -> dict[str, Any]:
    call = request.call
    base = {
        "request": request,
        "call": call,
        "amount": desk.headline(call),
        "about": desk.about(call),
        "needs": desk.needs(request),
        "in_short": desk.needs_in_short(request),
        "why": desk.WHY.get(request.why, request.why),
        "fate": desk.fate(call),
        "votes": desk.votes(request),
        "looking": presence.others(request, user),
    }
    if request.status != ApprovalRequest.Status.PENDING:
        words, tone, _ = ENDS[request.end]  # type: ignore[attr-defined]
        return base | {"may_not": "", "ended": {"label": words, "tone": tone}, "later": request.later}  # type: ignore[attr-defined]
    return base | {
        "may_not": deciding.may_not(user, request, role=role),
        "questions": request.asked,  # type: ignore[attr-defined]
        "clock": clock(request, now or business_now()),
    }


def card(request: ApprovalRequest, user: Any) -> dict[str, Any]:
    """Everything on one request, facts first."""
    call = request.call
    about = {
        "late": deciding.late(request),
        "after_no": desk.after_no(call),
        "deed_done": desk.deed_done(call),
        "owner": desk.owner(call),
        "change_url": "" if changes.why_not(request) else slot("write.change", request=request.public_id),
        "may_ask": not asking.why_not(request) and not asking.waits_for_customer(request),
        "told_before": partial(saying.told, request),
        "may_tell": not saying.why_not(call.conversation),
        "may_take": call.conversation.operator_id in (None, user.pk),
    }
    return {**row(request, user), **desk.facts(call), **about}


def clock(request: ApprovalRequest, now: datetime) -> dict[str, Any]:
    """How long it has waited and when it should be decided by; `tone` as a badge's."""
    stood = asking.stood(request, now)
    due = request.created_at + target() + stood
    left = due - now
    stopped = asking.waits_for_customer(request)
    tone = "info" if stopped else "bad" if left <= timedelta(0) else "warn" if left <= SOON else ""
    expires = request.expires_at - now
    return {
        "due": due,
        "tone": tone,
        "stopped": stopped,
        "soon": int(SOON.total_seconds()),
        "label": "waits for the customer"
        if stopped
        else f"{span(-left)} over"
        if left <= timedelta(0)
        else f"{span(left)} left",
        "age": span(now - request.created_at),
        "expires": span(expires) if expires > timedelta(0) else "",
        "expires_soon": expires <= EXPIRES_SOON,
    }


def span(length: timedelta) -> str:
    """A length of time in its largest unit: 40 s, 12 min, 5 h, 3 d."""
    seconds = int(max(length, timedelta(0)).total_seconds())
    for limit, size, unit in ((60, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{seconds // size} {unit}"
    return f"{seconds // 86_400} d"


def choices() -> dict[str, list[tuple[str, str]]]:
    """What the filters offer, in words."""
    return {
        "capability": [(name, desk.kind_of(name)) for name in writes.specs()],
        "role": [(role.value, role.label) for role in Role],
        "band": [(key, label) for key, (label, _, _) in BANDS.items()],
        "ended": [(key, label) for key, (label, _, _) in ENDS.items()],
        "days": [(str(days), label) for days, label in DAYS.items()],
    }


def deciders() -> list[tuple[str, str]]:
    """Whoever has voted on something, by name."""
    voted = Q(Exists(Vote.objects.filter(operator_id=OuterRef("pk"))))
    changed = Q(Exists(Change.objects.filter(operator_id=OuterRef("pk"))))
    people = get_user_model().objects.filter(voted | changed).order_by("first_name", "username")
    return [(str(person.pk), display_name(person)) for person in people]
