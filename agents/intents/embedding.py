"""The embedding tier: which intent's examples a message resembles, how surely, and whether it resembles any at all.

Trained from the taxonomy's examples at first use and kept on disk under a digest of everything that shaped it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from agents.intents import logistic
from agents.intents.memory import Remembering, write
from agents.intents.taxonomy import OUTSIDE, Taxonomy

RECIPE: Final = "7"  # raise it when anything below changes what is learnt, so that kept classifiers are made anew
FOLDS: Final = 5
FEW: Final = 50  # examples an intent, from which on a training set is large
KEEP: Final = 0.92  # share of in-scope messages that the out-of-scope threshold lets through, unless a taxonomy says
Array = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Weighting:
    """How a training set of this size is learnt: the weight of the words' mean and of the middle one beside the
    embedding, the loss against the penalty, the nearest example beside the energy, both in deviations, and how far a
    class of many examples counts no more than one of few: talk that is nobody's business here has more than any."""

    lexical: float
    middle: float
    strength: float
    nearness: float
    balance: float


SMALL: Final = Weighting(lexical=0.5, middle=0.5, strength=60.0, nearness=1.0, balance=0.85)
LARGE: Final = Weighting(lexical=1.0, middle=1.0, strength=10.0, nearness=0.5, balance=0.25)


def weighting(examples: int, intents: int) -> Weighting:
    return LARGE if examples >= FEW * intents else SMALL


class Embedder(Protocol):
    """`knowledge.embeddings` fits: (n, 3 · 384) rows of embedding, lexical and middle mean."""

    def features(self, texts: list[str], /) -> npt.NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """`ranked`: (intent, probability), best first; `margin`: how far inside (above 0) or outside the company's business
    the message lies; `nearest`: the example of the first that it resembles most, which explains but doesn't decide."""

    ranked: tuple[tuple[str, float], ...]
    margin: float
    nearest: str


@dataclass(frozen=True)
class Classifier:
    names: tuple[str, ...]
    examples: tuple[str, ...]
    labels: Labels  # of each example, its place in `names`
    weights: Array
    rows: Array
    temperature: float
    energy: tuple[float, float]  # mean and deviation on held-back examples
    closeness: tuple[float, float]
    threshold: float
    depths: Array  # of every in-scope example, held back
    held: Labels  # of each example, the place in `names` that it was given while it was held back

    def keeping(self, share: float) -> Classifier:
        """The same, with the out-of-scope threshold that lets this share of the held-back examples through."""
        return replace(self, threshold=float(np.quantile(self.depths, 1 - share)))

    def read(self, texts: Sequence[str], embedder: Embedder) -> tuple[Reading, ...]:
        return tuple(self._reading(row) for row in _prepared(embedder.features(list(texts)), self._weighting))

    @property
    def _weighting(self) -> Weighting:
        return weighting(len(self.examples), len(self.names))

    @cached_property
    def _groups(self) -> tuple[npt.NDArray[np.intp], ...]:
        return tuple(np.flatnonzero(self.labels == place) for place in range(len(self.names)))

    def _reading(self, row: Array) -> Reading:
        scores = row @ self.weights
        chances = logistic.softmax(scores / self.temperature)
        order = np.argsort(-chances)[:5]
        alike = self._groups[order[0]]
        likeness = self.rows[alike] @ _embedding(row)
        nearest = int(likeness.argmax())
        depth = _inside(logistic.energy(scores), likeness[nearest], self.energy, self.closeness, self._weighting)
        ranked = tuple((self.names[i], float(chances[i])) for i in order)
        return Reading(ranked, float(depth - self.threshold), self.examples[alike[nearest]])


def classifier(taxonomy: Taxonomy, embedder: Embedder, folder: Path | None) -> Classifier:
    """The classifier of this taxonomy: from this process, else from `folder`, else trained and kept there."""
    source = embedder.source if isinstance(embedder, Remembering) else embedder
    return _tuned(taxonomy.training, _Embedded(source), folder, taxonomy.thresholds.keep)


@dataclass(frozen=True)
class _Embedded:
    """An embedder as a cache key: the same object, whatever it compares as."""

    embedder: Embedder

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Embedded) and other.embedder is self.embedder

    def __hash__(self) -> int:
        return id(self.embedder)


@lru_cache(maxsize=8)
def _tuned(pairs: tuple[tuple[str, str], ...], source: _Embedded, folder: Path | None, keep: int) -> Classifier:
    """Another threshold needs no other training."""
    return _remembered(pairs, source, folder).keeping(keep / 1000)


@lru_cache(maxsize=8)
def _remembered(pairs: tuple[tuple[str, str], ...], source: _Embedded, folder: Path | None) -> Classifier:
    probe = [round(float(value), 3) for value in source.embedder.features(["where is my order"])[0][::16]]
    path = folder / f"intents-{_digest([RECIPE, pairs, probe])}.npz" if folder else None
    if path is not None and path.exists():
        return _load(path)
    texts, known = [text for text, _ in pairs], Remembering(source.embedder)
    examples = folder / f"examples-{_digest(probe)}.npz" if folder else None
    if examples is not None:  # most of another taxonomy's examples are this one's too
        known.recall(examples)
    made = train(texts, [name for _, name in pairs], known)
    if path is not None and examples is not None:
        known.keep(examples, texts)
        _save(made, path)
    return made


def _digest(shape: object) -> str:
    return hashlib.sha256(json.dumps(shape).encode()).hexdigest()[:24]


def train(texts: Sequence[str], labels: Sequence[str], embedder: Embedder, keep: float = KEEP) -> Classifier:
    """Learn weights from all examples; temperature and out-of-scope threshold from folds that were held back."""
    names = tuple(dict.fromkeys(labels))
    wanted = np.array([names.index(label) for label in labels])
    how = weighting(len(texts), len(names))
    rows = _prepared(embedder.features(list(texts)), how)
    scores, closeness = _held_back(rows, wanted, len(names), how)
    energies = logistic.energy(scores)
    inside = np.array([label != OUTSIDE for label in labels])
    energy_scale, closeness_scale = _scale(energies[inside]), _scale(closeness[inside])
    depth = _inside(energies[inside], closeness[inside], energy_scale, closeness_scale, how)
    return Classifier(
        names=names,
        examples=tuple(texts),
        labels=wanted,
        weights=logistic.fit(rows, wanted, len(names), how.strength, how.balance),
        rows=_embedding(rows),
        temperature=_temperature(scores, wanted),
        energy=energy_scale,
        closeness=closeness_scale,
        threshold=float(np.quantile(depth, 1 - keep)),
        depths=depth,
        held=scores.argmax(axis=1),
    )


def _held_back(rows: Array, wanted: Labels, classes: int, how: Weighting) -> tuple[Array, Array]:
    """Scores of each example by a model that never saw it, and its likeness to the nearest example of the intent that
    it was taken for."""
    seen_before: dict[int, int] = {}
    fold = np.empty(len(wanted), np.int64)
    for i, label in enumerate(wanted.tolist()):
        fold[i] = seen_before.get(label, 0) % FOLDS
        seen_before[label] = seen_before.get(label, 0) + 1
    scores, closeness = np.zeros((len(wanted), classes)), np.zeros(len(wanted))
    for number in range(FOLDS):
        out, kept = fold == number, fold != number
        if out.any() and kept.any():
            scores[out] = rows[out] @ logistic.fit(rows[kept], wanted[kept], classes, how.strength, how.balance)
            likeness = _embedding(rows[out]) @ _embedding(rows[kept]).T
            alike = scores[out].argmax(axis=1)[:, None] == wanted[kept]
            closeness[out] = np.where(alike, likeness, 0.0).max(axis=1)
    return scores, closeness


def _temperature(scores: Array, wanted: Labels) -> float:
    """The divisor under which the held-back probabilities were least surprised by the truth."""
    choices = np.geomspace(0.25, 8, 61)
    losses = [-np.log(logistic.softmax(scores / t)[np.arange(len(wanted)), wanted] + 1e-12).mean() for t in choices]
    return float(choices[int(np.argmin(losses))])


def _inside(
    energies: Array, closeness: Array, energy: tuple[float, float], closest: tuple[float, float], how: Weighting
) -> Array:
    near = (closeness - closest[0]) / closest[1]
    result: Array = (energies - energy[0]) / energy[1] + how.nearness * near
    return result


def _scale(values: Array) -> tuple[float, float]:
    return float(values.mean()), max(float(values.std()), 1e-6)


def _prepared(features: npt.NDArray[np.float32], how: Weighting) -> Array:
    """Embedding, weighted lexical mean, middle mean and a constant for the bias."""
    rows = features.astype(np.float64)
    block = rows.shape[1] // 3
    rows[:, block : 2 * block] *= how.lexical
    rows[:, 2 * block :] *= how.middle
    return np.hstack([rows, np.ones((len(rows), 1))])


def _embedding(rows: Array) -> Array:
    result: Array = rows[..., : rows.shape[-1] // 3]
    return result


def _save(made: Classifier, path: Path) -> None:
    facts = {"names": made.names, "examples": made.examples, "temperature": made.temperature, "energy": made.energy,
             "closeness": made.closeness, "threshold": made.threshold}  # fmt: skip
    write(
        path,
        labels=made.labels,
        weights=made.weights,
        rows=made.rows,
        depths=made.depths,
        held=made.held,
        facts=np.frombuffer(json.dumps(facts).encode(), np.uint8),
    )


def _load(path: Path) -> Classifier:
    with np.load(path, allow_pickle=False) as kept:
        facts = json.loads(kept["facts"].tobytes())
        return Classifier(
            names=tuple(facts["names"]),
            examples=tuple(facts["examples"]),
            labels=kept["labels"],
            weights=kept["weights"],
            rows=kept["rows"],
            temperature=facts["temperature"],
            energy=(facts["energy"][0], facts["energy"][1]),
            closeness=(facts["closeness"][0], facts["closeness"][1]),
            threshold=facts["threshold"],
            depths=kept["depths"],
            held=kept["held"],
        )
