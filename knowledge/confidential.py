"""Whether a text repeats what stands in an internal article: such words are for operators alone."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from django.db.models import Count, Max, Q

from .models import Audience, Passage

RUN: Final = 6  # words: so many in a row are no chance
_WORD: Final = re.compile(r"\w+")


def repeats(text: str) -> bool:
    """Some words in a row stand in an internal passage, and in no public one."""
    own = runs(text)
    return bool(own) and not own.isdisjoint(internal(*standing()))


def standing() -> tuple[int, int]:
    """What tells one set of passages from another: their words never change, their audience may."""
    found = Passage.objects.aggregate(n=Count("pk", filter=Q(audience=Audience.INTERNAL)), last=Max("pk"))
    return int(found["n"]), int(found["last"] or 0)


@lru_cache(maxsize=2)
def internal(n: int, last: int) -> frozenset[int]:
    """The runs of every internal passage, as hashes of this process."""
    texts = Passage.objects.values_list("audience", "text")
    ours = {run for audience, text in texts if audience == Audience.INTERNAL for run in runs(text)}
    public = {run for audience, text in texts if audience == Audience.PUBLIC for run in runs(text)}
    return frozenset(ours - public)


def runs(text: str) -> set[int]:
    words = [word.casefold() for word in _WORD.findall(text)]
    return {hash(tuple(words[i : i + RUN])) for i in range(len(words) - RUN + 1)}
