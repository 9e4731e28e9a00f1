"""What is paused, for every page of the console: the frame asks, so that no view can forget it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django import template

from .. import pauses
from ..models import Pause
from ..presentation import plain_words

register = template.Library()
WHAT: Final = {
    Pause.Scope.ALL: "everything",
    Pause.Scope.WRITES: "all writes",
    Pause.Scope.INTENT: "the intent",
    Pause.Scope.CHANNEL: "the channel",
}


@register.simple_tag
def paused() -> list[Pause]:
    """The pauses that hold now, the oldest first."""
    return pauses.now()


@register.filter
def mark(rows: Iterable[Pause]) -> str:
    """Tells two states apart: a page that shows this one needn't be sent it again."""
    return ".".join(str(row.pk) for row in rows)


@register.filter
def says_what(row: Pause) -> str:
    """ "everything", "the intent Cancel order"."""
    name = f" {plain_words(row.name)}" if row.name else ""
    return f"{WHAT[Pause.Scope(row.scope)]}{name}"
