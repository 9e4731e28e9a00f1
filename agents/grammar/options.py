"""Option values in a customer's words: "the blue one", "size L", "not the small, the large", "26cm"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from agents.grammar import items
from agents.grammar.slots import Context, KnownOrder, SlotValue

# What people say for what a catalogue writes, both ways round.
_SIZES: Final = {"xs": r"(?:x|extra)[ -]small", "s": "small", "m": "medium", "l": "large",
                 "xl": r"(?:x|extra)[ -]large", "xxl": r"(?:xx|double\s+extra)[ -]large"}  # fmt: skip
_UNITS: Final = {
    "l": r"l(?:it(?:er|re)s?)?",
    "ml": r"m(?:illi)?l(?:it(?:er|re)s?)?",
    "cm": r"c(?:enti)?m(?:et(?:er|re)s?)?",
}
_SCALE: Final = ("xs", "s", "small", "m", "medium", "l", "large", "xl", "xxl")
_UP: Final = re.compile(r"\b(?:size\s+up|(?:bigg|larg)er)\b", re.IGNORECASE)
_DOWN: Final = re.compile(r"\b(?:size\s+down|smaller)\b", re.IGNORECASE)
# Right before a value: it is the one they have, or don't want.
_AWAY: Final = re.compile(
    r"\b(?:not|no|too|instead\s+of|rather\s+than|than|from|in\s+place\s+of|replac(?:e|ing)|don'?t\s+(?:want|like|need))\s+"
    r"(?:(?:the|an?|my|this|that|in|size|colou?r)\s+)*$",
    re.IGNORECASE,
)


def wanted(text: str, values: Mapping[str, Sequence[str]], current: Mapping[str, str]) -> dict[str, str]:
    """By option name the one value that the words ask for. `current`: what they have; named beside another, or behind
    "instead of", it isn't the one that is meant. Two that could be meant are none."""
    found = _a_step(text, values, current)
    for name, said in _named(text, values).items():
        others = [value for value in said if value != current.get(name)]
        if len(others) == 1:
            found[name] = others[0]
    return found


def wants_a_step(text: str) -> bool:
    """Whether another size is wished for, whatever sizes there are."""
    return _UP.search(text) is not None or _DOWN.search(text) is not None


def _a_step(text: str, values: Mapping[str, Sequence[str]], current: Mapping[str, str]) -> dict[str, str]:
    """ "A size up", "a smaller one": the next value of the one option that has an order."""
    step = 1 if _UP.search(text) else -1 if _DOWN.search(text) else 0
    ordered = {name: _scale(those) for name, those in values.items() if _scale(those)}
    if step == 0 or len(ordered) != 1:
        return {}
    ((name, scale),) = ordered.items()
    place = scale.index(current[name]) + step if current.get(name) in scale else -1
    return {name: scale[place]} if 0 <= place < len(scale) else {}


def _scale(values: Sequence[str]) -> list[str]:
    """In their order; nothing where they have none."""
    ranks = {value: rank for value in values if (rank := _rank(value)) is not None}
    return sorted(ranks, key=lambda value: ranks[value]) if len(ranks) == len(values) else []


def _rank(value: str) -> tuple[int, float] | None:
    """Where a size stands among sizes, a number among numbers; None for a colour."""
    if value.lower() in _SCALE:
        return 1, float(_SCALE.index(value.lower()))
    number = re.match(r"\d+(?:\.\d+)?", value)
    return (2, float(number[0])) if number else None


def _named(text: str, values: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Values by option name, the longest read first, so that "navy blue" isn't "navy"."""
    left, found = text, dict[str, list[str]]()
    every = [(name, value) for name, those in values.items() for value in those]
    for name, value in sorted(every, key=lambda one: -len(one[1])):
        match = _pattern(value).search(left)
        if match is None:
            continue
        if not _AWAY.search(left[: match.start()]):
            found.setdefault(name, []).append(value)
        left = left[: match.start()] + "·" * len(match[0]) + left[match.end() :]
    return found


def fitting(
    wish: Mapping[str, str], current: Mapping[str, str], offered: Sequence[Mapping[str, str]]
) -> list[Mapping[str, str]]:
    """What is as wished: the one that is otherwise like what they have, where there is one; else all that match."""
    matching = [one for one in offered if all(one.get(name) == value for name, value in wish.items())]
    alike = [one for one in matching if one == {**current, **wish}]
    return alike or matching


def names(text: str, context: Context) -> SlotValue | None:
    """One of the things that the open question is about (a colour, a size, a means of payment), by its name."""
    for value in sorted(context.names, key=len, reverse=True):
        if match := _pattern(value).search(text):
            return SlotValue(value=value, source_span=match.span(), raw=match[0])
    longer = KnownOrder("", tuple(value for value in context.names if " " in value))
    return items.item(text, Context(orders=(longer,)))


@lru_cache(maxsize=4096)
def _pattern(value: str) -> re.Pattern[str]:
    """The value as a customer may write it; a letter alone counts as a capital, after "size", or as all there is."""
    words = [re.escape(word) for word in value.lower().split()]
    words[-1] = _UNITS.get(words[-1], words[-1]) if len(words) > 1 else words[-1]
    forms = [r"\s*".join(words)]
    short = next((key for key, spoken in _SIZES.items() if value.lower() in (key, spoken)), None)
    if short is not None:
        capital = f"(?-i:{short.upper()})" if len(short) == 1 else short
        forms = [capital, rf"(?<=size\s){short}", rf"(?<=in\s){short}(?=\W*$)", rf"\A\W*{short}\W*\Z", _SIZES[short]]
    return re.compile(rf"(?<![\w.'’-])(?:{'|'.join(forms)})(?![\w'’])", re.IGNORECASE)
