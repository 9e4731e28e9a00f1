"""Which articles are right: outdated, contradictory, ambiguous or ok (S1-27), each with the words that make it so."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from . import contradictions, vague
from .pages import Page
from .sentences import Sentence


class Class(StrEnum):
    """What an article is. One with several defects counts once, as the first of them in this order."""

    OUTDATED = "outdated"
    CONTRADICTORY = "contradictory"
    AMBIGUOUS = "ambiguous"
    OK = "ok"


@dataclass(frozen=True)
class Defect:
    """One thing that is wrong with `page`. `why` is a sentence, `says` the words that show it: {article, heading, text,
    words}, of a contradiction both. `key` is the same for as long as those words stand."""

    kind: str
    page: str
    why: str
    says: tuple[dict[str, str], ...] = ()
    since: str = ""

    @property
    def key(self) -> str:
        facts = json.dumps([self.kind, self.page, self.since or self.says], sort_keys=True)
        return hashlib.sha256(facts.encode()).hexdigest()


@dataclass(frozen=True)
class Report:
    as_of: date
    pages: Sequence[Page]
    defects: Sequence[Defect]

    @cached_property
    def classes(self) -> dict[str, Class]:
        """Of each article, in the order of the pages."""
        kinds = defaultdict[str, set[str]](set)
        for defect in self.defects:
            kinds[defect.page].add(defect.kind)  # of which some are no class
        return {page.slug: next((one for one in Class if one in kinds[page.slug]), Class.OK) for page in self.pages}

    @property
    def counts(self) -> dict[str, int]:
        count = Counter(self.classes.values())
        return {one.value: count[one] for one in (Class.OK, *list(Class)[:-1])}

    @property
    def shares(self) -> dict[str, float]:
        """In per cent."""
        return {name: round(100 * count / max(1, len(self.pages)), 1) for name, count in self.counts.items()}

    def as_json(self) -> dict[str, Any]:
        of = defaultdict[str, list[Defect]](list)
        for defect in self.defects:
            of[defect.page].append(defect)
        return {
            "as_of": self.as_of.isoformat(),
            "n": len(self.pages),
            "shares": self.shares,
            "counts": self.counts,
            "articles": [
                {
                    "article": page.slug,
                    "title": page.title,
                    "class": self.classes[page.slug].value,
                    "owner": page.owner,
                    "due": page.due and page.due.isoformat(),
                    "why": [
                        {"kind": one.kind, "why": one.why, "says": list(one.says)}
                        for one in of[page.slug]
                        if one.kind in list(Class)
                    ],
                }
                for page in self.pages
            ],
            **{kind: [_listed(one) for one in self.defects if one.kind == kind] for kind in SHOWN},
        }


def _listed(defect: Defect) -> dict[str, Any]:
    return {"article": defect.page, "why": defect.why, "conversations": [said["conversation"] for said in defect.says]}


# What only an installation can show, by its conversations (usage.py) and its readers.
UNUSED: Final = "unused"
DIFFERS: Final = "answers_differ"
UNHELPFUL: Final = "unhelpful"  # by its readers' votes: see feedback.py
SHOWN: Final = (UNUSED, DIFFERS, UNHELPFUL)


def audit(pages: Sequence[Page], as_of: date) -> Report:
    """Reads nothing but `pages`: the same pages on the same day give the same report."""
    sentences = [sentence for page in pages for sentence in page.sentences()]
    found = [*overdue(pages, as_of), *contradictory(sentences), *ambiguous(sentences)]
    return Report(as_of, pages, found)


def overdue(pages: Iterable[Page], as_of: date) -> Iterator[Defect]:
    for page in pages:
        if page.due is None:
            yield Defect(Class.OUTDATED, page.slug, "Nobody has ever reviewed it.")
        elif page.due < as_of:
            days = (as_of - page.due).days
            why = f"Its review was due on {page.due}, {days} day{'s' if days > 1 else ''} ago."
            yield Defect(Class.OUTDATED, page.slug, why, since=page.due.isoformat())


def contradictory(sentences: Sequence[Sentence]) -> Iterator[Defect]:
    """Each of the two pages has the defect, told with its own sentence first."""
    for pair in contradictions.find(sentences):
        one, other = _quoted(pair.one, pair.words[0]), _quoted(pair.other, pair.words[1])
        yield Defect(Class.CONTRADICTORY, pair.one.page, _apart(pair.words, other["article"]), (one, other))
        if pair.other.page != pair.one.page:
            words = (pair.words[1], pair.words[0])
            yield Defect(Class.CONTRADICTORY, pair.other.page, _apart(words, one["article"]), (other, one))


def ambiguous(sentences: Sequence[Sentence]) -> Iterator[Defect]:
    for one in vague.find(sentences):
        says = (_quoted(one.sentence, one.words),)
        yield Defect(Class.AMBIGUOUS, one.sentence.page, OPEN[one.kind].format(one.words), says)


def _apart(words: tuple[str, str], other: str) -> str:
    return f"It says “{words[0]}”, {other} says “{words[1]}” about the same."


def _quoted(sentence: Sentence, words: str) -> dict[str, str]:
    return {"article": sentence.page, "heading": sentence.heading, "text": sentence.text, "words": words}


OPEN: Final[dict[str, str]] = {
    "time": "“{}” leaves open how long.",
    "amount": "“{}” leaves open how much.",
    "condition": "“{}” leaves open when this holds.",
    "contact": "“{}” doesn't say how.",
    "pronoun": "“{}” stands at the beginning, and nothing before it says what it means.",
}
