"""Vectors that are made before they are needed: by a task when words are written, and for the next model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.utils import timezone
from pgvector import HalfVector

from . import embeddings
from .models import Corpus, ReadyVector

EMBED: Final = "knowledge.embed"
BATCH: Final = 64  # texts: what is made is kept after each
KEPT_DAYS: Final = 30


class UnknownModelError(Exception):
    """The index was made by a model that this server doesn't have; the text says what to do."""


def model() -> str:
    """The model that made the index: whoever asks or publishes needs its vectors and no other's."""
    return Corpus.objects.values_list("model", flat=True).first() or embeddings.model()


def of(name: str, texts: Sequence[str]) -> dict[str, HalfVector]:
    """The model's vector of each text; only what isn't ready is made."""
    vectors = ready(name, texts)
    new = [text for text in dict.fromkeys(texts) if text not in vectors]
    return vectors | (_encoded(name, new) if new else {})


def ready(name: str, texts: Sequence[str]) -> dict[str, HalfVector]:
    of_digest = {digest(text): text for text in texts}
    rows = ReadyVector.objects.filter(model=name, digest__in=of_digest)
    return {of_digest[row.digest]: HalfVector(row.embedding) for row in rows}  # the field gives a list


def make_ready(name: str, texts: Sequence[str]) -> int:
    """Embed what isn't ready yet, and keep it; return how many there were."""
    held, made = ready(name, texts), 0
    new = [text for text in dict.fromkeys(texts) if text not in held]
    for start in range(0, len(new), BATCH):
        rows = _encoded(name, new[start : start + BATCH])
        ReadyVector.objects.bulk_create(
            (ReadyVector(model=name, digest=digest(text), embedding=vector) for text, vector in rows.items()),
            ignore_conflicts=True,  # another worker made the same
        )
        made += len(rows)
    return made


def used(name: str, texts: Sequence[str]) -> None:
    """They stand in the index now."""
    ReadyVector.objects.filter(model=name, digest__in=[digest(text) for text in texts]).delete()


def tidy() -> None:
    """What nobody has published for a month."""
    ReadyVector.objects.filter(made_at__lt=timezone.now() - timedelta(days=KEPT_DAYS)).delete()


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _encoded(name: str, texts: Sequence[str]) -> dict[str, HalfVector]:
    if name == embeddings.model():
        rows = embeddings.encode(texts)
    elif (older := embeddings.older(name)) is not None:
        rows = older.encode(texts)
    else:
        raise UnknownModelError(
            f"The index was made by {name}, which isn't here. Run manage.py reindex, then try again."
        )
    return {text: HalfVector(row) for text, row in zip(texts, rows, strict=True)}
