"""What is wrong with a taxonomy before anybody meets it: rules that collide, claim too much, match nothing, or hang."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from agents.intents import rules, ruling
from agents.intents.memory import Latest
from agents.intents.taxonomy import HANDOFF, OUTSIDE, Intent, Taxonomy

FEW: Final = 8  # examples an intent, below which nothing can be learnt and nothing be held back
SLOW: Final = 0.05  # seconds of one pattern on one text of at most LONGEST characters
LONGEST: Final = 4000
LENGTHS: Final = (*(round(8 * 1.3**step) for step in range(15)), 500, 1000, 2000, LONGEST)
PUMPS: Final = ("a", " ", "a ", "1", "my order ", "it's ")
_LITERAL: Final = re.compile(r"[a-z]{3,}")


@dataclass(frozen=True, slots=True)
class Finding:
    kind: str
    intent: str
    says: str


Pairs = Iterable[tuple[str, str]]  # (what was said, the intent that it is)


_FOUND: Final = Latest[list[Finding]]()


def lint(taxonomy: Taxonomy, workflows: Collection[str], rows: Pairs = ()) -> list[Finding]:
    """`rows`: further texts with their intents, held back from the examples."""
    more = tuple(rows)
    return list(_FOUND.of((taxonomy.digest, frozenset(workflows), more), lambda: _lint(taxonomy, workflows, more)))


def _lint(taxonomy: Taxonomy, workflows: Collection[str], rows: Pairs) -> list[Finding]:
    texts = [*taxonomy.training, *written_for(taxonomy), *rows]
    return [
        *(finding for intent in taxonomy.intents for finding in _incomplete(intent, workflows)),
        *_doubled(taxonomy),
        *(finding for text, intent in texts for finding in _misread(text, intent, taxonomy)),
        *_unmatched(taxonomy, [text for text, _ in texts]),
        *_slow(taxonomy),
    ]


def written_for(taxonomy: Taxonomy) -> list[tuple[str, str]]:
    return [(text, intent.name) for intent in taxonomy.intents for rule in intent.rules for text in rule.such_as]


def _incomplete(intent: Intent, workflows: Collection[str]) -> Iterator[Finding]:
    if len(intent.examples) < FEW:
        yield Finding(
            "few_examples", intent.name, f"has {len(intent.examples)} examples; {FEW} are needed to learn from."
        )
    for name in (intent.workflow, intent.otherwise, *intent.by_reason.values()):
        if name != HANDOFF and name not in workflows:
            yield Finding("no_workflow", intent.name, f"is served by {name!r}, which no code has.")
    for rule in intent.rules:
        for text in rule.such_as:
            if not rule.compiled.search(text):
                yield Finding("such_as", intent.name, f"{text!r} isn't matched by the rule that it explains.")


def _doubled(taxonomy: Taxonomy) -> Iterator[Finding]:
    homes: dict[str, list[str]] = defaultdict(list)
    for text, intent in taxonomy.training:
        homes[" ".join(text.lower().split())].append(intent)
    for text, intents in homes.items():
        if len(intents) > 1:
            where = " and ".join(sorted(set(intents)))
            yield Finding("duplicate", intents[0], f"{text!r} is an example twice, in {where}.")


def _misread(text: str, intent: str, taxonomy: Taxonomy) -> Iterator[Finding]:
    """What the rules make of a text whose intent is known. Nothing at all is fine: the embeddings are there for it."""
    found = rules.hits(text, taxonomy)
    if not found:
        return
    taken = [candidate.name for candidate in ruling.by_rules(text, taxonomy).intents]
    if not taken and len(found) > 1 and not taxonomy.is_elsewhere(text) and found[0].priority == found[1].priority:
        both = f"{found[0].intent} and {found[1].intent}"
        says = f"rules of {both} match {text!r} at the priority {found[0].priority}; neither decides."
        yield Finding("conflict", found[0].intent, says)
    strange = [] if intent in taken else taken
    if strange:
        home = "outside" if intent == OUTSIDE else intent
        pattern = next((hit.pattern for hit in found if hit.intent == strange[0]), "")
        yield Finding("claim", strange[0], f"a rule takes {text!r} away from {home}: {pattern}")


def _unmatched(taxonomy: Taxonomy, texts: Sequence[str]) -> Iterator[Finding]:
    for name, _, compiled in taxonomy.patterns:
        if not any(compiled.search(text) for text in texts):
            yield Finding("unmatched", name, f"no example matches the rule {compiled.pattern}")


def _slow(taxonomy: Taxonomy) -> Iterator[Finding]:
    for name, _, compiled in taxonomy.patterns:
        length = hangs_at(compiled.pattern)
        if length:
            yield Finding("slow", name, f"the rule hangs on a message of {length} characters: {compiled.pattern}")


@lru_cache(maxsize=4096)
def hangs_at(pattern: str) -> int:
    """The shortest tried length at which the pattern takes too long; 0 when none does. Lengths grow slowly at first, so
    that a pattern which doubles its time with every word is caught before it holds up whoever asks."""
    compiled = re.compile(pattern, re.IGNORECASE)
    begins = ("", *list(dict.fromkeys(_LITERAL.findall(pattern)))[:3])
    for begin in begins:
        for pump in PUMPS:
            for length in LENGTHS:
                text = f"{begin} {pump * (length // len(pump))}!"
                if _seconds(compiled, text) > SLOW and _seconds(compiled, text) > SLOW:
                    return length
    return 0


def _seconds(compiled: re.Pattern[str], text: str) -> float:
    """Of this thread alone: a busy machine makes no pattern slow."""
    began = time.thread_time()
    compiled.search(text)
    return time.thread_time() - began
