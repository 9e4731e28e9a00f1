"""The rules tier: the taxonomy's patterns, surest first. Two that disagree at equal priority decide nothing."""

from __future__ import annotations

from dataclasses import dataclass

from agents.intents.person import wants_person
from agents.intents.taxonomy import PERSON, Taxonomy


@dataclass(frozen=True, slots=True)
class Hit:
    intent: str
    priority: int
    pattern: str
    start: int


def hits(text: str, taxonomy: Taxonomy) -> tuple[Hit, ...]:
    """One hit an intent (its best), the highest priority first, then in the order of the text."""
    found = [Hit(PERSON, 100, "wants_person", 0)] if PERSON in taxonomy and wants_person(text) else []
    best: dict[str, Hit] = {hit.intent: hit for hit in found}
    for number in taxonomy.needles.candidates(text):
        name, priority, pattern = taxonomy.patterns[number]
        known = best.get(name)
        if (known is None or priority > known.priority) and (match := pattern.search(text)):
            best[name] = Hit(name, priority, pattern.pattern, match.start())
    return tuple(sorted(best.values(), key=lambda hit: (-hit.priority, hit.start)))
