"""The agent's work: turns, their steps, workflow runs, and the releases that pin what ran."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from conversations.models import Conversation, Now
from conversations.querysets import ActorQuerySet


class TurnQuerySet(ActorQuerySet):
    customer_path = "conversation__customer_id"


class Release(models.Model):
    """A pinned agent: policy, taxonomy, workflows, voice and pack. `pins` are ids and digests, never changed."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        SHADOW = "shadow", "Shadow"
        LIVE = "live", "Live"
        RETIRED = "retired", "Retired"

    number = models.PositiveIntegerField(unique=True)
    status = FSMField(default=Status.DRAFT, choices=Status.choices, protected=True)
    share = models.PositiveSmallIntegerField(default=0)
    pins = models.JSONField()
    moved_by = models.CharField(max_length=80, default="system")
    moved_why = models.CharField(max_length=80, default="created")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.UniqueConstraint(name="one_full_release", fields=["status"], condition=Q(status="live", share=100)),
        )

    def __str__(self) -> str:
        return f"Release {self.number}"

    @transition(status, source=Status.DRAFT, target=Status.SHADOW)
    def shade(self) -> None:
        """Runs beside the live one and says nothing."""

    @transition(status, source=[Status.DRAFT, Status.SHADOW], target=Status.LIVE)
    def activate(self) -> None:
        """Speaks to customers."""

    @transition(status, source=[Status.DRAFT, Status.SHADOW, Status.LIVE], target=Status.RETIRED)
    def retire(self) -> None:
        """Speaks no more."""


class Authority(models.Model):
    """S1-21: who raised or lowered how far the agent reaches, with which release, on what evidence. Never changed."""

    release = models.OneToOneField(Release, on_delete=models.PROTECT, related_name="authority_change")
    level = models.PositiveSmallIntegerField()
    before = models.PositiveSmallIntegerField()
    by = models.CharField(max_length=150)
    evidence = models.TextField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "authority changes"

    def __str__(self) -> str:
        return f"{self.before} → {self.level} by {self.by}"


class Certificate(models.Model):
    """What was proved of the graphs that a release pins, when it was made (certified.py). A trigger keeps it."""

    release = models.OneToOneField(Release, on_delete=models.PROTECT, related_name="certificate")
    body = models.JSONField()  # graphs with hashes and counts, problems, edges tested, digest of the policy
    digest = models.CharField(max_length=16)
    valid = models.BooleanField()
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"Certificate {self.digest} of release {self.release_id}"


class SignOff(models.Model):
    """S4-08: somebody has looked at a workflow's graph. It counts for this version alone. A trigger keeps it."""

    workflow = models.CharField(max_length=40)
    version = models.CharField(max_length=16)
    by = models.CharField(max_length=150)
    role = models.CharField(max_length=40)
    note = models.TextField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = (models.Index(name="signoff_by_workflow", fields=["workflow", "-id"]),)

    def __str__(self) -> str:
        return f"{self.workflow} {self.version} signed off by {self.by} ({self.role}): {self.note}"


class Turn(models.Model):
    """The agent's work on one or more unanswered messages, with what it takes to replay it byte for byte."""

    class Outcome(models.TextChoices):
        SAID = "said", "Answered"
        HANDED_OFF = "handed_off", "Handed off"
        DROPPED = "dropped", "Dropped: the customer wrote meanwhile, or somebody took over"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="turns")
    attempt = models.PositiveIntegerField()
    release = models.ForeignKey(Release, on_delete=models.PROTECT)
    heard_from = models.PositiveIntegerField()
    heard_to = models.PositiveIntegerField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    record = models.JSONField()
    figures = models.JSONField()  # whole numbers and codes: what the exported trace is made of
    at = models.DateTimeField(db_default=Now())

    objects: ClassVar[TurnQuerySet] = TurnQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (models.UniqueConstraint(name="turn_attempt_once", fields=["conversation", "attempt"]),)
        ordering = ("at",)

    def __str__(self) -> str:
        return f"Turn {self.attempt} of conversation {self.conversation_id}"


class Step(models.Model):
    """One numbered step of a turn. Steps are written before their turn's row, so they name it by a plain uuid."""

    pk = models.CompositePrimaryKey("turn_id", "n")
    turn_id = models.UUIDField()
    n = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    data = models.JSONField()
    ms = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.n}. {self.kind} {self.name}"


class Run(models.Model):
    """One execution of a workflow, pinned to the version it began with. At most one is active in a conversation."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="runs")
    workflow = models.CharField(max_length=40)
    version = models.CharField(max_length=16)
    node = models.CharField(max_length=60)  # or the end that it came to
    slots = models.JSONField(default=dict)
    waits_for = models.CharField(max_length=40, null=True, blank=True)
    active = models.BooleanField(default=True)
    outcome = models.CharField(max_length=60, blank=True, default="")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.UniqueConstraint(name="one_active_run", fields=["conversation"], condition=Q(active=True)),
        )
        indexes = (
            models.Index(name="run_waiting", fields=["conversation"], condition=Q(waits_for__isnull=False)),
            models.Index(name="run_by_conversation", fields=["conversation", "at"]),
        )

    def __str__(self) -> str:
        return f"{self.workflow} at {self.node}"


class SetAside(models.Model):
    """A message that nobody understood and that an editor has settled: its digest, so that it doesn't come back."""

    digest = models.CharField(max_length=64, unique=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.digest[:12]


class Spend(models.Model):
    """What a conversation has taken of its caps, reservations included; moved by the statements of spend.py.

    `held_*` is what the claim of `attempt` has reserved for its turn and not given back; `turn_*` counts since then.
    """

    conversation = models.OneToOneField(Conversation, primary_key=True, on_delete=models.CASCADE, related_name="spend")
    attempt = models.PositiveIntegerField()
    began = models.DateTimeField()
    steps = models.BigIntegerField(default=0)
    calls = models.BigIntegerField(default=0)
    seconds = models.BigIntegerField(default=0)
    held_steps = models.BigIntegerField(default=0)
    held_calls = models.BigIntegerField(default=0)
    held_seconds = models.BigIntegerField(default=0)
    tokens = models.BigIntegerField(default=0)
    cost_micros = models.BigIntegerField(default=0)
    turn_tokens = models.BigIntegerField(default=0)
    turn_cost_micros = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"Conversation {self.conversation_id}: {self.steps} steps, {self.calls} calls"


class ModelDay(models.Model):
    """What models have cost on a day (UTC), reservations included; moved by the statements of llm/budget.py."""

    day = models.DateField(primary_key=True)
    tokens = models.BigIntegerField(default=0)
    cost_micros = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.day}: {self.cost_micros} millionths of a dollar"


class ModelCall(models.Model):
    """One question to a model (llm/ledger.py): what it took and cost, by which prices, and what was said, redacted.

    `certain` is false when nobody knows what it took; then `cost_micros` is what was reserved. `request` and `reply`
    are emptied after a while.
    """

    conversation = models.BigIntegerField(null=True, blank=True)
    turn = models.UUIDField(null=True, blank=True)
    role = models.CharField(max_length=40)
    provider = models.CharField(max_length=40)
    model = models.CharField(max_length=80)
    attempt = models.PositiveSmallIntegerField(default=1)
    started = models.DateTimeField()
    ms = models.PositiveIntegerField()
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cache_read_tokens = models.PositiveIntegerField(default=0)
    cache_write_tokens = models.PositiveIntegerField(default=0)
    certain = models.BooleanField(default=True)
    cost_micros = models.BigIntegerField(default=0)
    priced_on = models.DateField()
    price_list = models.CharField(max_length=40)
    stop = models.CharField(max_length=12, blank=True)
    error = models.CharField(max_length=20, blank=True)
    detail = models.CharField(max_length=40, blank=True)
    digest = models.CharField(max_length=16)
    request = models.JSONField(null=True, blank=True)
    reply = models.JSONField(null=True, blank=True)

    class Meta:
        indexes = (
            models.Index(name="model_call_by_time", fields=["started"]),
            models.Index(name="model_call_by_conversation", fields=["conversation", "started"]),
        )

    def __str__(self) -> str:
        return f"{self.role} asked {self.model} at {self.started:%Y-%m-%d %H:%M:%S}"
