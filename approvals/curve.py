"""How often the Critic sends a write to people, week by week, and why (S4-22): 30 in a hundred early, under 5 later.

Of the agent's own proposals alone: an operator's write waits for no Critic. Each number leads to its writes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncWeek

from tools.models import ToolCall

from .models import CriticReview

EARLY, STABLE = 0.30, 0.05
WEEKS: Final = 12
ENOUGH: Final = 20  # proposals: fewer say nothing about a share of five in a hundred
EXAMPLES: Final = 3

# What a code begins with → what such codes have in common, and where its mending lies.
CAUSES: Final[tuple[tuple[str, str, str], ...]] = (
    ("rule:", "The rules would not have it", "Let the workflow read that rule before it offers the write."),
    ("plan-differs", "The records had moved", "Look at the records again right before the offer is read back."),
    ("hash-differs", "The records had moved", "Look at the records again right before the offer is read back."),
    ("source:", "A value came from where none may", "Fill that slot from the customer's words or from a record."),
    ("order-not-named", "Not in the customer's words", "Ask which order is meant, and read the choice back."),
    ("not-confirmed", "Not in the customer's words", "Ask for a plain yes to the offer that was read back."),
    ("address-not-said", "Not in the customer's words", "Read the address back as the customer wrote it."),
    ("email-not-said", "Not in the customer's words", "Read the address back as the customer wrote it."),
    ("critic-unsure", "Not sure enough", "Look at the examples: the threshold or the critic's prompt is off."),
    ("critic-", "No usable answer", "See the log of the critic: its time limit, its provider, its form of answer."),
)
OTHER: Final = ("Another reason", "Read the examples.")


@dataclass(frozen=True)
class Week:
    """`share` of the week's proposals that went to people by the Critic's word, None in a week without any."""

    monday: date
    proposals: int
    escalated: int

    @property
    def share(self) -> float | None:
        return self.escalated / self.proposals if self.proposals else None


@dataclass(frozen=True)
class Cluster:
    """Refusals with one cause at one capability, with the codes behind it and the latest calls."""

    cause: str
    advice: str
    capability: str
    codes: tuple[tuple[str, int], ...]
    n: int
    share: float  # of all that went to people
    examples: tuple[CriticReview, ...]


@dataclass(frozen=True)
class Curve:
    weeks: tuple[Week, ...]
    clusters: tuple[Cluster, ...]
    proposals: int
    escalated: int

    @property
    def share(self) -> float | None:
        return self.escalated / self.proposals if self.proposals else None

    @property
    def standing(self) -> str:
        """Where they stand between the two marks."""
        if self.share is None:
            return "nothing proposed yet"
        if self.proposals < ENOUGH:
            return "too few to say"
        return "as early" if self.share > EARLY else "on its way" if self.share >= STABLE else "stable"


def curve(now: datetime, weeks: int = WEEKS) -> Curve:
    """The last `weeks` weeks, the running one included, from the first with a proposal on; and the causes of all."""
    first = monday_of(now) - timedelta(weeks=weeks - 1)
    reviews = CriticReview.objects.filter(call__origin=ToolCall.Origin.AGENT, at__date__gte=first)
    rows = reviews.annotate(week=TruncWeek("at")).values("week").annotate(n=Count("pk"), no=Count("pk", filter=REFUSED))
    by_week = {row["week"].date(): row for row in rows}
    line = []
    for monday in (first + timedelta(weeks=n) for n in range(weeks)):
        row = by_week.get(monday, {"n": 0, "no": 0})
        if line or row["n"]:
            line.append(Week(monday, row["n"], row["no"]))
    total, escalated = sum(week.proposals for week in line), sum(week.escalated for week in line)
    return Curve(tuple(line), clusters(reviews.filter(REFUSED)), total, escalated)


REFUSED: Final = ~Q(verdict=CriticReview.Verdict.APPROVED)


def monday_of(now: datetime) -> date:
    return now.date() - timedelta(days=now.weekday())


def clusters(refused: QuerySet[CriticReview]) -> tuple[Cluster, ...]:
    """The largest first. A refusal with several codes counts once, by the cause that stands first in CAUSES."""
    found: dict[tuple[str, str, str], list[CriticReview]] = defaultdict(list)
    reviews = list(refused.select_related("call__conversation").order_by("-at"))
    for review in reviews:
        found[(*cause_of(codes_of(review)), review.call.capability)].append(review)
    made = [cluster(key, group, len(reviews)) for key, group in found.items()]
    return tuple(sorted(made, key=lambda one: (-one.n, one.cause, one.capability)))


def cluster(key: tuple[str, str, str], group: Sequence[CriticReview], of: int) -> Cluster:
    cause, advice, capability = key
    counts: dict[str, int] = defaultdict(int)
    for review in group:
        for code in codes_of(review):
            counts[code] += 1
    codes = tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
    return Cluster(cause, advice, capability, codes, len(group), len(group) / of, tuple(group[:EXAMPLES]))


def codes_of(review: CriticReview) -> list[str]:
    """What the critics who refused gave as reasons; where none did, the reason of the wrapper."""
    given = [code for one in review.opinions if not one["approved"] for code in one["reasons"]]
    return list(dict.fromkeys(given)) or [review.reason]


def cause_of(codes: Sequence[str]) -> tuple[str, str]:
    return next(((cause, advice) for start, cause, advice in CAUSES if any(c.startswith(start) for c in codes)), OTHER)
