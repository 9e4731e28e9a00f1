"""What a version of the taxonomy would disturb, on the words that customers really said, and the guard before it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from typing import Final

from django.conf import settings

from conversations.clock import business_now
from conversations.models import Message
from knowledge import embeddings
from knowledge.models import ConfigVersion

from . import kits
from .intents import disturb
from .intents.disturb import Disturbance, Loss
from .intents.taxonomy import Taxonomy
from .models import Turn

DAYS: Final = 14
MOST: Final = 500  # messages that are compared, the newest first
NEVER: Final = Loss(0, 0, {})


def of(before: Taxonomy, after: Taxonomy, rows: Iterable[str] = (), days: int = DAYS) -> Disturbance:
    return disturb.disturbance(before, after, embeddings, settings.HANDRAIL_MODELS_DIR, rows, said(days))


def said(days: int = DAYS, most: int = MOST) -> list[str]:
    """What customers said to the agent lately, each text once, as it was stored: masked."""
    since = business_now() - timedelta(days=days)
    heard = Turn.objects.filter(at__gte=since).values("conversation_id")
    messages = Message.objects.filter(
        author=Message.Author.CUSTOMER, created_at__gte=since, conversation_id__in=heard
    ).exclude(text="")
    return list(dict.fromkeys(messages.order_by("-pk").values_list("text", flat=True)[:most]))


def forgotten(before: ConfigVersion | None, version: ConfigVersion) -> Loss:
    """What the version would forget against the live one: of a taxonomy alone, and nothing while none is live."""
    if before is None or version.kind != ConfigVersion.Kind.TAXONOMY or before.digest == version.digest:
        return NEVER
    return _forgotten(before.body, version.body)


@lru_cache(maxsize=16)
def _forgotten(before: str, after: str) -> Loss:
    pair = kits.taxonomy_of(before), kits.taxonomy_of(after)
    return disturb.loss(*pair, embeddings, settings.HANDRAIL_MODELS_DIR)
