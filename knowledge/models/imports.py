"""How articles came in from their sources."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from conversations.models import Now

from .articles import Article


class ImportRun(models.Model):
    """One `manage.py ingest`: how far it came and what it did, so that another can go on where it stopped."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        STOPPED = "stopped", "Stopped"
        DONE = "done", "Done"

    source = models.CharField(max_length=40)
    fingerprint = models.CharField(max_length=64, help_text="Of the names and sizes in the source.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    place = models.PositiveIntegerField(default=0, help_text="Items that are behind it.")
    total = models.PositiveIntegerField()
    counts = models.JSONField(default=dict)
    told = models.JSONField(default=list)  # [name, sentence] of what was skipped or left as it stands
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="import_ended_when_done",
                condition=Q(state="running", ended_at__isnull=True) | (~Q(state="running") & Q(ended_at__isnull=False)),
            ),
        )
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.source}: {self.place} of {self.total}"


class Imported(models.Model):
    """What a source last said of an article, as a hash, and the run that last saw it there."""

    article = models.OneToOneField(Article, primary_key=True, on_delete=models.PROTECT, related_name="imported")
    digest = models.CharField(max_length=64)
    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="seen")

    def __str__(self) -> str:
        return f"Article {self.article_id}"
