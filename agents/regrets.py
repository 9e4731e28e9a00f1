"""Wanted back right behind it: "wait, don't do it", "stop, I changed my mind" of a write that is done.

No order is cancelled by that: they hear what stands on record, what can be done instead, and that a person may look.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from agents.grammar import SlotValue
from agents.intents.answer import IntentAnswer, Tier
from agents.intents.taxonomy import SMALL_TALK

from .aftermath import BACK, DONE, Deed, Row, rows

if TYPE_CHECKING:
    from .turn import Thinking

FEW: Final = 14  # words: a wish to have it back and little else
CANCEL: Final = "cancel_order"
_DEED: Final = r"(?:refund|cancellation|return|exchange|replacement|change|request|credit|payment|money)"
_REGRETS: Final = re.compile(
    r"\b(?:don'?t|dont|do\s+not)\s+(?:you\s+)?(?:do|cancel|refund|send|change|book|return|exchange|end|make|go\s+ahead)\b"
    rf"(?:\s+(?:it|that|this|them|anything|with\s+(?:it|that)|(?:my|the)\s+\w+)\b)?"
    r"|\b(?:undo|reverse|revert|roll\s+back|call\s+off|take\s+back|put\s+back)\s+(?:it|that|this|everything|(?:my|the)\s+\w+)\b"
    r"|\b(?:take|put|change|get|turn)\s+(?:it|that|this)\s+back\b"
    rf"|\b(?:cancel|stop|withdraw|revoke)\s+(?:the|my|that|this)\s+{_DEED}\b"
    r"|\b(?:changed|changing)\s+my\s+mind\b|\breconsidered\b|\bsecond\s+thoughts?\b"
    r"|\b(?:want\s+to|wanna|(?:'d|would)\s+(?:rather|like\s+to)|will|'ll|let\s+me|can\s+i(?:\s+still)?)\s+keep\s+(?:it|them|(?:the|my)\s+\w+)\b"
    rf"|\b(?:don'?t|dont|do\s+not|no\s+longer)\s+want\s+(?:it|that|them|the\s+{_DEED})\s*(?:cancell?ed|refunded|changed|sent|done|back|any\s*more)?\W*$"
    r"|\b(?:that|this|it)\s+was\s+(?:a|my)\s+mistake\b|\bi\s+did(?:\s*n'?t|\s+not)\s+(?:mean|want)\s+(?:to|that|it|this)\b"
    r"|\btoo\s+late\s+to\s+(?:stop|undo|reverse|change\s+(?:it|that))\b"
    r"|^\W*(?:(?:no|oh|oops|please|sorry|hey|actually)[\s,.!]+)*(?:stop|wait|halt|hold\s+on)(?:[\s,.!]+(?:no|wait|stop|please|it|that|now))*\W*$",
    re.IGNORECASE,
)
_ANOTHER: Final = re.compile(r"\b(?:other|another)\b|\?.*\?", re.IGNORECASE | re.DOTALL)


def regretted(t: Thinking, text: str, filled: dict[str, SlotValue], answer: IntentAnswer) -> Deed | None:
    """The write that is wanted back: this conversation's last one, when it is done and was spoken about just now."""
    focus, order = t.memory.focus, filled.get("order_id")
    if not focus.get("done") or t.work.is_answer or len(text.split()) > FEW or not _REGRETS.search(text):
        return None
    is_other = answer.tier is Tier.RULES and answer.best not in (None, CANCEL, SMALL_TALK, focus.get("intent"))
    if is_other or _ANOTHER.search(text) or any(not one["news"] for one in t.work.parked):
        return None
    found: list[Row] = t.ports.call("deeds", [focus.get("order")], lambda: rows(t, focus.get("order")), outside=False)
    last = found[0] if found else None
    if last is None or last["state"] != DONE:
        return None
    return None if order is not None and order.value != last["order"] else {**last, "asked": BACK}
