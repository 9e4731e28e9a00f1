"""What customers may want: each intent's category, examples, rules, workflow and authority, read from YAML."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from agents.intents import needles

BASE: Final = Path(__file__).with_name("taxonomy.yaml")
HANDOFF: Final = "handoff"
PERSON: Final = "talk_to_person"
SMALL_TALK: Final = "small_talk"
ORDER_STATUS: Final = "order_status"
DISPUTE: Final = "billing_dispute"
SHORT: Final = 2  # letters: such a word says nothing about whose business it is
FLOOR: Final = 600  # D2: below it an intent is a guess, and no taxonomy may lower it
ALONE: Final = 5  # the authority that no release reaches: a person's alone
_NUMBERED: Final = re.compile(r"\b[a-z]{1,3}-?\d{4,}\b", re.IGNORECASE)  # an order's number is ours
_QUOTED: Final = re.compile(r'"[^"]*"|“[^”]*”')  # what is quoted isn't meant
OUTSIDE: Final = "outside"  # the class of talk that is not the company's business; never an intent


class Category(StrEnum):
    """S1-08."""

    BILLING = "billing"
    TECHNICAL = "technical"
    ACCOUNT = "account"
    SHIPPING = "shipping"
    RETURNS = "returns"
    GENERAL = "general"


class Urgency(StrEnum):
    """S1-09."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(Entry):
    """A pattern that names the intent by itself. The higher priority wins; equal priorities are a conflict. `such_as`:
    what it is written for where no example shows it; the linter holds it to that, and nothing is learnt from it."""

    pattern: str
    priority: Annotated[int, Field(ge=1, le=100)] = 50
    such_as: tuple[str, ...] = ()

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"{value!r} is not a regular expression: {error}. Correct it in the taxonomy.") from error
        return value

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.IGNORECASE)


class Intent(Entry):
    """One thing a customer may want. `title` is how a question names it: "Do you mean {title}, or ...?"; `details` are
    what a person who carries it out will want to know, noted before they are called (`open_order`: an order that isn't
    there yet). `otherwise`: the workflow where the company, or the release, lacks what the first one needs.
    `queue`: where its handoffs wait, when the policy has such a queue; else where everybody's do.
    `by_reason`: another workflow where the words give that reason (a code). `reports`: it says what happened, and gives
    way to what else the message wants of the same order."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]
    title: str
    category: Category
    description: str
    workflow: str
    otherwise: str = HANDOFF
    queue: str = ""
    by_reason: dict[str, str] = Field(default_factory=dict)
    reports: bool = False
    examples: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    urgency: Urgency = Urgency.NORMAL
    sensitive: bool = False
    authority: Annotated[int, Field(ge=0, le=5)] = 0
    details: tuple[Literal["order_id", "open_order", "reason"], ...] = ()

    @property
    def handed_over(self) -> bool:
        """Understood, but a person carries it out."""
        return self.workflow == HANDOFF

    @property
    def acts(self) -> bool:
        """Something is changed in the end: it takes an authority, and one that the agent can have."""
        return 0 < self.authority < ALONE


Thousandths = Annotated[int, Field(strict=True, ge=0, le=1000)]


class Thresholds(Entry):
    """How sure is sure enough, in thousandths (D2). From `floor` on an intent is taken; a sensitive one needs `sure`; a
    clause alone, which says less than a message, needs `part`. `keep` is the share of what customers want that the
    out-of-scope threshold lets through."""

    floor: Annotated[int, Field(strict=True, ge=FLOOR, le=1000)] = FLOOR
    sure: Thousandths = 720
    part: Thousandths = 850
    keep: Annotated[int, Field(strict=True, ge=500, le=999)] = 920

    @model_validator(mode="after")
    def _floor_is_lowest(self) -> Thresholds:
        if min(self.sure, self.part) < self.floor:
            raise ValueError("sure and part must not be below floor. Raise them, or lower floor.")
        return self


class Taxonomy(Entry):
    """`elsewhere`: words and phrases of what other houses sell or serve (a flight, a landlord, a playlist). Who says
    one, and none of `ours`, isn't taken at a word: no rule decides, and nothing that changes something begins."""

    version: int
    intents: tuple[Intent, ...]
    outside: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()
    thresholds: Thresholds = Thresholds()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Taxonomy:
        names = [intent.name for intent in self.intents]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"Intents named twice: {', '.join(twice)}. Keep one entry each.")
        return self

    @cached_property
    def by_name(self) -> Mapping[str, Intent]:
        return {intent.name: intent for intent in self.intents}

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def __getitem__(self, name: str) -> Intent:
        return self.by_name[name]

    def get(self, name: str | None) -> Intent | None:
        return self.by_name.get(name) if name else None

    def __contains__(self, name: object) -> bool:
        return name in self.by_name

    @cached_property
    def patterns(self) -> tuple[tuple[str, int, re.Pattern[str]], ...]:
        """(intent, priority, compiled rule): the table of the rules tier."""
        return tuple((intent.name, rule.priority, rule.compiled) for intent in self.intents for rule in intent.rules)

    @cached_property
    def needles(self) -> needles.Index:
        return needles.index([compiled.pattern for _, _, compiled in self.patterns])

    @cached_property
    def training(self) -> tuple[tuple[str, str], ...]:
        """(utterance, intent or OUTSIDE), in file order: what the embedding tier learns from."""
        wanted = tuple((text, intent.name) for intent in self.intents for text in intent.examples)
        return (*wanted, *((text, OUTSIDE) for text in self.outside))

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every word of the examples: a message without any of them is noise, not a matter of its own."""
        return frozenset(word for text, _ in self.training for word in words(text))

    def is_elsewhere(self, text: str) -> bool:
        if not self._others.stands_in(words(text)) or _NUMBERED.search(text):
            return False
        return not self._own.stands_in(words(_QUOTED.sub(" ", text)))

    @cached_property
    def _others(self) -> Phrases:
        return Phrases.of(self.elsewhere)

    @cached_property
    def _own(self) -> Phrases:
        return Phrases.of(self.ours)

    @cached_property
    def foreign(self) -> frozenset[str]:
        """Words that only other people's business uses: nobody here speaks of reminders or of a PIN."""
        ours = {word for text, intent in self.training if intent != OUTSIDE for word in words(text)}
        return frozenset(word for text in self.outside for word in words(text) if len(word) > SHORT) - ours


def words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())


@dataclass(frozen=True)
class Phrases:
    """Phrases by the word that they begin with; the last word of each also with an s."""

    by_first: Mapping[str, tuple[tuple[str, ...], ...]]

    @classmethod
    def of(cls, phrases: Iterable[str]) -> Phrases:
        found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for phrase in phrases:
            *head, last = words(phrase)
            for full in ((*head, last), (*head, f"{last}s")):
                found[full[0]].append(full)
        return cls({first: tuple(full) for first, full in found.items()})

    def stands_in(self, said: Sequence[str]) -> bool:
        return any(
            tuple(said[place : place + len(full)]) == full
            for place, word in enumerate(said)
            for full in self.by_first.get(word, ())
        )


def _merged(base: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    """A pack's entry over the base one: lists are added to, everything else is replaced."""
    lists: dict[str, Any] = {key: [*base.get(key, ()), *extra[key]] for key in ("examples", "rules") if key in extra}
    return {**base, **extra, **lists}


def load(*overrides: Path, base: Path = BASE) -> Taxonomy:
    """The base taxonomy with each override (a pack's intents.yaml) laid over it; `without: [name]` removes some, its
    `thresholds` count instead of the base's, and `elsewhere` and `ours` are added: what is ours is never elsewhere."""
    data = yaml.load(base.read_text("utf-8"), Loader=yaml.CSafeLoader)
    entries = {entry["name"]: entry for entry in data["intents"]}
    for path in overrides:
        extra = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader) or {}
        for entry in extra.get("intents", ()):
            entries[entry["name"]] = _merged(entries.get(entry["name"], {}), entry)
        for name in extra.get("without", ()):
            if entries.pop(name, None) is None:
                raise ValueError(f"{path.name} leaves out {name!r}, which no taxonomy defines. Remove the line.")
        for key in ("elsewhere", "ours"):
            data[key] = [*data.get(key, ()), *extra.get(key, ())]
        data["thresholds"] = {**data.get("thresholds", {}), **extra.get("thresholds", {})}
    return Taxonomy.model_validate({**data, "intents": list(entries.values())})
