"""Versions of the policy and the taxonomy."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django_fsm import FSMField, transition

from conversations.models import Now


class ConfigVersion(models.Model):
    """One version of the policy or the taxonomy as text. Approved isn't live: a release pins it."""

    class Kind(models.TextChoices):
        POLICY = "policy", "Policy"
        TAXONOMY = "taxonomy", "Taxonomy"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        APPROVED = "approved", "Approved"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    number = models.PositiveIntegerField()
    body = models.TextField(help_text="YAML.")
    digest = models.CharField(max_length=64, editable=False)
    status = FSMField(default=Status.DRAFT, choices=Status.choices, protected=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    moved_by = models.CharField(max_length=80, default="system")
    moved_why = models.CharField(max_length=80, default="created")
    moved_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(name="config_number_once", fields=["kind", "number"]),)
        ordering = ("kind", "-number")
        permissions = (
            ("review_configversion", "Can approve or send back a policy or taxonomy"),
            ("activate_configversion", "Can take an approved policy or taxonomy live"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"

    @transition(status, source=Status.DRAFT, target=Status.IN_REVIEW)
    def submit(self) -> None:
        """Ready for the reviewer; the text is fixed from here on."""

    @transition(status, source=Status.IN_REVIEW, target=Status.DRAFT)
    def send_back(self) -> None:
        """The reviewer wants changes."""

    @transition(status, source=Status.IN_REVIEW, target=Status.APPROVED)
    def approve(self) -> None:
        """May be pinned by a release."""
