"""Two texts side by side as a reviewer reads them: lines that came, lines that went, and a little around them."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Final

KINDS: Final = {"+": "added", "-": "removed", "@": "place"}


@dataclass(frozen=True)
class Line:
    """`kind`: added, removed, place (where in the text) or same. `text` begins with its sign."""

    kind: str
    text: str


def lines(old: str, new: str) -> list[Line]:
    """The unified difference, empty when there is none."""
    made = list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm=""))
    return [Line(KINDS.get(line[:1], "same"), line) for line in made[2:]]  # the first two name files


def counts(found: list[Line]) -> tuple[int, int]:
    """How many lines came, how many went."""
    kinds = [line.kind for line in found]
    return kinds.count("added"), kinds.count("removed")
