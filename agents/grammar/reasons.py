"""Why: the reason a customer gives, as a code."""

from __future__ import annotations

import re
from typing import Final

from agents.grammar.slots import Context, SlotValue

# Surest first: "the wrong one arrived broken" is a wrong item; a person looks at damage anyway.
REASONS: Final[tuple[tuple[str, str], ...]] = (
    (
        "ordered_by_mistake",
        r"\b(?:i|we)\s+(?:\w+\s+)?(?:ordered|bought|clicked|picked|chose|selected)\s+(?:\w+\s+){0,2}wrong\b",
    ),
    (
        "wrong_item",
        r"\b(?:wrong|incorrect)\s+(?:\w+\s+)?(?:item|one|product|thing|colou?r|size"
        r"|model|version|order|shoes?|mug|parcel)\b|"
        r"\b(?:sent|got|received|delivered|shipped)\b[^.?!]{0,30}\b(?:wrong|different|someone\s+else'?s"
        r"|not\s+what\s+i\s+(?:ordered|bought))|"
        r"\b(?:sent|got|received|delivered)\b[^.?!]{0,30}\b(?:and|but|though)\s+i\s+(?:had\s+|actually\s+)?(?:ordered|asked\s+for)\b|"
        r"\bnot\s+(?:what|the\s+one)\s+i\s+(?:ordered|bought|wanted|asked\s+for)\b|\binstead\s+of\s+(?:the|my|an?)\b",
    ),
    (
        "damaged",
        r"\b(?:damaged|broken|broke|cracked|crack|smashed|shattered|dented|scratched|torn|ripped|snapped|warped|burst|mouldy|moldy"
        r"|split(?!\s+(?:the|my|it|payment|order|shipment|between|into|in))"
        r"|chipped|bent|crushed|leak(?:s|ed|ing|y)?|"
        r"in\s+pieces|squashed|stained|ruined)\b",
    ),
    (
        "defective",
        r"\b(?:defect(?:ive)?|faulty|malfunction\w*|flicker(?:s|ed|ing)?|smells?\s+(?:of|like)|stinks?"
        r"|dies\s+after|died\s+after|dead\s+on\s+arrival|doesn'?t\s+(?:work"
        r"|turn\s+on|charge|start)|does\s+not\s+(?:work|turn\s+on|charge|start)|"
        r"not\s+working|won'?t\s+(?:turn\s+on|charge|start|work)|stopped\s+working|isn'?t\s+working)\b",
    ),
    (
        "missing",
        r"\b(?:missing|never\s+(?:arrived|came|received|got|turned\s+up|showed\s+up|delivered)"
        r"|(?:did\s*n[o']?t|has\s*n[o']?t|have\s*n[o']?t|not)\s+"
        r"(?:arrived?|received?|come|got|get|been\s+delivered|show(?:ed|n)?\s+up)|lost|empty\s+(?:box|package|parcel)|"
        r"(?:box|package|parcel)\s+was\s+empty|stolen|says\s+(?:it\s+was\s+)?delivered\s+but)\b",
    ),
    (
        "late",
        r"\b(?:late|delayed|delay|overdue|too\s+long|too\s+slow|taking\s+(?:forever|ages"
        r"|so\s+long)|took\s+(?:forever|ages|too\s+long))\b",
    ),
    (
        "not_as_described",
        r"\bnot\s+(?:as|like)\s+(?:described|advertised|pictured|shown|expected|in\s+the\s+(?:picture|photo))\b|"
        r"\blooks?\s+(?:nothing\s+like|different)\b|\bmisleading\b|\bpoor\s+quality\b|\bcheap\s+quality\b",
    ),
    (
        "does_not_fit",
        r"\b(?:does\s*n[o']?t|do\s*n[o']?t|did\s*n[o']?t|not|won'?t)\s+fit\b|\btoo\s+(?:small|big"
        r"|large|tight|loose|short|long|wide|narrow)\b|"
        r"\bwrong\s+fit\b",
    ),
    (
        "ordered_by_mistake",
        r"\b(?:by\s+(?:mistake|accident)|accident(?:al(?:ly)?)?|mistaken(?:ly)?"
        r"|didn'?t\s+mean\s+to|did\s+not\s+mean\s+to|"
        r"ordered\s+(?:it\s+|this\s+|them\s+)?twice|duplicate\s+order|ordered\s+(?:too\s+many"
        r"|two\s+by)|wrong\s+button|unintentional(?:ly)?)\b",
    ),
    (
        "no_longer_needed",
        r"\b(?:no\s+longer\s+(?:need(?:ed)?|want(?:ed)?|interested)|(?:do\s*n[o']?t|do\s+not"
        r"|did\s*n[o']?t)\s+(?:need|want|like)\s+(?:it|this|that|them|these|the|my)|"
        r"changed?\s+my\s+mind|not\s+needed|don'?t\s+want\s+this\s+thing|found\s+(?:it|a|one"
        r"|something)\s+(?:\w+\s+)?(?:cheaper|better|elsewhere|else)|"
        r"unwanted|second\s+thoughts|bought\s+(?:another|one\s+elsewhere))\b",
    ),
)
_COMPILED: Final = tuple((code, re.compile(pattern, re.IGNORECASE)) for code, pattern in REASONS)


# "Send me another": goods, not money. A question about another thing in the shop isn't one.
AGAIN: Final = re.compile(
    r"\b(?:send|ship|get|give|want|like|need)\b[^.?!]{0,20}\b(?:another(?:\s+(?:one|1))?|a\s+new\s+(?:one|1)|a\s+replacement)\b"
    r"|\b(?:send|ship)\s+(?:it|them|that|this)\s+(?:out\s+)?again\b|\bre-?(?:send|ship)\s+(?:it|them|that|this)\b"
    r"|\breplace\s+(?:it|them|this|that|the|my)\b|\b(?:new|another)\s+one\b(?=\W*(?:please\W*|instead\W*|then\W*)?$)",
    re.IGNORECASE,
)


def again(text: str, context: Context) -> SlotValue | None:
    """Whether the same goods are wished for once more."""
    found = AGAIN.search(text)
    return SlotValue(value=True, source_span=found.span(), raw=found[0]) if found else None


# "For the grey one", "a size up": another kind of the goods, not the same once more.
OTHER: Final = re.compile(
    r"\b(?:exchange|swap|change|trade|replace)\b[^.?!]{0,40}\b(?:for|with|to)\s+(?:the|an?|another)\s+\w+"
    r"|\b(?:other|different|another|larger|smaller|bigger|next)\s+(?:size|colou?r|kind|model)\b|\bsize\s+(?:up|down)\b",
    re.IGNORECASE,
)


def other(text: str, context: Context) -> SlotValue | None:
    """Whether another size, colour or kind is wished for."""
    found = OTHER.search(text)
    return SlotValue(value=True, source_span=found.span(), raw=found[0]) if found else None


def reason(text: str, _: Context) -> SlotValue | None:
    for code, pattern in _COMPILED:
        if match := pattern.search(text):
            return SlotValue(value=code, source_span=match.span(), raw=match[0])
    return None
