"""What the patterns have left unread of a message that they read: "exchange the daypack and track my kettle" holds a
matter that they know, and another."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from agents.intents.answer import IntentAnswer, IntentCandidate
from agents.intents.clauses import LEANS, MOST, Span, asks, clause_spans
from agents.intents.embedding import Embedder, classifier
from agents.intents.resembling import is_outburst, scores, sure
from agents.intents.taxonomy import ORDER_STATUS, PERSON, SMALL_TALK, Taxonomy

AT_ITS_WORD: Final = 800  # thousandths: an act of a shop's beside a matter of the shop's
# Beside another matter of ours such an act needs no more than a thing that it is done to.
BY_VERB: Final = {
    "track": ORDER_STATUS, "trace": ORDER_STATUS, "cancel": "cancel_order", "refund": "refund_request",
    "return": "return_request", "exchange": "exchange_request", "swap": "exchange_request",
}  # fmt: skip
_PLAIN_ACT: Final = re.compile(
    rf"^\W*(?:(?:hi|hello|please|pls|then|also|just|(?:can|could|would)\s+you|i(?:'d|\s+would)\s+like\s+to|i\s+(?:want|need)\s+to)[\s,]+)*"
    rf"({'|'.join(BY_VERB)})\s+(?:(?:my|the|our|that|this)\s+(?:\w+\s+)?\w+|#?[a-z]{{0,3}}[- ]?\d{{4,}})\W*$",
    re.IGNORECASE,
)


def unread(answer: IntentAnswer, text: str) -> list[Span]:
    """The clauses that want something of their own and that no pattern has read."""
    taken = [candidate.span for candidate in answer.intents]
    if None in taken or answer.best == PERSON:
        return []
    spans = [span for span in clause_spans(text) if asks(text[slice(*span)]) and not LEANS.search(text[slice(*span)])]
    return [span for span in spans if not any(one and one[0] < span[1] and span[0] < one[1] for one in taken)]


def with_the_unread(
    ruling: IntentAnswer, text: str, taxonomy: Taxonomy, embedder: Embedder, folder: Path | None
) -> IntentAnswer:
    """What the rules have read, and beside it what a clause that they haven't plainly resembles."""
    spans = unread(ruling, text)
    if not spans or taxonomy.is_elsewhere(text):
        return ruling
    known = {candidate.name for candidate in ruling.intents}
    found = [one for span in spans if (one := _at_its_word(text, span, taxonomy)) is not None and one.name not in known]
    left = [span for span in spans if span not in [one.span for one in found]]
    found += _resembled(text, left, taxonomy, embedder, folder, known | {one.name for one in found})
    every = sorted([*ruling.intents, *found], key=lambda one: (one.name != PERSON, one.span or (0, 0)))
    return ruling.model_copy(update={"intents": tuple(every[:MOST])})


def _at_its_word(text: str, span: Span, taxonomy: Taxonomy) -> IntentCandidate | None:
    match = _PLAIN_ACT.search(text[slice(*span)])
    name = BY_VERB[match[1].lower()] if match else None
    return IntentCandidate(name=name, confidence=AT_ITS_WORD, span=span) if name in taxonomy and name else None


def _resembled(
    text: str, spans: list[Span], taxonomy: Taxonomy, embedder: Embedder, folder: Path | None, known: set[str]
) -> list[IntentCandidate]:
    """What a clause plainly resembles; it stands beside a matter that is sure, so it has to be very sure itself."""
    parts = [text[slice(*span)] for span in spans]
    readings = classifier(taxonomy, embedder, folder).read(parts, embedder) if parts else []
    found: dict[str, IntentCandidate] = {}
    for reading, part, span in zip(readings, parts, spans, strict=True):
        for name in sure(reading, taxonomy, taxonomy.thresholds.keep, part):
            if name not in known | {SMALL_TALK, PERSON} and not is_outburst(part, taxonomy[name]):
                one = IntentCandidate(name=name, confidence=scores(reading, taxonomy)[name], span=span)
                found.setdefault(name, one)
    return list(found.values())
