"""The help centre: published public articles for anybody, by topic or by search."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from conversations import limits
from conversations.access import Access, access
from conversations.clock import business_now

from . import freshness
from .models import Article, Audience, Topic
from .rendering import to_html
from .search import search

QUERY_CHARS: Final = 200
RESULTS: Final = 8
TOO_MANY: Final = 429
SHOWN_FROM: Final = 200  # thousandths: below it, a result is noise


@access(Access.PUBLIC)
@require_safe
def articles(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").replace("\0", "").strip()[:QUERY_CHARS]
    context: dict[str, Any] = {"brand": settings.HANDRAIL_BRAND, "query": query}
    if not query:
        return render(request, "knowledge/articles.html", context | {"topics": by_topic()})
    try:
        limits.SEARCHES.take(limits.house(request.META.get("REMOTE_ADDR")))  # each one costs an embedding
    except limits.TooMuchError as error:
        context["wait"] = str(error)
        return render(request, "knowledge/articles.html", context, status=TOO_MANY)
    return render(request, "knowledge/articles.html", context | {"results": found(query)})


@access(Access.PUBLIC)
@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    page = get_object_or_404(Article.objects.public().select_related("current"), slug=slug)
    age = freshness.age_days(page.current.fresh_on, business_now().date())
    context = {
        "brand": settings.HANDRAIL_BRAND,
        "article": page,
        "body": to_html(page.current.body),
        "stale": freshness.is_stale(age, page.topic, freshness.STALE_DAYS),
        "siblings": Article.objects.public().filter(topic=page.topic).exclude(pk=page.pk).select_related("current"),
    }
    return render(request, "knowledge/article.html", context)


def by_topic() -> list[tuple[str, list[Article]]]:
    """(topic's label, its articles), in the topics' own order; a topic without an article isn't shown."""
    pages = list(Article.objects.public().select_related("current").order_by("current__title"))
    groups = ((topic.label, [page for page in pages if page.topic == topic.value]) for topic in Topic)
    return [(str(label), members) for label, members in groups if members]


def found(query: str) -> list[dict[str, Any]]:
    """The best passage of each page that fits, best first."""
    passages = search(query, [], Audience.PUBLIC, business_now(), k=RESULTS * 3)["passages"]
    best: dict[str, dict[str, Any]] = {}
    for passage in passages:
        if passage["score"] >= SHOWN_FROM:
            best.setdefault(passage["article"], passage)
    return list(best.values())[:RESULTS]
