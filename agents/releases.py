"""Releases: made from approved versions, pinned, and activated; the first one is seeded."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from conversations import events
from conversations.access import SYSTEM, Actor
from conversations.lifecycle import move
from knowledge import examples
from knowledge.models import ConfigVersion

from . import admission, certified, disturbed, kits, texts
from .admission import NotAdmissibleError
from .intents.disturb import MOST_LOST, Loss
from .kits import current_pins
from .models import Authority, Release

FULL: Final = 100
ACTIVATED: Final = "activated"
HIGHEST: Final = 2
MOST_EXAMPLES: Final = 3
LEVELS: Final = {
    0: "reads and answers; whatever would write goes to a person",
    1: "writes what costs little by itself, and the rest with people",
    2: "writes as the policy's ladder says",
}


class CantError(ValueError):
    """This version can't go live; the text says why, and what to do."""


def live() -> Release | None:
    """The release that speaks to everybody."""
    return Release.objects.filter(status=Release.Status.LIVE, share=FULL).first()


def live_version(kind: str) -> ConfigVersion | None:
    """The policy or taxonomy that the live release pins."""
    release = live()
    return ConfigVersion.objects.get(pk=release.pins[kind][0]) if release else None


def make(
    policy: ConfigVersion, taxonomy: ConfigVersion, actor: Actor, reason: str, authority: int | None = None
) -> Release:
    """A draft that pins what stands now; without `authority` as much of it as the live one has."""
    level = live_authority() if authority is None else authority
    return pinned(current_pins(policy, taxonomy, level, live_examples()), actor, reason)


@transaction.atomic
def pinned(pins: dict[str, Any], actor: Actor, reason: str) -> Release:
    """A draft of these pins, with the certificate of its graphs."""
    release = Release.objects.create(number=next_number(), pins=pins, moved_by=actor.label, moved_why=reason)
    certified.certify(release)
    return release


def next_number() -> int:
    return (Release.objects.order_by("-number").values_list("number", flat=True).first() or 0) + 1


def live_authority() -> int:
    """S1-21: how far the live release reaches. An installation begins by reading and answering, the demo with all."""
    before = live()
    first = HIGHEST if settings.HANDRAIL_DEMO else 0
    return first if before is None else int(before.pins.get("authority", first))


def live_examples() -> list[str]:
    """The digests of the examples that the live release shows to roles."""
    before = live()
    return list(before.pins.get("examples", [])) if before is not None else []


@transaction.atomic
def show_examples(digests: list[str], actor: Actor) -> Release:
    """A release that differs from the live one in the examples alone; CantError says what is against it."""
    one_at_a_time()
    before = live()
    if before is None:
        raise CantError("No release is live yet. Run `manage.py seed`, then choose again.")
    if len(digests) > MOST_EXAMPLES:
        raise CantError(f"{MOST_EXAMPLES} examples at most: each costs its words with every question to a model.")
    if not {one.digest for one in examples.chosen()}.issuperset(digests):
        raise CantError("Only chosen examples are shown. Read them and choose them first.")
    if digests == live_examples():
        raise CantError(f"{before} shows these already.")
    return go_live(pinned({**before.pins, "examples": digests}, actor, "examples"), actor, "examples")


class AuthorityError(Exception):
    """The level isn't changed; the text says why."""


def one_at_a_time() -> None:
    """Until this transaction ends, nobody else decides what is live: what is read here is still so at the end."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended('releases', 0))")


@transaction.atomic
def set_authority(level: int, actor: Actor, by: str, evidence: str) -> Release:
    """A release that differs from the live one in its authority alone. Raising it goes one level at a time and needs
    evidence (what was measured, where it can be looked up) and people behind every intent. Lowering needs only a
    reason. Both leave an audit row."""
    one_at_a_time()
    before = live()
    if before is None:
        raise AuthorityError("No release is live yet.")
    now = live_authority()
    if level not in LEVELS or level == now:
        raise AuthorityError(f"The level is {now}; choose another of {', '.join(map(str, LEVELS))}.")
    if level > now + 1:
        raise AuthorityError(f"The level is {now}; it is raised one at a time, each with its own evidence.")
    if len(evidence.split()) < (4 if level > now else 1):
        raise AuthorityError("Say in a sentence what was measured, over how many conversations, and where it stands.")
    policy, taxonomy = (ConfigVersion.objects.get(pk=before.pins[kind][0]) for kind in ("policy", "taxonomy"))
    release = make(policy, taxonomy, actor, f"authority_{level}", level)
    if level > now:
        admission.check_served(kits.load(release.pk))
    release = go_live(release, actor, f"authority_{level}")
    Authority.objects.create(release=release, level=level, before=now, by=by, evidence=evidence)
    return release


def go_live(release: Release, actor: Actor, reason: str) -> Release:
    """The release speaks to everybody, and the one before it retires, in one transaction.

    Refused with NotAdmissibleError when an intent has no checked tools, no review of its writes, or nobody to serve it,
    and when nothing proves the graphs that it pins.
    """
    admission.check(kits.load(release.pk))
    certified.check(release)

    def whole(row: Release) -> list[str]:
        row.share = FULL
        return ["share"]

    with transaction.atomic():
        for before in Release.objects.filter(status=Release.Status.LIVE, share=FULL).exclude(pk=release.pk):
            move(Release, before.pk, "retire", actor, f"release_{release.number}")
        return move(Release, release.pk, "activate", actor, reason, whole)


def take_live(
    version: ConfigVersion, actor: Actor, reason: str, seen: int | None = None, *, overruled: bool = False
) -> Release:
    """A release that differs from the live one in this version alone, live at once; CantError says what is against it:
    also that it switches an intent on, or asks for approvers, and nobody is there.

    `seen`: the number of the live release that the reviewer compared with; `overruled`: a manager takes a taxonomy live
    although it forgets too much, and the event says how much.
    """
    try:
        texts.rehearse(version)  # trains what the first message would wait for, so outside the transaction
        loss = disturbed.forgotten(live_version(version.kind), version)
        if loss.is_too_much and not overruled:
            raise CantError(forgets(loss))
        with transaction.atomic():
            one_at_a_time()
            before = live()
            against = objection(version, before, seen)
            if before is None or against:
                raise CantError(against)
            release = with_version(before, version, actor, reason)
            admission.check_served(kits.load(release.pk), kits.if_readable(before.pk))
            release = go_live(release, actor, reason)
            facts = {"release": release.number, "instead_of": before.pins[version.kind][0]}
            if overruled:
                facts |= {"overruled": True, "lost": loss.lost, "of": loss.of}
            events.record(f"config:{version.pk}", ACTIVATED, actor, reason, facts)
    except (NotAdmissibleError, kits.StaleReleaseError, texts.YamlTextError) as error:
        raise CantError(str(error)) from error
    return release


def forgets(loss: Loss) -> str:
    share = f"{MOST_LOST / 10:g} in a hundred"
    return f"{loss.sentence} More than {share} can't go live. Add examples, or have a manager overrule this."


def objection(version: ConfigVersion, before: Release | None, seen: int | None = None) -> str:
    """One sentence against putting this version in the place of the live release's; empty when there is none."""
    if version.status != ConfigVersion.Status.APPROVED:
        return f"{version} isn't approved yet. Have it reviewed first."
    if before is None:
        return "No release is live that it could go into. Run `manage.py seed`, then look again."
    if seen is not None and before.number != seen:
        return f"{before} has gone live meanwhile. Look at the difference again, then decide."
    pk, digest = before.pins[version.kind]
    if pk == version.pk:
        return f"{version} is live already."
    if digest == version.digest:
        return f"{version} says the same as the live version, word for word. There is nothing to take live."
    if before.pins != pins_of(before):
        return f"The installed code isn't the one of {before}. Run `manage.py seed`, then take this live."
    return ""


def with_version(before: Release, version: ConfigVersion, actor: Actor, reason: str) -> Release:
    return pinned({**before.pins, version.kind: [version.pk, version.digest]}, actor, reason)


def pins_of(release: Release) -> dict[str, Any]:
    """What a release of today's code would pin, with this one's policy and taxonomy, at the live authority."""
    policy, taxonomy = (ConfigVersion.objects.get(pk=release.pins[kind][0]) for kind in ("policy", "taxonomy"))
    return current_pins(policy, taxonomy, live_authority(), live_examples())


@transaction.atomic
def refresh() -> Release | None:
    """A release of today's code with the live one's policy and taxonomy, when code has changed since; else None."""
    one_at_a_time()
    before = live()
    if before is None or before.pins == pins_of(before):
        return None
    policy, taxonomy = (ConfigVersion.objects.get(pk=before.pins[kind][0]) for kind in ("policy", "taxonomy"))
    return go_live(make(policy, taxonomy, SYSTEM, "code_changed"), SYSTEM, "code_changed")


def ensure(policy: ConfigVersion, taxonomy: ConfigVersion, *, replace: bool = False) -> Release:
    """The first release, with these; once one is live, its own policy and taxonomy stay, and only code is renewed.

    `replace`: these take the place of the live one's.
    """
    before = live()
    if before is None or (replace and before.pins != current_pins(policy, taxonomy, live_authority(), live_examples())):
        return go_live(make(policy, taxonomy, SYSTEM, "seeded"), SYSTEM, "seeded")
    return refresh() or before
