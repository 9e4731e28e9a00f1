"""What the audit finds in articles, day by day, and what is told of a week."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from conversations.models import Now

from .articles import Article


class Finding(models.Model):
    """One thing that the audit found in an article (audit.py). The same words are the same finding, by `key`."""

    class Kind(models.TextChoices):
        OUTDATED = "outdated", "Outdated"
        CONTRADICTORY = "contradictory", "Contradictory"
        AMBIGUOUS = "ambiguous", "Ambiguous"
        UNUSED = "unused", "Unused"
        DIFFERS = "answers_differ", "Answers differ"
        UNHELPFUL = "unhelpful", "Doesn't help"

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        MENDING = "mending", "Being mended"
        DONE = "done", "Done"

    key = models.CharField(max_length=64, unique=True, editable=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="findings")
    why = models.TextField()
    says = models.JSONField(default=list)  # the words that show it: see audit.Defect
    status = FSMField(default=Status.OPEN, choices=Status.choices, protected=True)
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="findings"
    )
    due = models.DateField()
    opened_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True, blank=True)
    kept = models.CharField(max_length=200, blank=True, help_text="Why it is right as it is, when an editor said so.")
    moved_by = models.CharField(max_length=80, default="system")
    moved_why = models.CharField(max_length=80, default="audit")
    moved_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="finding_closed_when_done",
                condition=Q(status="done", closed_at__isnull=False) | (~Q(status="done") & Q(closed_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="finding_mended_by_somebody", condition=~Q(status="mending") | Q(holder__isnull=False)
            ),
        )
        indexes = (models.Index(name="finding_by_status", fields=["status", "due"]),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.article_id}"

    @transition(status, source=Status.OPEN, target=Status.MENDING)
    def take(self) -> None:
        """Somebody mends it."""

    @transition(status, source=Status.MENDING, target=Status.OPEN)
    def leave(self) -> None:
        """Somebody else may."""

    @transition(status, source=[Status.OPEN, Status.MENDING], target=Status.DONE)
    def settle(self) -> None:
        """The audit doesn't find it any more, or an editor says that it is right as it is."""

    @transition(status, source=Status.DONE, target=Status.OPEN)
    def reopen(self) -> None:
        """The same words are back."""


class AuditDay(models.Model):
    """What the last audit of a day came to: {class: articles}, how many findings were left, and which questions no page
    answers: {key of a Gap, times, handoffs}, never their words."""

    day = models.DateField(primary_key=True)
    articles = models.PositiveIntegerField()
    counts = models.JSONField()
    left = models.PositiveIntegerField()
    gaps = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.day}: {self.left} left"


class WeeklyReport(models.Model):
    """What editors and managers are told of a week (weekly.py). Written once, on its Monday or the day after."""

    week = models.DateField(primary_key=True, help_text="Its Monday.")
    figures = models.JSONField()
    written_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"Week of {self.week}"
