"""Slips of the keyboard: a word nobody uses becomes the one word of the taxonomy that is one slip away from it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache

from agents.intents.taxonomy import Taxonomy, words

SHORTEST = 4  # of three letters too many words are one slip apart
UNFINISHED = 4  # a last letter is left out this much more readily than another one is mistyped
_OATH = re.compile(
    r"\s+(?:(?:the|on)\s+)?(?:f+u+c+k+(?:ing)?|f\*+k?|hell|heck|earth|bloody|(?:god)?damn(?:ed)?|freaking|frigging)\s+",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\b(new|another|other|this|that|which)\s+1\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")


def mend(text: str, taxonomy: Taxonomy) -> str:
    """The text without oaths and with each unknown word put right; one that could be two of ours stays as it is."""
    known, shortened = _known(taxonomy.training)
    plain = _DIGIT.sub(r"\1 one", _OATH.sub(" ", text))
    return _WORD.sub(lambda match: _mended(match[0], known, shortened), plain)


def _mended(word: str, known: Mapping[str, int], shortened: Mapping[str, frozenset[str]]) -> str:
    low = word.lower()
    if len(low) < SHORTEST or low in known:
        return word
    near = {full for short in (low, *_deletions(low)) for full in shortened.get(short, ()) if _one_slip(low, full)}
    weight = {full: known[full] * (UNFINISHED if full.startswith(low) else 1) for full in near}
    ranked = sorted(near, key=lambda full: -weight[full])
    if not ranked or (len(ranked) > 1 and weight[ranked[0]] < 2 * weight[ranked[1]]):
        return word
    return ranked[0]


@lru_cache(maxsize=8)
def _known(training: tuple[tuple[str, str], ...]) -> tuple[Counter[str], dict[str, frozenset[str]]]:
    """How often the examples use each word, and every word by what is left of it without one letter."""
    known = Counter(word for text, _ in training for word in words(text) if len(word) >= SHORTEST - 1)
    shortened: dict[str, set[str]] = {}
    for word in known:
        for short in (word, *_deletions(word)):
            shortened.setdefault(short, set()).add(word)
    return known, {short: frozenset(full) for short, full in shortened.items()}


def _deletions(word: str) -> Iterator[str]:
    return (word[:i] + word[i + 1 :] for i in range(len(word)))


def _swapped(word: str, i: int) -> str:
    return word[:i] + word[i + 1] + word[i] + word[i + 2 :]


def _one_slip(a: str, b: str) -> bool:
    """One letter too many, too few, wrong, or two that changed places; the first letter is hardly ever wrong."""
    if a[0] != b[0] or abs(len(a) - len(b)) > 1:
        return False
    if len(a) == len(b):
        wrong = [i for i in range(len(a)) if a[i] != b[i]]
        swapped = (
            len(wrong) == 2 and wrong[1] == wrong[0] + 1 and a[wrong[0]] == b[wrong[1]] and a[wrong[1]] == b[wrong[0]]
        )
        return len(wrong) == 1 or swapped
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    return shorter in _deletions(longer)
