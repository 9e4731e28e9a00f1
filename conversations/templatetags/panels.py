"""The address of a place that a higher app fills, for templates that every page shares."""

from __future__ import annotations

from django import template

from ..console import panels

register = template.Library()


@register.simple_tag
def slot(name: str) -> str:
    return panels.slot(name)
