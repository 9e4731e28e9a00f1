"""Where a sentence ends; the guard reads, and later streams, sentence by sentence."""

from __future__ import annotations

import re
from typing import Final

_END: Final = re.compile(r"[.!?…]+[\"')\]]*(?:\s*\[\d{1,2}\])*(?=\s+\S)")
_INNER: Final = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|St|No|Nr|Inc|Ltd|Co|vs|etc|approx|e\.g|i\.e|a\.m|p\.m|U\.S)|\b[A-Z]"
    r"|^\s*\d{1,2})\.$",
    re.IGNORECASE,
)


def spans(text: str) -> tuple[tuple[int, int], ...]:
    """(start, end) of each sentence and list line. A dot in a number, an abbreviation, an initial or an address ends
    nothing."""
    found, at = [], 0
    for line in text.split("\n"):
        start = 0
        for match in _END.finditer(line):
            if not _INNER.search(line[start : match.start() + 1]):
                found.append((at + start, at + match.end()))
                start = match.end()
        found.append((at + start, at + len(line)))
        at += len(line) + 1
    return tuple(span for span in (_bare(text, *one) for one in found) if span[0] < span[1])


def sentences(text: str) -> tuple[str, ...]:
    return tuple(text[start:end] for start, end in spans(text))


def _bare(text: str, start: int, end: int) -> tuple[int, int]:
    """Without the blanks around it."""
    words = text[start:end]
    return start + len(words) - len(words.lstrip()), end - (len(words) - len(words.rstrip()))
