"""The policy: its YAML's schema, and the frozen object that the runner hands down. Nobody asks for "the active policy".

Confidences are thousandths, money is cents. A key that the schema doesn't know is refused.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from . import yamltext

FLOOR: Final = 600  # D2: below it a person decides, and no policy may lower it
DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NEEDED_QUEUES: Final = ("human-queue-priority", "human-queue-standard", "human-queue-billing", "human-queue-security")

Thousandths = Annotated[int, Field(strict=True, ge=0, le=1000)]
Count = Annotated[int, Field(strict=True, ge=1, le=1000)]
Words = Annotated[str, Field(min_length=1, max_length=2000)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Confidence(Part):
    """D2. Below `floor` a person; up to `proceed` one clarifying question or a grounded answer; from it on, proceed."""

    floor: Annotated[int, Field(strict=True, ge=FLOOR, le=1000)]
    proceed: Thousandths
    critic: Thousandths
    retrieval: Thousandths

    @model_validator(mode="after")
    def _rises(self) -> Confidence:
        if self.proceed < self.floor:
            raise ValueError("proceed must not be below floor")
        return self


class Limits(Part):
    """D3, S1-38, S1-39: when the agent stops trying. Each is reached, not passed: at the number a person takes over."""

    turns_per_matter: Count
    frustrated_turns: Count
    conversation_turns: Count
    history_entries: Count
    not_understood: Count
    failures: Count


class Knowledge(Part):
    """S1-24: what is older is stale, where the topic is one that changes."""

    stale_days: Count


class Trigger(StrEnum):
    FIRST_MESSAGE = "first_message"
    ACCOUNT_DATA_REQUESTED = "account_data_requested"


class Disclosure(Part):
    """S1-48: said exactly once, at its trigger, in exactly these words."""

    id: Words
    trigger: Trigger
    text: Words


class Handling(Part):
    """S1-49: what happens without looking at anything else."""

    action: Literal["escalate_immediately", "escalate_to_billing_specialist"]
    queue: Words
    message: str = ""
    threshold_usd: Annotated[int, Field(strict=True, ge=0)] | None = None

    @property
    def threshold_cents(self) -> int | None:
        """Above it, not at it."""
        return None if self.threshold_usd is None else self.threshold_usd * 100


class Sensitive(Part):
    account_security_concern: Handling
    payment_dispute_over_threshold: Handling

    @field_validator("payment_dispute_over_threshold")
    @classmethod
    def _has_a_threshold(cls, value: Handling) -> Handling:
        if value.threshold_usd is None:
            raise ValueError("threshold_usd is missing; add it")
        return value


class Tone(Part):
    """S1-50."""

    voice: Words
    prohibited_phrases: tuple[Words, ...]
    preferred_patterns: tuple[Words, ...]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone; write one like America/New_York") from error
    return name


_SPAN: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


def _span(text: str) -> str:
    """'09:00-17:30'; '00:00-24:00' is the whole day."""
    found = _SPAN.fullmatch(text)
    if found is None or text[6:] > "24:00" or text[:5] >= text[6:]:
        raise ValueError(f"{text!r} is not a span like '09:00-17:30'")
    return text


class Queue(Part):
    """Where a handoff waits: the name that the customer reads, and when somebody is there."""

    name: Words
    timezone: Annotated[str, AfterValidator(_zone)]
    hours: dict[
        Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
        Annotated[str, AfterValidator(_span)],
    ]

    def is_open(self, now: datetime) -> bool:
        return any(start <= now < end for start, end in self._spans(now))

    def opens_at(self, now: datetime) -> datetime | None:
        """The next moment at which it opens, in its own time zone; None when it never does."""
        return min((start for start, _ in self._spans(now) if start > now), default=None)

    def _spans(self, now: datetime) -> list[tuple[datetime, datetime]]:
        """Yesterday's to next week's openings, by the wall clock of the queue."""
        today = now.astimezone(ZoneInfo(self.timezone)).date()
        days = (today + timedelta(days=ahead) for ahead in range(-1, 8))
        return [
            (self._at(day, span[:5]), self._at(day, span[6:]))
            for day in days
            if (span := self.hours.get(DAYS[day.weekday()]))
        ]

    def _at(self, day: Any, clock: str) -> datetime:
        hour, minute = int(clock[:2]), int(clock[3:])
        day, hour = (day + timedelta(days=1), 0) if hour == 24 else (day, hour)
        return datetime.combine(day, time(hour, minute), ZoneInfo(self.timezone))


class Policy(Part):
    """One version of the policy, whole."""

    confidence: Confidence
    limits: Limits
    knowledge: Knowledge
    prohibited_topics: tuple[Words, ...]
    disclosures: tuple[Disclosure, ...]
    sensitive: Sensitive
    tone: Tone
    fallback: Words
    queues: dict[str, Queue]

    @field_validator("disclosures")
    @classmethod
    def _one_text_a_trigger(cls, value: tuple[Disclosure, ...]) -> tuple[Disclosure, ...]:
        if len({disclosure.trigger for disclosure in value}) != len(value):
            raise ValueError("two texts for one trigger; keep one")
        return value

    @field_validator("queues")
    @classmethod
    def _queues_are_there(cls, value: dict[str, Queue], info: ValidationInfo) -> dict[str, Queue]:
        sensitive: Sensitive | None = info.data.get("sensitive")
        named = [getattr(sensitive, name).queue for name in Sensitive.model_fields] if sensitive else []
        for name in (*NEEDED_QUEUES, *named):
            if name not in value:
                raise ValueError(f"{name} isn't described here; add it")
        return value

    @classmethod
    def parse(cls, body: str) -> Policy:
        """The policy that the YAML means; YamlTextError says what is wrong, at which line and column."""
        value = yamltext.load(body)
        try:
            return cls.model_validate(value)
        except ValidationError as error:
            raise yamltext.explain(body, error) from error

    def disclosure(self, trigger: Trigger) -> str:
        """The words that are due at `trigger`, empty when there are none."""
        return next((one.text for one in self.disclosures if one.trigger == trigger), "")

    def queue(self, name: str) -> Queue:
        """The queue, or the standard one where the policy doesn't know the name."""
        return self.queues.get(name) or self.queues["human-queue-standard"]
