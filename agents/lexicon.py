"""The policy's words that call for a person, ready to be looked for: names of triggers that a text holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final, get_args

from agents.intents.needles import Patterns
from knowledge.triggers import Name, Triggers

NAMES: Final[tuple[Name, ...]] = get_args(Name)


@dataclass(frozen=True)
class Words:
    """`unless` is cut out of the text before `found` are looked for."""

    found: Patterns
    unless: tuple[re.Pattern[str], ...]

    def hold(self, text: str) -> bool:
        if not self.found.search(text):
            return False
        for pattern in self.unless:
            text = pattern.sub(" … ", text)
        return self.found.search(text) is not None


class Lexicon:
    def __init__(self, triggers: Triggers) -> None:
        self.words = {name: _words(*triggers.patterns(name)) for name in NAMES}

    def named(self, text: str) -> frozenset[str]:
        """The triggers whose words stand in the text, in any case."""
        return frozenset(name for name, words in self.words.items() if words.hold(text))


def _words(found: tuple[str, ...], unless: tuple[str, ...]) -> Words:
    return Words(Patterns(*found), tuple(re.compile(one, re.IGNORECASE) for one in unless))


@cache
def shipped() -> Lexicon:
    """Of a policy that says nothing about them."""
    return Lexicon(Triggers())
