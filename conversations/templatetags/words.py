"""Codes as words, in templates."""

from __future__ import annotations

from django import template

from ..presentation import plain_words

register = template.Library()
register.filter("plain_words", plain_words)
