"""`for_actor`: the only way from an actor to rows. An unknown kind of actor sees nothing."""

from __future__ import annotations

from typing import Any, Self

from django.db import models

from .access import Actor


class ActorQuerySet(models.QuerySet[Any]):
    """Rows an actor may see: a customer their own, operators and the agent all, anybody else none."""

    customer_path = "customer_id"

    def for_actor(self, actor: Actor) -> Self:
        if actor.kind in ("operator", "agent", "system"):
            return self
        if actor.kind == "customer" and actor.pk is not None:
            return self.filter(**{self.customer_path: actor.pk})
        return self.none()


class CustomerQuerySet(ActorQuerySet):
    customer_path = "pk"


class ConversationQuerySet(ActorQuerySet):
    customer_path = "customer_id"


class MessageQuerySet(ActorQuerySet):
    customer_path = "conversation__customer_id"

    def finished(self) -> Self:
        """Without the one that is still being written."""
        return self.exclude(extra__has_key="unfinished")


class HandoffQuerySet(ActorQuerySet):
    """Packets are written for operators: no customer sees one."""

    def for_actor(self, actor: Actor) -> Self:
        return self.none() if actor.kind == "customer" else super().for_actor(actor)
