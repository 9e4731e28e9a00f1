"""Messages that nobody understood, put together with their like. The same messages always make the same clusters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from agents.intents.embedding import Embedder, classifier
from agents.intents.memory import Remembering
from agents.intents.taxonomy import OUTSIDE, Taxonomy, words

LIKE: Final = 0.55  # cosine to a cluster's middle, from which on a message belongs to it
NAMED_BY: Final = 2  # words in a suggested name
_DULL: Final = frozenset(
    """a an and are at be can could did do does for from get has have how i if in is it me my of on or please so that
    the their there they this to was we what when where which who why will with would you your""".split()  # noqa: SIM905
)
Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Cluster:
    """`texts` with how often each was said, the commonest first; `nearest`: the intent that they resemble most;
    `name`: what a new intent for them could be called."""

    texts: tuple[tuple[str, int], ...]
    nearest: str
    name: str

    @property
    def size(self) -> int:
        return sum(n for _, n in self.texts)


def clusters(said: Sequence[str], taxonomy: Taxonomy, embedder: Embedder, folder: Path | None = None) -> list[Cluster]:
    """The largest first. A message alone is a cluster of one."""
    counted = sorted(Counter(said).items(), key=lambda item: (-item[1], item[0]))
    if not counted:
        return []
    known = Remembering(embedder)
    known.learn(text for text, _ in counted)
    groups = together([_unit(known.features([text])[0]) for text, _ in counted])
    found = [_described([counted[i] for i in group], taxonomy, known, folder) for group in groups]
    return sorted(found, key=lambda cluster: (-cluster.size, cluster.texts))


def together(vectors: Sequence[Vectors]) -> list[list[int]]:
    """Places of the vectors that belong together: each joins the cluster whose middle is nearest, or begins one."""
    groups: list[list[int]] = []
    middles: list[Vectors] = []
    for place, vector in enumerate(vectors):
        likeness = [float(middle @ vector) / max(float(np.linalg.norm(middle)), 1e-9) for middle in middles]
        best = int(np.argmax(likeness)) if likeness else -1
        if best >= 0 and likeness[best] >= LIKE:
            groups[best].append(place)
            middles[best] = middles[best] + vector
        else:
            groups.append([place])
            middles.append(vector)
    return groups


def _unit(features: Vectors) -> Vectors:
    """The embedding, without the words' means beside it."""
    result: Vectors = features[: len(features) // 3]
    return result


def _described(
    texts: Sequence[tuple[str, int]], taxonomy: Taxonomy, embedder: Remembering, folder: Path | None
) -> Cluster:
    readings = classifier(taxonomy, embedder, folder).read([text for text, _ in texts], embedder)
    votes: Counter[str] = Counter()
    for reading in readings:
        votes.update({name: round(1000 * chance) for name, chance in reading.ranked if name != OUTSIDE})
    nearest = min(votes, key=lambda name: (-votes[name], name)) if votes else ""
    return Cluster(tuple(texts), nearest, named([text for text, _ in texts], taxonomy))


def named(texts: Sequence[str], taxonomy: Taxonomy) -> str:
    """The words that most of the messages share, as an intent's name that is still free."""
    common = Counter(word for text in texts for word in set(words(text)) if word.isascii() and word not in _DULL)
    chosen = sorted(common, key=lambda word: (-common[word], -len(word), word))[:NAMED_BY]
    name = re.sub(r"[^a-z]+", "_", "_".join(chosen)).strip("_") or "something_new"
    while name in taxonomy:
        name += "_too"
    return name
