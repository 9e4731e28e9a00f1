"""What is said to "What does the code say?": the code itself has been taken out of the message already."""

from __future__ import annotations

import re
from typing import Final

from agents.grammar.slots import Context, SlotValue

CODE: Final = "code"
TYPED, ANOTHER, NO_WAY = "typed", "another", "no-way"
_NO_WAY: Final = re.compile(
    r"\b(?:ca\s*n[o']?t|cannot|could\s*n[o']?t|no\s+longer|do\s*n[o']?t|lost|no|without)\b[^.?!]{0,20}"
    r"\b(?:access|open|reach|log\s*in|use|have)\b[^.?!]{0,25}\b(?:e-?mail|mail|inbox|account|address|it|that|this)\b"
    r"|\b(?:lost|no)\s+access\b|\bdoes\s*n[o']t\s+(?:exist|work)\s+any\s*more\b",
    re.IGNORECASE,
)
_MAILBOX: Final = re.compile(
    r"\b(?:ca\s*n[o']?t|cannot|no\s+longer|do\s*n[o']?t|lost|without|not)\b[^.?!]{0,25}\b(?:access|open|reach|use|have|read)\b"
    r"[^.?!]{0,25}\b(?:e-?mail|mail|inbox|mailbox|address)\b"
    r"|\b(?:lost|no)\s+access\s+to\b[^.?!]{0,20}\b(?:e-?mail|mail|inbox|mailbox|address)\b"
    r"|\b(?:e-?mail|mail|inbox|mailbox|address)\b[^.?!]{0,20}\b(?:does\s*n[o']t\s+exist|is\s+gone|was\s+deleted)\b",
    re.IGNORECASE,
)
_ANOTHER: Final = re.compile(
    r"\b(?:new|another|fresh|second|different)\s+(?:one|code|e-?mail|mail)\b|\bre-?send\b|\bsend\b[^.?!]{0,20}\bagain\b"
    r"|\b(?:did\s*n[o']?t|have\s*n[o']?t|has\s*n[o']?t|never|not|no|nothing|where)\b[^.?!]{0,25}"
    r"\b(?:get|got|gotten|receiv\w+|arriv\w+|come|came|code|e-?mail|mail|there|here|inbox|spam)\b"
    r"|\bexpired\b",
    re.IGNORECASE,
)
_TYPED: Final = re.compile(r"\[code removed\]|^\W*(?:\d[ -]?){4,8}\W*$", re.IGNORECASE)


def code(text: str, context: Context) -> SlotValue | None:
    """Only where a code was asked for: "typed", "another" (one is wanted), "no-way" (they can't read that mail)."""
    if context.expecting != CODE:
        return None
    for value, pattern in ((TYPED, _TYPED), (NO_WAY, _NO_WAY), (ANOTHER, _ANOTHER)):
        if match := pattern.search(text):
            return SlotValue(value=value, source_span=match.span(), raw=match[0])
    return None


def cannot_read_it(text: str) -> bool:
    """They say unasked that they no longer have the mailbox: no code could reach them."""
    return _MAILBOX.search(text) is not None
