"""Codes and small structures as words, in templates."""

from __future__ import annotations

from typing import Any, Final

from django import template

from ..presentation import plain_words

register = template.Library()
register.filter("plain_words", plain_words)

PLAIN: Final = {None: "none", True: "yes", False: "no", "": "none"}


@register.filter
def as_words(value: Any) -> str:
    """A JSON value in one line: 'order id: W1, found: yes'."""
    if isinstance(value, dict):
        return ", ".join(f"{plain_words(str(key)).lower()}: {as_words(each)}" for key, each in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(as_words(each) for each in value) or "none"
    return PLAIN.get(value, str(value)) if isinstance(value, (str, bool, type(None))) else str(value)
