"""The handoff packet as a page shows it: the brief first, then its sections in a fixed order."""

from __future__ import annotations

from typing import Any, Final

from ..presentation import plain_words

BRIEF: Final = "brief"
TITLES: Final = {
    "customer": "Customer",
    "issue": "Issue, in their words",
    "tried": "What was tried",
    "knowledge": "What we know",
    "next_steps": "Next steps",
    "tone": "Tone",
}


def sections(packet: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """(title, lines) of every key that holds something; keys nobody expected come last."""
    known = [key for key in TITLES if packet.get(key)]
    others = [key for key in packet if key not in TITLES and key != BRIEF and packet[key]]
    return [(TITLES.get(key, plain_words(key)), as_lines(packet[key])) for key in [*known, *others]]


def as_lines(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [f"{plain_words(str(key))}: {each}" for key, each in value.items()]
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]
