"""What the agent says: lines from en.yaml (a pack overrides by key), never the same one twice while variants last.

The variant is chosen by a hash of conversation and key, and by how often the key was said: replay stays byte-equal.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from agents.voice.lines import Lines, load

BASE: Final = Path(__file__).with_name("en.yaml")


class MissingSlotError(KeyError):
    """A line was asked for without one of its slots. The line never goes out half filled."""

    def __str__(self) -> str:
        return str(self.args[0])


class _Strict(string.Formatter):
    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> Any:
        try:
            value = kwargs[str(key)]
        except KeyError:
            raise MissingSlotError(f"This line needs the slot {key!r}; hand it to say().") from None
        if value is None or (isinstance(value, str) and not value.strip()):
            raise MissingSlotError(
                f"The slot {key!r} is empty; a line with a hole in it is not said. Choose another line."
            )
        return value


_FORMATTER: Final = _Strict()


@cache
def lines(pack: Path | None = None) -> Lines:
    """The base lines with a pack's laid over them, checked; a pack without a voice file has none."""
    return load(BASE, pack if pack is not None and pack.exists() else None)


def say(
    key: str, slots: Mapping[str, object] | None = None, *, conversation: str, count: int = 0, pack: Path | None = None
) -> str:
    """The line for a key. `count`: how often this key was said in this conversation so far; `pack`: its voice.yaml.

    Raises KeyError for an unknown key and MissingSlotError for a slot that isn't given or is empty.
    """
    voice = lines(pack)
    text = variant(voice.variants(key), conversation, key, count)
    return _FORMATTER.vformat(text, (), {**voice.defaults, **(slots or {})})


def variant(variants: tuple[str, ...], conversation: str, key: str, count: int) -> str:
    """The count-th of a shuffled deck: each variant once before any comes again, in the conversation's own order."""
    deck = sorted(variants, key=lambda text: hashlib.sha256(f"{conversation}\0{key}\0{text}".encode()).digest())
    return deck[count % len(deck)]
