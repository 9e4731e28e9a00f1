"""What operators see while models are away: the agent goes on by rules, examples and pages (law 10), and says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conversations.access import Access, access
from conversations.clock import business_now
from conversations.money import Money
from tools.models import Breaker

from .brain import OFFLINE
from .models import ModelDay
from .releases import live

DOOR: Final = "llm:"  # the breaker's rows of providers begin so
# A provider that hangs takes long for each failure, and until its breaker opens each customer waits for it.
SILENT: Final = 3  # failures in a row, of all its models together
LATELY: Final = timedelta(minutes=1)  # since the last of them
USED_UP: Final = 98  # of a hundred: what is left of the day's budget is less than a call
MICROS_A_CENT: Final = 10_000


def shortage() -> str:
    """One sentence, or "" while there is nothing to say: no models are asked, or they answer."""
    release = live()
    if release is None or release.pins.get("brain", OFFLINE.name) == OFFLINE.name:
        return ""
    if is_away():
        return "The model provider isn't answering."
    most = settings.HANDRAIL["max_day_cost_micros"]
    day = ModelDay.objects.filter(day=business_now().astimezone(UTC).date()).first()
    if day is not None and day.cost_micros * 100 >= most * USED_UP:
        return f"Today's budget for models, {Money(most // MICROS_A_CENT, 'USD')}, is used up."
    return ""


def is_away() -> bool:
    """A breaker is open, or nobody has answered for a while."""
    doors = Breaker.objects.filter(pack__startswith=DOOR)
    if doors.exclude(state=Breaker.State.CLOSED).exists():
        return True
    lately = doors.filter(until__gte=datetime.now(UTC) - LATELY)
    return sum(lately.values_list("failures", flat=True)) >= SILENT


@access(Access.OPERATOR)
@require_safe
@never_cache
def panel(request: HttpRequest) -> HttpResponse:
    return render(request, "agents/_shortage.html", {"shortage": shortage()})
