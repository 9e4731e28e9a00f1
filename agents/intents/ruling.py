"""The rules tier: what the patterns of each clause agree on. Where two of them disagree, nothing is decided here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from agents.intents import rules
from agents.intents.answer import TIER_COST, IntentAnswer, IntentCandidate, Tier
from agents.intents.clauses import LEANS, MOST, Span, between, clause_spans, joins, wishes
from agents.intents.taxonomy import PERSON, SMALL_TALK, Taxonomy, words

RULED: Final = 950  # thousandths: a pattern written for one intent, and no other pattern against it
_AND: Final = re.compile(r",?\s+and\s+", re.IGNORECASE)
_AND_OR_COMMA: Final = re.compile(r",?\s+and\s+|,\s+", re.IGNORECASE)


def by_rules(text: str, taxonomy: Taxonomy) -> IntentAnswer:
    """What the patterns of each clause agree on; where two of them disagree, nothing is decided here."""
    hits = tops(text, wishes(text), taxonomy) or _chosen(text, rules.hits(text, taxonomy), taxonomy)
    chosen = at_home(hits, text, taxonomy)
    spans = hulls((hit.intent, span) for hit, span in chosen)
    names = ordered(spans)
    if not names:
        return nothing(Tier.RULES, "no pattern decides")
    why = "; ".join(f"{hit.intent}: {hit.pattern}" for hit, _ in chosen if hit.intent in names)
    return IntentAnswer(
        intents=tuple(IntentCandidate(name=n, confidence=RULED, span=place(n, spans, text)) for n in names),
        tier=Tier.RULES,
        cost=TIER_COST[Tier.RULES],
        explanation=why,
    )


def _chosen(text: str, whole: Sequence[rules.Hit], taxonomy: Taxonomy) -> list[tuple[rules.Hit, Span]]:
    """The hit of each clause; a plain "and" parts clauses only where both sides hold a matter of their own."""
    if not whole and not joins(text):
        return []
    parts = clause_spans(text)
    cut = _AND_OR_COMMA if len(parts) == 1 else _AND  # behind a comma of several clauses stands a reason, as a rule
    parts = tuple(side for part in parts for side in _sides(text, part, cut, taxonomy))
    per_part = tops(text, parts, taxonomy) if len(parts) > 1 else []
    top = _agreed(whole)
    if top is not None and all(_leans_on(hit, text[slice(*span)], top) for hit, span in per_part):
        per_part = []  # "it" is what the sentence before named
    return per_part or ([] if top is None else [(top, (0, len(text)))])


def _sides(text: str, part: Span, cut: re.Pattern[str], taxonomy: Taxonomy) -> list[Span]:
    """What a plain "and" parts, where the clause holds several matters and each side one; else the clause as it is."""
    start, end = part
    if len(rules.hits(text[start:end], taxonomy)) < 2:
        return [part]
    found = [(start + first, start + last) for first, last in between(cut, text[start:end])]
    sides = [span for span in found if len(words(text[slice(*span)])) >= 2]
    return sides if len(sides) > 1 and len(tops(text, sides, taxonomy)) == len(sides) else [part]


def _leans_on(hit: rules.Hit, clause: str, top: rules.Hit) -> bool:
    """The clause says what to do with "it", and a surer pattern has read it together with what "it" is."""
    return hit.intent != top.intent and hit.priority < top.priority and bool(LEANS.search(clause))


def tops(text: str, parts: Sequence[Span], taxonomy: Taxonomy) -> list[tuple[rules.Hit, Span]]:
    found = [(_agreed(rules.hits(text[slice(*span)], taxonomy)), span) for span in parts]
    return [(hit, span) for hit, span in found if hit is not None]


def at_home(found: Sequence[tuple[rules.Hit, Span]], text: str, taxonomy: Taxonomy) -> list[tuple[rules.Hit, Span]]:
    """Without what may be another house's matter, by the whole text or by its own clause; a person and a chat are
    everywhere at home."""
    abroad = taxonomy.is_elsewhere(text)
    return [
        (hit, span)
        for hit, span in found
        if hit.intent in (PERSON, SMALL_TALK) or not (abroad or taxonomy.is_elsewhere(text[slice(*span)]))
    ]


def _agreed(found: Sequence[rules.Hit]) -> rules.Hit | None:
    if not found or (len(found) > 1 and found[0].priority == found[1].priority):
        return None
    return found[0]


def hulls(found: Iterable[tuple[str, Span]]) -> dict[str, Span]:
    """Each intent with the stretch of text from its first clause to its last."""
    hulls: dict[str, Span] = {}
    for name, (start, end) in found:
        known = hulls.get(name, (start, end))
        hulls[name] = (min(start, known[0]), max(end, known[1]))
    return hulls


def place(name: str, spans: dict[str, Span], text: str) -> Span | None:
    """Where a matter stands, unless it is all of the text."""
    return None if spans[name] == (0, len(text)) else spans[name]


def ordered(names: Iterable[str]) -> tuple[str, ...]:
    """Each once; a person first, small talk only when there is nothing else."""
    unique = list(dict.fromkeys(names))
    business = [name for name in unique if name != SMALL_TALK]
    return tuple(sorted(business or unique, key=lambda name: name != PERSON))[:MOST]


def nothing(tier: Tier, why: str) -> IntentAnswer:
    return IntentAnswer(intents=(), tier=tier, cost=TIER_COST[tier], explanation=why)
