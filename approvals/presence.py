"""Who else looks at a request. A courtesy, not a lock: two may look, and whoever decides first has decided."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Prefetch

from conversations import bell
from conversations.clock import business_now
from conversations.lifecycle import display_name

from .models import ApprovalRequest, Looking

FRESH: Final = timedelta(seconds=12)  # a card says that it is open every 4 seconds
KEEP: Final = timedelta(hours=1)


def look(request: ApprovalRequest, user: Any) -> None:
    """This person has the card open. Whoever comes anew is told of to the other pages."""
    now = business_now()
    was_here = Looking.objects.filter(request=request, operator_id=user.pk, at__gt=now - FRESH).exists()
    Looking.objects.bulk_create(
        [Looking(request=request, operator_id=user.pk, at=now)],
        update_conflicts=True,
        unique_fields=["request", "operator"],
        update_fields=["at"],
    )
    if not was_here:
        Looking.objects.filter(at__lt=now - KEEP).delete()
        bell.poke(request.call.conversation.public_id)


def looking(now: datetime) -> Prefetch[str]:
    """For a list: `request.lookers`, those of this moment."""
    fresh = Looking.objects.filter(at__gt=now - FRESH).select_related("operator").order_by("at")
    return Prefetch("lookings", fresh, to_attr="lookers")


def others(request: ApprovalRequest, user: Any) -> str:
    """ "Bill is looking at it", "Bill and Mia are looking at it"; empty when nobody else is."""
    names = [display_name(one.operator) for one in getattr(request, "lookers", ()) if one.operator_id != user.pk]
    if not names:
        return ""
    return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} looking at it"
