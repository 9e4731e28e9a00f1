"""What customers said that nobody understood, in clusters, and what an editor makes of each (S4-16)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from conversations.clock import business_now
from conversations.models import Message
from knowledge import configs, embeddings
from knowledge.models import ConfigVersion

from . import kits, releases, texts
from .hearing import UNKNOWN
from .intents import editing
from .intents.answer import Tier
from .intents.clusters import Cluster, clusters
from .intents.taxonomy import HANDOFF, Category
from .models import SetAside, Step

DAYS: Final = 30
MOST: Final = 500  # messages, the newest first
FEWEST: Final = 2  # times that something must have been said before it is shown
KIND: Final = ConfigVersion.Kind.TAXONOMY
RIGHT: Final = "knowledge.change_configversion"


class CantError(Exception):
    """Nothing was changed; the text says why."""


def found() -> list[Cluster]:
    """The largest first; nothing while no taxonomy is live."""
    live = releases.live_version(KIND)
    if live is None:
        return []
    groups = clusters(said(), kits.taxonomy_of(live.body), embeddings, settings.HANDRAIL_MODELS_DIR)
    return [cluster for cluster in groups if cluster.size >= FEWEST]


def said() -> list[str]:
    """Messages of turns whose reading came to nothing, as they were stored, without what was settled before."""
    since = business_now() - timedelta(days=DAYS)
    turns = Step.objects.filter(kind="triage", name=UNKNOWN, at__gte=since, data__intent__tier=Tier.UNKNOWN.value)
    heard = Message.objects.filter(
        author=Message.Author.CUSTOMER,
        conversation__turns__in=turns.values("turn_id"),
        seq__gte=F("conversation__turns__heard_from"),
        seq__lte=F("conversation__turns__heard_to"),
    ).exclude(text="")
    rows = list(heard.order_by("-pk").values_list("text", flat=True)[:MOST])
    settled = set(SetAside.objects.values_list("digest", flat=True))
    return [text for text in rows if digest(text) not in settled]


def digest(text: str) -> str:
    """What is remembered of a text: no word of it."""
    return str(salted_hmac("unknowns", " ".join(text.lower().split()), algorithm="sha256").hexdigest())


def key_of(cluster: Cluster) -> str:
    """Which cluster a button means; another one once its texts have changed."""
    return digest("\n".join(sorted(text for text, _ in cluster.texts)))[:16]


def cluster_of(key: str) -> Cluster:
    for cluster in found():
        if key_of(cluster) == key:
            return cluster
    raise CantError("These messages have changed meanwhile. Look at them again, then decide.")


@transaction.atomic
def dismiss(cluster: Cluster, user: User) -> None:
    """They are no matter of ours; the same words don't come back."""
    settle((text for text, _ in cluster.texts), user)


@transaction.atomic
def add_examples(cluster: Cluster, intent: str, user: User) -> ConfigVersion:
    """The messages teach an intent that there is, in a draft of this person's."""
    said = [text for text, _ in cluster.texts]
    try:
        version = drafted(editing.with_examples(base(user), intent, said), user)
    except KeyError as error:
        raise CantError(f"There is no intent {intent}. Choose another.") from error
    settle(said, user)
    return version


@transaction.atomic
def add_intent(cluster: Cluster, name: str, title: str, user: User) -> ConfigVersion:
    """A new intent that a person carries out, in a draft of this person's."""
    said = [text for text, _ in cluster.texts]
    entry = {
        "name": name,
        "title": title,
        "category": Category.GENERAL.value,
        "description": title,
        "workflow": HANDOFF,
        "examples": said,
    }
    version = drafted(editing.with_intent(base(user), entry), user)
    settle(said, user)
    return version


def own_draft(user: User) -> ConfigVersion | None:
    """The newest version, when it is this person's own draft."""
    rows = ConfigVersion.objects.filter(kind=KIND, author=user, status=ConfigVersion.Status.DRAFT)
    return rows.order_by("-number").first()


def base(user: User) -> str:
    version = own_draft(user) or releases.live_version(KIND)
    if version is None:
        raise CantError("No taxonomy is live yet. Run `manage.py seed` first.")
    return version.body


def drafted(body: str, user: User) -> ConfigVersion:
    try:
        texts.check(KIND, body)
    except texts.YamlTextError as error:
        raise CantError(f"{error}.") from error
    draft = own_draft(user)
    if draft is None:
        return configs.write(KIND, body, user)
    configs.rewrite(draft.pk, body, user)
    return draft


def settle(said: Iterable[str], user: User) -> None:
    SetAside.objects.bulk_create([SetAside(digest=digest(text), by=user) for text in said], ignore_conflicts=True)
