"""An article, its versions, and what is said of them: by whoever reviews it, and by whoever read it."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from conversations.models import Now
from knowledge import intervals
from knowledge.querysets import ArticleQuerySet

from .readers import Audience


class Topic(models.TextChoices):
    """What an article is about; freshness.py says which of these change."""

    RETURNS = "returns", "Returns and refunds"
    SHIPPING = "shipping", "Delivery"
    ORDERS = "orders", "Orders"
    BILLING = "billing", "Payment and invoices"
    PRICING = "pricing", "Prices and offers"
    MEMBERSHIP = "membership", "Membership"
    ACCOUNT = "account", "Your account"
    SECURITY = "security", "Security and privacy"
    PRODUCT = "product", "Products and care"
    WARRANTY = "warranty", "Warranty and damage"
    TECHNICAL = "technical", "App and devices"
    COMPANY = "company", "About us"


class Article(models.Model):
    """One page, whatever its source. `current` is the version that is published; newer ones are drafts of it."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        PUBLISHED = "published", "Published"
        ARCHIVED = "archived", "Archived"

    slug = models.SlugField(max_length=120, unique=True)
    source = models.CharField(max_length=40, default="editor", help_text="Where the text comes from.")
    external_id = models.CharField(max_length=200, help_text="The page's id in its source.")
    topic = models.CharField(max_length=20, choices=Topic.choices)
    product = models.CharField(max_length=80, blank=True)
    audience = models.CharField(max_length=10, choices=Audience.choices, default=Audience.INTERNAL)
    owner = models.CharField(max_length=80, blank=True, help_text="The team that keeps it right.")
    review_in = models.CharField(
        max_length=20, blank=True, validators=[intervals.check], help_text="Look at it again after this time: 6 months."
    )
    status = FSMField(default=Status.DRAFT, choices=Status.choices, protected=True)
    current = models.OneToOneField(
        "ArticleVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="published_as"
    )
    moved_by = models.CharField(max_length=80, default="system")
    moved_why = models.CharField(max_length=80, default="created")
    moved_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[ArticleQuerySet] = ArticleQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(name="article_source_once", fields=["source", "external_id"]),
            models.CheckConstraint(
                name="published_has_version", condition=~Q(status="published") | Q(current__isnull=False)
            ),
        )
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.slug

    @transition(status, source=Status.DRAFT, target=Status.IN_REVIEW)
    def submit(self) -> None:
        """The text is ready for somebody else's eyes."""

    @transition(status, source=Status.IN_REVIEW, target=Status.DRAFT)
    def send_back(self) -> None:
        """The reviewer wants changes."""

    @transition(status, source=[Status.IN_REVIEW, Status.PUBLISHED], target=Status.PUBLISHED)
    def publish(self) -> None:
        """The newest version is what customers read and search finds; a published article may publish a newer one."""

    @transition(status, source=[Status.DRAFT, Status.IN_REVIEW, Status.PUBLISHED], target=Status.ARCHIVED)
    def archive(self) -> None:
        """Nobody reads or finds it any more; versions and old citations stay."""

    @transition(status, source=Status.ARCHIVED, target=Status.DRAFT)
    def restore(self) -> None:
        """Back to the editors."""


class ArticleVersion(models.Model):
    """The words of an article at one time. Words never change; the two dates move when somebody reviews them."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    body = models.TextField(help_text="Markdown; HTML is shown as text.")
    updated_on = models.DateField()
    reviewed_on = models.DateField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    words = models.PositiveIntegerField(default=0, help_text="Search's measure of its length; set when published.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(name="version_number_once", fields=["article", "number"]),)
        ordering = ("article", "-number")

    def __str__(self) -> str:
        return f"{self.title} (version {self.number})"

    @property
    def fresh_on(self) -> date:
        """The day on which somebody last vouched for it."""
        return max(self.updated_on, self.reviewed_on)


class ReviewNote(models.Model):
    """Why a reviewer didn't publish a version. An edit of a published article rests from then on, until a newer one."""

    version = models.ForeignKey(ArticleVersion, on_delete=models.PROTECT, related_name="notes")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=500)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return self.why[:60]


class HelpVote(models.Model):
    """Whether one visitor found one version helpful. It doesn't say who they are: `voter` is a keyed digest of a random
    number that their browser alone keeps, and another digest for each version (feedback.py)."""

    version = models.ForeignKey(ArticleVersion, on_delete=models.PROTECT, related_name="votes")
    voter = models.CharField(max_length=64)
    helpful = models.BooleanField()
    comment = models.CharField(max_length=500, blank=True, db_default="", help_text="What was missing.")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.UniqueConstraint(name="one_vote_a_version", fields=["version", "voter"]),
            models.CheckConstraint(name="comment_on_a_no", condition=Q(helpful=False) | Q(comment="")),
        )

    def __str__(self) -> str:
        return f"{'yes' if self.helpful else 'no'} to version {self.version_id}"
