"""`for_actor`: customers and visitors see published public articles, operators and the agent see all."""

from __future__ import annotations

from typing import Any, Self

from django.db import models

from conversations.access import Actor


class ArticleQuerySet(models.QuerySet[Any]):
    def for_actor(self, actor: Actor) -> Self:
        return self if actor.kind in ("operator", "agent", "system") else self.public()

    def public(self) -> Self:
        """What the help centre shows."""
        return self.published().filter(audience="public")

    def for_customers(self) -> Self:
        """What some customer may be told."""
        return self.published().exclude(audience="internal")

    def published(self) -> Self:
        return self.filter(status="published")
