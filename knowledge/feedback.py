"""Was this helpful? One answer of each visitor to each version, without a word about who they are."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.crypto import salted_hmac

from conversations.masking import mask
from conversations.models import Now

from .audit import UNHELPFUL, Defect
from .models import Article, ArticleVersion, HelpVote

SALT: Final = "handrail.help"
TOKEN: Final = re.compile(r"[\w-]{16,64}", re.ASCII)
COMMENT_CHARS: Final = 500
# What a comment may hold of its writer; names can't be known, so the page asks to leave them out.
PRIVATE: Final = (
    (re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}"), "[address removed]"),
    (re.compile(r"\+?\d(?:[ ()/-]{0,2}\d){4,}|\d{2,4}(?:\.\d{2,4}){2,}"), "[number removed]"),
)


@dataclass(frozen=True)
class Votes:
    """How many found it helpful, and how many didn't."""

    yes: int = 0
    no: int = 0

    @property
    def total(self) -> int:
        return self.yes + self.no

    @property
    def share(self) -> int:
        """Yes in a hundred."""
        return round(100 * self.yes / max(1, self.total))

    @property
    def is_low(self) -> bool:
        """Enough have answered, and too few of them found it helpful."""
        few, least = settings.HANDRAIL["helpful_votes"], settings.HANDRAIL["helpful_share"]
        return self.total >= few and 100 * self.yes < least * self.total


def token(given: str | None) -> str:
    """What the browser keeps: its own when it has a usable one, else a new one."""
    return given if given and TOKEN.fullmatch(given) else secrets.token_urlsafe(24)


def voter(kept: str, version: ArticleVersion) -> str:
    """Whose vote it is on this version. Of two digests nobody can tell that one browser stands behind them."""
    return salted_hmac(SALT, f"{kept}:{version.pk}", algorithm="sha256").hexdigest()


def vote(version: ArticleVersion, kept: str, helpful: bool, comment: str = "") -> HelpVote:
    """The visitor's answer; a later one takes the place of the earlier."""
    said = {"helpful": helpful, "comment": "" if helpful else cleaned(comment), "at": Now()}
    return HelpVote.objects.update_or_create(version=version, voter=voter(kept, version), defaults=said)[0]


def cleaned(comment: str) -> str:
    """The comment without addresses, cards and long numbers."""
    text = mask(" ".join(comment.replace("\0", "").split()), set).text
    for pattern, instead in PRIVATE:
        text = pattern.sub(instead, text)
    return text[:COMMENT_CHARS]


def of_visitor(version: ArticleVersion, kept: str | None) -> HelpVote | None:
    return HelpVote.objects.filter(version=version, voter=voter(kept, version)).first() if kept else None


def votes() -> dict[str, Votes]:
    """Of each published article's current version, by slug; one without a vote isn't there."""
    rows = HelpVote.objects.filter(version__published_as__status=Article.Status.PUBLISHED).values_list(
        "version__article__slug"
    )
    counted = rows.annotate(yes=Count("pk", filter=Q(helpful=True)), no=Count("pk", filter=Q(helpful=False)))
    return {slug: Votes(yes, no) for slug, yes, no in counted}


def by_version(article: Article) -> list[tuple[ArticleVersion, Votes]]:
    """Of each version that anybody has answered about, the newest first."""
    yes, no = Count("votes", filter=Q(votes__helpful=True)), Count("votes", filter=Q(votes__helpful=False))
    rows = article.versions.annotate(yes=yes, no=no).filter(Q(yes__gt=0) | Q(no__gt=0)).order_by("-number")
    return [(row, Votes(row.yes, row.no)) for row in rows]


def comments(article: Article) -> QuerySet[HelpVote]:
    """What was missing, the newest first."""
    said = HelpVote.objects.filter(version__article=article).exclude(comment="")
    return said.select_related("version").order_by("-at")


def unhelpful() -> Iterator[Defect]:
    """Articles that too few of their readers found helpful, as they stand now."""
    current = dict(Article.objects.published().values_list("slug", "current__number"))
    for slug, found in votes().items():
        if found.is_low:
            why = f"{found.yes} of {found.total} readers found it helpful ({found.share}%)."
            yield Defect(UNHELPFUL, slug, why, since=f"version {current[slug]}")
