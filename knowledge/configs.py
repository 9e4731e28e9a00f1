"""The verbs of a policy or taxonomy text: write a version, submit it, approve it. A release makes it live."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from conversations.access import Actor
from conversations.lifecycle import NotAllowedError, move

from . import yamltext
from .models import ConfigVersion
from .policy import Policy

# What a text of each kind must be to be saved. The taxonomy's own schema lives above this app.
CHECKS: Final[dict[str, Callable[[str], object]]] = {
    ConfigVersion.Kind.POLICY: Policy.parse,
    ConfigVersion.Kind.TAXONOMY: yamltext.load,
}

OWN: Final = "You wrote this version. Somebody else has to approve it."


def digest(body: str) -> str:
    """What a release pins beside the row's number."""
    return hashlib.sha256(body.encode()).hexdigest()


@lru_cache(maxsize=16)
def check(kind: str, body: str) -> None:
    """Nothing when the text may be saved, else YamlTextError with line and column. What was found good stays so."""
    CHECKS[kind](body)


def write(kind: str, body: str, author: User | None = None) -> ConfigVersion:
    """A new draft with the next number; two writers at once get two numbers or one of them an IntegrityError."""
    check(kind, body)
    with transaction.atomic():
        newest = ConfigVersion.objects.filter(kind=kind).aggregate(newest=Max("number"))["newest"] or 0
        return ConfigVersion.objects.create(kind=kind, number=newest + 1, body=body, digest=digest(body), author=author)


def rewrite(pk: int, body: str, author: User) -> None:
    """Other words for a draft; whoever writes them is its author from here on. Nothing when it is a draft no more."""
    drafts = ConfigVersion.objects.filter(pk=pk, status=ConfigVersion.Status.DRAFT)
    drafts.update(body=body, digest=digest(body), author=author)


def submit(pk: int, actor: Actor, reason: str) -> ConfigVersion:
    return move(ConfigVersion, pk, "submit", actor, reason)


def send_back(pk: int, actor: Actor, reason: str) -> ConfigVersion:
    return move(ConfigVersion, pk, "send_back", actor, reason)


def approve(pk: int, actor: Actor, reason: str) -> ConfigVersion:
    """Refused for whoever wrote it; a constraint of the table refuses the same."""

    def change(row: ConfigVersion) -> list[str]:
        if is_author(row, actor):
            raise NotAllowedError(OWN)
        return []

    return move(ConfigVersion, pk, "approve", actor, reason, change)


def is_author(row: ConfigVersion, actor: Actor) -> bool:
    return row.author_id is not None and actor == Actor.operator(row.author_id)
