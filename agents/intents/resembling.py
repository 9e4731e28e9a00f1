"""The embedding tier: what a message, or a part of it, resembles, and how sure that has to be for what it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from agents.intents.answer import TIER_COST, IntentAnswer, IntentCandidate, Tier
from agents.intents.clauses import clause_spans, wishes
from agents.intents.embedding import Embedder, Reading, classifier
from agents.intents.ruling import RULED, at_home, hulls, ordered, place, tops
from agents.intents.taxonomy import OUTSIDE, PERSON, SMALL_TALK, Intent, Taxonomy, words

# What may end in a write begins only from here on (thousandths): below it lies most of what is no shop's business and
# resembles one; two of 240 customers are asked "Do you mean ...?" instead of served.
BEGINS: Final = 790
GUESS: Final = 100  # below it a candidate isn't worth a question
HINT: Final = 30  # thousandths
SHORT: Final = 4  # an answer to a question is this short, as a rule


def by_embedding(
    text: str, taxonomy: Taxonomy, embedder: Embedder, folder: Path | None, *, needed: int
) -> IntentAnswer:
    asked = wishes(text)
    parts = [span for span in asked or clause_spans(text) if text[slice(*span)] != text]
    model = classifier(taxonomy, embedder, folder)
    whole, *rest = model.read([text, *(text[slice(*span)] for span in parts)], embedder)
    everywhere, ruled_parts = (0, len(text)), at_home(tops(text, parts, taxonomy), text, taxonomy)
    said = [
        *((hit.intent, span) for hit, span in ruled_parts),
        *(
            (name, span)
            for reading, span in zip(rest, parts, strict=True)
            for name in sure(reading, taxonomy, max(needed, taxonomy.thresholds.part), text[slice(*span)])
            if not is_outburst(text[slice(*span)], taxonomy[name])
        ),
    ]
    if taxonomy.is_elsewhere(text):
        said = [one for one in said if not taxonomy[one[0]].acts]
    of_all = [(name, everywhere) for name in sure(whole, taxonomy, needed, text)]
    if asked and of_all:  # what a letter as a whole gives no hint of is a circumstance
        hinted = {name for name, chance in whole.ranked if 1000 * chance >= HINT}
        said = [one for one in said if one[0] in hinted]
    spans = hulls([*of_all, *said])
    chances: dict[str, int] = {}
    for reading in (whole, *rest):  # a clause may say surely what the whole message only hints at
        for name, chance in scores(reading, taxonomy).items():
            chances[name] = max(chance, chances.get(name, 0))
    chances |= {hit.intent: RULED for hit, _ in ruled_parts}
    names = ordered(spans)
    intents = tuple(
        IntentCandidate(name=n, confidence=chances.get(n, RULED), span=place(n, spans, text)) for n in names
    )
    if intents:
        return IntentAnswer(
            intents=intents,
            guesses=_guesses(whole, taxonomy, intents),
            tier=Tier.EMBEDDING,
            cost=TIER_COST[Tier.EMBEDDING],
            explanation=f"nearest example: {whole.nearest}",
        )
    return _unknown(text, whole, taxonomy)


def scores(reading: Reading, taxonomy: Taxonomy) -> dict[str, int]:
    found = {name: round(1000 * chance) for name, chance in reading.ranked if name != OUTSIDE}
    first = reading.ranked[0][0]
    return found if first == OUTSIDE else {**found, first: round(1000 * _worth(reading, taxonomy))}


def _worth(reading: Reading, taxonomy: Taxonomy) -> float:
    """How sure the first is, together with those that are answered in the same way, less what speaks for nobody's
    business: nobody is asked which of two questions for the pages they mean."""
    name, alone = reading.ranked[0]
    first, outside = taxonomy[name], dict(reading.ranked).get(OUTSIDE, 0.0)
    if first.acts or first.sensitive or first.handed_over:
        return alone
    alike = (taxonomy.get(name) for name, _ in reading.ranked)
    same = {one.name for one in alike if one is not None and one.workflow == first.workflow}
    return max(alone, sum(chance for name, chance in reading.ranked if name in same) - outside)


def sure(reading: Reading, taxonomy: Taxonomy, needed: int, text: str) -> list[str]:
    """The first of a reading when it lies inside the company's business and is sure enough for what it is."""
    name, _ = reading.ranked[0]
    if name == OUTSIDE or reading.margin < 0 or (taxonomy[name].acts and taxonomy.is_elsewhere(text)):
        return []
    against = dict(reading.ranked).get(OUTSIDE, 0.0) if taxonomy[name].acts else 0.0
    return (
        [name]
        if round(1000 * (_worth(reading, taxonomy) - against)) >= max(needed, _least(taxonomy, name, text))
        else []
    )


def is_outburst(clause: str, intent: Intent) -> bool:
    """ "This is ridiculous!" beside what somebody wants is how they feel about it, and no matter for a colleague."""
    return intent.sensitive and intent.handed_over and len(words(clause)) <= SHORT


def _least(taxonomy: Taxonomy, name: str, text: str) -> int:
    """What would change something has to be as sure as what is sensitive, and surer where a word of other people's
    business stands."""
    wanted, intent = taxonomy.thresholds, taxonomy[name]
    if intent.acts and not taxonomy.foreign.isdisjoint(words(text)):
        return wanted.part
    if intent.acts:
        return max(wanted.sure, BEGINS)
    return wanted.sure if intent.sensitive else wanted.floor


def _guesses(
    reading: Reading, taxonomy: Taxonomy, taken: Sequence[IntentCandidate] = ()
) -> tuple[IntentCandidate, ...]:
    """A person and small talk are no guesses: nobody is asked whether they meant either."""
    used = {candidate.name for candidate in taken} | {SMALL_TALK, PERSON}
    best = [(name, score) for name, score in scores(reading, taxonomy).items() if name not in used and score >= GUESS]
    return tuple(IntentCandidate(name=name, confidence=score) for name, score in best[:2])


def _unknown(text: str, reading: Reading, taxonomy: Taxonomy) -> IntentAnswer:
    """Nobody is sure. Readable talk that looks like nobody's business here is outside; the rest is worth a question,
    and a text without one word that we know is worth an open one."""
    known = sum(word in taxonomy.vocabulary for word in words(text))
    readable = known >= 2 and known * 3 >= len(words(text))
    outside = readable and reading.ranked[0][0] == OUTSIDE and reading.ranked[0][1] >= 0.5
    return IntentAnswer(
        intents=(),
        guesses=() if outside or known * 3 < len(words(text)) else _guesses(reading, taxonomy),
        tier=Tier.UNKNOWN,
        outside=outside,
        cost=TIER_COST[Tier.UNKNOWN],
        explanation=f"nearest example: {reading.nearest}",
    )
