"""What is asked of a model and what comes back, whoever answers: frozen, typed, and no word of one provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID


class Who(StrEnum):
    """Whose words a message holds. `RECORDS` are what tools and articles say: data, never the customer's own words."""

    CUSTOMER = "customer"
    AGENT = "agent"
    RECORDS = "records"


@dataclass(frozen=True)
class Said:
    """One message of a request."""

    who: Who
    text: str


@dataclass(frozen=True)
class ToolSpec:
    """A tool that the model may wish for; `input` is the JSON schema of its arguments, an object."""

    name: str
    description: str
    input: Mapping[str, Any]


@dataclass(frozen=True)
class Request:
    """One question.

    `model`: `provider:model`, as `models.of(role)` gives it. `system`: the stable text first; each block but the last
    is kept by the provider's cache, and so is a single one. `output`: the JSON schema of a structured answer, with
    whole numbers only. `seconds`: for all attempts together. `own`: the customer's own values on record (address,
    phone), which may stand in an answer. `keep`: order and tracking numbers, which leave the house even where they
    look like a phone number.
    """

    role: str
    model: str
    system: tuple[str, ...]
    messages: tuple[Said, ...]
    max_tokens: int
    seconds: float
    tools: tuple[ToolSpec, ...] = ()
    output: Mapping[str, Any] | None = None
    own: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()


@dataclass(frozen=True)
class Account:
    """Who pays, and where the ledger's row belongs: a conversation's caps, or only the day's."""

    conversation: int | None = None
    turn: UUID | None = None


@dataclass(frozen=True)
class Usage:
    """Tokens. `input` counts neither what was read from the cache nor what was written to it."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0

    @property
    def total(self) -> int:
        return self.input + self.output + self.cache_read + self.cache_write


@dataclass(frozen=True)
class ToolUse:
    """A tool that the model wishes for: one of the request's, with arguments that fit its schema."""

    id: str
    name: str
    input: Mapping[str, Any]


class Stop(StrEnum):
    """Why an answer ended. `CUT`: its last sentence is incomplete."""

    END = "end"
    CUT = "cut"
    TOOLS = "tools"
    SEQUENCE = "sequence"


@dataclass(frozen=True)
class Reply:
    """An answer that was checked: `data` fits the request's schema, `calls` its tools.

    Placeholders of the customer's own values have been put back; `hidden` names those that still stand in it, since
    their values are somebody else's: such a text is not for the customer.
    """

    text: str
    data: Any
    calls: tuple[ToolUse, ...]
    stop: Stop
    usage: Usage
    hidden: tuple[str, ...] = ()


class Kind(StrEnum):
    """The closed list of ways in which asking a model can end badly."""

    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    REFUSED = "refused"
    MALFORMED = "malformed"
    TOO_LONG = "too_long"
    OVER_BUDGET = "over_budget"
    NOT_CONFIGURED = "not_configured"
    BAD_REQUEST = "bad_request"
    UNAUTHORISED = "unauthorised"


class ModelError(Exception):
    """No answer. `detail` is a fixed word of ours, never what the provider or a customer wrote.

    `retry_after`: seconds that the provider asks to be left alone. `usage`: what the provider has counted all the
    same; None when nothing was worked on, unless `unknown` says that nobody knows.
    """

    def __init__(
        self,
        kind: Kind,
        detail: str = "",
        *,
        retry_after: float | None = None,
        usage: Usage | None = None,
        unknown: bool = False,
    ) -> None:
        super().__init__(f"{kind}: {detail}" if detail else str(kind))
        self.kind, self.detail, self.retry_after, self.usage, self.unknown = kind, detail, retry_after, usage, unknown
