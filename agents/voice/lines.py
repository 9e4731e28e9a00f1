"""The lines of the voice and the manners that each of them is held to, before any is said."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from agents.guards.phrases import BANNED, PHRASES

MAX_WORDS: Final = 60
_EMOJI: Final = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f]")
_LONG: Final = frozenset({"order_list"})  # a list of orders may be as long as it is


class BadLineError(ValueError):
    """A line that breaks the manners; the message says which and what to change."""


@dataclass(frozen=True)
class Lines:
    """`table`: key → variants; `defaults`: slots that stand unless given (the disclosures); `worst`: per slot, the
    longest value that a company may hand over, for the checks."""

    table: Mapping[str, tuple[str, ...]]
    defaults: Mapping[str, str]
    worst: Mapping[str, str]

    def variants(self, key: str) -> tuple[str, ...]:
        try:
            return self.table[key]
        except KeyError:
            raise KeyError(f"The voice has no line {key!r}; add it to en.yaml or the pack's voice.yaml.") from None

    def slots(self, key: str) -> frozenset[str]:
        """Slots that some variant of the key uses, the defaults left out."""
        return frozenset(slot for text in self.variants(key) for slot in slots(text)) - set(self.defaults)


def load(*paths: Path | None) -> Lines:
    """Later files override earlier ones key by key; raises BadLineError for the first line that breaks the manners."""
    table: dict[str, tuple[str, ...]] = {}
    defaults: dict[str, str] = {}
    worst: dict[str, str] = {}
    for path in paths:
        if path is None:
            continue
        data: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader) or {}
        if unknown := set(data) - {"lines", "defaults", "worst"}:
            raise BadLineError(f"{path.name} has {sorted(unknown)}; a voice file holds lines, defaults and worst.")
        table |= {key: (said,) if isinstance(said, str) else tuple(said) for key, said in data.get("lines", {}).items()}
        defaults |= data.get("defaults", {})
        worst |= data.get("worst", {})
    lines = Lines(table, defaults, worst)
    for key in table:
        for problem in lint(key, lines):
            raise BadLineError(problem)
    return lines


def slots(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)


def worst_case(text: str, lines: Lines) -> str:
    """The line with the longest values that its slots may hold."""
    return text.format_map({**lines.worst, **lines.defaults})


def lint(key: str, lines: Lines) -> Iterator[str]:
    """Every way in which a key's variants break the manners of the voice."""
    variants = lines.variants(key)
    if not variants:
        yield f"{key} has no variant; write one."
    if len(set(variants)) < len(variants):
        yield f"{key} says the same thing twice; vary it."
    for text in variants:
        yield from (f"{key}: {problem} ({text})" for problem in _broken(text, lines))


def _broken(text: str, lines: Lines) -> Iterator[str]:
    if missing := slots(text) - set(lines.worst) - set(lines.defaults):
        yield f"no worst case for the slots {sorted(missing)}; add them under worst"
        return
    bare, full = re.sub(r"\{\w+\}", "", text), worst_case(text, lines)
    if re.search(r"\d", bare):
        yield "a figure outside a slot; every figure needs a receipt"
    if "!" in full:
        yield "an exclamation mark; end it with a full stop"
    if _EMOJI.search(full):
        yield "an emoji; use words"
    if full.count("?") > 1:
        yield "more than one question; ask one"
    if not slots(text) & _LONG and len(full.split()) > MAX_WORDS:
        yield f"{len(full.split())} words with the longest slots; at most {MAX_WORDS}"
    for phrase in PHRASES:
        if phrase.lower() in full.lower():
            yield f"the prohibited phrase {phrase!r}; say what can be done instead"
    for word, pattern in BANNED:
        if re.search(pattern, bare, re.IGNORECASE):
            yield f"the banned word {word!r}; a good colleague says it differently"
