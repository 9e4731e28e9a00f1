"""One small question to each role's model, with a structured answer: does the key work, and does the model exist."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings

from . import gateway, prices
from .providers import named
from .shapes import Account, ModelError, Request, Said, Usage, Who

SCHEMA: Final = {
    "type": "object",
    "properties": {"ready": {"type": "boolean"}},
    "required": ["ready"],
    "additionalProperties": False,
}
SECONDS: Final = 20.0


def possible() -> bool:
    """Whether anybody can be asked at all."""
    return any(_configured(model) for model in settings.HANDRAIL_MODELS.values())


def ask(role: str, model: str) -> dict[str, Any]:
    """Tokens, cost and time of one question; `error` is None when the model answered as asked."""
    request = Request(
        role=role,
        model=model,
        system=("You are asked whether you are there.",),
        messages=(Said(Who.CUSTOMER, "Are you ready?"),),
        max_tokens=64,
        seconds=SECONDS,
        output=SCHEMA,
    )
    began, error, usage = time.monotonic(), None, Usage()
    try:
        usage = gateway.ask(request, Account()).usage
    except ModelError as failed:
        error, usage = str(failed), failed.usage or usage
    ms = int((time.monotonic() - began) * 1000)
    cost = _cost(model, usage) if usage.total else 0
    figures = {"input": usage.total - usage.output, "output": usage.output, "cost_micros": cost, "ms": ms}
    return {"role": role, "model": model, "error": error, **figures}


def _configured(model: str) -> bool:
    try:
        named(model)
    except ModelError:
        return False
    return True


def _cost(model: str, usage: Usage) -> int:
    whom = named(model)
    return prices.price(whom.provider.prices, whom.model, usage, datetime.now(UTC)).micros
