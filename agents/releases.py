"""Releases: made from approved versions, pinned, and activated; the first one is seeded."""

from __future__ import annotations

from django.db import transaction

from conversations.access import SYSTEM, Actor
from conversations.lifecycle import move
from knowledge.models import ConfigVersion

from . import admission, kits
from .kits import current_pins
from .models import Release

FULL = 100


def make(policy: ConfigVersion, taxonomy: ConfigVersion, actor: Actor, reason: str) -> Release:
    """A draft that pins what stands now."""
    last = Release.objects.order_by("-number").values_list("number", flat=True).first() or 0
    pins = current_pins(policy, taxonomy)
    return Release.objects.create(number=last + 1, pins=pins, moved_by=actor.label, moved_why=reason)


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
    if live.pins == current_pins(policy, taxonomy):
        return None
    return go_live(make(policy, taxonomy, SYSTEM, "code_changed"), SYSTEM, "code_changed")


def ensure(policy: ConfigVersion, taxonomy: ConfigVersion, *, replace: bool = False) -> Release:
    """The first release, with these; once one is live, its own policy and taxonomy stay, and only code is renewed.

    `replace`: these take the place of the live one's.
    """
    live = Release.objects.filter(status=Release.Status.LIVE, share=FULL).first()
    if live is None or (replace and live.pins != current_pins(policy, taxonomy)):
        return go_live(make(policy, taxonomy, SYSTEM, "seeded"), SYSTEM, "seeded")
    return refresh() or live
