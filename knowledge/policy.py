"""The policy: its YAML's schema, and the frozen object that the runner hands down. Nobody asks for "the active policy".

Confidences are thousandths, money is cents. A key that the schema doesn't know is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise, product
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from . import yamltext
from .models import Topic
from .triggers import Triggers

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
    """D3, S1-38, S1-39: when the agent stops trying. Each is reached, not passed: at the number a person takes over.
    Only `conversation_turns` and `history_entries` are passed: so many are still the agent's."""

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


Role = Literal["operator", "billing_specialist", "manager"]
ROLES: Final[tuple[Role, ...]] = ("operator", "billing_specialist", "manager")
ORDER_TIERS: Final = ("platform_owned", "brand_consignment", "transfer")
CUSTOMER_TIERS: Final = ("standard", "premium", "enterprise")
ITEM_STATES: Final = ("new", "opened", "used", "damaged")
Dollars = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]


class LadderRow(Part):
    """Above so much: the role of the highest of those who decide, and how many different people say yes."""

    above_usd: Dollars
    role: Role
    people: Annotated[int, Field(strict=True, ge=1, le=2)]

    @property
    def above_cents(self) -> int:
        return self.above_usd * 100


class Window(Part):
    """D5: whole days in which money goes back, for these order tiers, customer tiers and states; 0 is never."""

    orders: Annotated[tuple[Literal["platform_owned", "brand_consignment", "transfer"], ...], Field(min_length=1)]
    customers: Annotated[tuple[Literal["standard", "premium", "enterprise"], ...], Field(min_length=1)]
    states: Annotated[tuple[Literal["new", "opened", "used", "damaged"], ...], Field(min_length=1)]
    days: Annotated[int, Field(strict=True, ge=0, le=3650)]

    def cells(self) -> list[tuple[str, str, str]]:
        return [(order, customer, state) for order in self.orders for customer in self.customers
                for state in self.states]  # fmt: skip


class Refunds(Part):
    """D4, D5: what goes back by the policy alone, who decides above it, and for how long. In the company's currency."""

    automatic_usd: Dollars
    automatic_per_customer_usd: Dollars
    automatic_per_day_usd: Dollars
    approvals: Annotated[tuple[LadderRow, ...], Field(min_length=1)]
    approval_hours: Annotated[int, Field(strict=True, ge=1, le=720)]
    offer_minutes: Annotated[int, Field(strict=True, ge=1, le=1440)]
    windows: tuple[Window, ...]
    # An order that hasn't been sent is cancelled by the policy alone up to here: its goods never left.
    automatic_cancel_usd: Dollars = 0
    credits: dict[Literal["late_delivery", "service_failure"], Dollars] = Field(default_factory=dict)

    @field_validator("approvals")
    @classmethod
    def _rises(cls, value: tuple[LadderRow, ...], info: ValidationInfo) -> tuple[LadderRow, ...]:
        if value[0].above_usd != info.data.get("automatic_usd"):
            raise ValueError("the first rung must begin where automatic_usd ends")
        for below, above in pairwise(value):
            falls = ROLES.index(above.role) < ROLES.index(below.role) or above.people < below.people
            if above.above_usd <= below.above_usd or falls:
                raise ValueError("each rung must begin above the one before it, with no lower role and no fewer people")
        return value

    @field_validator("windows")
    @classmethod
    def _each_once(cls, value: tuple[Window, ...]) -> tuple[Window, ...]:
        named = [cell for window in value for cell in window.cells()]
        for cell in product(ORDER_TIERS, CUSTOMER_TIERS, ITEM_STATES):
            if named.count(cell) != 1:
                what = "missing" if cell not in named else "named more than once"
                raise ValueError(f"the window of {' / '.join(cell)} is {what}")
        return value

    @model_validator(mode="after")
    def _caps_hold_one(self) -> Refunds:
        if self.automatic_per_customer_usd < self.automatic_usd or self.automatic_per_day_usd < self.automatic_usd:
            raise ValueError("the sums per customer and per day must not be below automatic_usd")
        return self

    @property
    def per_customer_cents(self) -> int:
        return self.automatic_per_customer_usd * 100

    @property
    def per_day_cents(self) -> int:
        return self.automatic_per_day_usd * 100

    def credit_cents(self, reason: str) -> int:
        """The standard credit for a reason; 0 is none."""
        return next((usd * 100 for name, usd in self.credits.items() if name == reason), 0)

    def window_days(self, order: str, customer: str, state: str) -> int:
        """0 is never without a person: also for a state that no window knows."""
        return next((window.days for window in self.windows if (order, customer, state) in window.cells()), 0)


# A policy that was written before there were refunds says nothing about them: then no money goes back by itself.
NOTHING_GOES_BACK: Final = Refunds(
    automatic_usd=0,
    automatic_per_customer_usd=0,
    automatic_per_day_usd=0,
    approvals=(LadderRow(above_usd=0, role="manager", people=2),),
    approval_hours=48,
    offer_minutes=60,
    windows=(Window(orders=ORDER_TIERS, customers=CUSTOMER_TIERS, states=ITEM_STATES, days=0),),
)


class Mode(StrEnum):
    """How far a capability may go: not at all; only written down; always with people; as the ladder says."""

    OFF = "off"
    DRY_RUN = "dry_run"
    PEOPLE = "people"
    AUTO = "auto"


def _mode(value: Any) -> Any:
    """YAML reads a plain `off` as no; whoever writes it means the mode."""
    return Mode.OFF if value is False else value


WRITING: Final = frozenset(
    {"process_refund", "process_return", "change_order", "update_account", "apply_credit", "send_notice", "open_ticket"}
)
# What the company's own writes are called. tools/apps.py puts the answer here: nobody down here knows the company.
own_writes: Callable[[], Collection[str]] = frozenset


def writing() -> list[str]:
    """Every write that a mode may be given to."""
    return sorted(WRITING.union(own_writes()))


def _writing(name: str) -> str:
    known = writing()
    if name not in known:
        raise ValueError(f"no write is called {name}; there are {', '.join(known)}")
    return name


Writing = Annotated[str, AfterValidator(_writing)]


class Policy(Part):
    """One version of the policy, whole. `checked_first`: topics on which a stale page isn't quoted before its editors
    have checked it (S1-25)."""

    confidence: Confidence
    limits: Limits
    knowledge: Knowledge
    prohibited_topics: tuple[Words, ...]
    disclosures: tuple[Disclosure, ...]
    sensitive: Sensitive
    tone: Tone
    fallback: Words
    refunds: Refunds = NOTHING_GOES_BACK
    capabilities: dict[Writing, Annotated[Mode, BeforeValidator(_mode)]] = Field(default_factory=dict)
    queues: dict[str, Queue]
    triggers: Triggers = Triggers()
    checked_first: tuple[Topic, ...] = ()

    def mode(self, capability: str) -> Mode:
        """What isn't named goes to people; refunds have a section of their own, which says what goes by itself."""
        unnamed = Mode.AUTO if capability == "process_refund" else Mode.PEOPLE
        return self.capabilities.get(capability, unnamed)

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

    @field_validator("triggers")
    @classmethod
    def _their_queues_are_there(cls, value: Triggers, info: ValidationInfo) -> Triggers:
        for name, queue in value.queues().items():
            if queue not in info.data.get("queues", {queue}):
                raise ValueError(f"{queue}, the queue of {name}, isn't described under queues; add it")
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
