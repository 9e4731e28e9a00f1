"""What a brain has answered, read by code that trusts none of it (laws 1, 3 and 4). Each check returns what may be used
and a code for everything that may not; where nothing is left, the offline reading stands.

- An intent is one of those switched on. One whose workflow writes begins only when the customer's words alone say it;
  what a brain merely thinks is worth a question ("Do you mean ...?").
- A slot has a name that we know, its words stand in this customer's own message where the brain says, and its value is
  what the grammar reads in them. A yes is the yes of the whole message, never one picked out of it.
- An edge is one of those that are open to opinion; a wish asks a listed tool about what is the customer's own.
- Words are short and plain, repeat nobody's text, and claim no deed; the output guard reads them as it reads any.
- An answer cites a passage for each sentence and says what stands there; a summary names what its points name.
- Triage raises alarms and puts none off.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from agents.grammar import READERS, Context, SlotValue, fill
from agents.guards.sentences import spans
from agents.intents.answer import TIER_COST, IntentAnswer, IntentCandidate, Tier
from agents.intents.clauses import MOST
from agents.intents.taxonomy import PERSON, SMALL_TALK, Urgency, words
from agents.triage import FLAGS, TriageResult
from knowledge.keywords import keywords

# Slots that consent or prove: the whole message says so, or nothing does.
WHOLE: Final = frozenset({"answer", "code", "all"})
GUESSES: Final = 2
WISHES: Final = 2
LONGEST: Final = 1200  # characters of a line
RUN: Final = 8  # words: so many in a row are a repetition
# What each tool that reads may be asked on somebody's wish; the rest of its arguments is the code's.
ASKABLE: Final[Mapping[str, frozenset[str]]] = {
    "get_order": frozenset({"order_id"}),
    "get_customer": frozenset(),
    "search_knowledge": frozenset({"query"}),
}
# Fields of records that anybody may have filled in: nothing that stands there backs a word.
FREE_TEXT: Final = frozenset(
    ("note", "product", "products", "options", "first_name", "last_name", "first", "second", "city", "partner", "label",
     "plan", "place", "reference")
)  # fmt: skip
_DONE: Final = (
    r"(?:refunded|cancel+ed|changed|updated|credited|closed|approved|processed|issued|replaced|exchanged|waived"
    r"|deleted|reset|arranged|opened|granted|paid\s+back|transferred|upgraded)"
)
_DEED: Final = re.compile(
    rf"\b(?:i|we)(?:'ve|\s+have|\s+had)?\s+(?:(?:now|just|already|also)\s+)*{_DONE}\b"
    rf"|\b(?:has|have|is|are|was|were|will|gets?|got)\s+(?:(?:now|just|already|also|be|been|being)\s+)*{_DONE}\b"
    rf"|^\W*(?:{_DONE}|done)\b|\b(?:refund|credit|cancellation|change)\s+(?:approved|granted|confirmed|done|complete)",
    re.IGNORECASE | re.MULTILINE,
)
_PLAIN: Final = re.compile(r"[<>{}\[\]`|\\\x00-\x08\x0b-\x1f\x7f]")
ALARMS: Final = ("legal", "security", "safety", *FLAGS)
MARK: Final = re.compile(r"\s*\[(\d{1,2})\]")
GROUNDED: Final = 0.6  # of a sentence's words that carry meaning
MOST_SUMMARY: Final = 35  # words
_EDGES: Final = " \t.,;:!?()\"'“”"
_NAMES: Final = re.compile(r"\d|@|^\W*[A-Z].*[A-Z]")
Refused = list[str]


def intents(
    said: Any, offline: IntentAnswer, text: str, on: Collection[str], writing: Collection[str]
) -> tuple[IntentAnswer, Refused]:
    """`on`: the intents that are switched on, `writing`: those with a workflow that writes."""
    try:
        found = IntentAnswer.model_validate_json(json.dumps(said))
    except ValidationError:
        return offline, ["malformed"]
    sane = [one for one in found.intents[:MOST] if one.name in on and _is_inside(one.span, text)]
    refused = [f"intent:{one.name}" for one in found.intents if one not in sane and one.name in on]
    refused += ["intent"] * any(one.name not in on for one in found.intents)
    backed = {one.name for one in offline.intents}
    kept = [one for one in sane if one.name not in writing or one.name in backed]
    thought = [one for one in sane if one not in kept]
    refused += [f"not_said:{one.name}" for one in thought]
    guesses = [
        IntentCandidate(name=one.name, confidence=one.confidence)
        for one in (*thought, *found.guesses)
        if one.name in on and one.name not in (PERSON, SMALL_TALK)
    ]
    if not kept and not guesses:
        return offline, refused
    answer = IntentAnswer(
        intents=tuple(kept),
        guesses=tuple({one.name: one for one in guesses}.values())[:GUESSES],
        tier=Tier.MODEL,
        cost=offline.cost + TIER_COST[Tier.MODEL],
        explanation=f"a brain, behind {offline.tier}: {offline.explanation}",
    )
    return answer, refused


def _is_inside(span: tuple[int, int] | None, text: str) -> bool:
    return span is None or 0 <= span[0] < span[1] <= len(text)


def slots(
    said: Any, offline: Mapping[str, SlotValue], text: str, context: Context
) -> tuple[dict[str, SlotValue], Refused]:
    """The offline reading, with what holds of the brain's laid over it."""
    kept, refused = dict(offline), []
    for name, claimed in said.items() if isinstance(said, Mapping) else ():
        value = slot(name, claimed, text, context)
        whole = offline.get(name)
        if isinstance(value, str):
            refused.append(value)
        elif name in WHOLE and (whole is None or whole.value != value.value):
            refused.append(f"picked_out:{name}")
        else:
            kept[name] = value
    return kept, refused


def slot(name: str, claimed: Any, text: str, context: Context) -> SlotValue | str:
    """The value as the grammar reads it where the brain says that it stands, or a code."""
    if name not in READERS:
        return "unknown_slot"
    try:
        value = SlotValue.model_validate_json(json.dumps(claimed))
    except ValidationError:
        return f"malformed:{name}"
    start, end = value.source_span
    if not _is_inside((start, end), text) or text[start:end] != value.raw or _is_cut(text, start, end):
        return f"not_said:{name}"
    read = fill(value.raw, context).get(name)
    if read is None or read.value != value.value:
        return f"reads_otherwise:{name}"
    return read.model_copy(update={"source_span": (start, end), "raw": value.raw})


def _is_cut(text: str, start: int, end: int) -> bool:
    """ "10465" cut out of "104650" is no word of theirs."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return (before.isalnum() and text[start].isalnum()) or (after.isalnum() and text[end - 1].isalnum())


def target(said: Any, open_to_opinion: Sequence[str]) -> tuple[str | None, Refused]:
    """Of an edge."""
    return (said, []) if said in open_to_opinion else (None, ["edge"])


def wishes(
    said: Any, listed: Collection[str], own_orders: Collection[str]
) -> tuple[list[tuple[str, dict[str, Any]]], Refused]:
    """`own_orders`: the digits of the order numbers that are known to be this customer's."""
    kept: list[tuple[str, dict[str, Any]]] = []
    refused = []
    for one in said if isinstance(said, list) else ():
        tool, args = (str(one.get("tool")), one.get("args")) if isinstance(one, Mapping) else ("", None)
        if tool not in listed or tool not in ASKABLE:
            refused.append("tool")
        elif not isinstance(args, Mapping) or set(args) != ASKABLE[tool]:
            refused.append(f"arguments:{tool}")
        elif tool == "get_order" and _digits(str(args["order_id"])) not in own_orders:
            refused.append("foreign_order")
        elif len(kept) < WISHES:
            kept.append((tool, dict(args)))
    return kept, refused


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def line(said: Any, untrusted: Iterable[str]) -> Refused:
    """What stands against a line of a brain's before the output guard reads it; `untrusted`: texts of others."""
    if not isinstance(said, str) or not said.strip() or len(said) > LONGEST:
        return ["malformed"]
    found = ["markup"] * bool(_PLAIN.search(said)) + ["deed"] * bool(_DEED.search(said))
    return found + ["repeats"] * repeats(said, untrusted)


def repeats(said: str, untrusted: Iterable[str]) -> bool:
    """So many words in a row as stand in a text that isn't ours."""
    own = runs(said)
    return any(not own.isdisjoint(runs(text)) for text in untrusted)


def triage(said: Any, offline: TriageResult) -> tuple[TriageResult, Refused]:
    """The offline reading where the other isn't one. An alarm and urgency may be raised and never put off, the mood may
    be read as worse, and what something is about is a matter of opinion; what was named stays as the grammar has it."""
    try:
        found = TriageResult.model_validate_json(json.dumps(said))
    except ValidationError:
        return offline, ["malformed"]
    raised = {name: getattr(offline, name) or getattr(found, name) for name in ALARMS}
    worse = found.sentiment_intensity > offline.sentiment_intensity
    urgent = list(Urgency).index
    merged = {
        **raised,
        "intent_category": found.intent_category,
        "complexity_signal": found.complexity_signal,
        "urgency": min(offline.urgency, found.urgency, key=urgent),
        "sentiment": found.sentiment if worse else offline.sentiment,
        "sentiment_intensity": max(offline.sentiment_intensity, found.sentiment_intensity),
    }
    put_off = [name for name in ALARMS if getattr(offline, name) and not getattr(found, name)]
    calmer = urgent(found.urgency) > urgent(offline.urgency)
    return offline.model_copy(update=merged), [*put_off, *["urgency"] * calmer]


def answer(
    said: Any, passages: Sequence[Mapping[str, Any]], untrusted: Iterable[str]
) -> tuple[tuple[str, tuple[int, ...]] | None, Refused]:
    """A reply from numbered passages, with its marks numbered anew in the order of their mention, and those passages.

    Each sentence ends in its marks and says mostly what those passages say, in their words.
    """
    refused = line(said, untrusted) if not isinstance(said, str) else line(MARK.sub("", said), untrusted)
    if refused:
        return None, refused
    cited: list[int] = []
    parts: list[tuple[str, tuple[int, ...]]] = []
    for sentence in marked(said):
        marks = tuple(int(mark) for mark in MARK.findall(sentence))
        if any(not 0 < n <= len(passages) for n in marks):
            return None, ["citation"]
        if not marks:
            return None, ["uncited"]
        words = MARK.sub("", sentence)
        if not grounded(words, [str(passages[n - 1]["text"]) for n in marks]):
            return None, ["not_in_passage"]
        cited += [n for n in marks if n not in cited]
        parts.append((words, marks))
    return (put_together(parts, cited), tuple(cited)), []


def put_together(parts: Sequence[tuple[str, tuple[int, ...]]], cited: Sequence[int]) -> str:
    """Each sentence with its marks behind it, so that the beginning stays what it was while more is written."""
    return " ".join(f"{sentence} {''.join(f'[{cited.index(n) + 1}]' for n in marks)}" for sentence, marks in parts)


def marked(text: str) -> list[str]:
    """Sentences, each with the marks behind it: "… 14 days [1]." and "… 14 days. [1]" alike."""
    moved = re.sub(r"([.!?])((?:\s*\[\d{1,2}\])+)", r"\2\1", text)
    return [moved[a:b].strip() for a, b in spans(moved)]


def grounded(sentence: str, texts: Sequence[str]) -> bool:
    """Most of the words that carry meaning stand in what it cites."""
    said = keywords(sentence)
    return len(said & keywords(" ".join(texts))) >= GROUNDED * len(said)


def summary(said: Any, points: Sequence[str]) -> Refused:
    """What stands against a sentence for operators: too long, or something in it that no point names."""
    if not isinstance(said, str) or not said.strip() or len(said.split()) > MOST_SUMMARY:
        return ["malformed"]
    known = {word.strip(_EDGES).lower() for point in points for word in point.split()}
    named = {word.strip(_EDGES).lower() for word in said.split() if _NAMES.search(word)}
    return ["markup"] * bool(_PLAIN.search(said)) + ["not_in_points"] * bool(named - known - {""})


def runs(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[i : i + RUN]) for i in range(len(found) - RUN + 1)}


def certain(fact: Any) -> Any:
    """A record without the fields that anybody may have filled in."""
    if isinstance(fact, Mapping):
        return {name: certain(value) for name, value in fact.items() if name not in FREE_TEXT}
    return [certain(one) for one in fact] if isinstance(fact, list | tuple) else fact


def free_text(fact: Any) -> list[str]:
    """The texts of those fields."""
    if isinstance(fact, Mapping):
        return [
            text for name, value in fact.items() for text in (leaves(value) if name in FREE_TEXT else free_text(value))
        ]
    return [text for one in fact for text in free_text(one)] if isinstance(fact, list | tuple) else []


def leaves(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for one in value.values() for text in leaves(one)]
    if isinstance(value, list | tuple):
        return [text for one in value for text in leaves(one)]
    return [value] if isinstance(value, str) else []
