"""A decision or a settled write gives the agent something to do, where it owns the next reply."""

from __future__ import annotations

from django.db.models import F

from conversations.models import Conversation, Now


def wake(conversation_id: int) -> None:
    """One more thing to look at, in the caller's transaction."""
    awake = Conversation.objects.filter(pk=conversation_id, status=Conversation.Status.ACTIVE)
    awake.update(wake=F("wake") + 1, woke_at=Now())
