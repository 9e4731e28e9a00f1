"""What is said to have been done, or will be, needs the deed behind it in this turn's trace (S2-19): a write of ours,
or a record that was read and may show it. Some things no tool of ours can do, and so they are never promised."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Needs(StrEnum):
    """What has to stand in the trace."""

    DEED = "deed"  # a write that this turn sent, or whose end it tells
    RECORD = "record"  # that, or a system of record that this turn has read
    NOTHING_CAN = "nothing-can"


@dataclass(frozen=True, slots=True)
class Backing:
    """What this turn did: `deed`, a write sent or settled; `record`, a system of record read."""

    deed: bool = False
    record: bool = False

    def covers(self, needs: Needs) -> bool:
        return {Needs.DEED: self.deed, Needs.RECORD: self.deed or self.record, Needs.NOTHING_CAN: False}[needs]


_DONE: Final = (
    r"refunded|credited|cancell?ed|changed|updated|replaced|exchanged|reordered|re-?sent|shipped|dispatched|closed|waived"
    r"|sent\s+(?:you\s+)?(?:a|the|your)\s+(?:new\s+)?(?:replacement|refund|parcel|money|credit|voucher)|reimbursed"
    r"|compensated|extended|applied|reset|paid|arranged|issued|initiated|processed|submitted|scheduled|booked|reversed"
    r"|sorted|taken\s+care\s+of|put\s+(?:the|your)\s+\w+\s+through|removed\s+the\s+(?:charge|fee)"
)
_DO: Final = (
    r"refund|credit|cancel|replace|exchange|reimburse|compensate|waive|ship|dispatch|pay|send\s+(?:you|out|a|an|the|your)"
    r"|issue|process|give\s+you|extend|upgrade|deduct|reverse|remove\s+the\s+(?:charge|fee)|make\s+(?:it|this|that)\s+right"
    r"|take\s+care\s+of|sort\s+(?:it|this|that)|throw\s+in|get\s+(?:it|this|that)\s+to\s+you|arrange|schedule"
    r"|(?:get|have)\s+(?:it|this|that|your\s+\w+)\s+(?:refunded|cancell?ed|replaced|credited|changed|sent)"
)
_DOING: Final = (
    r"refunding|crediting|cancell?ing|replacing|exchanging|reimbursing|compensating|waiving|shipping|dispatching|issuing"
    r"|processing|reversing|sending\s+(?:you|out|a|an|your)"
)
# What nobody says of the world at large, but of this customer's matter.
_OURS: Final = (
    r"(?:your\s+\w+(?:\s+\w+)?|it|that|the\s+(?:refund|money|order|charge|fee|amount|sum|replacement|subscription))"
)
_ENDED: Final = (
    r"(?:refunded|credited|cancell?ed|reimbursed|compensated|processed|issued|reversed|waived|removed|replaced|exchanged"
    r"|approved|updated|changed)"
)
_WHO: Final = r"(?:i|we|the\s+team|our\s+team|a\s+colleague|someone|somebody|a\s+specialist|they)"
_WILL: Final = r"(?:'ll|\s+will|(?:'re|\s+are|'m|\s+am|\s+is)\s+going\s+to)\s+(?:\w+ly\s+)?"
_SURE: Final = r"\b(?:definitely|certainly|for\s+sure|no\s+matter\s+what|without\s+fail)\b"
_MONEY: Final = r"(?:refund|money|credit|replacement|compensation|voucher|discount|reimbursement)"
_ALREADY: Final = r"(?:(?:already|now|just|fully|been|successfully|\w+ly)\s+)*"
# The name of each promise, what has to back it, and the ways in which it is made.
_WAYS: Final[tuple[tuple[str, Needs, tuple[str, ...]], ...]] = (
    (
        "call",
        Needs.NOTHING_CAN,
        (
            rf"\b{_WHO}{_WILL}(?:call|phone|ring|text|contact|visit|get\s+back\s+to)\b(?!\s+(?:it|this|that)\b)",
            r"\byou(?:'ll|\s+will)\s+(?:get|receive|have)\s+a\s+(?:phone\s+)?call\b",
            r"\bexpect\s+a\s+call\b",
            rf"\b{_WHO}{_WILL}(?:be\s+in\s+touch|reach\s+out|get\s+in\s+touch)\b",
        ),
    ),
    (
        "guarantee",
        Needs.NOTHING_CAN,
        (
            r"\b(?:i|we)(?:\s+(?:can|do|will|hereby))?\s+(?:guarantee|promise|assure|swear)\b",
            r"\bguaranteed\b",
            rf"\b(?:i|we){_WILL}(?:make\s+sure|ensure|see\s+to\s+it)\b",
            r"\b(?:you\s+have|i\s+give\s+you)\s+my\s+word\b|\btrust\s+me\b",
            rf"\b(?:you\s+can\s+)?count\s+on\s+(?:a|an|the|your|getting)\s+(?:\w+\s+)?{_MONEY}\b",
            rf"{_SURE}[^.?!]{{0,40}}\b(?:{_MONEY}|arrive|deliver\w*|get|receive)\b",
        ),
    ),
    (
        "will-do",
        Needs.DEED,
        (
            rf"\b(?:i|we){_WILL}(?:{_DO})\b",
            rf"\b(?:i'm|i\s+am|we're|we\s+are)\s+(?:now\s+|already\s+|just\s+)*(?:{_DOING})\b",
            rf"\blet\s+me\s+(?:{_DO})\b",
            # "It will be replaced once it's back" says how things go.
            rf"\b{_OURS}{_WILL}be\s+(?:\w+ly\s+)?{_ENDED}\b(?![^.?!]*\b(?:if|once|when|unless|after)\b)",
        ),
    ),
    (
        "will-get",
        Needs.DEED,
        (
            rf"\byou{_WILL}(?:get|receive|have|be\s+given)\s+(?:\w+\s+){{0,3}}{_MONEY}\b",
            rf"\byou(?:{_WILL}be|'re|\s+are)\s+getting\s+(?:\w+\s+){{0,3}}{_MONEY}\b",
            rf"\byou{_WILL}(?:get|have|receive)\s+it\s+back\b",
            rf"\byou{_WILL}be\s+(?:refunded|credited|reimbursed|compensated|paid\s+back)\b",
        ),
    ),
    (
        "have-done",
        Needs.DEED,
        (
            rf"\b(?:i|we)(?:'ve|\s+have)\s+{_ALREADY}(?:{_DONE})\b",
            r"\bconsider\s+it\s+done\b|\b(?:it's|that's|all)\s+(?:\w+\s+)?sorted\b",
            rf"\b(?:i|we)\s+(?:just\s+)?(?:{_DONE})\b",
        ),
    ),
    (
        "was-done",
        Needs.RECORD,
        (
            rf"\b(?:has|have|was|were|is|are)\s+{_ALREADY}(?:being\s+)?(?:refunded|credited|cancell?ed|reimbursed|compensated)\b",
            rf"\b{_OURS}(?:'s|\s+(?:has|have|was|were|is|are))\s+{_ALREADY}(?:being\s+)?{_ENDED}\b",
            r"\b(?:refund|money|credit|replacement|new\s+one)\s+(?:of\s+\S+\s+)?(?:is|are)\s+on\s+(?:its|the|their)\s+way\b",
            r"[$€£]\s?\d[\d.,]*[^.?!]{0,80}\bis\s+on\s+its\s+way\b",
        ),
    ),
)
PROMISES: Final = tuple((name, needs, re.compile("|".join(ways), re.IGNORECASE)) for name, needs, ways in _WAYS)
# A condition, an offer, or that it isn't so: nothing is claimed.
_OPEN: Final = re.compile(
    r"\b(?:if|once|when|unless|until|before|whether|as\s+soon\s+as|not|never|nothing|none|isn't|wasn't|hasn't|haven't"
    r"|won't|can't|cannot|don't|didn't|shall|may|could|would|should|can)\b(?![^.?!]*[.?!].)",
    re.IGNORECASE,
)


def unbacked(sentence: str, backing: Backing) -> Iterator[tuple[str, str]]:
    """(name of the promise, the words that make it) for each that nothing backs."""
    for name, needs, pattern in PROMISES:
        match = pattern.search(sentence)
        if match is None or backing.covers(needs):
            continue
        if needs is not Needs.NOTHING_CAN and (
            _OPEN.search(sentence[: match.start()]) or sentence.rstrip().endswith("?")
        ):
            continue
        yield name, match[0]
