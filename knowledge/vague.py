"""Sentences that can be read two ways: a time without a value, "contact us" without how, "it" without what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

import yaml

from . import figures, specifics
from .sentences import Sentence

Kind = Literal["time", "amount", "condition", "contact", "pronoun"]

# The phrases are vague.yaml; one that stands beside a figure of its kind is settled by the figure.
FILE: Final = Path(__file__).with_name("vague.yaml")
HEDGED: Final = re.compile(r"\b(?:usually|normally|typically|generally|often|sometimes)\b", re.IGNORECASE)
TAKES: Final = re.compile(
    r"\b(?:takes?|arrives?|deliver(?:ed|s)?|costs?|refund(?:ed|s)?|charged?|ready)\b", re.IGNORECASE
)
SETTLES: Final[dict[str, str]] = {"time": "duration", "amount": "money"}
CONTACT: Final = re.compile(
    r"\b(?:contact|get in touch with|reach out to|speak to|talk to) "
    r"(?:us|our (?:team|support|customer (?:care|service|support))|(?:customer )?(?:care|support|service)(?: team)?)\b"
    r"(?! (?:at|by|through|via|on|in|using|from|with)\b)",
    re.IGNORECASE,
)
MEANS: Final = re.compile(
    r"https?://|\b(?:chat|form|page|channel|slack|ticket|phone|e-?mail|\*|`|account|website|app|button|store)\b|@",
    re.IGNORECASE,
)
PRONOUN: Final = re.compile(
    r"(?:It|They|This|These|Those) (?=(?:is|are|was|were|can|will|may|must|has|have|does|do|takes?|costs?|works?|means"
    r"|appl(?:y|ies)|depends?|includes?)\b|(?:isn|aren|can|won|doesn|don)['’]t)"
)


@cache
def phrases() -> dict[Kind, re.Pattern[str]]:
    listed: dict[Kind, list[str]] = yaml.load(FILE.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return {kind: re.compile(rf"\b(?:{'|'.join(some)})(?!\w)", re.IGNORECASE) for kind, some in listed.items()}


@dataclass(frozen=True)
class Vague:
    """`words` is what can be read two ways, as it stands in the sentence."""

    kind: Kind
    sentence: Sentence
    words: str


def find(sentences: Sequence[Sentence]) -> list[Vague]:
    """In the order of the text, one for each sentence and kind."""
    means = {one.page for one in sentences if _says_how(one.text)}
    return [found for one in sentences for found in _of(one, one.page in means)]


def _of(one: Sentence, page_says_how: bool) -> Iterator[Vague]:
    if one.is_code:
        return
    kinds = {figure.measure.split(":")[0] for figure in figures.read(one.text)}
    for kind, pattern in phrases().items():
        found = pattern.search(one.text)
        if found and SETTLES.get(kind, "nothing") not in kinds:
            yield Vague(kind, one, found[0])
    hedge = HEDGED.search(one.text)
    if hedge and TAKES.search(one.text) and not kinds:
        yield Vague("time", one, hedge[0])
    contact = CONTACT.search(one.text)
    if contact and not page_says_how and not _says_how(one.text):
        yield Vague("contact", one, contact[0])
    pronoun = PRONOUN.match(one.text)
    if pronoun and not one.before and not one.heading:
        yield Vague("pronoun", one, pronoun[0].strip())


def _says_how(text: str) -> bool:
    return MEANS.search(text) is not None or any(one.kind in ("phone", "email") for one in specifics.find(text))
