"""What a message wants: its matters, each with its own part of the words, and those that are one after all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from agents.grammar import SlotValue, fill
from agents.intents.answer import IntentCandidate
from agents.intents.clauses import LETTER, questions
from agents.intents.taxonomy import ORDER_STATUS
from agents.workflows import answer_question

from .able import workflow_for, workflow_of, writes
from .hearing import UNKNOWN, Heard
from .kits import Kit

if TYPE_CHECKING:
    from .turn import Thinking

CONTACT: Final = ("email", "zip")  # who they are, whichever matter they say it with
ORDER_SLOTS: Final = ("order_id", "order_ids", "all")
_SAYS_DELIVERED: Final = re.compile(
    r"\b(?:says|said|shows?|claims?|marked|listed|reports?)\b[^.?!]{0,20}\bdelivered\b", re.IGNORECASE
)
_NUMBER: Final = re.compile(
    r"^\W*(?:(?:the|my|its?|it'?s|is|for|order|number|no\.?)\W+)*#?[a-z]{0,3}[- ]?\d{4,}\W*$", re.IGNORECASE
)
BRINGS_MONEY: Final = frozenset({"cancel_order", "return_items"})  # workflows behind which the money goes back
_ITS_MONEY: Final = re.compile(
    r"^\W*(?:(?:and|then|also|please|i\s+(?:want|would\s+like|need)|i'?d\s+like|(?:can|could)\s+you|to)\s+)*"
    r"(?:(?:give|get|send|pay|have|want)\s+(?:me\s+)?(?:(?:my|the|all\s+my)\s+money|an?\s+(?:full\s+)?refund|the\s+refund)(?:\s+back)?"
    r"|refund\s+(?:it|me|them|that|my\s+(?:money|card|payment)|the\s+(?:money|payment))|an?\s+(?:full\s+)?refund|(?:my|the)\s+money\s+back)"
    r"(?:\s+(?:please|for\s+it|then|too|as\s+well))*\W*$",
    re.IGNORECASE,
)
LEANS: Final = re.compile(r"\b(?:it|they|them|that|this|those|these|one)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Matter:
    """One thing that a message wants, with the words and slots that belong to it."""

    intent: str
    text: str
    filled: dict[str, SlotValue]
    span: tuple[int, int] | None = None
    seqs: tuple[int, int] = (0, 0)  # the first and the last message that hold the words


def matters_of(t: Thinking, heard: Heard) -> list[Matter]:
    """What the message wants, each with its own part of the words; the unclear one when it wants nothing we know."""
    seqs = unanswered(t)
    if heard.picked is not None:
        return [Matter(heard.picked, heard.before, without_the_place(heard.filled), seqs=seqs)]
    intents = wanted(heard)
    if not intents:
        return [Matter(UNKNOWN, heard.text, heard.filled, seqs=seqs)]
    spans = [candidate.span for candidate in intents]
    return [
        Matter(candidate.name, part, own_slots(heard, candidate.span, spans), candidate.span, seqs)
        for candidate in intents
        for part in parts_of(t, candidate.name, words_of(heard, candidate.span, alone=len(intents) == 1))
    ]


def without_the_place(filled: dict[str, SlotValue]) -> dict[str, SlotValue]:
    """ "The second" has chosen a matter: it names no order as well."""
    place = filled.get("ordinal")
    return {k: v for k, v in filled.items() if place is None or v.source_span != place.source_span}


def wanted(heard: Heard) -> tuple[IntentCandidate, ...]:
    """Its intents; a sentence that is but an order's number says which one the others are about."""
    intents = heard.answer.intents
    own = tuple(one for one in intents if not (one.span and _NUMBER.search(heard.text[slice(*one.span)])))
    return own or intents


def words_of(heard: Heard, span: tuple[int, int] | None, alone: bool) -> str:
    """The part that holds the matter; a single one keeps what stands around it, unless that is a whole letter. What
    leans on the words before it takes those along that are no other matter's."""
    is_letter = len(heard.text.split()) > LETTER
    if span is None or not (is_letter or not alone):
        return heard.text
    start, end = span
    if is_letter and LEANS.search(heard.text[start:end]):
        others = [one.span[1] for one in heard.answer.intents if one.span and one.span[1] <= start]
        start = max(others, default=0)
    return heard.text[start:end]


def parts_of(t: Thinking, intent: str, text: str) -> tuple[str, ...]:
    """Several questions that pages answer are asked one by one."""
    return questions(text) if workflow_of(t.kit, intent) == answer_question.WORKFLOW.name else (text,)


def own_slots(heard: Heard, span: tuple[int, int] | None, spans: list[tuple[int, int] | None]) -> dict[str, SlotValue]:
    """The slots of one matter's part; an order named elsewhere belongs to it when its words lean on that order, or when
    no other matter claims it."""
    if span is None:
        return heard.filled
    part = heard.text[slice(*span)]
    named = fill(part, heard.context)
    order = heard.filled.get("order_id")
    others = [one for one in spans if one and one != span]
    claimed = order is not None and any(start <= order.source_span[0] < end for start, end in others)
    if "order_id" not in named and LEANS.search(part) and (nearest := named_before(heard, span[0])) is not None:
        named = {**named, "order_id": nearest}
    shared = {k: v for k, v in heard.filled.items() if k in (*ORDER_SLOTS, *CONTACT) or not lies_in(v, others)}
    if any(slot in named for slot in ORDER_SLOTS) or (claimed and not LEANS.search(part)):
        return {**{k: v for k, v in shared.items() if k not in ORDER_SLOTS}, **named}
    return {**shared, **named}


def lies_in(said: SlotValue, spans: list[tuple[int, int]]) -> bool:
    """Another matter's words say it: why the mug comes back is no reason to cancel the lamp."""
    return any(start <= said.source_span[0] < end for start, end in spans)


def unanswered(t: Thinking) -> tuple[int, int]:
    return int(t.work.unanswered[0]["seq"]), int(t.work.unanswered[-1]["seq"])


def named_before(heard: Heard, start: int) -> SlotValue | None:
    """The order named last before a place: "where is my mug, and refund the lamp, it came broken": the lamp's."""
    every = fill(heard.text[:start], heard.context).get("order_ids")
    if every is None or not isinstance(every.value, tuple) or len(every.value) < 2:
        return None
    return every.model_copy(update={"value": every.value[-1]})


def merged(kit: Kit, matters: list[Matter], text: str) -> list[Matter]:
    """ "It arrived broken, I want my money back" is one refund, whatever intents it touches."""
    kept: list[Matter] = []
    for matter in wished(kit, matters, text):
        name = workflow_for(kit, matter)
        twin = next((i for i, one in enumerate(kept) if writes(kit, name) and workflow_for(kit, one) == name), None)
        if twin is None:
            kept.append(matter)
        else:
            kept[twin] = both(kept[twin], matter, text)
    return [one for one in kept if not any(gives_back(kit, other, one) for other in kept if other is not one)]


def both(one: Matter, other: Matter, text: str) -> Matter:
    """What explains a matter adds to it, and leaves it the order that it named itself."""
    named = any(slot in one.filled for slot in ORDER_SLOTS)
    added = {k: v for k, v in other.filled.items() if not (named and k in ORDER_SLOTS)}
    if one.span is None or other.span is None:
        return Matter(one.intent, text, {**one.filled, **added}, seqs=other.seqs)
    span = min(one.span[0], other.span[0]), max(one.span[1], other.span[1])
    return Matter(one.intent, text[slice(*span)], {**one.filled, **added}, span, other.seqs)


def gives_back(kit: Kit, deed: Matter, wish: Matter) -> bool:
    """ "Cancel it and refund me": the money comes back with what is done, and is no second matter."""
    is_same = order_in(wish) in (None, order_in(deed))
    return is_same and workflow_for(kit, deed) in BRINGS_MONEY and bool(_ITS_MONEY.search(wish.text))


def wished(kit: Kit, matters: list[Matter], text: str) -> list[Matter]:
    """ "It came broken, can I exchange it": what happened gives way to what is wanted of the same order."""
    told = [one for one in matters if one.intent in kit.taxonomy and kit.taxonomy[one.intent].reports]
    if told:  # "the tracking says delivered, but nothing is here" asks nobody to say so once more
        matters = [one for one in matters if one.intent != ORDER_STATUS or not _SAYS_DELIVERED.search(one.text)]
    wants = [one for one in matters if one not in told and writes(kit, workflow_for(kit, one))]
    if len(told) != 1 or len(wants) != 1 or order_in(told[0]) not in (None, order_in(wants[0])):
        return matters
    want = Matter(wants[0].intent, text, {**told[0].filled, **wants[0].filled}, seqs=wants[0].seqs)
    return [want if one is wants[0] else one for one in matters if one is not told[0]]


def order_in(matter: Matter) -> Any:
    named = matter.filled.get("order_id")
    return named.value if named is not None else None


def explains(matter: Matter) -> bool:
    """ "... , the mug arrived cracked": gives the reason of the matter before it and is none of its own."""
    own = fill(matter.text)
    return "reason" in own and "order_id" not in own
