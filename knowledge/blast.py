"""What an article touches: the replies that quoted it, and of a new version, which of them would be different."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q

from conversations.clock import business_now

from . import pages, usage
from .models import Article, ArticleVersion


@dataclass(frozen=True)
class Touched:
    """A sentence of the current version that the new one doesn't say, and how many replies quoted it."""

    sentence: str
    replies: int


@dataclass(frozen=True)
class Edit:
    """What publishing `version` would change. `replies` quoted at least one of the sentences."""

    version: ArticleVersion
    touched: tuple[Touched, ...]
    replies: int

    @property
    def in_words(self) -> str:
        days = settings.HANDRAIL["unused_days"]
        if not self.touched:
            return f"Version {self.version.number} keeps every sentence of the published one."
        count = f"{len(self.touched)} sentence{'s' if len(self.touched) > 1 else ''}"
        quoted = f"{self.replies} repl{'ies' if self.replies != 1 else 'y'}" if self.replies else "no reply"
        return f"Publishing version {self.version.number} changes {count} that {quoted} of the last {days} days quoted."


def waiting(article: Article) -> Edit | None:
    """The edit that is written and not published; None when there is none."""
    newest = article.versions.first()
    if newest is None or article.current is None or newest.pk == article.current_id:
        return None
    kept = sentences(newest)
    gone = [text for text in dict.fromkeys(sentences(article.current)) if text not in kept]
    replies = recent(article.slug)
    touched = tuple(Touched(text, replies.filter(text__contains=text).count()) for text in gone)
    return Edit(newest, touched, quoting(replies, (one.sentence for one in touched if one.replies)))


def sentences(version: ArticleVersion) -> list[str]:
    page = pages.Page(version.article.slug, version.title, version.body)
    return [sentence.text for sentence in page.sentences()]


def recent(slug: str) -> Any:
    """Replies that cite the article, of as many days as answers are compared."""
    since = business_now() - timedelta(days=settings.HANDRAIL["unused_days"])
    return usage.citing(slug).filter(created_at__gte=since)


def quoting(replies: Any, texts: Iterable[str]) -> int:
    wanted = Q()
    for text in texts:
        wanted |= Q(text__contains=text)
    return int(replies.filter(wanted).count()) if wanted else 0
