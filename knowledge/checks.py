"""Customers who wait until a page has been checked. Whoever confirms or rewrites it settles all of them at once."""

from __future__ import annotations

from typing import Any, Final

from django.db import transaction

from conversations import bell
from conversations.access import Actor
from conversations.clock import business_now
from conversations.events import record

from .models import Article, ArticleVersion, Check

TELL: Final = "agents.tell_checked"

# Part of the turn's last statement: it is asked for exactly when the customer has been told so, once while it waits.
ASKED: Final = """
  insert into knowledge_check(conversation_id, turn_id, version_id, question)
  select mine.id, %(turn)s, v.id, c.question
    from mine, jsonb_to_recordset(%(checks)s) as c(article text, version int, question text)
    join knowledge_article a on a.slug = c.article
    join knowledge_articleversion v on v.article_id = a.id and v.number = c.version
  on conflict do nothing"""


def row(question: str, passage: dict[str, Any]) -> dict[str, Any]:
    """As a turn keeps it."""
    return {"question": question.strip()[:500], "article": passage["article"], "version": passage["version"]}


def confirm(article_id: int, actor: Actor, reason: str) -> int:
    """The current words are right as of today; return how many customers waited for that."""
    with transaction.atomic():
        Article.objects.select_for_update().get(pk=article_id)
        today = business_now().date()
        versions = ArticleVersion.objects.filter(published_as=article_id)
        if versions.exclude(reviewed_on=today).update(reviewed_on=today):
            record(f"article:{article_id}", "confirmed", actor, reason, {"day": today.isoformat()})
        return settle(article_id, actor, Check.Outcome.CONFIRMED)


def settle(article_id: int, actor: Actor, outcome: str) -> int:
    """Whoever waits for this page is told, when the caller's transaction has held."""
    waiting = Check.objects.select_for_update(of=("self",)).filter(version__article=article_id, settled_at__isnull=True)
    keys = list(waiting.values_list("pk", flat=True))
    Check.objects.filter(pk__in=keys).update(outcome=outcome, settled_by=actor.label, settled_at=business_now())
    for key in keys:
        transaction.on_commit(lambda key=key: bell.ring(TELL, key))  # type: ignore[misc]
    return len(keys)
