"""The mark of a conversation in which somebody tried to steer: writes asked for in it wait for a person (REF-15 and its
like) until an operator has read it and takes the mark off. Answers go on."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.db import transaction

from conversations import events
from conversations.access import Actor, is_operator
from conversations.models import Conversation

CARE: Final = "steering"
CLEARED: Final = "steering_cleared"
LONGEST_WHY: Final = 80  # what an event keeps of a reason


class CantError(ValueError):
    """Nothing was changed; the text says why, and what to do."""


def is_marked(state: dict[str, Any]) -> bool:
    """`state`: what the conversation carries from turn to turn."""
    return CARE in state.get("cares", ())


def clear(public_id: uuid.UUID, user: Any, why: str) -> None:
    """From the commit on writes go their usual way again; the next attempt to steer marks the conversation anew.

    A turn that is under way would put its older memory back, so it is waited for."""
    why = " ".join(why.split())
    if not is_operator(user):
        raise CantError("It takes somebody who works in the console.")
    if not why or len(why) > LONGEST_WHY:
        raise CantError(f"Say in a few words why it is harmless, in {LONGEST_WHY} characters at most: it is kept.")
    with transaction.atomic():
        row = Conversation.objects.select_for_update().get(public_id=public_id)
        if not is_marked(row.state):
            raise CantError("It isn't marked, or somebody has cleared it already.")
        if row.lease_until is not None:
            raise CantError("The agent is at work here just now. Try again in a moment.")
        row.state = {**row.state, "cares": [care for care in row.state["cares"] if care != CARE]}
        row.save(update_fields=["state"])
        events.record(f"conversation:{row.pk}", CLEARED, Actor.operator(user.pk), why)
