"""The review of a policy or taxonomy: what it changes against the live one, and who may do what with it next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from conversations.access import Actor
from knowledge import configs, difference
from knowledge.difference import Line
from knowledge.looser import looser
from knowledge.models import ConfigVersion
from knowledge.policy import Policy
from knowledge.yamltext import YamlTextError

from . import disturbed, kits, releases, standing
from .intents.disturb import Change, Disturbance, Loss, examples_of
from .intents.lint import Finding, lint
from .intents.taxonomy import Taxonomy
from .models import Release
from .texts import taxonomy

DRAFT, IN_REVIEW, APPROVED = ConfigVersion.Status.DRAFT, ConfigVersion.Status.IN_REVIEW, ConfigVersion.Status.APPROVED

OVERRULE: Final = "overrule"
SHOWN: Final = 40  # of what would be read differently


@dataclass(frozen=True)
class Verb:
    """One button: the right that it asks for, and the status that it leaves."""

    label: str
    right: str
    source: str
    done: str
    run: Callable[[ConfigVersion, Actor, str, int | None], object]


VERBS: Final = {
    "submit": Verb(
        "Submit for review",
        "knowledge.change_configversion",
        DRAFT,
        "{} is in review. Somebody else has to approve it.",
        lambda row, actor, reason, _: configs.submit(row.pk, actor, reason),
    ),
    "approve": Verb(
        "Approve",
        "knowledge.review_configversion",
        IN_REVIEW,
        "{} is approved. It isn't live yet.",
        lambda row, actor, reason, _: configs.approve(row.pk, actor, reason),
    ),
    "send_back": Verb(
        "Send back to the author",
        "knowledge.review_configversion",
        IN_REVIEW,
        "{} is a draft again.",
        lambda row, actor, reason, _: configs.send_back(row.pk, actor, reason),
    ),
    "activate": Verb(
        "Take it live",
        "knowledge.activate_configversion",
        APPROVED,
        "{} is live, from the next turn of every conversation.",
        lambda row, actor, reason, seen: releases.take_live(row, actor, reason, seen),
    ),
    OVERRULE: Verb(
        "Take it live all the same",
        "knowledge.activate_configversion",
        APPROVED,
        "{} is live, from the next turn of every conversation. What it forgets is noted with your reason.",
        lambda row, actor, reason, seen: releases.take_live(row, actor, reason, seen, overruled=True),
    ),
}


@dataclass(frozen=True)
class Review:
    """`before` is the live version, None while there is none. `looser` has a sentence for all that is let go."""

    version: ConfigVersion
    release: Release | None
    before: ConfigVersion | None
    lines: list[Line]
    looser: list[str]
    problem: str
    loss: Loss = disturbed.NEVER
    findings: tuple[Finding, ...] = ()

    @cached_property
    def disturbs(self) -> Disturbance | None:
        """Against the live version, of a taxonomy that may still go live."""
        if self.before is None or self.problem or self.is_live or self.version.kind != ConfigVersion.Kind.TAXONOMY:
            return None
        return disturbed.of(taxonomy(self.before.body), taxonomy(self.version.body))

    @property
    def shown(self) -> list[Change]:
        return examples_of(self.disturbs.changes, SHOWN) if self.disturbs else []

    @property
    def is_live(self) -> bool:
        return self.before == self.version

    @property
    def counts(self) -> tuple[int, int]:
        return difference.counts(self.lines)


def of(version: ConfigVersion) -> Review:
    release = releases.live()
    before = ConfigVersion.objects.get(pk=release.pins[version.kind][0]) if release else None
    lines = difference.lines(before.body if before else "", version.body)
    told, problem = let_go(before, version)
    if problem or version.kind != ConfigVersion.Kind.TAXONOMY:
        return Review(version, release, before, lines, told, problem)
    findings = tuple(lint(taxonomy(version.body), kits.installed()))
    return Review(version, release, before, lines, told, problem, disturbed.forgotten(before, version), findings)


def let_go(before: ConfigVersion | None, version: ConfigVersion) -> tuple[list[str], str]:
    """What gets looser; or nothing, and why that can't be said."""
    try:
        if version.kind == ConfigVersion.Kind.TAXONOMY:
            new = taxonomy(version.body)
            return (reach(taxonomy(before.body), new) if before else []), ""
        policy = Policy.parse(version.body)
        return (looser(Policy.parse(before.body), policy) if before else []), ""
    except YamlTextError as error:
        return [], str(error)


def reach(old: Taxonomy, new: Taxonomy) -> list[str]:
    """Intents whose matter the agent now carries further by itself."""
    told = []
    for intent in new.intents:
        was = old.get(intent.name)
        if was is None:
            told.append(f"The intent {intent.name} is new; {intent.workflow} serves it.")
        elif intent.workflow != was.workflow or intent.by_reason != was.by_reason:
            told.append(f"{intent.workflow} serves {intent.name}, not {was.workflow}.")
        if was is not None and was.sensitive and not intent.sensitive:
            told.append(f"{intent.name} is no longer sensitive.")
        if was is not None and intent.authority > was.authority:
            told.append(f"{intent.name} has the authority {intent.authority}, not {was.authority}.")
    return told


def offered(review: Review, user: Any) -> list[tuple[str, Verb, str]]:
    """(name, verb, what stands against it) of every button that the version's status has."""
    status = review.version.status
    names = [name for name, verb in VERBS.items() if verb.source == status]
    if not review.loss.is_too_much:
        names = [name for name in names if name != OVERRULE]
    return [(name, VERBS[name], against(name, review, user)) for name in names]


def against(name: str, review: Review, user: Any) -> str:
    """One sentence why this person can't do this now; empty when they can."""
    verb, version = VERBS[name], review.version
    if not user.has_perm(verb.right):
        return f"You may not do this: {verb.label}. An administrator can put you in the group that may."
    if name == "approve" and configs.is_author(version, Actor.operator(user.pk)):
        return configs.OWN
    if name == OVERRULE and not standing.may_change(user):
        return "It takes a manager to let a taxonomy forget this much."
    if name in ("activate", OVERRULE) and (sentence := releases.objection(version, review.release)):
        return sentence
    if name == "activate" and review.loss.is_too_much:
        return releases.forgets(review.loss)
    return ""
