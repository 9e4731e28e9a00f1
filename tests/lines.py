"""The voice's lines as patterns: which of them a text is."""

from __future__ import annotations

import re

from agents import voice

SLOT = re.compile(r"\{[a-z_0-9]+\}")


def wordings(key: str) -> list[re.Pattern[str]]:
    """Each wording of a line, its slots being anything."""
    return [
        re.compile(".+?".join(re.escape(part) for part in SLOT.split(text)), re.DOTALL)
        for text in voice.lines().variants(key)
    ]
