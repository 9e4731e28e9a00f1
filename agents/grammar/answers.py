"""Yes and no to the question that was asked, and ordinals. "Yes, but ..." is not a yes: it opens the matter again."""

from __future__ import annotations

import re
from typing import Final

from agents.grammar.slots import Context, SlotValue

_YES: Final = (
    r"yes|yep|yup|yeah|yea|ya|yess+|yeh|aye|sure(?:\s+thing)?|of\s+course|certainly|absolutely"
    r"|definitely|indeed|correct|"
    r"right|that'?s\s+(?:right|correct|it|the\s+one|fine|ok(?:ay)?|good|me|mine)|ok(?:ay|ey)?|k"
    r"|kk|alright|all\s+right|fine|"
    r"(?:please\s+)?(?:go\s+ahead|do\s+(?:it|that|so)|proceed|carry\s+on|continue|confirm(?:ed)?)"
    r"|sounds\s+(?:good|great|fine)|"
    r"(?:that\s+)?works(?:\s+for\s+me)?|perfect|great|good|exactly|agreed|i\s+(?:agree|confirm|do|am|would|accept)|"
    r"(?:yes\s+)?please(?:\s+do)?|why\s+not|let'?s\s+do\s+(?:it|that)|by\s+all\s+means"
    r"|affirmative|true|si|sí|oui|ja|da|sim|tak|👍|✅"
)
_NO: Final = (
    r"no|nope|nah|naw|nay|(?:maybe\s+|perhaps\s+)?(?:later|another\s+time)|not\s+(?:really|at\s+all|now|yet|quite|that|this\s+one|that\s+one"
    r"|the\s+one|it|today)|never|no\s+way|"
    r"don'?t|do\s+not|please\s+don'?t|(?:that'?s|this\s+is|it'?s)\s+(?:wrong|not\s+(?:it|right"
    r"|correct|mine|the\s+one))|wrong(?=\W*$)|"
    r"incorrect|negative|neither(?:\s+of\s+(?:them|those|these))?|none(?:\s+of\s+(?:them|those|these))?|"
    r"i\s+(?:don'?t|do\s+not|wouldn'?t|would\s+not|disagree|refuse|decline)|rather\s+not|i'?d\s+rather\s+not|"
    r"forget\s+it|cancel\s+that|stop|false|nein|non|nee|niet|nie|não|nao|👎|❌"
)
# Politeness that changes nothing about a yes or a no.
_PADDING: Final = (
    r"please|thanks?|thank\s+you|ty|thx|pls|plz|cheers|sir|madam|ma'?am|mate|indeed|very\s+much"
    r"|so\s+much|go\s+ahead|do\s+it|do\s+that|"
    r"that'?s\s+(?:right|correct|fine|good|it|the\s+one|all|okay|ok|me)|i\s+(?:do|am|would"
    r"|think\s+so|guess|confirm|agree)|"
    r"would\s+be\s+(?:great|good|nice|lovely|perfect)|that\s+(?:would\s+be|works|is)\s*(?:great"
    r"|good|nice|fine|lovely|correct|right|perfect)?|"
    r"for\s+(?:me|sure|now)|it\s+is|of\s+course|sure|yes|yeah|ok(?:ay)?|absolutely|definitely"
    r"|correct|right|exactly|perfect|great|"
    r"sounds\s+good|then|now|not\s+(?:at\s+all|really|now)|no|nope|i\s+don'?t|don'?t|do\s+not"
    r"|want\s+(?:that|it|to)|it'?s\s+fine|"
    r"i'?m\s+(?:good|fine|okay|ok|sure)|hi|hello|well|um+|uh+|oh|hmm+|ah+|haha|lol|actually|just"
    r"|confirmed?|proceed|continue"
)
# Said of something else as readily as of the question: alone they are a yes, with a sentence of its own behind they
# are none.
_WEAK: Final = re.compile(
    r"^(?:ok(?:ay|ey)?|k|kk|alright|all\s+right|fine|great|good|perfect|right|true|sure|exactly|sounds\s+(?:good|great|fine)"
    r"|that'?s\s+(?:fine|ok(?:ay)?|good))$",
    re.IGNORECASE,
)
_BYE: Final = re.compile(r"\b(?:good\s*)?bye\b|\bsee\s+(?:you|ya)\b|\bgood\s*night\b", re.IGNORECASE)
_ASKS_ON: Final = re.compile(r"^\W*(?:thanks?|thank\s+you|thx|ty|cheers)\b[^.!]*\?", re.IGNORECASE)
_SENTENCES: Final = re.compile(r"[.!;:?\n]+")
_END: Final = r"(?=$|[\s,.;:!?)\-–—…])"
_STARTS_YES: Final = re.compile(rf"^\W*(?:(?:well|um+|uh+|oh|hmm+|ah+|so|hi|hello)\W+)*({_YES}){_END}", re.IGNORECASE)
_STARTS_NO: Final = re.compile(
    rf"^\W*(?:(?:well|um+|uh+|oh|hmm+|ah+|so|sorry|hi|hello|actually)\W+)*({_NO}){_END}", re.IGNORECASE
)
_ONLY_PADDING: Final = re.compile(rf"^(?:\W|(?:{_PADDING}){_END})*$", re.IGNORECASE)
# "Exchange it, yes": the act in one word, and a yes behind it. What could mean the opposite (cancel, stop) is left out.
_DO_IT: Final = (
    r"(?:(?:please|just|then|ok(?:ay)?|so|well|let'?s|i'?d\s+like\s+to|i\s+want\s+to|you\s+(?:can|may))\W+)*"
    r"(?:exchange|swap|refund|return|replace|send|resend|change|book|order|update|reset|make|take|do|set)\s+"
    r"(?:it|that|them|this)(?:\s+(?:then|up|please|out|back|now))?"
)
_ENDS_YES: Final = re.compile(
    rf"^\W*{_DO_IT}\W+(?:and\s+)?(yes|yep|yeah|please\s+do|go\s+ahead)(?:\W+(?:please|thanks?|thank\s+you))?\W*$",
    re.IGNORECASE,
)
_ACT: Final = re.compile(rf"^\W*{_DO_IT}(?:\W+(?:please|thanks?|thank\s+you))?\W*$", re.IGNORECASE)
# After a yes: a condition, a change or a doubt takes the plain yes away.
_CONDITION: Final = re.compile(
    r"\b(?:but|however|although|though|except|unless|only\s+if|if|instead|rather|wait|first"
    r"|actually|not|don'?t|n'?t|never|no|"
    r"change|different|another|other|also|or|maybe|perhaps|what|how|when|why|which|who|can\s+you|could\s+you)\b|\?",
    re.IGNORECASE,
)
_NOT_AN_ANSWER: Final = re.compile(
    r"^\W*(?:no\s+(?:idea|clue|one|body|tracking|update|news|reply|answer|response|problem)"
    r"|nobody|none\s+has|right\s+now|"
    r"good\s+(?:morning|afternoon|evening|day|night)|great\s+question|sure\s*\?|ok(?:ay)?\s+(?:so"
    r"|but|what|where|how|when|why|can)|"
    r"stop\s+(?:the|my|it|that|order)|never\s+(?:mind|arrived|came|received|got|delivered)|never\s*mind|"
    r"please\s+(?!do\b|don'?t\b|go\b|proceed|continue|carry|confirm|\W*$)\w+|"
    r"i\s+(?:am|do|would)\s+\w+|i\s+(?:don'?t|do\s+not)\s+(?:know|remember|understand|have|see|recall|get)\b)",
    re.IGNORECASE,
)
_ALL: Final = re.compile(
    r"\ball\s+(?:(?:of\s+)?(?:my|our|the|these|those)\s+|(?:three|four|five)\s+)?(?:open\s+)?orders\b|\ball\s+of\s+(?:them|it"
    r"|these|those)\b|\b(?:both|each|every\s+one)\s+(?:of\s+(?:them|these|those)|(?:my\s+)?orders)\b|\bevery\s+order\b",
    re.IGNORECASE,
)
_ALL_ALONE: Final = re.compile(
    r"^\W*(?:(?:um+|well|oh|ok(?:ay)?|yes|the)\W+)*(?:both|all(?:\s+(?:three|four|five))?|everything|each(?:\s+one)?)"
    r"(?:\s+(?:please|orders))?\W*$",
    re.IGNORECASE,
)
_ORDINALS: Final[tuple[tuple[str, int], ...]] = (
    (r"first|1st|top|upper(?:most)?|former|newest|latest|most\s+recent|recent", 0),
    (r"second\s+(?:to\s+)?last|last\s+but\s+one|penultimate", -2),
    (r"second|2nd", 1),
    (r"third|3rd", 2),
    (r"fourth|4th", 3),
    (r"fifth|5th", 4),
    (r"sixth|6th", 5),
    (r"last|bottom|lowest|oldest|final|latter", -1),
)
_NOUN: Final = (
    r"(?:one|order|item|parcel|package|option|choice|product|purchase|thing|entry|of\s+(?:them|those"
    r"|these|the))"
)
_ORDINAL: Final = re.compile(
    r"\b(?:the\s+|my\s+)?(?:"
    + "|".join(f"(?P<o{i}>{words})" for i, (words, _) in enumerate(_ORDINALS))
    + rf")\s+(?:\w+\s+)?{_NOUN}\b",
    re.IGNORECASE,
)
# What may stand around a choice and changes nothing about it.
_BEFORE: Final = (
    r"^\W*(?:(?:it'?s|that'?s|that\s+would\s+be|i\s+(?:mean|meant|think|guess|want|choose|pick|say)|i'?d\s+(?:say|like)"
    r"|probably|maybe|please|yes|ok(?:ay)?|um+|uh+|hmm+|oh|well|so|take|for)[\s,.:!]+)*"
)
_BEHIND: Final = (
    r"(?:[\s,.!]+(?:please|pls|plz|thanks?|thank\s+you|thx|ty|then|sir|madam|mate|i\s+(?:think|guess|believe)|that'?s\s+it"
    r"|(?:is|was)\s+(?:it|the\s+one|mine)|it\s+is|(?:in|on|of)\s+(?:the|your|that)\s+list))*\W*$"
)
_ORDINAL_ALONE: Final = re.compile(
    _BEFORE
    + r"(?:the\s+)?(?:"
    + "|".join(f"(?P<o{i}>{words})" for i, (words, _) in enumerate(_ORDINALS))
    + r")"
    + _BEHIND,
    re.IGNORECASE,
)
_COUNT: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_COUNTED: Final = "|".join(_COUNT)
_NUMBERED: Final = re.compile(
    rf"\b(?:number|option|nr\.?|#)\s*(?:[1-9]\b(?!\d)|(?:{_COUNTED})\b)|\bno\.?\s*[1-9]\b(?!\d)|\bno\.\s*(?:{_COUNTED})\b"
    rf"|{_BEFORE}(?:(?:the\s+)?[1-9]|{_COUNTED}){_BEHIND}",
    re.IGNORECASE,
)
_FIGURE: Final = re.compile(rf"\b(?:[1-9]|{_COUNTED})\b", re.IGNORECASE)
# Slots whose question lists what may be chosen.
LISTED: Final = frozenset({"order_id", "lines", "detail", "matter"})
# "my last order" is the newest one, not the bottom of a list.
_MY_LAST: Final = re.compile(
    r"\b(?:my|the)\s+(?:very\s+)?last\s+(?:order|purchase)\b(?!\s+(?:on|in|of)\s+(?:the|that"
    r"|your)\s+list)",
    re.IGNORECASE,
)


def answer(text: str, _: Context) -> SlotValue | None:
    """One of "yes", "no", "yes_but", "no_but"; nothing where the text doesn't answer a yes-or-no question."""
    if _NOT_AN_ANSWER.search(text):
        return None
    no = _STARTS_NO.search(text)
    yes = None if no else _STARTS_YES.search(text)
    match, word = (no, "no") if no else (yes, "yes")
    if match is None:
        at_the_end = _ENDS_YES.search(text)
        return SlotValue(value="yes", source_span=at_the_end.span(1), raw=at_the_end[1]) if at_the_end else None
    rest = text[match.end(1) :]
    if not _ONLY_PADDING.search(rest):
        if word == "yes" and _WEAK.search(match[1]) and _goes_on(rest):
            return None  # "ok. it's too small", "great thanks, and when does it come?": heard, not agreed to
        if word == "yes" and not _CONDITION.search(rest) and "," not in rest[:2] and len(rest.split()) > 6:
            return None  # "right here it says that ...": a sentence that happens to begin so
        word += "_but" if word == "no" or _CONDITION.search(rest) or len(rest.split()) > 6 else ""
    elif word == "yes" and _STARTS_NO.search(rest):
        return None  # "yes no": who knows
    return SlotValue(value=word, source_span=match.span(1), raw=match[1])


def _goes_on(rest: str) -> bool:
    """Behind it stands a goodbye, or a sentence that isn't the act once more ("ok. refund it")."""
    further = _SENTENCES.split(rest)[1:]
    return bool(_BYE.search(rest) or _ASKS_ON.search(rest)) or not all(
        _ONLY_PADDING.search(said) or _ACT.search(said) for said in further
    )


def everything(text: str, context: Context) -> SlotValue | None:
    """True for "all my orders" and, where a choice was offered, for "both" or "all of them"."""
    match = _ALL.search(text) or (_ALL_ALONE.search(text) if context.offered else None)
    return SlotValue(value=True, source_span=match.span(), raw=match[0].strip()) if match else None


def ordinal(text: str, context: Context) -> SlotValue | None:
    """0-based from the front, negative from the back: "the second one" is 1, "the last one" is -1."""
    if match := _MY_LAST.search(text):
        if context.offered:
            newest = next((o.order_id for o in context.orders if o.order_id in context.offered), context.offered[0])
            return SlotValue(value=context.offered.index(newest), source_span=match.span(), raw=match[0])
        return SlotValue(value=0, source_span=match.span(), raw=match[0])
    if match := (_ORDINAL.search(text) or _ORDINAL_ALONE.search(text)):
        index = next(i for i in range(len(_ORDINALS)) if match[f"o{i}"])
        return SlotValue(value=_ORDINALS[index][1], source_span=match.span(), raw=match[0].strip())
    if (context.offered or context.expecting in LISTED) and (match := _NUMBERED.search(text)):
        return SlotValue(value=_counted(match[0]), source_span=match.span(), raw=match[0].strip())
    return None


def _counted(words: str) -> int:
    """0-based: "number 2" and "two, please" are 1."""
    figure = next(found[0].lower() for found in _FIGURE.finditer(words))
    return _COUNT.index(figure) if figure in _COUNT else int(figure) - 1
