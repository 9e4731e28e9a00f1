"""What waits for a reviewer: articles in review, and edits of published ones, until they go live or are sent back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from conversations.access import Actor
from conversations.events import record
from conversations.lifecycle import NotAllowedError

from . import articles, difference
from .articles import CHANGED
from .models import Article, ArticleVersion, ReviewNote

RIGHT: Final = "knowledge.change_article"  # as in the admin
REVIEWED: Final = "review"
EDITOR: Final = "editor"  # the source of what was written here


@dataclass(frozen=True)
class Waiting:
    """One article with the version that waits, and the published one where there is one."""

    article: Article
    version: ArticleVersion

    @property
    def is_edit(self) -> bool:
        return bool(self.article.status == Article.Status.PUBLISHED)

    @property
    def since(self) -> datetime:
        """An edit waits from when it was written; there is nothing to submit."""
        moved, written = self.article.moved_at, self.version.created_at
        return written if self.is_edit else max(moved, written)

    @property
    def author(self) -> str:
        writer = self.version.author
        if writer is not None:
            return str(writer.first_name or writer.get_username())
        return "the installation" if self.article.source == EDITOR else f"import: {self.article.source}"

    @cached_property
    def lines(self) -> list[difference.Line]:
        """The new text against the published one, or against nothing."""
        before = self.article.current
        return difference.lines(_text(before) if before else "", _text(self.version))

    @property
    def counts(self) -> tuple[int, int]:
        return difference.counts(self.lines)


def _text(version: ArticleVersion) -> str:
    return f"# {version.title}\n\n{version.body}"


def queue() -> QuerySet[Article]:
    """Who has waited longest comes first. What was sent back rests until there is a newer version of it."""
    newest = ArticleVersion.objects.filter(article=OuterRef("pk")).order_by("-number")
    rows = Article.objects.annotate(
        newest=Subquery(newest.values("pk")[:1]), written=Subquery(newest.values("created_at")[:1])
    )
    sent_back = Exists(ReviewNote.objects.filter(version=OuterRef("newest")))
    edits = Q(status=Article.Status.PUBLISHED) & ~Q(newest=F("current")) & ~sent_back
    found = rows.filter(Q(status=Article.Status.IN_REVIEW, newest__isnull=False) | edits)
    return found.select_related("current").order_by("written", "pk")


def listed(rows: Any) -> list[Waiting]:
    versions = ArticleVersion.objects.select_related("author").in_bulk([row.newest for row in rows])
    return [Waiting(row, versions[row.newest]) for row in rows]


def one(slug: str) -> Waiting | None:
    return next(iter(listed(queue().filter(slug=slug))), None)


def after(slug: str) -> str | None:
    """Which to look at next: the one that has waited longest, but this one."""
    found: str | None = queue().exclude(slug=slug).values_list("slug", flat=True).first()
    return found


def publish(article_id: int, seen: int, reviewer: User) -> Article:
    """The same verb as in the admin, for the version that the reviewer has read."""
    return articles.publish(article_id, Actor.operator(reviewer.pk), REVIEWED, seen=seen)


def send_back(article_id: int, seen: int, reviewer: User, why: str) -> None:
    """To the author, with a reason. A published article stays as it is; its edit waits no more."""
    if not why.strip():
        raise NotAllowedError("Say what has to change: the author reads it.")
    actor = Actor.operator(reviewer.pk)
    with transaction.atomic():
        article = Article.objects.select_for_update().get(pk=article_id)
        version = article.versions.first()
        if version is None or version.number != seen:
            raise NotAllowedError(CHANGED)
        if article.status != Article.Status.PUBLISHED:
            articles.send_back(article_id, actor, REVIEWED)
        elif version.pk == article.current_id or version.notes.exists():
            raise NotAllowedError("This version doesn't wait any more: somebody was faster.")
        else:
            record(f"article:{article_id}", "edit_sent_back", actor, REVIEWED, {"version": seen})
        ReviewNote.objects.create(version=version, reviewer=reviewer, why=why.strip()[:500])


def notes(article: Article) -> QuerySet[ReviewNote]:
    """What reviewers wrote, the newest first."""
    return ReviewNote.objects.filter(version__article=article).select_related("reviewer", "version")
