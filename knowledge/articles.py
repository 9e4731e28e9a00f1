"""The verbs of an article: write a version, submit, publish, archive. Publishing is what makes search find it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from conversations import bell
from conversations.access import SYSTEM, Actor
from conversations.events import record
from conversations.lifecycle import NotAllowedError, move

from . import checks, index, vectors
from .models import Article, ArticleVersion, Check

CHANGED: Final = "It was rewritten meanwhile. Read the newer version, then decide."


@dataclass(frozen=True)
class Words:
    """What a version says, and the days on which it was last changed and reviewed."""

    title: str
    body: str
    updated_on: date
    reviewed_on: date


def write(article: Article, words: Words, author: User | None = None) -> ArticleVersion:
    """A new version. Customers see it when it is published. The lock makes two writers take two numbers."""
    with transaction.atomic():
        Article.objects.select_for_update().get(pk=article.pk)
        newest = article.versions.aggregate(newest=Max("number"))["newest"] or 0
        return ArticleVersion.objects.create(
            article=article,
            number=newest + 1,
            title=words.title,
            body=words.body,
            updated_on=words.updated_on,
            reviewed_on=words.reviewed_on,
            author=author,
        )


def submit(article_id: int, actor: Actor, reason: str) -> Article:
    return move(Article, article_id, "submit", actor, reason)


def embed_soon(article: Article) -> None:
    """For words that wait: a task embeds them, so that publishing has nothing left to do. A lost bell costs that moment
    and no more."""
    newest = article.versions.first()
    if newest is not None and newest.pk != article.current_id:
        _embed_later(newest)


def _embed_later(version: ArticleVersion) -> None:
    transaction.on_commit(partial(bell.ring, vectors.EMBED, version.pk))


def send_back(article_id: int, actor: Actor, reason: str) -> Article:
    return move(Article, article_id, "send_back", actor, reason)


def restore(article_id: int, actor: Actor, reason: str) -> Article:
    return move(Article, article_id, "restore", actor, reason)


def archive(article_id: int, actor: Actor, reason: str) -> Article:
    """Out of the help centre and out of search, in one transaction."""
    with transaction.atomic():
        article = move(Article, article_id, "archive", actor, reason)  # locked first, as publishing does
        index.remove(article_id)
        index.recount()
    return article


def publish(
    article_id: int, actor: Actor, reason: str, *, recount: bool = True, whole: bool = True, seen: int | None = None
) -> Article:
    """The newest version goes live. Embedding happens before the transaction, so no lock waits for it.

    An import of many passes recount=False and counts once at the end, and whole=False: a task embeds the sentences.
    `seen` is the number of the version that somebody has read: refused when another one is the newest.
    """
    version = ArticleVersion.objects.filter(article=article_id).select_related("article").first()
    if version is None:
        raise NotAllowedError("This article has no text yet. Write a version, then publish it.")
    if seen not in (None, version.number):
        raise NotAllowedError(CHANGED)
    prepared = prepare(version, sentences=whole)

    def go_live(row: Article) -> list[str]:
        if row.status == Article.Status.PUBLISHED:  # no change of status, so the trigger writes no event
            record(f"article:{row.pk}", "published", actor, reason, {"version": version.number})
        index.replace(row, version, prepared)
        row.current = version
        return ["current"]

    try:
        with transaction.atomic():
            article = move(Article, article_id, "publish", actor, reason, go_live)
            checks.settle(article_id, actor, Check.Outcome.CHANGED)
            if recount:
                index.recount()
            if not whole:
                _embed_later(version)
    except index.AnotherModelError as error:
        raise NotAllowedError("The index has just been made anew. Publish it once more.") from error
    return article


def prepare(version: ArticleVersion, *, sentences: bool = True) -> index.Prepared:
    try:
        return index.prepare(version, sentences=sentences)
    except vectors.UnknownModelError as error:
        raise NotAllowedError(str(error)) from error


def reviewed(article: Article, words: Words) -> bool:
    """Somebody vouched for the current words on a new day; return whether a date moved. Nothing is embedded."""
    dates: dict[str, Any] = {"updated_on": words.updated_on, "reviewed_on": words.reviewed_on}
    with transaction.atomic():
        moved = ArticleVersion.objects.filter(published_as=article).exclude(**dates).update(**dates)
        if moved:
            checks.settle(article.pk, SYSTEM, Check.Outcome.CONFIRMED)
    return bool(moved)
