"""Releases: made from approved versions, pinned, and activated; the first one is seeded."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import transaction

from conversations.access import SYSTEM, Actor
from conversations.lifecycle import move
from knowledge.models import ConfigVersion

from . import admission, kits
from .kits import current_pins
from .models import Authority, Release

FULL = 100


HIGHEST: Final = 2
LEVELS: Final = {
    0: "reads and answers; whatever would write goes to a person",
    1: "writes what costs little by itself, and the rest with people",
    2: "writes as the policy's ladder says",
}


def make(
    policy: ConfigVersion, taxonomy: ConfigVersion, actor: Actor, reason: str, authority: int | None = None
) -> Release:
    """A draft that pins what stands now; without `authority` as much of it as the live one has."""
    last = Release.objects.order_by("-number").values_list("number", flat=True).first() or 0
    pins = current_pins(policy, taxonomy, live_authority() if authority is None else authority)
    return Release.objects.create(number=last + 1, pins=pins, moved_by=actor.label, moved_why=reason)


def live_authority() -> int:
    """S1-21: how far the live release reaches. An installation begins by reading and answering, the demo with all."""
    live = Release.objects.filter(status=Release.Status.LIVE, share=FULL).first()
    first = HIGHEST if settings.HANDRAIL_DEMO else 0
    return first if live is None else int(live.pins.get("authority", first))


class AuthorityError(Exception):
    """The level isn't changed; the text says why."""


def set_authority(level: int, actor: Actor, by: str, evidence: str) -> Release:
    """A release that differs from the live one in its authority alone. Raising it goes one level at a time and needs
    evidence: what was measured, where it can be looked up. Lowering needs only a reason. Both leave an audit row."""
    live = Release.objects.filter(status=Release.Status.LIVE, share=FULL).first()
    if live is None:
        raise AuthorityError("No release is live yet.")
    now = live_authority()
    if level not in LEVELS or level == now:
        raise AuthorityError(f"The level is {now}; choose another of {', '.join(map(str, LEVELS))}.")
    if level > now + 1:
        raise AuthorityError(f"The level is {now}; it is raised one at a time, each with its own evidence.")
    if len(evidence.split()) < (4 if level > now else 1):
        raise AuthorityError("Say in a sentence what was measured, over how many conversations, and where it stands.")
    policy, taxonomy = (ConfigVersion.objects.get(pk=live.pins[kind][0]) for kind in ("policy", "taxonomy"))
    with transaction.atomic():
        release = go_live(make(policy, taxonomy, actor, f"authority_{level}", level), actor, f"authority_{level}")
        Authority.objects.create(release=release, level=level, before=now, by=by, evidence=evidence)
    return release


def go_live(release: Release, actor: Actor, reason: str) -> Release:
    """The release speaks to everybody, and the one before it retires, in one transaction.

    Refused with NotAdmissibleError when an intent has no checked tools, no review of its writes, or nobody to serve it.
    """
    admission.check(kits.load(release.pk))

    def whole(row: Release) -> list[str]:
        row.share = FULL
        return ["share"]

    with transaction.atomic():
        for before in Release.objects.filter(status=Release.Status.LIVE, share=FULL).exclude(pk=release.pk):
            move(Release, before.pk, "retire", actor, f"release_{release.number}")
        return move(Release, release.pk, "activate", actor, reason, whole)


def refresh() -> Release | None:
    """A release of today's code with the live one's policy and taxonomy, when code has changed since; else None."""
    live = Release.objects.filter(status=Release.Status.LIVE, share=FULL).first()
    if live is None:
        return None
    policy, taxonomy = (ConfigVersion.objects.get(pk=live.pins[kind][0]) for kind in ("policy", "taxonomy"))
    if live.pins == current_pins(policy, taxonomy, live_authority()):
        return None
    return go_live(make(policy, taxonomy, SYSTEM, "code_changed"), SYSTEM, "code_changed")


def ensure(policy: ConfigVersion, taxonomy: ConfigVersion, *, replace: bool = False) -> Release:
    """The first release, with these; once one is live, its own policy and taxonomy stay, and only code is renewed.

    `replace`: these take the place of the live one's.
    """
    live = Release.objects.filter(status=Release.Status.LIVE, share=FULL).first()
    if live is None or (replace and live.pins != current_pins(policy, taxonomy, live_authority())):
        return go_live(make(policy, taxonomy, SYSTEM, "seeded"), SYSTEM, "seeded")
    return refresh() or live
