"""The customer's noun against the products of their own orders: typo-tolerant, and never a guess between equals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from agents.grammar.slots import Context, ItemMatch, KnownOrder, SlotValue

ENOUGH: Final = 700  # thousandths: below it the noun doesn't name the product
TIE: Final = 60  # two products this close are equals
_STOP: Final = frozenset(
    word
    for line in (
        "a an the my your our this that these those it its i me we you is are was were be been "
        "do does did have has had",
        "of for to in on at and or but with from by not no yes please where when what which who "
        "how can could would will",
        "want need order orders ordered item items product products thing things stuff parcel "
        "package one ones back send",
        "sent return refund cancel exchange get got just still about bought purchase purchased "
        "delivered shipped arrived",
        "status track tracking here there new old other another same first second third last hi "
        "hello hey thanks thank ok",
        "okay mean meant know tell help so also too any some all more much many now today yet if set color colour size",
    )
    for word in line.split()
)
_WORD: Final = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")


def item(text: str, context: Context) -> SlotValue | None:
    """The product named best, when one product (not two of them) is named."""
    best = matches(text, context.orders)
    if not best:
        return None
    leaders = {match.product for match in best if match.score >= best[0].score - TIE}
    if len(leaders) > 1:
        return None
    start, end = _span(text, best[0].product)
    return SlotValue(value=best[0].product, source_span=(start, end), raw=text[start:end], score=best[0].score)


def matches(text: str, orders: Sequence[KnownOrder]) -> tuple[ItemMatch, ...]:
    """Every line that the text may mean, best first; equal scores keep the order of the list (newest order first)."""
    said = telling(text)
    if not said:
        return ()
    found = [
        ItemMatch(order_id=order.order_id, product=product, score=score)
        for order in orders
        for product in order.products
        if (score := _score(said, product, order.options)) >= ENOUGH
    ]
    return tuple(sorted(found, key=lambda match: -match.score))


def telling(text: str) -> list[str]:
    """Telling words in the singular."""
    return [_singular(word) for word in _WORD.findall(text.lower()) if word not in _STOP and len(word) > 1]


@lru_cache(maxsize=4096)
def _name(product: str) -> tuple[str, ...]:
    """A product's telling words, its head last: what stands behind a comma only counts it ("Dinner Set, 12 pieces"). A
    catalogue repeats itself, customers' texts are not kept."""
    return tuple(telling(product.partition(",")[0]) or telling(product))


def _score(said: Sequence[str], product: str, options: Sequence[str]) -> int:
    """How well the head noun is named, with a bonus for each further word of the name and for an option."""
    name = _name(product)
    if not name:
        return 0
    likeness = [max((_like(word, other) for other in said), default=0) for word in name]
    head, rest = likeness[-1], likeness[:-1]
    core = max(head, 950 * (sum(rest) >= 1800 and max(rest, default=0) > 900))
    if core < ENOUGH:
        # A name's first word alone ("the Kestrel") counts when it is long enough to be a name of its own.
        core = max((score for word, score in zip(name, likeness, strict=True) if len(word) >= 5), default=0) - 100
    named = sum(score >= 800 for score in likeness) / len(name)
    option_words = {word for option in options for word in _name(option)}
    bonus = 60 if option_words & set(said) else 0
    return min(1000, round(core * 0.8 + 200 * named * core / 1000 + bonus)) if core >= ENOUGH else 0


def _like(a: str, b: str) -> int:
    """Likeness of two words in the singular, in thousandths; a typo in a longer word takes little away."""
    if a == b:
        return 1000
    if min(len(a), len(b)) < 4 or abs(len(a) - len(b)) > 2 or a[0] != b[0]:
        return 0
    return round(1000 * SequenceMatcher(None, a, b, autojunk=False).ratio())


def _singular(word: str) -> str:
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x")):
        if word.endswith(ending) and len(word) > 4:
            return word[: -len(ending)] + instead
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def _span(text: str, product: str) -> tuple[int, int]:
    """From the first to the last word of the text that stands for a word of the name."""
    name = _name(product)
    hits = [m.span() for m in _WORD.finditer(text.lower()) if any(_like(word, _singular(m[0])) >= 800 for word in name)]
    return (hits[0][0], hits[-1][1]) if hits else (0, len(text))
