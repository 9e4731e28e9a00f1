"""Who speaks with whom, about what, in which state."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import Func
from django_fsm import FSMField, transition

from .querysets import ConversationQuerySet, CustomerQuerySet, HandoffQuerySet, MessageQuerySet


class Now(Func):
    """Business time (see clock.py), as a database default."""

    function = "handrail_now"
    output_field = models.DateTimeField()


class Customer(models.Model):
    """Who asks. `external_ref` is the company's own id for them; empty while nobody has vouched for who they are."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    external_ref = models.CharField(max_length=120, null=True, blank=True, unique=True)
    email = models.EmailField(blank=True)
    first_name = models.CharField(max_length=80, blank=True)
    last_name = models.CharField(max_length=80, blank=True)
    tier = models.CharField(max_length=20, default="standard")
    own_ids = ArrayField(models.CharField(max_length=40), default=list)  # digits of orders and parcels: see masking.py
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[CustomerQuerySet] = CustomerQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email or "Visitor"

    @property
    def is_known(self) -> bool:
        """Somebody the company vouches for (a signed-in customer), not an anonymous visitor."""
        return self.external_ref is not None


class Conversation(models.Model):
    """One thread on one channel, and the clockwork of its turns.

    `wake` counts what should make the agent act, `done` the wakes a turn has dealt with: work exists exactly where
    wake > done. `attempt` fences off a slow worker, `tries` counts claims since the last finish.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", "With the agent"
        ESCALATED = "escalated", "Waiting for an operator"
        HUMAN = "human", "With an operator"
        RESOLVED = "resolved", "Resolved"
        CLOSED = "closed", "Closed"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="conversations")
    channel = models.CharField(max_length=20)
    status = FSMField(default=Status.ACTIVE, choices=Status.choices, protected=True)
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="conversations"
    )
    continues = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="later")
    moved_by = models.CharField(max_length=80, default="customer")
    moved_why = models.CharField(max_length=80, default="opened")
    moved_at = models.DateTimeField(db_default=Now())
    opened_at = models.DateTimeField(db_default=Now())
    last_activity_at = models.DateTimeField(db_default=Now())
    language = models.CharField(max_length=8, default="en")

    last_seq = models.PositiveIntegerField(default=0)
    heard_seq = models.PositiveIntegerField(default=0)
    wake = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    woke_at = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    turn_id = models.UUIDField(null=True, blank=True)
    turn_began = models.DateTimeField(null=True, blank=True)
    drops = models.PositiveSmallIntegerField(default=0)
    opened_with = models.CharField(max_length=80, null=True, blank=True)
    state = models.JSONField(default=dict)  # what the agent carries from turn to turn: counters, never words

    objects: ClassVar[ConversationQuerySet] = ConversationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="human_has_operator",
                condition=Q(status="human", operator__isnull=False) | (~Q(status="human") & Q(operator__isnull=True)),
            ),
            models.CheckConstraint(name="done_within_wake", condition=Q(done__lte=F("wake"))),
            models.UniqueConstraint(name="opened_once", fields=["customer", "opened_with"]),
        )
        indexes = (
            models.Index(name="conversation_awake", fields=["id"], condition=Q(wake__gt=F("done"))),
            models.Index(name="conversation_by_status", fields=["status", "-last_activity_at"]),
        )

    def __str__(self) -> str:
        return f"Conversation {self.pk}"

    @transition(status, source=Status.ACTIVE, target=Status.ESCALATED)
    def hand_off(self) -> None:
        """The agent gives up the next reply; nobody owns it until an operator takes over."""

    @transition(
        status,
        source=[Status.ACTIVE, Status.ESCALATED, Status.RESOLVED],
        target=Status.HUMAN,
    )
    def take_over(self) -> None:
        """An operator owns the next reply."""

    @transition(status, source=Status.HUMAN, target=Status.ACTIVE)
    def give_back(self) -> None:
        """The agent owns the next reply again."""

    @transition(status, source=Status.HUMAN, target=Status.ESCALATED)
    def requeue(self) -> None:
        """The operator puts it back in line for another operator."""

    @transition(status, source=[Status.ACTIVE, Status.ESCALATED, Status.HUMAN], target=Status.RESOLVED)
    def resolve(self) -> None:
        """Nothing is left to do unless the customer writes again."""

    @transition(status, source=Status.RESOLVED, target=Status.ACTIVE)
    def reopen(self) -> None:
        """The customer wrote within the days of `reopen_days`."""

    @transition(status, source=Status.RESOLVED, target=Status.CLOSED)
    def close(self) -> None:
        """A later message opens a new conversation that continues this one."""


class Message(models.Model):
    """One thing said. Card numbers, CVVs and one-time codes are masked before the row exists."""

    class Author(models.TextChoices):
        CUSTOMER = "customer", "Customer"
        AGENT = "agent", "Agent"
        OPERATOR = "operator", "Operator"
        SYSTEM = "system", "System line"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    seq = models.PositiveIntegerField()
    author = models.CharField(max_length=10, choices=Author.choices)
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    client_id = models.CharField(max_length=80, null=True, blank=True)
    turn_id = models.UUIDField(null=True, blank=True)
    text = models.TextField()
    extra = models.JSONField(default=dict)  # citations, quick replies, masked kinds, unfinished: see outbox.py
    created_at = models.DateTimeField(db_default=Now())

    UNFINISHED: ClassVar[str] = "unfinished"
    objects: ClassVar[MessageQuerySet] = MessageQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(name="message_seq_once", fields=["conversation", "seq"]),
            models.UniqueConstraint(name="message_client_id_once", fields=["conversation", "client_id"]),
            models.UniqueConstraint(
                name="one_unfinished_message", fields=["conversation"], condition=Q(extra__has_key="unfinished")
            ),
        )
        indexes = (models.Index(name="message_citing", fields=["created_at"], condition=Q(extra__has_key="citations")),)
        ordering = ("seq",)

    def __str__(self) -> str:
        return f"{self.author} #{self.seq}"

    @property
    def is_unfinished(self) -> bool:
        """More sentences are coming to it."""
        return self.UNFINISHED in self.extra


class Handoff(models.Model):
    """The act of giving a conversation to a person, with the packet made from rows (S1-31), never from a model."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="handoffs")
    turn_id = models.UUIDField(null=True, blank=True)
    queue = models.CharField(max_length=40)
    reason = models.CharField(max_length=60)
    packet = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[HandoffQuerySet] = HandoffQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-created_at",)
        indexes = (models.Index(name="handoff_latest", fields=["conversation", "-id"]),)

    def __str__(self) -> str:
        return f"{self.queue}: {self.reason}"


class Survey(models.Model):
    """What its customer says of a conversation that has ended: one row from the moment that the question was on a page.
    No score is an outcome of its own (surveys.py)."""

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="survey")
    asked_at = models.DateTimeField(db_default=Now())
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    comment = models.CharField(max_length=1000, blank=True, db_default="")
    answered_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="score_is_one_to_five",
                condition=Q(score__isnull=True, answered_at__isnull=True, comment="")
                | Q(score__range=(1, 5), answered_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.score or 'no'} of 5 for conversation {self.conversation_id}"


class Event(models.Model):
    """One sealed fact about one object: append-only, numbered and hash-chained per stream by a trigger (events.py)."""

    stream = models.CharField(max_length=80)
    n = models.PositiveIntegerField()
    verb = models.CharField(max_length=60)
    actor = models.CharField(max_length=80)
    reason = models.CharField(max_length=80)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()
    hash = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(name="event_once", fields=["stream", "n"]),)
        indexes = (models.Index(name="event_by_time", fields=["at"]),)

    def __str__(self) -> str:
        return f"{self.stream} {self.n}: {self.verb}"


class SignInAttempt(models.Model):
    """One attempt that counts towards a limit (signin.py). `key` is a keyed digest of a name, an address, or both."""

    key = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = (models.Index(name="sign_in_by_key", fields=["key", "-at"]),)

    def __str__(self) -> str:
        return f"{self.key[:8]} at {self.at:%H:%M:%S}"


class SentCode(models.Model):
    """One one-time code that was sent to a customer for one conversation. The code itself is kept nowhere: codes.py
    makes it from `nonce` and the installation's secret. Open until it is proven, or void by a later one."""

    nonce = models.UUIDField(unique=True, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="codes")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="codes")
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    void_at = models.DateTimeField(null=True, blank=True)
    proven_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="one_open_code", fields=["customer"], condition=Q(void_at__isnull=True, proven_at__isnull=True)
            ),
        )
        indexes = (
            models.Index(name="code_of_talk", fields=["conversation", "-sent_at"]),
            models.Index(name="code_of_customer", fields=["customer", "-sent_at"]),
        )

    def __str__(self) -> str:
        return f"Code {self.pk} of conversation {self.conversation_id}"


class CodeTry(models.Model):
    """One message that was taken for a code, and whether it proved anything. Right and wrong rows have one shape."""

    code = models.ForeignKey(SentCode, on_delete=models.CASCADE, related_name="tries")
    seq = models.PositiveIntegerField()
    right = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(name="one_try_a_message", fields=["code", "seq"]),)

    def __str__(self) -> str:
        return f"Try of code {self.code_id} at {self.at:%H:%M:%S}"


class Pause(models.Model):
    """The agent is paused: wholly, in its writes, in one intent, or on one channel. Kept by a trigger that also writes
    the events (pauses.py). `why` is said to operators alone."""

    class Scope(models.TextChoices):
        ALL = "all", "Everything"
        WRITES = "writes", "All writes"
        INTENT = "intent", "One intent"
        CHANNEL = "channel", "One channel"

    scope = models.CharField(max_length=10, choices=Scope.choices)
    name = models.CharField(max_length=60, blank=True)  # of the intent or the channel
    paused_at = models.DateTimeField(db_default=Now())
    paused_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="pauses")
    why = models.CharField(max_length=300)
    resumed_at = models.DateTimeField(null=True, blank=True)
    resumed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="resumed"
    )
    resumed_why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(name="one_pause", fields=["scope", "name"], condition=Q(resumed_at__isnull=True)),
            models.CheckConstraint(
                name="pause_says_what",
                condition=Q(scope__in=["all", "writes"], name="") | (Q(scope__in=["intent", "channel"]) & ~Q(name="")),
            ),
            models.CheckConstraint(
                name="resumed_by_somebody",
                condition=Q(resumed_at__isnull=True, resumed_by__isnull=True)
                | Q(resumed_at__isnull=False, resumed_by__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.scope} {self.name}".strip()
