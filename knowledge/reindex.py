"""Another model: its vectors are made beside the index, then put in its place in one transaction.

Until that commits every search reads the old index with the old model's questions (search.py); a server that doesn't
have the old model any more searches by words alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from django.db import connection, transaction
from pgvector import HalfVector

from . import chunking, embeddings, index, vectors
from .models import Article, Corpus, Passage, ReadyVector

Progress = Callable[[int, int], None]

# Readers go on; who would change the index waits. Before the corpus, as whoever publishes takes them.
LOCK: Final = "lock table knowledge_passagevector in share row exclusive mode"
PASSAGES: Final = """
update knowledge_passagevector v set embedding = n.embedding::halfvec
  from unnest(%s::bigint[], %s::text[]) n(id, embedding) where v.passage_id = n.id
"""
SENTENCES: Final = """
update knowledge_sentencevector v set embedding = n.embedding::halfvec
  from unnest(%s::bigint[], %s::text[]) n(id, embedding) where v.id = n.id
"""


def prepare(tell: Progress) -> int:
    """Make what the next index needs, page by page; what was made before is kept. Return how many were embedded."""
    name, made = embeddings.model(), 0
    pages = list(_pages())
    for n, version in enumerate(pages, 1):
        made += vectors.make_ready(name, [text for texts in _texts(version).values() for text in texts])
        tell(n, len(pages))
    return made


def switch() -> int:
    """The next model's index instead of the last one's, at one moment; return how many passages it has."""
    name, done = embeddings.model(), 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK)
        for version in _pages():
            done += _rewrite(version, name)
        index.recount()
        Corpus.objects.update(model=name)
        ReadyVector.objects.all().delete()
    return done


def due() -> bool:
    return vectors.model() != embeddings.model()


def _pages() -> Iterator[int]:
    """The published versions."""
    pages = Article.objects.published().filter(current__isnull=False)
    return iter(list(pages.order_by("pk").values_list("current", flat=True)))


def _texts(version: int) -> dict[Passage, list[str]]:
    """Of each passage what search reads of it, then of each of its sentences."""
    rows = Passage.objects.filter(version=version, vector__isnull=False).select_related("version")
    return {
        row: [
            chunking.standalone(row.version.title, row.heading, row.text),
            *(
                chunking.standalone(row.version.title, row.heading, row.text[one.start : one.stop])
                for one in row.sentences.all()
            ),
        ]
        for row in rows.prefetch_related("sentences")
    }


def _rewrite(version: int, name: str) -> int:
    texts = _texts(version)
    made = vectors.of(name, [text for one in texts.values() for text in one])
    said = {row.pk: made[one[0]] for row, one in texts.items()}
    parts = {
        part.pk: made[text]
        for row, one in texts.items()
        for part, text in zip(row.sentences.all(), one[1:], strict=True)
    }
    for statement, rows in ((PASSAGES, said), (SENTENCES, parts)):
        _update(statement, rows)
    return len(said)


def _update(statement: str, rows: dict[int, HalfVector]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(rows), [vector.to_text() for vector in rows.values()]])
