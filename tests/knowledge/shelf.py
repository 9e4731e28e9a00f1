"""Articles made on the spot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from conversations.access import SYSTEM
from conversations.clock import business_now
from knowledge import articles
from knowledge.articles import Words
from knowledge.models import Article, Audience, Topic

Publish = Callable[..., Article]


def publish_article(
    slug: str,
    body: str,
    *,
    title: str | None = None,
    topic: str = Topic.RETURNS,
    audience: str = Audience.PUBLIC,
    reviewed_on: date | None = None,
    days_ago: int = 1,
) -> Article:
    """A published article with one version."""
    article, fresh = Article.objects.get_or_create(
        slug=slug, defaults={"external_id": slug, "topic": topic, "audience": audience}
    )
    day = reviewed_on or business_now().date() - timedelta(days=days_ago)
    articles.write(article, Words(title or slug.replace("-", " ").capitalize(), body, day, day))
    if fresh:
        articles.submit(article.pk, SYSTEM, "test")
    return articles.publish(article.pk, SYSTEM, "test")
