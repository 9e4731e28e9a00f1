"""Repair, shared by every workflow: stop, correct, a person please, and leaving the question for another matter."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from agents.grammar import Context, SlotValue, fill
from agents.intents.answer import IntentAnswer, Tier
from agents.intents.person import wants_person
from agents.intents.taxonomy import SMALL_TALK, Taxonomy
from agents.results import Result


class RepairKind(StrEnum):
    CANCEL = "cancel"  # "never mind"
    CORRECT = "correct"  # "no, the other order"
    PERSON = "person"
    DIGRESS = "digress"  # a different matter while a question is open
    UNHELPED = "unhelped"  # "that didn't help"


class Repair(Result):
    """`slots`: what a correction names, empty when it only says that something was wrong; `intent`: of a digression."""

    kind: RepairKind
    slots: dict[str, SlotValue] = {}
    intent: str | None = None
    raw: str = ""


_LEAD: Final = (
    r"(?:no(?:\s+idea)?|oh|ok(?:ay)?|actually|well|sorry|um+|h+m+|wait|thanks?|yeah|you\s+know\s+what"
    r"|on\s+second\s+thoughts?)"
)
_STOP: Final = (
    r"(?:never\s*mind|nvm|forget\s+(?:it|that|about\s+(?:it|that|this))"
    r"|(?:please\s+)?(?:stop|cancel)(?:\s+(?:it|that|this))?|(?:please\s+)?(?:don'?t|do\s+not)\s+do\s+anything(?:\s+yet)?"
    r"|leave\s+it(?:\s+(?:be|as\s+it\s+is|(?:on|with)\s+(?:the|my)\s+\w+))?|drop\s+(?:it|that)|don'?t\s+bother"
    r"|no\s+need(?:\s+any\s*more)?|scrap\s+that|i(?:'?ve)?\s+changed\s+my\s+mind(?:\s+(?:about|on)\s+(?:it|that|this))?"
    r"|(?:then\s+)?i(?:'?ll|\s+will)?\s+(?:just\s+)?keep\s+(?:it|them)|let'?s\s+(?:not|leave\s+it|forget\s+(?:it|that))"
    r"|it(?:'?s|\s+is)\s+(?:fine|ok(?:ay)?|resolved|solved|nothing)(?:\s+now)?"
    r"|(?:i\s+)?(?:don'?t|do\s+not)\s+want\s+(?:to|that|it|this)(?:\s+(?:any\s*more|now))?|not\s+any\s*more)"
)
_TAIL: Final = (
    r"(?:thanks?|thank\s+you|please|then|anyway|sorry|for\s+now|now|it'?s\s+(?:fine|ok(?:ay)?)|all\s+good"
    r"|i'?m\s+(?:fine|good|ok(?:ay)?))"
)
_CANCEL: Final = re.compile(
    rf"^\W*(?:{_LEAD}[\s,.!]+){{0,3}}{_STOP}(?:[\s,.!;]+(?:and\s+)?(?:{_STOP}|{_TAIL}))*\W*$", re.IGNORECASE
)
_CORRECT: Final = re.compile(
    r"^\W*(?:no|nope|wait|sorry|actually|oops|hold\s+on|hang\s+on|correction)\b[\s,.:;!-]+(?=\S)|"
    r"\b(?:i\s+(?:meant|mean)|not\s+(?:that|this)\s+(?:one|order|item)|(?:the\s+)?(?:other"
    r"|wrong)\s+(?:one|order|item|number|parcel|package)|"
    r"(?<!\w)not\s+#?[a-z]{0,3}[- ]?\d{4,}|"
    r"that'?s\s+(?:the\s+wrong|not\s+the\s+(?:right\s+)?(?:one|order|item))|i\s+(?:typed|gave"
    r"|wrote)\s+(?:it\s+|you\s+)?(?:the\s+)?wrong|"
    r"(?:should|must)\s+(?:be|have\s+been)|rather\s+than|my\s+mistake|typo)\b",
    re.IGNORECASE,
)
_NO_THANKS: Final = re.compile(r"^\W*no[\s,]+(?:thanks?|thank\s+you|thx)\b[^?]{0,30}$", re.IGNORECASE)
_UNHELPED: Final = re.compile(
    r"\b(?:that|this|it|which|you)\s*(?:really\s+)?(?:did\s*n[o']?t|does\s*n[o']?t|did\s+not|does\s+not|have\s*n[o']?t"
    r"|has\s*n[o']?t|won'?t)\s+(?:really\s+)?(?:help(?:ed)?|work(?:ed)?|answer(?:ed)?|solve[d]?|fix(?:ed)?)\b|\b(?:that|this)(?:'s|\s+is|\s+was)?"
    r"\s+(?:not|no)\s+(?:what\s+i\s+(?:asked|meant|wanted\s+to\s+know)|helpful|an?\s+answer|my\s+question|the\s+answer|help)\b"
    r"|\b(?:you|u)\s+(?:did\s*n[o']?t|are\s*n[o']?t|did\s+not|are\s+not)\s+answer\w*\b|\bnot\s+what\s+i\s+(?:asked|meant)\b"
    r"|\b(?:already\s+tried\s+that|i\s+tried\s+that(?:\s+already)?|still\s+(?:does\s*n[o']?t|not)\s+work(?:ing|s)?)\b",
    re.IGNORECASE,
)
_WRONG_ONE: Final = re.compile(
    r"^\W*(?:(?:no|sorry|oh|oops|wait)[\s,.]+)*(?:(?:that'?s\s+)?(?:the\s+)?wrong|not\s+th(?:at|is))\s+(?:one|number)\b[^.?!]{0,30}$",
    re.IGNORECASE,
)
FEW: Final = 8  # words
_QUESTION: Final = re.compile(r"^\W*(?:what|when|where|why|how|which|who|is|are|does|do)\b", re.IGNORECASE)
_CORRECTABLE: Final = frozenset({"order_id", "item", "email", "zip", "reason"})
_OTHER: Final = re.compile(r"\b(?:the\s+)?other\s+(?:one|order|item|parcel|package)\b", re.IGNORECASE)


_ONE_THEN: Final = re.compile(
    r"^\W*(?:(?:then|so|ok(?:ay)?|yes|please|well)[\s,.!]+)*(?:get|give|fetch|find)\s+me\s+one(?:[\s,]+(?:then|please|now))*\W*$",
    re.IGNORECASE,
)
_MIND: Final = re.compile(r"\bchanged\s+my\s+mind\b", re.IGNORECASE)
_TAKE_BACK: Final = re.compile(
    r"\b(?:stop|cancel|withdraw|undo|revoke|abort|call\s+off|hold)\b(?:(?!order)[^.?!]){0,30}\b(?:refund|request|it|that|this|money)\b"
    r"|^\W*(?:please\s+)?(?:stop|cancel|abort|wait|halt)(?:\s+(?:please|now|wait|stop))*\W*$"
    r"|\b(?:don'?t|do\s+not)\s+(?:you\s+)?(?:refund|pay|send\s+(?:the|any|me\s+the)\s+money|go\s+ahead|do\s+(?:it|that))\b"
    r"|\b(?:no\s+longer|don'?t|do\s+not)\s+(?:want|need)\b(?:(?!order)[^.?!]){0,20}\b(?:refund|money)\b"
    r"|\b(?:i'?ll|i\s+will|i'?d\s+rather|let\s+me|i\s+want\s+to)\s+keep\s+(?:it|them|the\s+\w+)\b"
    r"|\bchanged\s+my\s+mind\b",
    re.IGNORECASE,
)


def takes_back(text: str) -> Repair | None:
    """While a write waits for others: words that stop it, also those that would rather mean an order elsewhere."""
    if wants_person(text):
        return Repair(kind=RepairKind.PERSON, raw=text)
    stops = _TAKE_BACK.search(text) or _CANCEL.search(text)
    return Repair(kind=RepairKind.CANCEL, raw=text) if stops else None


def in_an_answer(text: str) -> Repair | None:
    """To a colleague: a stop is a stop, but "no, the other one" and "I changed my mind" may be what they asked for."""
    return takes_back(_MIND.sub("", text))


def takes_the_person(text: str) -> Repair | None:
    """ "Get me one then": of the people that were just spoken of."""
    return Repair(kind=RepairKind.PERSON, raw=text) if _ONE_THEN.search(text) else None


def didnt_help(text: str) -> bool:
    """ "That didn't help", said of an answer."""
    return _UNHELPED.search(text) is not None


def means_another(text: str) -> bool:
    """ "No, the other order": said outright, whatever else the message wants."""
    return _CORRECT.search(text) is not None and (_OTHER.search(text) or _WRONG_ONE.search(text)) is not None


def detect(
    text: str,
    expecting: str | None,
    answer: IntentAnswer,
    taxonomy: Taxonomy,
    *,
    running: str | None = None,
    context: Context | None = None,
    current: str | None = None,
) -> Repair | None:
    """What to put right before the workflow goes on; None when the message simply carries on.

    `expecting`: the slot that was asked for; `running`: the intent of the open run; `current`: the order in hand, so
    that "the other one" of two known orders names the one that isn't in hand.
    """
    if wants_person(text):
        return Repair(kind=RepairKind.PERSON, raw=text)
    if running is None:
        return stopped(text)
    if (_CANCEL.search(text) and not _is_reason(text, expecting)) or (
        expecting not in (None, "answer") and _NO_THANKS.search(text)
    ):
        return Repair(kind=RepairKind.CANCEL, raw=text)
    slots = fill(text, context)
    if (corrected := _corrected(text, slots, expecting, context or Context(), current)) is not None:
        return corrected
    is_short = answer.best == running or len(text.split()) <= FEW
    if "named" in slots and is_short and not _QUESTION.search(text):
        return None  # "the blue one": what the open question is about, whatever else the words resemble
    return _digression(slots, expecting, answer, taxonomy, running)


def _is_reason(text: str, expecting: str | None) -> bool:
    """ "I changed my mind" behind "what's the reason?" is the reason."""
    return expecting == "reason" and "reason" in fill(text)


def stopped(text: str) -> Repair | None:
    """ "Stop", "never mind" with nothing open: it is let go of; a bare "cancel" rather means an order."""
    is_over = _CANCEL.search(text) and not re.search(r"\bcancel\b", text, re.IGNORECASE)
    return Repair(kind=RepairKind.CANCEL, raw=text) if is_over else None


def after_an_answer(
    text: str, context: Context, current: str | None, *, understood: bool, quoted: bool
) -> Repair | None:
    """What may be put right when nothing is open any more: the order that was looked up, or the answer as a whole.

    `understood`: the text has a meaning of its own; `quoted`: what it follows is an answer from the pages.
    """
    if wants_person(text):
        return Repair(kind=RepairKind.PERSON, raw=text)
    found = _corrected(text, fill(text, context), None, context, current)
    names_another = found is not None and "order_id" in found.slots and not understood
    if found is not None and (names_another or _WRONG_ONE.search(text)):
        return found
    if quoted and not understood and didnt_help(text):
        return Repair(kind=RepairKind.UNHELPED, raw=text)
    return stopped(text)


def _corrected(
    text: str, slots: dict[str, SlotValue], expecting: str | None, context: Context, current: str | None
) -> Repair | None:
    """Only a message that also names something new, or says outright that the thing was wrong, is a correction."""
    match = _CORRECT.search(text)
    if match is None:
        return None
    named = {name: value for name, value in slots.items() if name in _CORRECTABLE}
    _prefer_another(named, slots.get("order_ids"), current)
    if "reason" in named and _overlap(named["reason"].source_span, match.span()):
        del named["reason"]  # "the wrong order" says what was wrong here, not with the goods
    if "order_id" not in named and (other := _the_other(text, context, current)) is not None:
        named["order_id"] = other
    if current is not None and "order_id" in named and named["order_id"].value == current:
        del named["order_id"]
    outright = (
        _OTHER.search(text) or "wrong" in match[0].lower() or re.search(r"not\s+(?:that|this)", match[0], re.IGNORECASE)
    )
    plain_answer = expecting in named and match.start() == 0 and not outright
    if plain_answer or not (named or outright):
        return None
    return Repair(kind=RepairKind.CORRECT, slots=named, raw=match[0].strip())


def _prefer_another(named: dict[str, SlotValue], every: SlotValue | None, current: str | None) -> None:
    """ "Not 10482, 10476": of several orders the one meant is not the one in hand."""
    if every is None or not isinstance(every.value, tuple) or current is None:
        return
    others = [order for order in every.value if order != current]
    if len(others) == 1:
        named["order_id"] = every.model_copy(update={"value": others[0]})


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _the_other(text: str, context: Context, current: str | None) -> SlotValue | None:
    """The words "the other one" name an order only when exactly two are in play."""
    match = _OTHER.search(text)
    rest = [order for order in (context.offered or tuple(o.order_id for o in context.orders)) if order != current]
    if match is None or current is None or len(rest) != 1:
        return None
    return SlotValue(value=rest[0], source_span=match.span(), raw=match[0])


def _rather(slots: dict[str, SlotValue], answer: IntentAnswer, running: str) -> bool:
    """ "No, just send a new one": a no to what was offered that says what is wanted instead."""
    said = slots.get("answer")
    return said is not None and said.value == "no_but" and answer.tier is Tier.RULES and answer.best != running


def _digression(
    slots: dict[str, SlotValue], expecting: str | None, answer: IntentAnswer, taxonomy: Taxonomy, running: str
) -> Repair | None:
    """Another matter than the running one, said while a question is open and not an answer to it."""
    if (
        answer.best is None
        or answer.best not in taxonomy
        or (expecting in slots and not _rather(slots, answer, running))
    ):
        return None
    resembles = answer.tier is Tier.EMBEDDING and not {"order_id", "named"} & set(slots)
    if answer.best == running and (expecting != "answer" or "again" in slots or resembles):
        return None  # asked the same once more; behind a yes or no it is another, but for "a new one" or more of it
    if answer.best == SMALL_TALK and "answer" in slots:
        return None
    return Repair(kind=RepairKind.DIGRESS, intent=answer.best)
