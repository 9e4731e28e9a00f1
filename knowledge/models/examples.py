"""Past conversations that others may learn from."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from conversations.models import Now


class Example(models.Model):
    """A past conversation without its people. Nobody uses one until an editor has chosen it, and its words stay as
    they are from then on: a release pins it by `digest`. What is refused keeps none of them."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Solved, or rated well"
        CANDIDATE = "candidate", "Solved, and rated well"
        CHOSEN = "chosen", "Chosen"
        REFUSED = "refused", "Refused"

    source = models.CharField(max_length=40)
    key = models.CharField(max_length=64, editable=False, help_text="Of the conversation's id, which isn't kept.")
    about = models.CharField(max_length=60, blank=True, help_text="What its source calls the matter.")
    messages = models.JSONField()  # [{"by": "customer" or "agent", "text"}], as anonymous.py leaves them
    left_out = models.PositiveSmallIntegerField(default=0, help_text="Messages in which something may have remained.")
    rating = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1 to 5.")
    digest = models.CharField(max_length=64, editable=False, help_text="Of the messages.")
    status = FSMField(default=Status.DRAFT, choices=Status.choices, protected=True)
    taken_at = models.DateTimeField(db_default=Now())
    moved_by = models.CharField(max_length=80, default="system")
    moved_why = models.CharField(max_length=80, default="import")
    moved_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.UniqueConstraint(name="example_source_once", fields=["source", "key"]),
            models.UniqueConstraint(name="example_words_once", fields=["digest"], condition=~Q(status="refused")),
            models.CheckConstraint(
                name="refused_example_is_empty",
                condition=Q(status="refused", messages=[]) | (~Q(status="refused") & ~Q(messages=[])),
            ),
        )
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"Conversation {self.pk}"

    @transition(status, source=Status.DRAFT, target=Status.CANDIDATE)
    def propose(self) -> None:
        """Somebody rated it well."""

    @transition(status, source=[Status.DRAFT, Status.CANDIDATE], target=Status.CHOSEN)
    def choose(self) -> None:
        """An editor has read it, and others may learn from it."""

    @transition(status, source=Status.CHOSEN, target=Status.CANDIDATE)
    def put_back(self) -> None:
        """Not used from now on."""

    @transition(status, source=[Status.DRAFT, Status.CANDIDATE, Status.CHOSEN], target=Status.REFUSED)
    def refuse(self) -> None:
        """It is no example, or somebody can be known from it: its words go, and aren't taken in again."""
