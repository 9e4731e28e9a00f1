"""The help centre: published public articles for anybody, by topic or by search, and what readers say of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from conversations import limits
from conversations.access import Access, access
from conversations.clock import business_now

from . import feedback, freshness
from .models import Article, ArticleVersion, Audience, Topic
from .rendering import to_html
from .search import search

QUERY_CHARS: Final = 200
RESULTS: Final = 8
TOO_MANY: Final = 429
SHOWN_FROM: Final = 200  # thousandths: below it, a result is noise
IN_A_CARD: Final = 5  # pages of a topic on the first page
COOKIE: Final = "handrail_help"  # a random number, set when somebody answers; it opens and names nothing
COOKIE_LIFE: Final = timedelta(days=180)


class VoteForm(forms.Form):
    """`version`: which words were on the page that was answered."""

    helpful = forms.ChoiceField(choices=[("yes", "Yes"), ("no", "No")])
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    comment = forms.CharField(max_length=feedback.COMMENT_CHARS, required=False)


@dataclass(frozen=True)
class Shelf:
    """A topic and its published public articles, by title."""

    topic: Topic
    pages: list[Article]

    @property
    def first(self) -> list[Article]:
        return self.pages[:IN_A_CARD]


@access(Access.PUBLIC)
@require_safe
def articles(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").replace("\0", "").strip()[:QUERY_CHARS]
    context: dict[str, Any] = {"brand": settings.HANDRAIL_BRAND, "query": query}
    if not query:
        return render(request, "knowledge/articles.html", context | {"shelves": by_topic()})
    try:
        limits.SEARCHES.take(limits.house(request.META.get("REMOTE_ADDR")))  # each one costs an embedding
    except limits.TooMuchError as error:
        context["wait"] = str(error)
        return render(request, "knowledge/articles.html", context, status=TOO_MANY)
    return render(request, "knowledge/articles.html", context | {"results": found(query)})


@access(Access.PUBLIC)
@require_safe
def topic(request: HttpRequest, topic: str) -> HttpResponse:
    """Every page about one topic; an address without pages isn't one."""
    shelf = next((one for one in by_topic() if one.topic == topic), None)
    if shelf is None:
        raise Http404
    return render(request, "knowledge/topic.html", {"brand": settings.HANDRAIL_BRAND, "shelf": shelf})


@access(Access.PUBLIC)
@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    return shown(request, *_page(slug))


@access(Access.PUBLIC)
@require_POST
def vote(request: HttpRequest, slug: str) -> HttpResponse:
    """Yes or no, and after a no what was missing. Words that have changed since are shown instead of being judged."""
    form = VoteForm(request.POST)
    page, version = _page(slug)
    if not form.is_valid():
        return shown(request, page, version, refused="That didn’t arrive. Choose yes or no once more.", status=400)
    try:
        limits.VOTES.take(limits.house(request.META.get("REMOTE_ADDR")))
    except limits.TooMuchError as error:
        return shown(request, page, version, refused=str(error), status=TOO_MANY)
    if form.cleaned_data["version"] != version.number:
        return shown(
            request, page, version, refused="This page has changed since you opened it. Here it is as it stands now."
        )
    kept = feedback.token(request.COOKIES.get(COOKIE))
    feedback.vote(version, kept, form.cleaned_data["helpful"] == "yes", form.cleaned_data["comment"])
    answer = redirect(f"{reverse('help:article', args=[slug])}#helpful")
    secure = settings.SESSION_COOKIE_SECURE
    path = reverse("help:articles")
    answer.set_cookie(COOKIE, kept, COOKIE_LIFE, path=path, httponly=True, samesite="Lax", secure=secure)
    return answer


def _page(slug: str) -> tuple[Article, ArticleVersion]:
    found: Article = get_object_or_404(Article.objects.public().select_related("current"), slug=slug)
    assert found.current is not None  # a constraint of the table
    return found, found.current


def shown(
    request: HttpRequest, page: Article, version: ArticleVersion, refused: str = "", status: int = 200
) -> HttpResponse:
    """The article, with what this visitor said of it."""
    age = freshness.age_days(version.fresh_on, business_now().date())
    context = {
        "brand": settings.HANDRAIL_BRAND,
        "article": page,
        "body": to_html(version.body),
        "stale": freshness.is_stale(age, page.topic, freshness.STALE_DAYS),
        "siblings": _listed().filter(topic=page.topic).exclude(pk=page.pk),
        "vote": feedback.of_visitor(version, request.COOKIES.get(COOKIE)),
        "comment_chars": feedback.COMMENT_CHARS,
        "refused": refused,
    }
    return render(request, "knowledge/article.html", context, status=status)


def _listed() -> QuerySet[Article]:
    return Article.objects.public().select_related("current").order_by("current__title")


def by_topic() -> list[Shelf]:
    """In the topics' own order; a topic without an article isn't shown."""
    pages = list(_listed())
    shelves = (Shelf(topic, [page for page in pages if page.topic == topic.value]) for topic in Topic)
    return [shelf for shelf in shelves if shelf.pages]


def found(query: str) -> list[dict[str, Any]]:
    """The best passage of each page that fits, best first."""
    passages = search(query, [], Audience.PUBLIC, business_now(), k=RESULTS * 3)["passages"]
    best: dict[str, dict[str, Any]] = {}
    for passage in passages:
        if passage["score"] >= SHOWN_FROM:
            best.setdefault(passage["article"], passage)
    return list(best.values())[:RESULTS]
