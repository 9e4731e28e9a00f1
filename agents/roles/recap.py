"""A long conversation for the eyes of a role: the oldest messages as points, the rest as it is (S2-17, D23)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

WHOLE: Final = 20  # so many entries are shown as they are
RECAPPED: Final = 10  # of a longer one, the first ones become points
POINT_WORDS: Final = 16
SPEAKERS: Final = {"user": "customer", "assistant": "support", "system": "note"}


def shown(history: Sequence[Mapping[str, str]]) -> tuple[str, list[Mapping[str, str]]]:
    """A recap of the oldest messages ("" while there is none) and the rest as it is (S2-17, D23).

    It is for the eyes of a role alone: what is stored stays whole, and no Critic reads it.
    """
    if len(history) < WHOLE:
        return "", list(history)
    points = [f"- {SPEAKERS[entry['role']]}: {clipped(entry['content'])}" for entry in history[:RECAPPED]]
    return "\n".join(points), list(history[RECAPPED:])


def clipped(text: str) -> str:
    said = text.split()
    return " ".join(said) if len(said) <= POINT_WORDS else " ".join(said[:POINT_WORDS]) + " …"
