"""Which intent a message carries: rules first, then embeddings, then nobody (a model or a person takes it)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from agents.intents import spelling
from agents.intents.answer import IntentAnswer, IntentCandidate, Tier
from agents.intents.clauses import (
    FOLLOW,
    FOLLOW_WORDS,
    LEANS,
    QUESTION,
    clause_spans,
    measures,
)
from agents.intents.embedding import Embedder
from agents.intents.resembling import SHORT, by_embedding
from agents.intents.ruling import RULED, by_rules, nothing
from agents.intents.taxonomy import PERSON, SMALL_TALK, Taxonomy, words
from agents.intents.unread import unread, with_the_unread

FOLLOWS: Final = 800  # "and the other one?": carries on with the matter before
_KIND: Final = re.compile(
    r"^\W*(?:(?:great|good|nice|cool|perfect|ok(?:ay)?|alright|thanks?|thank\s+you|thx|cheers|so\s+much|and|but)[\s,.!]+)+",
    re.IGNORECASE,
)
FROM_PAGES: Final = "answer_question"  # the workflow of what only pages answer


def classify(
    text: str,
    history: Sequence[str],
    taxonomy: Taxonomy,
    embedder: Embedder,
    *,
    expecting: str | None = None,
    folder: Path | None = None,
) -> IntentAnswer:
    """`history`: the customer's earlier messages, oldest first; `expecting`: the slot that a running workflow asked for
    (a short answer is then a slot, not an intent); `folder`: where trained classifiers are kept."""
    ruling = by_rules(text, taxonomy)
    if ruling.intents and expecting is None:
        return with_the_unread(ruling, text, taxonomy, embedder, folder)
    if ruling.intents or not words(text):
        return ruling
    if expecting is not None and len(words(text)) <= SHORT:
        return nothing(Tier.RULES, f"a short answer to the question for {expecting}")
    line = taxonomy.thresholds
    needed = RULED if expecting or len(words(text)) == 1 else line.floor  # one word alone is no sentence to resemble
    resembled = by_embedding(text, taxonomy, embedder, folder, needed=needed)
    if resembled.confidence < line.part and (followed := _following(text, history, taxonomy, FOLLOW)) is not None:
        return followed
    if (leaning := _on_the_same_pages(resembled, text, history, taxonomy)) is not None:
        return leaning
    if resembled.best == SMALL_TALK and (mended := _respelt_rules(text, taxonomy)) is not None:
        return mended  # "hey, wher is my lampp": it only begins like a chat
    if resembled.best == SMALL_TALK and (asked := _besides(text, history, taxonomy, embedder, folder)) is not None:
        return asked
    if resembled.intents:
        return resembled
    if expecting is not None:
        return _respelt_rules(text, taxonomy) or resembled
    if (followed := _following(text, history, taxonomy, LEANS)) is not None:
        return followed.model_copy(update={"leans": True})
    return _respelt(text, taxonomy, embedder, folder, resembled)


def _besides(
    text: str, history: Sequence[str], taxonomy: Taxonomy, embedder: Embedder, folder: Path | None
) -> IntentAnswer | None:
    """What a message asks beside its kind words: "good morning, I hope you are well. How is my kettle doing?" is no
    chat, even where nobody is sure what it is."""
    spans = clause_spans(text)
    asking = [span for span in spans if QUESTION.search(text[slice(*span)]) or text[span[1] - 1] == "?"]
    if not asking or len(asking) == len(spans):
        return None
    start, end = asking[0][0], asking[-1][1]
    found = classify(text[start:end], history, taxonomy, embedder, folder=folder)
    if found.best == SMALL_TALK:
        return None
    intents = tuple(_moved(candidate, start) for candidate in found.intents)
    return found.model_copy(update={"intents": intents})


def _moved(candidate: IntentCandidate, by: int) -> IntentCandidate:
    span = candidate.span
    return candidate if span is None else candidate.model_copy(update={"span": (span[0] + by, span[1] + by)})


def _on_the_same_pages(
    answer: IntentAnswer, text: str, history: Sequence[str], taxonomy: Taxonomy
) -> IntentAnswer | None:
    """Not sure which page a question asks for: the message before says what "it" is."""
    best = taxonomy.get(answer.best)
    followed = _following(text, history, taxonomy, LEANS)
    if followed is not None and measures(text) and taxonomy[str(followed.best)].workflow == FROM_PAGES:
        return followed.model_copy(update={"leans": True})  # "how long does it take?" behind what it costs
    if best is None or best.acts or answer.confidence >= taxonomy.thresholds.part or not QUESTION.search(text):
        return None
    if followed is None or taxonomy[str(followed.best)].workflow != best.workflow:
        return None
    return followed.model_copy(update={"leans": True})


def ruled(text: str, taxonomy: Taxonomy) -> bool:
    """The rules settle it: no embedding is asked."""
    answer = by_rules(text, taxonomy)
    return (bool(answer.intents) and not unread(answer, text)) or not words(text)


def _following(text: str, history: Sequence[str], taxonomy: Taxonomy, sign: re.Pattern[str]) -> IntentAnswer | None:
    """A short message that leans on the one before it ("and the other one?", "how much does it cost?") means the same
    matter."""
    if not history or len(words(_KIND.sub("", text))) > FOLLOW_WORDS or not sign.search(text):
        return None
    before = by_rules(history[-1], taxonomy)
    if before.best in (None, SMALL_TALK, PERSON):
        return None
    intents = (IntentCandidate(name=str(before.best), confidence=FOLLOWS),)
    return before.model_copy(update={"intents": intents, "explanation": "carries on with the message before"})


def _respelt(
    text: str, taxonomy: Taxonomy, embedder: Embedder, folder: Path | None, plain: IntentAnswer
) -> IntentAnswer:
    """The same question without its slips of the keyboard; what that says has to be surer than a clean text."""
    mended = spelling.mend(text, taxonomy)
    if mended == text:
        return plain
    if (ruled_again := _respelt_rules(text, taxonomy)) is not None:
        return ruled_again
    if plain.outside:
        return plain
    if taxonomy.is_elsewhere(text):
        return plain
    again = by_embedding(mended, taxonomy, embedder, folder, needed=taxonomy.thresholds.part)
    return _spanless(again) if again.intents else plain


def _respelt_rules(text: str, taxonomy: Taxonomy) -> IntentAnswer | None:
    """What the rules make of the text without its slips, where there are some."""
    mended = spelling.mend(text, taxonomy)
    strange = taxonomy.is_elsewhere(text)  # "tires" are not made wires
    again = by_rules(mended, taxonomy) if mended != text and not strange else None
    return _spanless(again) if again is not None and again.intents else None


def _spanless(again: IntentAnswer) -> IntentAnswer:
    """Places in a mended text are none in the customer's."""
    intents = tuple(candidate.model_copy(update={"span": None}) for candidate in again.intents)
    return again.model_copy(update={"intents": intents, "explanation": f"respelt; {again.explanation}"})
