"""What customers ask that no page answers, or not for sure: known issues, gaps, and checks that are waited for."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from conversations.models import Conversation, Now

from .articles import ArticleVersion


class Incident(models.Model):
    """A known issue: what doesn't work at the moment, kept by an editor, and said before any page is quoted."""

    class Status(models.TextChoices):
        INVESTIGATING = "investigating", "We're looking into it"
        IDENTIFIED = "identified", "We know the cause and are mending it"
        MONITORING = "monitoring", "It is mended, and we're watching"
        RESOLVED = "resolved", "It is over"

    title = models.CharField(max_length=120, help_text="What customers see: 'The app shows error 403'.")
    product = models.CharField(max_length=80, blank=True, help_text="Only for this product, where it is one.")
    signs = models.CharField(max_length=300, blank=True, help_text="Other words in which customers speak of it.")
    since = models.DateTimeField(db_default=Now())
    status = models.CharField(max_length=14, choices=Status.choices, db_default=Status.INVESTIGATING)
    workaround = models.TextField(blank=True, help_text="What helps until then, as it is said to customers.")

    class Meta:
        verbose_name = "known issue"
        ordering = ("-since",)

    def __str__(self) -> str:
        return self.title


class Gap(models.Model):
    """A question that no passage answered well enough, in the customer's words as they were stored. Once a turn."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="gaps")
    turn_id = models.UUIDField()
    question = models.TextField()
    key = models.CharField(max_length=64, help_text="The same for the same words.")
    intent = models.CharField(max_length=60)
    confidence = models.PositiveSmallIntegerField(help_text="Of the best passage, in thousandths.")
    at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(name="gap_once", fields=["turn_id", "key"]),)
        indexes = (models.Index(name="gap_open", fields=["-at"], condition=Q(closed_at__isnull=True)),)

    def __str__(self) -> str:
        return self.question[:60]


class Check(models.Model):
    """A customer waits until somebody has checked a page that may be out of date. The editors' queue."""

    class Outcome(models.TextChoices):
        CONFIRMED = "confirmed", "It holds"
        CHANGED = "changed", "It was rewritten"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="checks")
    turn_id = models.UUIDField()
    version = models.ForeignKey(ArticleVersion, on_delete=models.PROTECT, related_name="checks")
    question = models.TextField()
    asked_at = models.DateTimeField(db_default=Now())
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True, db_default="")
    settled_by = models.CharField(max_length=80, blank=True, db_default="")
    settled_at = models.DateTimeField(null=True, blank=True)
    told = models.BooleanField(db_default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="check_waits_once", fields=["conversation", "version"], condition=Q(settled_at__isnull=True)
            ),
        )
        indexes = (
            models.Index(name="check_untold", fields=["settled_at"], condition=Q(told=False, settled_at__isnull=False)),
        )

    def __str__(self) -> str:
        return self.question[:60]
