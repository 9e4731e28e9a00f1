"""How near sentences are to a question, for passages whose sentences the task hasn't embedded yet: slower, never less.

What hybrid.sql reckons from stored vectors, reckoned here from vectors made on the spot.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pgvector import HalfVector

from . import chunking, vectors


def complete(passages: Sequence[dict[str, Any]], asked: dict[str, Any], model: str) -> None:
    """Fill "sentences" ([[start, stop, likeness in thousandths]]) of those that have none.

    `asked` holds the question's vectors of `model`, as search() hands them to the statement.
    """
    late = {
        passage["passage_id"]: [
            (span, chunking.standalone(passage["title"], passage["heading"], passage["text"][slice(*span)]))
            for span in chunking.sentences(passage["text"])
        ]
        for passage in passages
        if not passage["sentences"]
    }
    if not any(late.values()):
        return
    texts = [text for said in late.values() for _, text in said]
    made = vectors.of(model, texts) if asked["hears"] else {}
    for passage in passages:
        for (start, stop), text in late.get(passage["passage_id"], []):
            passage["sentences"].append([start, stop, _likeness(made[text], asked) if made else 0])


def _likeness(vector: HalfVector, asked: dict[str, Any]) -> int:
    near = sum(_cosine(vector, HalfVector.from_text(asked[name])) for name in ("talk_vector", "last_vector"))
    return round(500 * near)


def _cosine(one: HalfVector, other: HalfVector) -> float:
    a, b = (vector.to_numpy().astype(np.float64) for vector in (one, other))
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))
