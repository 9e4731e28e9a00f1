"""The yes or no: what the Critic said, what people were asked, and how each of them voted."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from conversations.models import Conversation, Now
from tools.models import ToolCall


class CriticReview(models.Model):
    """The second opinion on one proposal as it stood: once for each hash. Anything but `approved` means people."""

    class Verdict(models.TextChoices):
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        FAILED = "failed", "No usable answer"

    call = models.ForeignKey(ToolCall, on_delete=models.PROTECT, related_name="reviews")
    args_hash = models.CharField(max_length=64)
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    confidence = models.PositiveSmallIntegerField()  # thousandths; the lowest of all critics
    reason = models.CharField(max_length=60)  # a code: critic-approved, critic-timeout, critic-amount …
    opinions = models.JSONField(default=list)  # one for each critic: name, verdict, confidence, reasons
    ms = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(name="one_review_a_hash", fields=["call", "args_hash"]),)

    def __str__(self) -> str:
        return f"{self.call}: {self.verdict}"


class Role(models.TextChoices):
    """Who may decide how much: a rung of the ladder. A higher role may all that a lower one may."""

    OPERATOR = "operator", "Operator"
    BILLING_SPECIALIST = "billing_specialist", "Billing specialist"
    MANAGER = "manager", "Manager"


class ApprovalRequest(models.Model):
    """A write that waits for people. It binds the hash and expires; deciding locks the call, then this row."""

    class Status(models.TextChoices):
        PENDING = "pending", "Waiting for a decision"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        EXPIRED = "expired", "Expired"
        SUPERSEDED = "superseded", "Superseded"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    call = models.ForeignKey(ToolCall, on_delete=models.PROTECT, related_name="requests")
    args_hash = models.CharField(max_length=64)
    role = models.CharField(max_length=30, choices=Role.choices)
    people = models.PositiveSmallIntegerField(default=1)
    why = models.CharField(max_length=60)  # a code: above-limit, cap-customer, cap-day, route, rule, stricter-policy
    status = FSMField(default=Status.PENDING, choices=Status.choices, protected=True)
    moved_by = models.CharField(max_length=80, default="agent")
    moved_why = models.CharField(max_length=80, default="asked")
    moved_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="one_open_request", fields=["call"], condition=Q(status__in=["pending", "approved"])
            ),
        )
        indexes = (
            models.Index(name="request_waiting", fields=["created_at"], condition=Q(status="pending")),
            models.Index(name="request_by_end", fields=["-moved_at", "-id"], condition=~Q(status="pending")),
        )
        ordering = ("created_at",)

    def __str__(self) -> str:
        return f"{self.call}: {self.status}"

    @transition(status, source=Status.PENDING, target=Status.APPROVED)
    def approve(self) -> None:
        """Enough people with enough authority said yes."""

    @transition(status, source=Status.PENDING, target=Status.REJECTED)
    def reject(self) -> None:
        """Somebody with enough authority said no; one no is enough."""

    @transition(status, source=Status.PENDING, target=Status.EXPIRED)
    def expire(self) -> None:
        """Nobody decided in time."""

    @transition(status, source=[Status.PENDING, Status.APPROVED], target=Status.SUPERSEDED)
    def supersede(self) -> None:
        """The proposal is gone, or has to be asked about anew."""


class Vote(models.Model):
    """One person's answer to one request, once."""

    request = models.ForeignKey(ApprovalRequest, on_delete=models.PROTECT, related_name="votes")
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="votes")
    role = models.CharField(max_length=30, choices=Role.choices)  # the role they decided in
    yes = models.BooleanField()
    reason = models.CharField(max_length=500)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(name="one_vote_each", fields=["request", "operator"]),)
        ordering = ("at",)

    def __str__(self) -> str:
        return f"{self.operator_id}: {'yes' if self.yes else 'no'}"


class Change(models.Model):
    """Yes, but less: the request ends, and the customer is asked whether they want what is left (changes.py).

    `args_hash` is what a new proposal must carry for this yes to count, once; `used_for` the request it counted in.
    """

    request = models.OneToOneField(ApprovalRequest, on_delete=models.PROTECT, related_name="change")
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="changes")
    role = models.CharField(max_length=30, choices=Role.choices)
    args = models.JSONField()
    args_hash = models.CharField(max_length=64)
    amount_cents = models.BigIntegerField()
    reason = models.CharField(max_length=500)
    used_for = models.OneToOneField(
        ApprovalRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="carried"
    )
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = (models.Index(name="change_unused", fields=["args_hash"], condition=Q(used_for__isnull=True)),)

    def __str__(self) -> str:
        return f"{self.request}: {self.amount_cents} instead"


class Question(models.Model):
    """What an approver wants to know of the customer first. `seq` is the line in the conversation that asks it; the
    answer is the customer's next message, and no column: it is read where it is shown (asking.py)."""

    request = models.ForeignKey(ApprovalRequest, on_delete=models.PROTECT, related_name="questions")
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="questions")
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="questions")
    seq = models.PositiveIntegerField()
    text = models.CharField(max_length=500)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(name="one_question_a_line", fields=["conversation", "seq"]),)
        ordering = ("at",)

    def __str__(self) -> str:
        return f"{self.request}: asked at {self.at:%H:%M:%S}"


class Looking(models.Model):
    """Who has a request's card open: a moment that their page writes again every few seconds (presence.py)."""

    request = models.ForeignKey(ApprovalRequest, on_delete=models.CASCADE, related_name="lookings")
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lookings")
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(name="one_looking_each", fields=["request", "operator"]),)

    def __str__(self) -> str:
        return f"{self.operator_id} at {self.at:%H:%M:%S}"
