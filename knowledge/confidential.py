"""Whether a text repeats what stands in an article that isn't for its reader: such words are for others alone."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from django.db.models import Count, Max, Q

from .models import READABLE, Audience, Passage

RUN: Final = 6  # words: so many in a row are no chance
_WORD: Final = re.compile(r"\w+")


def repeats(text: str, reader: str = Audience.PUBLIC) -> bool:
    """Some words in a row stand in a passage that this reader may not see, and in none that they may."""
    own = runs(text)
    return bool(own) and not own.isdisjoint(hidden(reader, *standing(reader)))


def standing(reader: str) -> tuple[int, int]:
    """What tells one set of passages from another: their words never change, their audience may."""
    seen = Q(audience__in=READABLE[reader])
    found = Passage.objects.aggregate(n=Count("pk", filter=~seen), last=Max("pk"))
    return int(found["n"]), int(found["last"] or 0)


@lru_cache(maxsize=2 * len(READABLE))
def hidden(reader: str, n: int, last: int) -> frozenset[int]:
    """The runs of every passage that they may not see, as hashes of this process."""
    texts = Passage.objects.values_list("audience", "text")
    ours = {run for audience, text in texts if audience not in READABLE[reader] for run in runs(text)}
    theirs = {run for audience, text in texts if audience in READABLE[reader] for run in runs(text)}
    return frozenset(ours - theirs)


def runs(text: str) -> set[int]:
    words = [word.casefold() for word in _WORD.findall(text)]
    return {hash(tuple(words[i : i + RUN])) for i in range(len(words) - RUN + 1)}
