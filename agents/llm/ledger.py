"""Every question that was put to a model: what it took and cost, what was asked and answered, as it left the house."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, Count, Q, Sum, When
from django.db.models.functions import Now, TruncDate

from agents.models import ModelCall
from agents.ports import digest

from . import prices
from .provider import Answer
from .shapes import Account, ModelError, Request, Usage


@dataclass(frozen=True)
class Call:
    """One attempt, ended. `usage` is None when nobody knows what it took: then it took what was reserved."""

    request: Request
    account: Account
    provider: str
    attempt: int
    started: datetime
    ms: int
    usage: Usage | None
    cost_micros: int
    answer: Answer | None = None
    error: ModelError | None = None


def asked(request: Request) -> dict[str, Any]:
    """The redacted request, as JSON."""
    return {
        "system": list(request.system),
        "messages": [{"who": one.who.value, "text": one.text} for one in request.messages],
        "tools": [{"name": tool.name, "description": tool.description, "input": tool.input} for tool in request.tools],
        "output": request.output,
        "max_tokens": request.max_tokens,
    }


def answered(answer: Answer) -> dict[str, Any]:
    calls = [{"name": call.name, "input": call.input} for call in answer.calls]
    return {"text": answer.text, "calls": calls, "stop": answer.stop.value}


def digest_of(request: Request) -> str:
    """The same question has the same one."""
    return digest([request.model, asked(request)])


def write(call: Call) -> None:
    """Add the row."""
    request = asked(call.request)
    usage = call.usage or Usage()
    ModelCall.objects.create(
        conversation=call.account.conversation,
        turn=call.account.turn,
        role=call.request.role,
        provider=call.provider,
        model=call.request.model.partition(":")[2],
        attempt=call.attempt,
        started=call.started,
        ms=call.ms,
        input_tokens=usage.input,
        output_tokens=usage.output,
        cache_read_tokens=usage.cache_read,
        cache_write_tokens=usage.cache_write,
        certain=call.usage is not None,
        cost_micros=call.cost_micros,
        priced_on=call.started.date(),
        price_list=prices.LIST,
        stop=call.answer.stop.value if call.answer else "",
        error=call.error.kind.value if call.error else "",
        detail=call.error.detail[:40] if call.error else "",
        digest=digest_of(call.request),
        request=request,
        reply=_storable(answered(call.answer)) if call.answer else None,
    )


def _storable(value: Any) -> Any:
    """Postgres keeps no NUL character and no half of a surrogate pair, and a model may write either."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_storable(key): _storable(item) for key, item in value.items()}
    return [_storable(item) for item in value] if isinstance(value, list | tuple) else value


def forget() -> int:
    """Empty the exchanges that are older than they may be kept; the figures stay."""
    oldest = Now() - timedelta(days=settings.HANDRAIL["model_exchange_days"])
    old = ModelCall.objects.filter(started__lt=oldest).exclude(request=None, reply=None)
    return old.update(request=None, reply=None)


def by_day(days: int) -> list[dict[str, Any]]:
    """Cost and tokens by day, role and model, of the last so many days."""
    rows = ModelCall.objects.filter(started__gte=Now() - timedelta(days=days)).annotate(day=TruncDate("started"))
    found = (
        rows.values("day", "role", "model")
        .annotate(
            calls=Count("pk"),
            failed=Count(Case(When(~Q(error=""), then=1))),
            input=Sum("input_tokens"),
            output=Sum("output_tokens"),
            cache_read=Sum("cache_read_tokens"),
            cache_write=Sum("cache_write_tokens"),
            spent=Sum("cost_micros"),
        )
        .order_by("-day", "role", "model")
    )
    return [{name if name != "spent" else "cost_micros": value for name, value in row.items()} for row in found]
