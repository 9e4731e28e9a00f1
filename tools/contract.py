"""What a capability declares, who calls it, and the closed list of ways in which a call can end badly."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from conversations.money import Money
from tools.shapes import Fulfilment


class Kind(StrEnum):
    """A READ may be asked again; a WRITE changes the world and never runs through `gateway.read`."""

    READ = "read"
    WRITE = "write"


class Risk(StrEnum):
    """What a wrong call costs: nothing but time, an annoyance, money or trust."""

    NONE = "none"
    LOW = "low"
    HIGH = "high"


class Proof(IntEnum):
    """How sure we are of who asks, weakest first: a capability names the least that it accepts."""

    NONE = 0
    ORDER_AND_CONTACT = 1  # named an order and its zip code or e-mail address, in the same call
    SIGNED_IN = 2
    ONE_TIME_CODE = 3
    PERSON = 4  # an operator looked


class Retry(IntEnum):
    """How often the gateway tries again after a transport error. The value is the number of further attempts."""

    NEVER = 0  # writes: an unknown outcome is settled by asking, never by doing it again (D10)
    TWICE = 2  # reads


class Idempotency(StrEnum):
    """What makes a second call the same call."""

    NATURAL = "natural"  # reading twice changes nothing
    KEY = "key"  # the key of the effect, stored before the first attempt


class ErrorCode(StrEnum):
    """Every way in which a call can fail. `retryable` below says which of them a read tries again."""

    NOT_FOUND = "not_found"  # also for what belongs to somebody else: the same answer
    NOT_ALLOWED = "not_allowed"  # the node doesn't list it, or it is a write
    NOT_IMPLEMENTED = "not_implemented"  # no capability has that name
    ABSENT = "absent"  # a capability that this company doesn't have
    PROOF_NEEDED = "proof_needed"
    INVALID_ARGUMENTS = "invalid_arguments"
    INVALID_ANSWER = "invalid_answer"  # the company's system answered something that isn't the contract
    REFUSED = "refused"  # the company's system said no
    NO_WAY_BACK = "no_way_back"  # the company's system can't say what became of a write
    CONFLICT = "conflict"  # the idempotency key was used for something else: nothing was done, and people must look
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    FAILED = "failed"  # an error of ours


RETRYABLE = frozenset({ErrorCode.UNAVAILABLE, ErrorCode.TIMEOUT})


class ToolError(Exception):
    """Raised by a pack or a capability; carries a code and no words of a customer's."""

    def __init__(self, code: ErrorCode) -> None:
        super().__init__(code.value)
        self.code = code


@dataclass(frozen=True)
class Caller:
    """Who calls, from where and when. Identity comes from here alone, never from an argument.

    `customer_ref` is the company's own id of the signed-in customer, `allowed` what the node lists, `now` business
    time. `faults` is a scripted fault for the demo and the tests. `attempt` and `deadline` (monotonic seconds) are set
    by the gateway: a pack gives up at the deadline, since nobody listens any longer. `visitor` is who is counted when
    somebody without a session guesses.
    """

    customer_ref: str | None
    proof: Proof
    node: str
    allowed: frozenset[str]
    now: datetime
    faults: str = ""
    attempt: int = 1
    deadline: float | None = None
    visitor: str = ""

    @property
    def signed_in_as(self) -> str | None:
        """The company's id of a customer whose session is proven; None for everybody else, remembered or not."""
        return self.customer_ref if self.proof >= Proof.SIGNED_IN else None

    def seconds_left(self) -> float:
        """Time until the deadline; a call outside the gateway gets five seconds."""
        return 5.0 if self.deadline is None else self.deadline - time.monotonic()


class Filled(StrEnum):
    """How a person fills an argument in, where its type doesn't say so; stands in the argument's annotation. What is
    chosen from a record is never typed."""

    ORDER = "order"  # one of the customer's orders
    LINES = "lines"  # of that order
    ITEMS = "items"  # what could be had instead, at the places of the lines
    METHOD = "method"  # one of the customer's means of payment
    EMAIL = "email"
    WORDS = "words"  # the customer's own


class Arguments(BaseModel):
    """Input of a capability: strict types, no unknown field, frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Fulfil = Callable[[Any, Caller], BaseModel]


@dataclass(frozen=True)
class Plan:
    """How a write is carried out: what rule code decided, from records alone, and never anybody's argument.

    `amount` is what leaves an order's money by it, `exposure` in cents what people weigh (None: the amount): goods that
    are sent, a credit. `claims` are what only one write may ever hold, None meaning the lines. `facts` is what the
    company's systems need beyond the arguments: prices that were read, differences, an address to write to.
    """

    route: Fulfilment
    amount: Money
    line_ids: tuple[str, ...]
    customer_id: str
    exposure: int | None = None
    claims: tuple[str, ...] | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def held(self) -> tuple[str, ...]:
        return self.line_ids if self.claims is None else self.claims

    @property
    def weight_cents(self) -> int:
        return self.amount.cents if self.exposure is None else self.exposure

    def to_json(self) -> dict[str, Any]:
        known: dict[str, Any] = {"route": self.route.value, "amount": self.amount.to_json(),
                 "line_ids": list(self.line_ids), "customer_id": self.customer_id}  # fmt: skip
        if self.exposure is not None:
            known["exposure"] = self.exposure
        if self.claims is not None:
            known["claims"] = list(self.claims)
        return {**known, "facts": self.facts} if self.facts else known

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Plan:
        return cls(Fulfilment(value["route"]), Money.from_json(value["amount"]),
                   tuple(value["line_ids"]), value["customer_id"], value.get("exposure"),
                   tuple(value["claims"]) if "claims" in value else None, value.get("facts", {}))  # fmt: skip


@dataclass(frozen=True)
class Writer:
    """How a pack carries out a write: under the key that makes every repeat the same change.

    `settle` asks what became of a key; when it answers None it is safe and right to perform under the same key (again).
    A provider that keeps no keys has no `settle`: each of its writes goes to people first, is sent once, and without a
    clear answer people look.
    """

    perform: Callable[[Any, Plan, UUID, Caller], BaseModel]
    settle: Callable[[Plan, UUID, Caller], BaseModel | None] | None = None


@dataclass(frozen=True)
class Capability:
    """One thing that a workflow may ask of the world.

    `attempt_seconds` bounds one attempt, `total_seconds` all of them with the waits between. `proof_argument` names
    the argument that is itself the proof (what is named with an order). `fulfil` is set where the house answers
    itself; None means that the company's pack does. `called` is its name
    for people. `variant` names the argument that says which of several things is
    wished for, and `needs` which arguments each of them takes beside those that all take. `routes` tells people what
    happens on each road, where the roads differ.
    """

    name: str
    summary: str
    kind: Kind
    risk: Risk
    input: type[Arguments]
    output: type[BaseModel]
    proof: Proof
    attempt_seconds: float
    total_seconds: float
    proof_argument: str = ""
    rules: tuple[str, ...] = ()
    retry: Retry = Retry.TWICE
    idempotency: Idempotency = Idempotency.NATURAL
    fulfil: Fulfil | None = None
    called: str = ""
    variant: str = ""
    needs: Mapping[Any, frozenset[str]] = field(default_factory=dict)
    routes: Mapping[Fulfilment, str] = field(default_factory=dict)
