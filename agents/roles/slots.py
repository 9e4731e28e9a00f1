"""Which words of the message name what the open question asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from agents.brain import Sight
from agents.grammar import READERS, SlotValue, fill

from .base import Ask, Role, Said_, read


class Found(Said_):
    name: str
    words: str


class Said(Said_):
    found: Annotated[list[Found], Field(max_length=8)]


ROLE: Final = Role("slots", reads=3000, says=300, seconds=4, shape=Said)


def fill_slots(sight: Sight, model: str, ask: Ask, offline: Mapping[str, SlotValue]) -> dict[str, SlotValue]:
    """A model points at words; what they say, the grammar reads. Pointing elsewhere comes to nothing."""
    names = ", ".join(READERS)
    task = f"The names: {names}. Asked for: {sight.expecting or 'nothing'}. The newest message:\n{sight.text}"
    said = read(ask(ROLE.request(sight, model, task)), Said)
    found = dict(offline)
    for one in said.found:
        at = sight.text.find(one.words) if one.words else -1
        value = fill(one.words, sight.grammar).get(one.name) if at >= 0 else None
        if value is not None:
            found[one.name] = value.model_copy(update={"source_span": (at, at + len(one.words)), "raw": one.words})
    return found
