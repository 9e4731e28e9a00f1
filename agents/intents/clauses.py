"""How a message falls into parts that may each hold a matter of their own, and what a part is: a question, a wish, or
words that lean on others."""

from __future__ import annotations

import re
from typing import Final

from agents.intents.taxonomy import words

MOST: Final = 5  # matters in one message
LETTER: Final = 40  # words: more than a question and its circumstances
FOLLOW_WORDS: Final = 7
_CLAUSE: Final = re.compile(
    r"(?<=[.!?;])\s+|\s*\n+\s*|[\s,;]*(?:\band\s+)?(?<!\w)\(?\d[.)]\s+(?=[^\W\d])"
    r"|,?\s+(?:and\s+)?(?:also|(?<!\bmy )(?<!\bthe )(?<!\byour )plus(?!\s+(?:membership|subscription|plan)\b)"
    r"|but\s+also|besides|by\s+the\s+way|oh\s+and|additionally"
    r"|as\s+well\s+as|secondly|second(?:ly)?\s*,|another\s+thing)\b[\s,:]*(?=\S)"
    r"|,?\s+and\s+(?=(?:then|can|could|please|i|where|when|how|what|what's|who|which|why|my|is|are|do|does|did|will"
    r"|would)\b)|,\s+(?:and\s+)?(?=(?:and|then|where|how|what|what's|who|do|does|can\s+i)\b)",
    re.IGNORECASE,
)
FOLLOW: Final = re.compile(
    r"^\W*(?:and|what\s+about|how\s+about|ok(?:ay)?\s+and|same\s+for|what\s+of)\b", re.IGNORECASE
)
LEANS: Final = re.compile(r"\b(?:it|they|them|that|this|those|these|there)\b", re.IGNORECASE)
_BARE: Final = re.compile(
    r"^\W*(?:(?:and|so|ok(?:ay)?|but)\W+)*(?:for\s+|by\s+|since\s+|until\s+)?(?:how\s+(?:much|long|many|soon|come)|when"
    r"|why|where|which\s+ones?|what\s+(?:time|day))\W*$",
    re.IGNORECASE,
)
QUESTION: Final = re.compile(
    r"^\W*(?:(?:and|also|then|but|so|please|wait|oh)[\s,]+)*(?:what|what's|how|when|where|who|which|why|is|are|do|does|did"
    r"|can|could|may|will|would)\b",
    re.IGNORECASE,
)

_MEASURES: Final = re.compile(
    r"\bhow\s+(?:long|much|many|soon|often)\b|\bwhat\s+(?:does|do|would)\b[^?]*\bcost\b", re.IGNORECASE
)
# Where a letter says what it wants; the rest are circumstances.
_WISH: Final = re.compile(
    r"\?|\b(?:please|pls|plz|kindly)\b|\b(?:can|could|would|will|may|might)\s+(?:you|i|we|somebody|someone|it)\b"
    r"|\b(?:i|we)(?:'d|\s+would)\s+(?:like|love|rather|prefer|appreciate)\b|\b(?:i|we)\s+(?:just\s+|really\s+)?(?:want|need|wish|demand"
    r"|request|ask|hope)\b|\b(?:let|tell|send|give|help|get|put)\s+(?:me|us)\b|\bi'?m\s+(?:asking|looking|wondering|hoping)\b"
    r"|\b(?:how|what|where|when|which|why|who)\s+(?:do|does|can|could|should|is|are|will|would)\b",
    re.IGNORECASE,
)

# "... and refund the lamp": an act with something of its own, which needs none of the words before it.
_VERB: Final = (
    r"(?:cancel|refund|return|exchange|swap|replace|change|update|correct|track|trace|check|find|send|resend|forward|e-?mail|tell|show"
    r"|delete|close|reset|remove|add|stop|pause|renew|resume|reorder|redirect|ship|deliver)"
)
_ACT: Final = (
    rf"(?:(?:please|pls|then|also|just|kindly)\s+){{0,2}}{_VERB}\s+"
    r"(?:(?:me|us)\s+(?:where|when|how|what|about|the|my|our|an?)\b|(?:my|the|our|an?|his|her|this|that|order|number)\b"
    r"|#?[a-z]{0,3}-?\d)"
)
_HANGS: Final = re.compile(rf"\b{_VERB}\W*$", re.IGNORECASE)  # "cancel and refund my order" is one act
_ACTS: Final = re.compile(rf"\b{_ACT}", re.IGNORECASE)
_THEN: Final = re.compile(rf"(?:(?:(?:and|then|so)\s+)+(?={_ACT}))?", re.IGNORECASE)
_JOINED: Final = re.compile(rf"(?:,?\s+(?:and|then)\s+(?:then\s+)?|,?\s*[&+;]\s*|,\s+)(?={_ACT})", re.IGNORECASE)

Span = tuple[int, int]


def clauses(text: str) -> tuple[str, ...]:
    """Parts that may each hold a matter of their own."""
    return tuple(text[start:end] for start, end in clause_spans(text))


def clause_spans(text: str) -> tuple[Span, ...]:
    """Where the clauses stand; a part of one word belongs to its neighbour and is none."""
    spans = [part for span in between(_CLAUSE, text) for part in _joined(text, span)]
    return tuple(span for span in spans if len(words(text[slice(*span)])) >= 2) or ((0, len(text)),)


def _joined(text: str, span: Span) -> list[Span]:
    """The acts that one clause joins: "cancel my membership and refund the lamp" wishes for two things. A reason, a
    circumstance or a single word before the act belongs to it."""
    start, end = span
    start += _THEN.match(text[start:end]).end()  # type: ignore[union-attr]  # it may be empty
    found: list[Span] = []
    for first, last in between(_JOINED, text[start:end]):
        part = (start + first, start + last)
        if found and (LEANS.search(text[slice(*part)]) or not _stands_alone(text[slice(*found[-1])])):
            part = (found.pop()[0], part[1])
        found.append(part)
    return found


def _stands_alone(part: str) -> bool:
    return asks(part) and len(words(part)) >= 2 and not _HANGS.search(part)


def joins(text: str) -> bool:
    """Whether two of its clauses are acts."""
    return sum(_ACTS.search(part) is not None for part in clauses(text)) > 1


def asks(part: str) -> bool:
    """By its form a question, a wish or an act."""
    return bool(QUESTION.search(part) or _WISH.search(part) or _ACTS.search(part))


def wishes(text: str) -> tuple[Span, ...]:
    """The clauses of a letter that want or ask something; none where the text is no letter, or all of it asks."""
    if len(words(text)) <= LETTER:
        return ()
    spans = clause_spans(text)
    found = tuple(span for span in spans if _WISH.search(text[slice(*span)]))
    return found if len(found) < len(spans) else ()


def questions(text: str) -> tuple[str, ...]:
    """The questions of a text that asks several things about one matter, each with the words that it needs: one that
    leans on the others ("and what does it cost?") keeps them all."""
    parts = [part for part in clauses(text) if QUESTION.search(part)]
    if len(parts) < 2:
        return (text,)
    return tuple(text if place and LEANS.search(part) else part for place, part in enumerate(parts))[:MOST]


def follows(text: str) -> bool:
    """Short, and only meaningful behind what was said before."""
    return len(words(text)) <= FOLLOW_WORDS and bool(FOLLOW.search(text) or LEANS.search(text) or is_bare(text))


def measures(text: str) -> bool:
    """Asks how long, how much or how often."""
    return bool(_MEASURES.search(text))


def is_bare(text: str) -> bool:
    """A question word and nothing that it asks about: "how much?"."""
    return bool(_BARE.search(text))


def between(cut: re.Pattern[str], text: str) -> list[Span]:
    """What lies between the cuts, without the blanks around it; empty parts are left out."""
    edges = [0, *(edge for match in cut.finditer(text) for edge in match.span()), len(text)]
    found = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        part = text[start:end]
        if part.strip():
            found.append((start + len(part) - len(part.lstrip()), start + len(part.rstrip())))
    return found
