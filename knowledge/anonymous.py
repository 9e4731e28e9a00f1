"""A message without the person: what is surely personal becomes a placeholder, and where more may be left, it is told.

Better too much than too little: a word with a capital that nobody is known to write small may be somebody's name.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from conversations import masking, pii

from . import traces
from .traces import NAME, PLACEHOLDER

WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
NAME_WORDS: Final = 4
ACRONYM: Final = 5  # letters: USPS, FAQ
LOUD: Final = (12, 0.7)  # letters, and the share of capitals from which on a capital says nothing


@dataclass(frozen=True)
class Text:
    """What is left of a message; or `why` something personal may still stand in it."""

    text: str
    why: str = ""


@dataclass(frozen=True)
class Person:
    """What the record says of who speaks: names, word by word, and values that stand for them."""

    names: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


@dataclass
class Anonymiser:
    """`ours`: the words that the company uses in public. How the export itself writes a word is learnt from it."""

    ours: frozenset[str] = frozenset()
    written_small: Counter[str] = field(default_factory=Counter)
    written_large: Counter[str] = field(default_factory=Counter)

    def replaced(self, text: str, person: Person | None = None) -> str:
        """Everything that is surely personal as a placeholder."""
        who = person or Person()
        text = "".join(sign for sign in unicodedata.normalize("NFC", text) if unicodedata.category(sign) != "Cf")
        text = masking.mask(text, set).text
        for removed, placeholder in traces.MASKED.items():
            text = text.replace(removed, placeholder)
        for value in sorted(who.values, key=len, reverse=True):
            text = re.sub(rf"(?i)(?<!\w){re.escape(value)}(?!\w)", "[removed]", text)
        text = _outside(text, traces.CALLED, r"\g<kept>[order number]")
        for one in reversed(pii.find(text)):
            text = f"{text[: one.start]}{traces.KINDS[one.kind]}{text[one.end :]}"
        for pattern, words in traces.SHAPES:
            text = _outside(text, pattern, words)
        text = _known(text, who.names)
        text = _cued(text, traces.SURE, lambda word: word.lower() not in traces.plain())
        text = _cued(text, traces.WITH_CAPITAL, lambda word: word[0].isupper() and not self._ordinary(word))
        return re.sub(r"\[name\](?:[ ,]{1,2}\[name\])+", NAME, text)

    def learn(self, text: str) -> None:
        """How a text whose names are replaced writes its words: what most write small is a word, and no name."""
        if _loud(text):
            return
        words = [found for found in WORD.finditer(_blank(text)) if len(found[0]) > 1]
        self.written_small.update({found[0] for found in words if found[0].islower()})
        self.written_large.update(
            {found[0].lower() for found in words if found[0][0].isupper() and not _begins(text, found.start())}
        )

    def text(self, text: str, person: Person | None = None) -> Text:
        """A message as it may be kept. What replaced() leaves of every message of the export is learnt first."""
        done = self.replaced(text, person)
        return Text(done, next(self._doubts(done), ""))

    def _doubts(self, text: str) -> Iterator[str]:
        bare, loud = _blank(text), _loud(text)
        yield from (why for pattern, why in traces.DOUBTS if pattern.search(bare))
        for found in WORD.finditer(bare):
            word, first = found[0], _begins(text, found.start())
            if any(_is_name(part, inside=not first and not loud) for part in _parts(word)):
                yield "a name may remain"
            elif word[0].isupper() and not loud and not (_is_acronym(word) and not first) and not self._ordinary(word):
                yield "a word with a capital may be a name"

    def _ordinary(self, word: str) -> bool:
        small = word.lower().removesuffix("'s").removesuffix("’s")
        known = small in traces.plain() or small in self.ours
        return known or self.written_small[small] > self.written_large[small]


def asks(text: str) -> bool:
    """Whether the agent asks for something personal: what the customer says next is left out."""
    return traces.ASKS.search(text) is not None


def person(names: Iterable[str], values: Iterable[str] = ()) -> Person:
    """Of names and addresses as a record has them; of an e-mail address what stands before the @."""
    words = {part for name in names for part in re.split(r"[^\w'’-]+|[_\d]+", name.split("@")[0]) if len(part) > 1}
    return Person(tuple(sorted(words)), tuple(sorted({value for value in values if len(value) > 3})))


def _is_name(word: str, *, inside: bool) -> bool:
    small = word.lower()
    is_shared = small in traces.shared() and small not in traces.plain()
    return small in traces.names() or (is_shared and inside and word[0].isupper())


def _is_acronym(word: str) -> bool:
    return word.isupper() and len(word) <= ACRONYM


def _outside(text: str, pattern: re.Pattern[str], words: str) -> str:
    """Replaced, but not within a placeholder."""
    parts = re.split(rf"({PLACEHOLDER.pattern})", text)
    return "".join(part if n % 2 else pattern.sub(words, part) for n, part in enumerate(parts))


def _known(text: str, known: Sequence[str]) -> str:
    """A name that is a word too, or has fewer than three letters, is taken with a capital only."""
    for name in known:
        word = name.lower() in traces.plain() | traces.shared() or len(name) < 3
        spelt = "|".join(map(re.escape, (name.capitalize(), name.upper()))) if word else f"(?i:{re.escape(name)})"
        text = _outside(text, re.compile(rf"(?<!\w)(?:{spelt})(?!\w)"), NAME)
    return text


def _cued(text: str, cue: re.Pattern[str], wanted: Callable[[str], bool]) -> str:
    """The words behind a cue as [name], as many as may belong to one."""
    done, at = "", 0
    for found in cue.finditer(text):
        end = _name_end(text, found.end(), wanted) if found.end() >= at else at
        if end > max(found.end(), at):
            done, at = f"{done}{text[at : found.end()]}{NAME}", end
    return done + text[at:]


def _name_end(text: str, start: int, wanted: Callable[[str], bool]) -> int:
    """Where the name that begins here ends; `start` when none does. Its further words have capitals, or are small when
    the first is."""
    end, first = start, ""
    for n, found in enumerate(WORD.finditer(text, start)):
        word, between = found[0], text[end : found.start()]
        initial = between == ". " and len(text[start:end].split()[-1]) == 1
        joined = between in (" ", "-") or initial if n else not between
        like = wanted(word) and (word[0].isupper() or not n or first.islower())
        if n >= NAME_WORDS or not joined or not (like or (n and word.lower() in traces.PARTICLES)):
            break
        first, end = first or word, found.end()
    return end


def _blank(text: str) -> str:
    """As long, without what was replaced."""
    return PLACEHOLDER.sub(lambda found: "_" * len(found[0]), text)


def _parts(word: str) -> list[str]:
    """ "Anne-Marie's" is Anne and Marie."""
    return [part for part in re.split(r"['’-]", word) if len(part) > 1]


def _begins(text: str, start: int) -> bool:
    """Whether a sentence begins here."""
    before = text[:start].rstrip(" \t\"'“”‘’(*-•")
    return not before or before[-1] in ".!?:;\n…"


def _loud(text: str) -> bool:
    letters = [sign for sign in _blank(text) if sign.isalpha()]
    return len(letters) > LOUD[0] and sum(sign.isupper() for sign in letters) > LOUD[1] * len(letters)
