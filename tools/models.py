"""What was wished of the world and done to it: proposals, effects, how much of an order's money is taken, and whether
a company's system is asked at all."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django_fsm import FSMField, transition

from conversations.models import Conversation, Customer, Now
from conversations.querysets import ActorQuerySet

from .contract import Plan
from .shapes import Order


class ToolCallQuerySet(ActorQuerySet):
    customer_path = "customer_id"


class ToolCall(models.Model):
    """A write that was wished for. `key` is made before anything is tried and stays the same for every try.

    `args_hash` covers capability, arguments, plan and customer: whatever is reviewed, approved and carried out is
    compared with it. `sources` names where each argument came from (law 3); `confirmation` is the offer that was read
    back and the message that said yes; `record` is the order as the systems of record showed it at the proposal.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        DENIED = "denied", "Denied"
        CLEARED = "cleared", "Cleared"
        DROPPED = "dropped", "Dropped"

    class Origin(models.TextChoices):
        AGENT = "agent", "The agent, for the customer"
        OPERATOR = "operator", "An operator"

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="tool_calls")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="tool_calls")
    capability = models.CharField(max_length=40)
    args = models.JSONField()
    plan = models.JSONField()
    args_hash = models.CharField(max_length=64)
    order_ref = models.CharField(max_length=60)
    line_ids = ArrayField(models.CharField(max_length=40), default=list)
    amount_cents = models.BigIntegerField()
    exposure_cents = models.BigIntegerField(null=True, blank=True)  # what people weigh, where it isn't the amount
    currency = models.CharField(max_length=3)
    sources = models.JSONField(default=dict)
    confirmation = models.JSONField(default=dict)
    record = models.JSONField(default=dict)
    rules = models.JSONField(default=list)
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.AGENT)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="tool_calls"
    )
    run_id = models.UUIDField(null=True, blank=True, db_index=True)
    turn_id = models.UUIDField(null=True, blank=True)
    release = models.PositiveIntegerField(default=0)
    people = models.PositiveSmallIntegerField(default=0)
    role = models.CharField(max_length=30, blank=True, default="")
    heard_seq = models.PositiveIntegerField(default=0)
    status = FSMField(default=Status.PROPOSED, choices=Status.choices, protected=True)
    moved_by = models.CharField(max_length=80, default="agent")
    moved_why = models.CharField(max_length=80, default="proposed")
    moved_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    told = models.BooleanField(default=False)  # the customer knows how it ended
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[ToolCallQuerySet] = ToolCallQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = (
            models.Index(name="call_of_order", fields=["order_ref"]),
            models.Index(name="call_open", fields=["conversation"], condition=Q(status="proposed")),
            models.Index(name="call_untold", fields=["id"], condition=Q(told=False)),
            models.Index(name="call_of_customer", fields=["customer", "created_at"]),
        )
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.capability} on {self.order_ref}"

    @property
    def planned(self) -> Plan:
        return Plan.from_json(self.plan)

    @property
    def weight_cents(self) -> int:
        """What people and caps weigh: what goes back, or goods and credits that are given."""
        return self.amount_cents if self.exposure_cents is None else self.exposure_cents

    @property
    def order(self) -> Order | None:
        """The order as it was when this was proposed; None for a write on the account alone."""
        return Order.model_validate(self.record) if self.record else None

    @transition(status, source=Status.PROPOSED, target=Status.DENIED)
    def deny(self) -> None:
        """A rule, the Critic or the gate said no, or said nothing."""

    @transition(status, source=Status.PROPOSED, target=Status.CLEARED)
    def clear(self) -> None:
        """Everything said yes: the effect row stands."""

    @transition(status, source=Status.PROPOSED, target=Status.DROPPED)
    def drop(self) -> None:
        """Taken back, expired, rejected by people, or no longer true."""


class Effect(models.Model):
    """One outward change, stored before the first attempt. Only approvals/execute.py inserts; a trigger asks why."""

    class Status(models.TextChoices):
        OPEN = "open", "Under way"
        CONFIRMED = "confirmed", "Done"
        REFUSED = "refused", "Refused by the company's system"
        UNKNOWN = "unknown", "Not known yet"

    key = models.UUIDField(unique=True, editable=False)
    call = models.OneToOneField(ToolCall, on_delete=models.PROTECT, related_name="effect")
    args_hash = models.CharField(max_length=64)
    status = FSMField(default=Status.OPEN, choices=Status.choices, protected=True)
    moved_by = models.CharField(max_length=80, default="system")
    moved_why = models.CharField(max_length=80, default="cleared")
    lease_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    outcome = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = (
            models.Index(name="effect_unsettled", fields=["lease_until"], condition=Q(status__in=["open", "unknown"])),
            models.Index(name="effect_by_time", fields=["created_at"]),
        )

    def __str__(self) -> str:
        return f"{self.key} {self.status}"

    @transition(status, source=[Status.OPEN, Status.UNKNOWN], target=Status.CONFIRMED)
    def confirm(self) -> None:
        """The company's system has done it."""

    @transition(status, source=[Status.OPEN, Status.UNKNOWN], target=Status.REFUSED)
    def refuse(self) -> None:
        """The company's system said no: nothing has changed there."""

    @transition(status, source=Status.OPEN, target=Status.UNKNOWN)
    def lose_sight(self) -> None:
        """No answer, or none that can be read: it is asked for, never done again under another key."""


class OrderMoney(models.Model):
    """What may still go back of an order. `outside_cents` went back without us, `taken_cents` by our effects."""

    order_ref = models.CharField(primary_key=True, max_length=60)
    currency = models.CharField(max_length=3)
    paid_cents = models.BigIntegerField()
    outside_cents = models.BigIntegerField(default=0)
    taken_cents = models.BigIntegerField(default=0)
    lines = ArrayField(models.CharField(max_length=40), default=list)

    class Meta:
        constraints = (
            models.CheckConstraint(name="taken_not_negative", condition=Q(taken_cents__gte=0, outside_cents__gte=0)),
            models.CheckConstraint(
                name="never_more_than_paid", condition=Q(paid_cents__gte=F("taken_cents") + F("outside_cents"))
            ),
        )

    def __str__(self) -> str:
        return f"{self.order_ref}: {self.taken_cents} of {self.paid_cents}"


class Breaker(models.Model):
    """Whether a capability of a pack is asked for at the moment: one row, moved by the statements of tools/breaker.py.

    `since` is the first of the `failures`; `until` the end of the pause, or of the trial's time, and while it is closed
    the last of the failures; `pauses` in a row.
    """

    class State(models.TextChoices):
        CLOSED = "closed", "Closed: calls go through"
        OPEN = "open", "Open: no call goes through"
        HALF_OPEN = "half_open", "Half-open: one call tries"

    pack = models.CharField(max_length=60)
    capability = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CLOSED)
    failures = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()
    until = models.DateTimeField()
    pauses = models.PositiveSmallIntegerField(default=0)
    trial = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(name="one_breaker", fields=["pack", "capability"]),)

    def __str__(self) -> str:
        return f"{self.capability} of {self.pack}: {self.state}"


class ProofTry(models.Model):
    """One order and address that were named together without a session and don't fit (proofs.py). `key` is a keyed
    digest of the order, or of the visitor."""

    key = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = (models.Index(name="proof_by_key", fields=["key", "-at"]),)

    def __str__(self) -> str:
        return f"{self.key[:8]} at {self.at:%H:%M:%S}"
