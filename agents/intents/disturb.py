"""What another taxonomy would read differently, and whether it forgets what was understood before (S4-18).

Examples are read by classifiers that never saw them; the loss is counted on them alone, so that it needs no traffic.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from agents.intents import cascade, clauses, ruling
from agents.intents.embedding import Embedder, classifier
from agents.intents.memory import Latest, Remembering
from agents.intents.taxonomy import Taxonomy

MOST_LOST: Final = 20  # thousandths of what was right before: more than this and it is another agent, not a better one
NOBODY: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Look:
    """How a text is read: its intents, by which tier, how surely in thousandths."""

    intent: str
    tier: str
    confidence: int


@dataclass(frozen=True, slots=True)
class Change:
    text: str
    source: str  # "example", "row" or "message"
    before: Look
    after: Look


@dataclass(frozen=True)
class Loss:
    """`by_intent`: of each intent that reads fewer of its examples rightly, how many before and after."""

    lost: int
    of: int
    by_intent: dict[str, tuple[int, int]]

    @property
    def is_too_much(self) -> bool:
        return 1000 * self.lost > MOST_LOST * self.of

    @property
    def sentence(self) -> str:
        if not self.lost:
            return ""
        where = ", ".join(f"{name} {before} → {after}" for name, (before, after) in self.by_intent.items())
        return f"It forgets {self.lost} of {self.of} examples that were understood before" + f" ({where})." * bool(
            where
        )


@dataclass(frozen=True)
class Disturbance:
    compared: dict[str, int]
    changes: tuple[Change, ...]
    loss: Loss

    @cached_property
    def moves(self) -> list[tuple[str, str, int]]:
        """(from, to, how many), most first."""
        counted = Counter((change.before.intent, change.after.intent) for change in self.changes)
        return [(*move, n) for move, n in sorted(counted.items(), key=lambda item: (-item[1], item[0]))]


def disturbance(
    before: Taxonomy,
    after: Taxonomy,
    embedder: Embedder,
    folder: Path | None,
    rows: Iterable[str] = (),
    messages: Iterable[str] = (),
) -> Disturbance:
    known = Remembering(embedder)
    said = {"row": list(dict.fromkeys(rows)), "message": list(dict.fromkeys(messages))}
    needed = [text for texts in said.values() for text in texts if not _ruled_alike(text, before, after)]
    known.learn(part for text in needed for part in (text, *clauses.clauses(text)))
    mine, theirs = held_back(before, known, folder), held_back(after, known, folder)
    pairs = [("example", text, mine[text], theirs[text]) for text in mine if text in theirs]
    for source, texts in said.items():
        pairs += [(source, text, look(text, before, known, folder), look(text, after, known, folder)) for text in texts]
    changes = [Change(text, source, one, other) for source, text, one, other in pairs if one.intent != other.intent]
    counts = {"example": sum(text in theirs for text in mine), **{source: len(texts) for source, texts in said.items()}}
    return Disturbance(counts, tuple(changes), loss(before, after, known, folder))


def look(text: str, taxonomy: Taxonomy, embedder: Embedder, folder: Path | None) -> Look:
    answer = cascade.classify(text, (), taxonomy, embedder, folder=folder)
    names = "+".join(sorted(candidate.name for candidate in answer.intents))
    return Look(names or NOBODY, answer.tier, answer.confidence)


_HELD: Final = Latest[dict[str, Look]]()


def held_back(taxonomy: Taxonomy, embedder: Embedder, folder: Path | None) -> dict[str, Look]:
    """How each example is read by rules, else by a classifier that never saw it."""
    source = embedder.source if isinstance(embedder, Remembering) else embedder
    return _HELD.of((taxonomy.digest, id(source), folder), lambda: _held_back(taxonomy, embedder, folder))


def _held_back(taxonomy: Taxonomy, embedder: Embedder, folder: Path | None) -> dict[str, Look]:
    model = classifier(taxonomy, embedder, folder)
    found = {}
    for text, place in zip(model.examples, model.held.tolist(), strict=True):
        ruled = ruling.by_rules(text, taxonomy)
        found[text] = (
            Look(str(ruled.best), ruled.tier, ruled.confidence)
            if ruled.best
            else Look(model.names[place], "embedding", 0)
        )
    return found


def loss(before: Taxonomy, after: Taxonomy, embedder: Embedder, folder: Path | None) -> Loss:
    """Examples that were right and aren't any more. Those that the other taxonomy gives to another intent are moved on
    purpose and don't count; those of an intent that it leaves out do."""
    mine, theirs = held_back(before, embedder, folder), held_back(after, embedder, folder)
    homes = dict(after.training)
    right: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    for text, intent in before.training:
        if mine[text].intent != intent or homes.get(text, intent) != intent:
            continue
        now = theirs[text] if text in theirs else look(text, after, embedder, folder)
        right[intent] += 1
        kept[intent] += now.intent == intent
    fallen = {name: (n, kept[name]) for name, n in sorted(right.items()) if kept[name] < n}
    return Loss(right.total() - kept.total(), right.total(), fallen)


def _ruled_alike(text: str, *taxonomies: Taxonomy) -> bool:
    return all(cascade.ruled(text, taxonomy) for taxonomy in taxonomies)


def examples_of(changes: Sequence[Change], most: int) -> list[Change]:
    """Real words first: they weigh more than an example."""
    return sorted(changes, key=lambda change: ("message", "row", "example").index(change.source))[:most]
