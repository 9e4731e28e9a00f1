"""The policy's hard triggers: words that call for a person, and from which tier or amount a customer is one's own.

The shipped words are lexicon.yaml; a policy adds to them and takes away from them, phrase by phrase.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from . import phrases

FILE: Final = Path(__file__).with_name("lexicon.yaml")
Name = Literal[
    "self_harm", "safety", "medical_advice", "legal", "regulatory", "legal_advice", "loss", "minors", "sensitive_data",
    "conflict",
]  # fmt: skip
Usd = Annotated[int, Field(strict=True, ge=1, le=10_000_000)]


class Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    phrases: tuple[str, ...]
    unless: tuple[str, ...] = ()


@cache
def shipped() -> tuple[phrases.Groups, dict[str, Words]]:
    """The groups and the words of lexicon.yaml."""
    data: dict[str, Any] = yaml.load(FILE.read_text("utf-8"), Loader=yaml.CSafeLoader)
    groups = {name: tuple(map(str, words)) for name, words in data["groups"].items()}
    return groups, {name: Words.model_validate(words) for name, words in data["triggers"].items()}


def _readable(phrase: str) -> str:
    phrases.pattern(phrase, shipped()[0])
    return phrase


Phrase = Annotated[str, AfterValidator(_readable)]


class Trigger(BaseModel):
    """`queue`: where a person waits for it; `add`, `remove`: phrases beside the shipped ones and without some of them;
    `unless`: what sounds like it and isn't."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    queue: Annotated[str, Field(min_length=1)] | None = None
    add: tuple[Phrase, ...] = ()
    remove: tuple[Phrase, ...] = ()
    unless: tuple[Phrase, ...] = ()


class Vip(BaseModel):
    """S1-43: a customer of one of these tiers, or with so much bought or so much still open, has a person at once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    queue: Annotated[str, Field(min_length=1)] | None = None
    tiers: tuple[Literal["standard", "premium", "enterprise"], ...] = ()
    lifetime_usd: Usd | None = None
    open_usd: Usd | None = None


class Triggers(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    words: dict[Name, Trigger] = Field(default_factory=dict)
    vip: Vip = Vip()

    @field_validator("words")
    @classmethod
    def _known(cls, value: dict[Name, Trigger]) -> dict[Name, Trigger]:
        for name, one in value.items():
            for phrase in one.remove:
                if phrase not in shipped()[1][name].phrases:
                    raise ValueError(f"{phrase!r} isn't a shipped phrase of {name}; write it as it stands there")
        return value

    def of(self, name: Name) -> Trigger:
        return self.words.get(name, Trigger())

    def queues(self) -> dict[str, str]:
        """The queue of each trigger that has one of its own."""
        named = {str(name): one.queue for name, one in self.words.items()} | {"vip": self.vip.queue}
        return {name: queue for name, queue in named.items() if queue is not None}

    def patterns(self, name: Name) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What a trigger's text is found by, and what is cut out of the text before."""
        groups, known = shipped()
        own, base = self.of(name), known[name]
        kept = [phrase for phrase in base.phrases if phrase not in own.remove]
        return (
            tuple(phrases.pattern(one, groups) for one in (*kept, *own.add)),
            tuple(phrases.pattern(one, groups) for one in (*base.unless, *own.unless)),
        )
