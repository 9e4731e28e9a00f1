"""The model of a role, as the settings name it."""

from __future__ import annotations

from django.conf import settings

from .shapes import Kind, ModelError


def of(role: str) -> str:
    """`provider:model`; ModelError for a role that has none."""
    model = settings.HANDRAIL_MODELS.get(role)
    if not model:
        raise ModelError(Kind.NOT_CONFIGURED, "no model for this role")
    return str(model)
