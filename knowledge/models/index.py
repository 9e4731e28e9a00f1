"""What search reads: passages of published versions, their vectors and words."""

from __future__ import annotations

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from pgvector.django import HalfVectorField, HnswIndex

from conversations.models import Now

from .articles import ArticleVersion, Topic
from .readers import Audience


class Passage(models.Model):
    """A part that stands alone. Rows stay when a newer version is published, so that an old citation still resolves."""

    version = models.ForeignKey(ArticleVersion, on_delete=models.PROTECT, related_name="passages")
    n = models.PositiveIntegerField()
    heading = models.TextField(blank=True)
    text = models.TextField()
    topic = models.CharField(max_length=20, choices=Topic.choices)
    audience = models.CharField(max_length=10, choices=Audience.choices)

    class Meta:
        constraints = (models.UniqueConstraint(name="passage_once", fields=["version", "n"]),)
        ordering = ("version", "n")

    def __str__(self) -> str:
        return f"Passage {self.pk}"


class PassageVector(models.Model):
    """What search scans: narrow, so that a scan reads little; only passages of published versions have one."""

    passage = models.OneToOneField(Passage, primary_key=True, on_delete=models.CASCADE, related_name="vector")
    audience = models.CharField(max_length=10, choices=Audience.choices)
    topic = models.CharField(max_length=20, choices=Topic.choices)
    embedding = HalfVectorField(dimensions=384)

    class Meta:
        # One index an audience: a filter that is applied after HNSW loses what it throws away.
        indexes = tuple(
            HnswIndex(
                name=f"vector_{audience}",
                fields=["embedding"],
                m=16,
                ef_construction=64,
                opclasses=["halfvec_cosine_ops"],
                condition=Q(audience=audience),
            )
            for audience in Audience.values
        )

    def __str__(self) -> str:
        return f"Vector of passage {self.pk}"


class SentenceVector(models.Model):
    """A published passage's sentence, made ready: an answer is picked without embedding anything."""

    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="sentences")
    start = models.PositiveIntegerField()
    stop = models.PositiveIntegerField(help_text="The sentence is text[start:stop] of its passage.")
    embedding = HalfVectorField(dimensions=384)

    def __str__(self) -> str:
        return f"Passage {self.passage_id} [{self.start}:{self.stop}]"


class Posting(models.Model):
    """A word's passages: the lexical voice's own index, because Postgres' ranks don't know how rare a word is."""

    pk = models.CompositePrimaryKey("passage", "word")
    word = models.TextField(db_collation="C")  # compared byte by byte: a third of the time
    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="postings", db_index=False)
    version = models.ForeignKey(ArticleVersion, on_delete=models.CASCADE, related_name="+", db_index=False)
    audience = models.CharField(max_length=10, choices=Audience.choices)
    topic = models.CharField(max_length=20, choices=Topic.choices)
    times = models.PositiveSmallIntegerField()
    size = models.PositiveSmallIntegerField(help_text="Words in the passage.")

    class Meta:
        indexes = (
            models.Index(
                name="posting_by_word",
                fields=["word"],
                include=["passage", "version", "audience", "topic", "times", "size"],  # answered without the table
            ),
        )

    def __str__(self) -> str:
        return f"{self.word} in passage {self.passage_id}"


class PageWord(models.Model):
    """How often a word stands in a published page, over all its passages: a page is scored without reading those."""

    pk = models.CompositePrimaryKey("version", "word")
    word = models.TextField(db_collation="C")
    version = models.ForeignKey(ArticleVersion, on_delete=models.CASCADE, related_name="+", db_index=False)
    audience = models.CharField(max_length=10, choices=Audience.choices)
    topic = models.CharField(max_length=20, choices=Topic.choices)
    passages = models.PositiveIntegerField(help_text="In how many of them it stands.")
    times = models.PositiveIntegerField()

    class Meta:
        indexes = (
            models.Index(
                name="pageword_by_word",
                fields=["word"],
                include=["version", "audience", "topic", "passages", "times"],  # answered without the table
            ),
        )

    def __str__(self) -> str:
        return f"{self.word} in version {self.version_id}"


class Corpus(models.Model):
    """One row: how much is published (search weighs rare words and long pages by it), and which state of it this is:
    another `state` after each change, and never one again that was before, also not after a rollback."""

    passages = models.PositiveIntegerField(default=0)
    articles = models.PositiveIntegerField(default=0)
    words = models.PositiveIntegerField(default=0)
    model = models.CharField(max_length=60, default="", db_default="", help_text="Whose vectors the index holds.")
    state = models.UUIDField(db_default=RandomUUID())

    class Meta:
        verbose_name_plural = "corpus"
        constraints = (models.CheckConstraint(name="one_corpus", condition=Q(id=1)),)

    def __str__(self) -> str:
        return f"{self.articles} articles, {self.passages} passages"


class ReadyVector(models.Model):
    """The vector of a text that may be published, or of the index that another model makes."""

    pk = models.CompositePrimaryKey("model", "digest")
    model = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, help_text="Of the text, which isn't kept.")
    embedding = HalfVectorField(dimensions=384)
    made_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.digest[:12]} by {self.model}"
