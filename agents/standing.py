"""How far the agent reaches at the moment, and what stands in the way: what the admin's page and the doctor show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from approvals import ladder
from conversations.access import Actor
from tools import pack
from tools.models import Breaker

from . import admission, deeds, releases
from .admission import NotAdmissibleError
from .models import Authority, Release

SHOWN = 20  # of the changes


@dataclass(frozen=True)
class Standing:
    """`steps`: each level that may be chosen, with what the button says; `intents`: name → what is missing."""

    level: int
    highest: int
    reaches: str
    is_demo: bool
    steps: tuple[tuple[int, str], ...]
    changes: tuple[Authority, ...]
    intents: dict[str, list[str]]
    broken: tuple[Breaker, ...]

    @property
    def missing(self) -> int:
        return sum(1 for problems in self.intents.values() if problems)


def now() -> Standing:
    level = releases.live_authority()
    return Standing(
        level=level,
        highest=releases.HIGHEST,
        reaches=releases.LEVELS[level],
        is_demo=settings.HANDRAIL_DEMO,
        steps=tuple(
            (one, f"{'Raise' if one > level else 'Lower'} to {one}: {reaches}")
            for one, reaches in releases.LEVELS.items()
            if one != level and one <= level + 1
        ),
        changes=tuple(Authority.objects.order_by("-pk")[:SHOWN]),
        intents=intents(),
        broken=tuple(
            Breaker.objects.filter(pack=pack.active().name).exclude(state=Breaker.State.CLOSED).order_by("capability")
        ),
    )


def intents() -> dict[str, list[str]]:
    """Each intent with one sentence for everything that it lacks (S0-03, S0-04)."""
    kit = deeds.kit()
    lacking = admission.lacking(kit)
    return {intent.name: [*admission.problems(intent, kit), *lacking[intent.name]] for intent in kit.taxonomy.intents}


def may_change(user: Any) -> bool:
    return bool(user.is_superuser) or ladder.role_of(user) == "manager"


def change(level: int, user: Any, evidence: str) -> Release:
    """Raise or lower it as this person; AuthorityError says in a sentence why not."""
    if not may_change(user):
        raise releases.AuthorityError(f"{user.get_username()} may not: it takes a manager or an administrator.")
    try:
        return releases.set_authority(level, Actor.operator(user.pk), user.get_username(), evidence)
    except NotAdmissibleError as error:
        raise releases.AuthorityError(str(error)) from error
