"""What a message gives away beside its intent and the policy's words: mood, a fear for the account, haste. Lists only;
nothing is decided."""

from __future__ import annotations

import re
from typing import Final

from agents.intents.needles import Patterns

SECURITY: Final = Patterns(
    r"\b(?:hacked|hijacked|phish\w*|identity\s+theft|data\s+(?:breach|leak)|account\s+(?:takeover|breach))\b",
    r"\b(?:my|our|the)\s+account\s+(?:was|has\s+been|is|got|may\s+be|might\s+be)\s+(?:compromised"
    r"|stolen|breached|taken\s+over|broken\s+into)\b",
    r"\b(?:someone|somebody|stranger|person|they)\b[^.?!]{0,30}\b(?:logged\s+in(?:to)?|got\s+into"
    r"|accessed|is\s+using|used|broke\s+into|has\s+access\s+to|took\s+over"
    r"|changed\s+the\s+(?:password|e-?mail)\s+(?:on|of))\b[^.?!]{0,25}\b(?:account|profile|card"
    r"|login)\b",
    r"\b(?:unauthori[sz]ed|unrecogni[sz]ed|suspicious|fraudulent|unknown)\s+(?:login|log-in"
    r"|sign-in|access|activity|order|orders|purchase|purchases|charge|charges|transaction"
    r"|transactions|device|payment|payments)\b",
    r"\b(?:order|orders|purchase|charge|login|sign-in|payment)s?\s+(?:that\s+)?(?:i"
    r"|we)\s+(?:did\s*n[o']t|never|do\s*n[o']t)\s+(?:place|placed|make|made|authori[sz]ed?"
    r"|recogni[sz]e)\b",
    r"\bi\s+(?:did\s*n[o']?t|never)\s+(?:place|placed|make|made|authori[sz]ed?)\s+(?:this|that"
    r"|the|these|those|any)\s+(?:\w+\s+)?(?:order|purchase|payment|charge|login)s?\b",
    r"\b(?:card|wallet|phone|identity|password)\s+(?:was|has\s+been|got|were)\s+stolen\b"
    r"|\bstolen\s+(?:card|password|identity|account)\b",
    r"\b(?:password|e-?mail|phone|address)\b[^.?!]{0,30}\b(?:was|has\s+been|were|got)\s+changed\b[^.?!]{0,30}"
    r"\b(?:i\s+did\s*n[o']?t|(?:not|was\s*n'?t|it\s+wasn'?t)\s+(?:by\s+)?me|without)\b",
    r"\b(?:someone|somebody|stranger)\b[^.?!]{0,30}\b(?:ordered|bought|paid)\b[^.?!]{0,30}\b(?:in|under|with|on)\s+my\s+"
    r"(?:name|account|card)\b",
    r"\bfraud(?:ster)?\b|\bscammed\b|\bvulnerability\b|\bsecurity\s+(?:breach|incident|issue|hole"
    r"|problem|concern|flaw)\b",
    r"\b(?:gave|told|sent|shared)\b[^.?!]{0,20}\bmy\s+(?:password|pin|code)\s+(?:to|with)\b",
)
EARLIER: Final = Patterns(
    r"\b(?:second|third|fourth|fifth|sixth|\d+(?:nd|rd|th)|umpteenth|hundredth)\s+time\s+(?:i"
    r"|i'?m|i'?ve|that\s+i|we|asking|writing|contacting|calling|now)\b",
    r"\b(?:already|previously)\s+(?:contacted|wrote|written|called|e-?mailed|complained|reported"
    r"|raised|opened|asked|told)\b",
    r"\b(?:still|never)\s+(?:not\s+|un)?(?:resolved|fixed|solved|sorted|answered)\b"
    r"|\bstill\s+has\s*n[o']?t\s+been\s+(?:resolved|fixed|solved|sorted)\b",
    r"\b(?:no\s*(?:body|\s*one)|nobody|none\s+of\s+you)\s+(?:has\s+)?(?:ever\s+)?(?:answered"
    r"|replied|responded|got(?:ten)?\s+back|called\s+back|helped|wrote\s+back)\b",
    r"\b(?:my|the|an?)\s+(?:last|previous|earlier|open|existing|old|other)\s+(?:ticket|case"
    r"|complaint|request|conversation|chat|e-?mails?)\b",
    r"\b(?:ticket|case)\s+(?:number|no\.?|#)|\bagain\s+and\s+again\b|\b(?:still"
    r"|yet)\s+no\s+(?:answer|reply|response|solution|resolution)\b",
)
HASTE: Final = Patterns(
    r"\burgent(?:ly)?\b|\basap\b|\bas\s+soon\s+as\s+possible\b|\bimmediately\b|\bright\s+(?:now"
    r"|away)\b|\bemergency\b|\btime[- ]sensitive\b",
    r"\b(?:need|needed|want)\b[^.?!]{0,30}\b(?:today|tonight|tomorrow|by\s+(?:mon|tues|wednes"
    r"|thurs|fri|satur|sun)day)\b",
    r"\b(?:wedding|birthday|flight|trip|party|exam|interview)\b[^.?!]{0,30}\b(?:today|tonight"
    r"|tomorrow)\b|\brunning\s+out\s+of\s+time\b",
)
PLEASED: Final = Patterns(
    r"\b(?:thanks?|thank\s+you|thx|ty|cheers|great|awesome|perfect|excellent|amazing|brilliant"
    r"|wonderful|fantastic|lovely|superb|love\s+(?:it|this|the|your|my)|appreciate\w*|happy"
    r"|pleased|delighted|helpful|good\s+(?:job|work|service))\b",
)
# Sarcasm and negation turn praise round; then it doesn't count.
_SPOILED: Final = Patterns(
    r"\b(?:not|n't|never|hardly|isn't|wasn't)\s+(?:\w+\s+){0,2}(?:happy|pleased|helpful|great"
    r"|good|impressed|satisfied|amused|acceptable|amazing)\b",
    r"\b(?:thanks|thank\s+you)\s+for\s+(?:nothing|wasting|ignoring|ruining)\b",
)

# (points, pattern): displeasure adds up; see `displeasure`.
_DISPLEASURE: Final = (
    (
        1,
        Patterns(
            r"\bstill\s+(?:waiting|nothing|no|not|hasn'?t|haven'?t)\b",
            r"\bdisappoint\w*|\bannoy\w*|\bunhappy\b|\bupset(?:ting)?\b|\bfrustrat\w*|\bconfus(?:ed|ing)\b",
        ),
    ),
    (
        1,
        Patterns(
            r"\bhow\s+(?:much|many)\s+(?:longer|more|times)\b",
            r"\bunbelievable\b|\bi\s+can'?t\s+believe\b",
            r"\bwasted?\s+(?:of\s+)?(?:my\s+)?time\b|\bwasting\b",
            r"\bno(?:t\s+any)?\s+(?:help|use)\b|\bnot\s+helping\b|\bunhelpful\b|\buseless\b(?!\s+(?:chat\s?)?bot)",
        ),
    ),
    (
        1,
        Patterns(
            r"\bwhat\s+(?:is\s+wrong|the\s+(?:hell|heck|f\w*))\b|\bseriously\b\s*[?!]"
            r"|\bcome\s+on\b[!.]|\bso\s+(?:slow|bad|rude)\b|\brude\b|\bpoor\s+(?:service|quality"
            r"|support)\b|\bnonsense\b"
        ),
    ),
    (
        2,
        Patterns(
            r"\b(?:useless|stupid|dumb|idiotic|crappy)\s+(?:chat\s?)?(?:bot|robot|machine|ai)\b",
            r"\bridiculous\w*|\bunacceptable\b|\bfed\s+up\b|\bsick\s+(?:and\s+tired\s+)?of\b"
            r"|\btired\s+of\b|\bout\s+of\s+patience\b|\blos(?:t|ing)\s+(?:my\s+)?patience\b",
        ),
    ),
    (
        2,
        Patterns(
            r"\b(?:terrible|horrible|awful|appalling|dreadful|atrocious|abysmal|pathetic"
            r"|disgrace\w*|disgust\w*|shameful|outrage\w*|incompeten\w*|worst|(?:is|what|like|such|just)\s+a\s+joke"
            r"|joke\s+of)\b"
        ),
    ),
    (
        2,
        Patterns(
            r"\bhate\b|\bangry\b|\bmad\s+at\b|\bso\s+(?:angry|mad|frustrated|annoyed|upset"
            r"|disappointed)\b|\b(?:extremely|very|really|incredibly|beyond)\s+(?:frustrat|annoy"
            r"|disappoint|upset|unhappy|angry|dissatisf)\w*|\b(?:dissatisfied|infuriat\w*)\b"
        ),
    ),
    (
        2,
        Patterns(
            r"\bnever\s+(?:again|buy(?:ing)?|order(?:ing)?|shop(?:ping)?)\b|\blost\s+(?:a"
            r"|me\s+as\s+a)\s+customer\b|\b(?:bad|negative|one[- ]star|1[- ]star)\s+review\b"
            r"|\bgoing\s+round\s+in\s+circles\b|\bstop\s+(?:wasting|asking|repeating)\b"
        ),
    ),
    (
        3,
        Patterns(
            r"\bfurious\b|\blivid\b|\benraged\b|\brip[- ]?off\b|\bscam(?:mers?)?\b|\bthie(?:f"
            r"|ves)\b|\bcrooks?\b|\bliars?\b|\b(?:you|you're|ur)\s+(?:\w+\s+)?(?:idiots?|stupid"
            r"|morons?|liars?|clowns?)\b"
        ),
    ),
    (
        3,
        Patterns(
            r"\bf+u+c+k+\w*|\bf\*+\w*|\bshit\w*|\bbull\s?shit\b|\bwtf\b|\basshole\w*"
            r"|\bbastards?\b|\bcrap\b|\bdamn\w*|\bgo\s+to\s+hell\b|\bpissed\b|\bscrew\s+you\b"
        ),
    ),
)
_CROSS: Final = re.compile("[😠😡🤬👿💢]")
_SHOUT: Final = re.compile(r"\b[A-Z]{2,}\b")


def displeasure(text: str) -> int:
    """Points of displeasure: 0 calm, 1 mild, 2 or 3 frustrated, 4 and more angry."""
    points = sum(weight for weight, pattern in _DISPLEASURE if pattern.search(text))
    points += text.count("!") >= 2 or text.count("?") >= 3
    points += 2 if _shouts(text) or _CROSS.search(text) else 0
    return points + (1 if EARLIER.search(text) else 0) + (1 if _SPOILED.search(text) else 0)


def is_pleased(text: str) -> bool:
    return bool(PLEASED.search(text)) and not _SPOILED.search(text)


def _shouts(text: str) -> bool:
    """Most of a longer message in capitals; ids and short shouts ("OK", "USA") are not."""
    words = re.findall(r"\b[A-Za-z]{2,}\b", text)
    return len(words) >= 4 and len(_SHOUT.findall(text)) >= 0.6 * len(words)
