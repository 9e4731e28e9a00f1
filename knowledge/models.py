"""What we know and may say: articles, their versions and passages, and the versions of policy and taxonomy."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition
from pgvector.django import HalfVectorField, HnswIndex

from conversations.models import Conversation, Now

from . import intervals
from .querysets import ArticleQuerySet


class Audience(models.TextChoices):
    """Who may read it. Internal text is never quoted to a customer; what is for a tier only to who is signed in and of
    that tier, and never on a page that anybody can open."""

    PUBLIC = "public", "Customers"
    PREMIUM = "premium", "Premium customers"
    ENTERPRISE = "enterprise", "Enterprise customers"
    TIERS = "tiers", "Premium and enterprise customers"
    INTERNAL = "internal", "Operators only"


# What each reader may see. A customer reads as their tier when somebody vouches for them, else as the public.
READABLE: Final[dict[str, tuple[str, ...]]] = {
    Audience.PUBLIC: (Audience.PUBLIC,),
    Audience.PREMIUM: (Audience.PUBLIC, Audience.PREMIUM, Audience.TIERS),
    Audience.ENTERPRISE: (Audience.PUBLIC, Audience.ENTERPRISE, Audience.TIERS),
    Audience.INTERNAL: tuple(Audience),
}


def reader(tier: str, *, signed_in: bool) -> str:
    """As whom a customer reads."""
    return tier if signed_in and tier in (Audience.PREMIUM, Audience.ENTERPRISE) else Audience.PUBLIC


def narrower(new: str, old: str) -> bool:
    """Whether fewer may read it, and nobody who couldn't before."""
    now, before = ({who for who, seen in READABLE.items() if audience in seen} for audience in (new, old))
    return now < before


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


class Passage(models.Model):
    """A part that stands alone. Rows stay when a newer version is published, so that an old citation still resolves."""

    version = models.ForeignKey(ArticleVersion, on_delete=models.PROTECT, related_name="passages")
    n = models.PositiveIntegerField()
    heading = models.TextField(blank=True)
    text = models.TextField()
    topic = models.CharField(max_length=20, choices=Topic.choices)
    audience = models.CharField(max_length=10, choices=Audience.choices)

    class Meta:
        constraints = (models.UniqueConstraint(name="passage_once", fields=["version", "n"]),)
        ordering = ("version", "n")

    def __str__(self) -> str:
        return f"Passage {self.pk}"


class PassageVector(models.Model):
    """What search scans: narrow, so that a scan reads little; only passages of published versions have one."""

    passage = models.OneToOneField(Passage, primary_key=True, on_delete=models.CASCADE, related_name="vector")
    audience = models.CharField(max_length=10, choices=Audience.choices)
    topic = models.CharField(max_length=20, choices=Topic.choices)
    embedding = HalfVectorField(dimensions=384)

    class Meta:
        # One index an audience: a filter that is applied after HNSW loses what it throws away.
        indexes = tuple(
            HnswIndex(
                name=f"vector_{audience}",
                fields=["embedding"],
                m=16,
                ef_construction=64,
                opclasses=["halfvec_cosine_ops"],
                condition=Q(audience=audience),
            )
            for audience in Audience.values
        )

    def __str__(self) -> str:
        return f"Vector of passage {self.pk}"


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


class SentenceVector(models.Model):
    """A published passage's sentence, made ready: an answer is picked without embedding anything."""

    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="sentences")
    start = models.PositiveIntegerField()
    stop = models.PositiveIntegerField(help_text="The sentence is text[start:stop] of its passage.")
    embedding = HalfVectorField(dimensions=384)

    def __str__(self) -> str:
        return f"Passage {self.passage_id} [{self.start}:{self.stop}]"


class Posting(models.Model):
    """A word's passages: the lexical voice's own index, because Postgres' ranks don't know how rare a word is."""

    pk = models.CompositePrimaryKey("passage", "word")
    word = models.TextField(db_collation="C")  # compared byte by byte: a third of the time
    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="postings", db_index=False)
    version = models.ForeignKey(ArticleVersion, on_delete=models.CASCADE, related_name="+", db_index=False)
    audience = models.CharField(max_length=10, choices=Audience.choices)
    topic = models.CharField(max_length=20, choices=Topic.choices)
    times = models.PositiveSmallIntegerField()
    size = models.PositiveSmallIntegerField(help_text="Words in the passage.")

    class Meta:
        indexes = (
            models.Index(
                name="posting_by_word",
                fields=["word"],
                include=["passage", "version", "audience", "topic", "times", "size"],  # answered without the table
            ),
        )

    def __str__(self) -> str:
        return f"{self.word} in passage {self.passage_id}"


class PageWord(models.Model):
    """How often a word stands in a published page, over all its passages: a page is scored without reading those."""

    pk = models.CompositePrimaryKey("version", "word")
    word = models.TextField(db_collation="C")
    version = models.ForeignKey(ArticleVersion, on_delete=models.CASCADE, related_name="+", db_index=False)
    audience = models.CharField(max_length=10, choices=Audience.choices)
    topic = models.CharField(max_length=20, choices=Topic.choices)
    passages = models.PositiveIntegerField(help_text="In how many of them it stands.")
    times = models.PositiveIntegerField()

    class Meta:
        indexes = (
            models.Index(
                name="pageword_by_word",
                fields=["word"],
                include=["version", "audience", "topic", "passages", "times"],  # answered without the table
            ),
        )

    def __str__(self) -> str:
        return f"{self.word} in version {self.version_id}"


class Corpus(models.Model):
    """One row: how much is published (search weighs rare words and long pages by it), and which state of it this is:
    another `state` after each change, and never one again that was before, also not after a rollback."""

    passages = models.PositiveIntegerField(default=0)
    articles = models.PositiveIntegerField(default=0)
    words = models.PositiveIntegerField(default=0)
    model = models.CharField(max_length=60, default="", db_default="", help_text="Whose vectors the index holds.")
    state = models.UUIDField(db_default=RandomUUID())

    class Meta:
        verbose_name_plural = "corpus"
        constraints = (models.CheckConstraint(name="one_corpus", condition=Q(id=1)),)

    def __str__(self) -> str:
        return f"{self.articles} articles, {self.passages} passages"


class ReadyVector(models.Model):
    """The vector of a text that may be published, or of the index that another model makes."""

    pk = models.CompositePrimaryKey("model", "digest")
    model = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, help_text="Of the text, which isn't kept.")
    embedding = HalfVectorField(dimensions=384)
    made_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.digest[:12]} by {self.model}"


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
