"""How much a text is like the attacks that a model was shown: one weight per feature of the embedder, and a bias.

The weights are numbers in `likeness.json`, made by `manage.py learn_guard` and never by hand. Read by windows of two
sentences, so that one sentence of steering counts in a long and friendly message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from agents.guards import language
from agents.intents import logistic
from agents.intents.taxonomy import words
from knowledge import embeddings

KEPT: Final = Path(__file__).with_name("likeness.json")
STRENGTH: Final = 10.0
SHOWN: Final = frozenset({"en", "de"})  # languages of the attacks they were shown; of others the weights know nothing
SURE: Final = 0.5  # log odds; at 0 long small talk in several languages would count too
MOST: Final = 48  # windows of one text
OVERLAP_UP_TO: Final = 24  # sentences: of more, each is read once
PIECE: Final = 400  # characters: what the embedder can take in at once
# Scripts that share no letter with ours end what stands before them: no space and no full stop may.
_SCRIPT: Final = re.compile(r"[\u0590-\u1dff\u2e80-\ufaff\uff66-\uffdc]+[\s.!?,;:\uff01\uff0c\uff1f]*")
_SENTENCE: Final = re.compile(rf"(?<=[.!?])\s+|\n+|{_SCRIPT.pattern}")
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Likeness:
    """`common`: the words of customers' own examples; a text of nothing else is not read, which saves the embedding."""

    weights: Array
    common: frozenset[str]

    def score(self, texts: Iterable[str]) -> float:
        """Log odds of the most suspect window; 0 is as likely an attack as not."""
        parts = list(dict.fromkeys(part for text in texts for part in windows(text)))[:MOST]
        return float((rows(parts) @ self.weights).max()) if parts else -np.inf

    def is_plain(self, text: str) -> bool:
        return all(word in self.common or any(sign.isdigit() for sign in word) for word in words(text))


def windows(text: str) -> list[str]:
    """Every two neighbouring sentences of one language, and the beginning of a whole in one."""
    sentences = [part for line in _SENTENCE.split(text) if line.strip() for part in pieces(line.strip())]
    spoken = [(part, language.detect(part)) for part in sentences]
    known = [part for part, code in spoken if code in SHOWN]
    if len(sentences) > OVERLAP_UP_TO:
        return known
    pairs = [
        f"{one} {other}" for (one, code), (other, next_code) in pairwise(spoken) if code == next_code and code in SHOWN
    ]
    alone = [part for part in known if not any(part in pair for pair in pairs)]
    is_one = len({code for _, code in spoken}) == 1 and not _SCRIPT.search(text)
    whole = [text[: 2 * PIECE]] if is_one and known else []
    return list(dict.fromkeys([*pairs, *alone, *whole]))


def pieces(line: str) -> list[str]:
    return [line[i : i + PIECE] for i in range(0, len(line), PIECE)]


def rows(texts: Sequence[str]) -> Array:
    if not texts:
        return np.zeros((0, 3 * embeddings.DIM + 1))
    features = embeddings.features(list(texts)).astype(np.float64)
    return np.hstack([features, np.ones((len(features), 1))])


def shown(texts: Sequence[str]) -> Array:
    """The rows to learn from: of each text its beginning."""
    return rows([text[: 2 * PIECE] for text in texts])


def learn(attacks: Array, harmless: Array) -> Array:
    """The weights that tell the two apart."""
    labels = np.array([1] * len(attacks) + [0] * len(harmless))
    found = logistic.fit(np.vstack([attacks, harmless]), labels, 2, STRENGTH)
    result: Array = found[:, 1] - found[:, 0]
    return result


@cache
def likeness() -> Likeness:
    """What is shipped, read once a process."""
    kept = json.loads(KEPT.read_text("utf-8"))
    return Likeness(np.array(kept["weights"]) / 1000, frozenset(kept["common"].split()))
