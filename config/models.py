"""Which model plays which role (S2-20), unless HANDRAIL_MODELS says otherwise."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import ImproperlyConfigured

# Reading a message is a small task that every turn may need; words, evidence and verdicts are worth the larger one.
QUICK: Final = "anthropic:claude-haiku-5-5"
LARGE: Final = "anthropic:claude-sonnet-5-5"
DEFAULTS: Final = {
    "triage": QUICK,
    "intent": QUICK,
    "slots": QUICK,
    "edge": QUICK,
    "look": QUICK,
    "resolution": LARGE,
    "knowledge": LARGE,
    "packet": LARGE,
    "critic": LARGE,
}


def by_role(said: str) -> dict[str, str]:
    """The defaults with what `role=provider:model,role=…` changes; `role=` leaves a role without a model."""
    changed: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in said.split(","))):
        role, equals, model = (word.strip() for word in part.partition("="))
        if not equals or role not in DEFAULTS or (model and ":" not in model.strip(":")):
            raise ImproperlyConfigured(
                f"HANDRAIL_MODELS: {part!r} is not role=provider:model; the roles are {', '.join(DEFAULTS)}."
            )
        changed[role] = model
    return {role: model for role, model in (DEFAULTS | changed).items() if model}
