"""Pages enough to measure search among: those that are there, again and again, each copy a little off the first.

Their words are the same, so that a word's list grows as a company's does that says everything several times; their
vectors aren't, so that no index has it easier than in a house.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from django.db import connection
from pgvector import HalfVector

from . import index
from .models import Article, ArticleVersion, Passage, PassageVector, SentenceVector

NOISE: Final = 0.02  # of each of 384 numbers: a copy is .93 like the first
POSTINGS: Final = """
insert into knowledge_posting(word, passage_id, version_id, audience, topic, times, size)
select p.word, t.new, t.version, p.audience, p.topic, p.times, p.size
  from unnest(%s::bigint[], %s::bigint[], %s::bigint[]) t(old, new, version)
  join knowledge_posting p on p.passage_id = t.old
"""
TABLES: Final = ("article", "articleversion", "passage", "passagevector", "sentencevector", "posting", "pageword")


def grow(wanted: int, seed: int = 1) -> int:
    """Copy what is published until there are about so many passages; return how many there are."""
    chance, n, there = np.random.default_rng(seed), 0, index.recount()
    first = list(Article.objects.published().select_related("current").order_by("pk"))
    while there < wanted:
        n += 1
        for article in first:
            if there >= wanted or article.current is None:
                break
            there += _copy(article, article.current, n, chance)
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"analyze knowledge_{table}")
    return index.recount()


def _copy(article: Article, version: ArticleVersion, n: int, chance: np.random.Generator) -> int:
    old = list(Passage.objects.filter(version=version).order_by("n"))
    other = Article.objects.create(
        slug=f"{article.slug[:100]}-copy-{n}",
        external_id=f"{article.pk} copy {n}",
        source="crowd",
        topic=article.topic,
        audience=article.audience,
    )
    words = ArticleVersion.objects.create(
        article=other,
        number=1,
        title=version.title,
        body=version.body,
        words=version.words,
        updated_on=version.updated_on,
        reviewed_on=version.reviewed_on,
    )
    new = Passage.objects.bulk_create(
        Passage(version=words, n=one.n, heading=one.heading, text=one.text, topic=one.topic, audience=one.audience)
        for one in old
    )
    _vectors(old, new, chance)
    with connection.cursor() as cursor:
        cursor.execute(POSTINGS, [[one.pk for one in old], [one.pk for one in new], [words.pk] * len(new)])
        cursor.execute(index.PAGE_WORDS, [[one.pk for one in new]])
    for status, current in (("in_review", None), ("published", words)):
        Article.objects.filter(pk=other.pk).update(status=status, current=current)
    return len(new)


def _vectors(old: list[Passage], new: list[Passage], chance: np.random.Generator) -> None:
    of = {first.pk: copy for first, copy in zip(old, new, strict=True)}
    passages = PassageVector.objects.filter(passage__in=of)
    PassageVector.objects.bulk_create(
        PassageVector(passage=of[one.pk], audience=one.audience, topic=one.topic, embedding=_off(one.embedding, chance))
        for one in passages
    )
    SentenceVector.objects.bulk_create(
        SentenceVector(
            passage=of[one.passage_id], start=one.start, stop=one.stop, embedding=_off(one.embedding, chance)
        )
        for one in SentenceVector.objects.filter(passage__in=of).order_by("pk")
    )


def _off(embedding: object, chance: np.random.Generator) -> HalfVector:
    vector = np.asarray(embedding, np.float32) + chance.normal(0, NOISE, 384).astype(np.float32)
    return HalfVector(vector / np.linalg.norm(vector))
