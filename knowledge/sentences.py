"""A sentence where it stands, and the words that tell what it is about: what comparing two of them rests on."""

from __future__ import annotations

import re
from calendar import day_name, month_name
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from . import figures
from .figures import Figure

WORD: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
ANAPHOR: Final = re.compile(r"^(?:it|they|this|that|these|those)\b", re.IGNORECASE)
POINTED: Final = re.compile(r"\b(?:this|that|these|those|such)\s+[a-z]+", re.IGNORECASE)
MODEL: Final = re.compile(r"(?<=[a-z] )([A-Z][a-z]+) (\d+)\b(?! [a-z]+s\b)")  # "the Ridge 2 tent"
CLAUSE: Final = re.compile(
    r"[;:]|,\s+(?=(?:but|because|unless|so|when|if|and (?:then|we|you|it))\b)|\s(?=(?:because|unless|but)\s)"
)
# They narrow when something holds, not what it is.
TIMES: Final = ("yearly", "monthly", "weekly", "daily", "et", "ct", "pt", "gmt", "utc")
WHEN: Final = frozenset(name.lower() for name in (*month_name[1:], *day_name, *TIMES))
# Words that tell nothing of what a sentence is about: who says it, the signs of a bound, the units of time.
EMPTY: Final = frozenset(
    WORD.findall("""
    a about above after all also an and any are as at back be been before below between but by can could did do does
    each either every everywhere everybody else for from get give given had has have here how i if in into is it its
    just least less like may me might more most much must my need no not now of off on once one only onto or other our
    ours out over own per please shall should since so some still such t than that the their them then there these they
    this those through to too under until up us very was we were what when where whether which while who whose will
    with within without would you your yours re ll ve always never cannot nobody nothing neither
    maximum minimum amount total exactly approximately roughly around currently usually normally generally typically
    day week month year hour minute business working calendar
    """)
)
# Words that stand between a thing and its figure, and things that everything is about: both of two sentences needn't
# say them. A word that tells one step from another (locked, deleted, shipped, delivered) isn't among them.
LIGHT: Final = frozenset(
    WORD.findall("""
    allow apply available become begin bring carry charge check come cost count earn fee get give go hold keep last
    length long make offer open pay period place policy price process provide receive require run send serve show start
    stay take time use valid want way weigh window work limit deadline duration
    customer item money number order product purchase thing
    """)
)
# One thing with two names; by the word as it stands, because "shipped" isn't "delivered" while shipping is delivery.
SAME: Final = {
    "shipping": "delivery", "shipment": "delivery", "shipments": "delivery", "guarantee": "warranty",
    "guaranteed": "warranty", "cancellation": "cancel", "telephone": "phone", "call": "phone", "calls": "phone",
    "reimbursement": "refund", "e-mail": "email", "annual": "yearly",
    "cancelled": "cancel", "cancelling": "cancel", "kept": "keep", "sent": "send", "paid": "pay",
}  # fmt: skip


@dataclass(frozen=True)
class Sentence:
    """`before` is the one in front of it below the same heading, which a pronoun leans on."""

    page: str
    title: str
    heading: str
    text: str
    before: str = ""

    @property
    def standalone(self) -> str:
        return f"{self.title}. {self.heading}: {self.text}" if self.heading else f"{self.title}: {self.text}"

    @property
    def is_code(self) -> bool:
        """It means what it says, and its figures are examples."""
        return self.text[:1] in ("", " ", "`", '"') or "{{" in self.text

    @cached_property
    def lead(self) -> frozenset[str]:
        """What a pronoun at its start means: the subject of the sentence before, or the heading."""
        if not ANAPHOR.match(self.text):
            return frozenset()
        figure = next(iter(figures.read(self.before)), None)
        return stems(self.before[: figure.start] if figure else self.before) or stems(self.heading or self.title)

    @cached_property
    def words(self) -> frozenset[str]:
        return stems(self.text) | self.lead

    @cached_property
    def core(self) -> frozenset[str]:
        """The words that another sentence about the same must have as well."""
        return heavy(self.words)

    @cached_property
    def around(self) -> frozenset[str]:
        """Its words, and those that stand above it."""
        return self.words | stems(f"{self.title} {self.heading}")

    @cached_property
    def when(self) -> frozenset[str]:
        return self.words & WHEN

    def front(self, figure: Figure) -> frozenset[str]:
        """The words of the figure's clause in front of it."""
        start = max((gap.end() for gap in CLAUSE.finditer(self.text, 0, figure.start)), default=0)
        led = self.lead if start == 0 else frozenset()
        return heavy(stems(self.text[start : figure.start]) | led)

    def subject(self, figure: Figure) -> frozenset[str]:
        """What the figure is of: the words in front of it, else those behind it."""
        return self.front(figure) or heavy(stems(self.text[figure.end :]))


def heavy(words: frozenset[str]) -> frozenset[str]:
    return words - LIGHT_STEMS - WHEN


@lru_cache(maxsize=8192)
def stems(text: str) -> frozenset[str]:
    """What is said, without figures, empty words and the commonest endings."""
    plain = MODEL.sub(r"\1\2", text)
    for figure in figures.read(plain):
        plain = plain[: figure.start] + " " * (figure.end - figure.start) + plain[figure.end :]
    plain = POINTED.sub(" ", plain.lower().replace("’", "'"))
    words = (SAME.get(word, word) for word in WORD.findall(plain) if word not in EMPTY and len(word) > 1)
    return frozenset(stem(word) for word in words if not word.isdigit()) - EMPTY_STEMS


def stem(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) > 2 and not word.endswith("ss"):
            left = word[: -len(ending)].removesuffix("e")
            doubled = ending in ("ing", "ed") and left[-1] == left[-2] and left[-1] in "bdgmnprt"
            return left[:-1] if doubled else left
    return word.removesuffix("e") if len(word) > 3 else word


EMPTY_STEMS: Final = frozenset(stem(word) for word in EMPTY)
LIGHT_STEMS: Final = frozenset(stem(word) for word in LIGHT)
