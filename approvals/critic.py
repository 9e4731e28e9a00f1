"""The second opinion on a write. What is not an explicit, well-formed, timely, sure "approved" is a no (S4-20)."""

from __future__ import annotations

import contextvars
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from conversations.logs import Log, log
from tools.models import ToolCall

from .cases import Asker, OwnWrite

SECONDS: Final = 10.0
APPROVED: Final = "critic-approved"
LONGEST_REASON: Final = 1000


def storable(code: str) -> str:
    """What no row can hold isn't an answer: it would end the turn where it should end in a no."""
    if "\x00" in code or len(code) > LONGEST_REASON:
        raise ValueError("that is no code")
    code.encode()
    return code


class Answer(BaseModel):
    """All that counts as an answer. Confidence in thousandths; reasons are codes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    verdict: Literal["approved", "rejected"]
    confidence: Annotated[int, Field(ge=0, le=1000)]
    reasons: Annotated[list[Annotated[str, AfterValidator(storable)]], Field(max_length=10)]


@dataclass(frozen=True)
class Brief:
    """What a critic is asked about: the proposal, when, the customer's own words in this conversation, oldest first,
    and our other writes on the same order. A critic works in a thread of its own, without the database."""

    call: ToolCall
    asker: Asker
    now: datetime
    said: tuple[str, ...]
    own: list[OwnWrite]


@dataclass(frozen=True)
class Critic:
    """A named second opinion. `review` returns whatever it returns: only `Answer` makes it one."""

    name: str
    review: Callable[[Brief], Any]


@dataclass(frozen=True)
class Opinion:
    """One critic's answer after the wrapper. `reason` is a code; anything but `approved` is a no."""

    name: str
    approved: bool
    confidence: int
    reason: str
    reasons: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "approved": self.approved, "confidence": self.confidence, "reason": self.reason,
                "reasons": list(self.reasons)}  # fmt: skip

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Opinion:
        return cls(**{**value, "reasons": tuple(value["reasons"])})


def ask(critic: Critic, brief: Brief, threshold: int, seconds: float = SECONDS) -> Opinion:
    """Never raises and never waits longer than `seconds`: a late answer is not listened to."""
    began = time.monotonic()
    future = _threads().submit(contextvars.copy_context().run, critic.review, brief)
    try:
        answer = future.result(timeout=seconds)
    except FutureTimeoutError:
        return failed(critic, "critic-timeout", began)
    except BaseException as error:  # noqa: BLE001 whatever a critic raises, it did not approve
        return failed(critic, "critic-error", began, type(error).__name__)
    return judged(critic, answer, threshold, began)


def judged(critic: Critic, answer: Any, threshold: int, began: float) -> Opinion:
    """An answer in words, with a missing or extra part, or of the wrong type is none."""
    try:
        read = Answer.model_validate(answer.model_dump() if isinstance(answer, Answer) else answer)
    except Exception as error:  # noqa: BLE001 whatever it is made of, it can't be read as an answer
        return failed(critic, "critic-malformed", began, type(error).__name__)
    if read.verdict != "approved":
        return Opinion(critic.name, False, read.confidence, "critic-rejected", tuple(read.reasons))
    if read.confidence < threshold:
        return Opinion(critic.name, False, read.confidence, "critic-unsure", tuple(read.reasons))
    return Opinion(critic.name, True, read.confidence, APPROVED, tuple(read.reasons))


def failed(critic: Critic, reason: str, began: float, error: str = "") -> Opinion:
    ms = int((time.monotonic() - began) * 1000)
    log(Log.CRITIC_FAILED, critic=critic.name, reason=reason, error=error, ms=ms)
    return Opinion(critic.name, False, 0, reason)


def unanimous(opinions: Sequence[Opinion]) -> Opinion:
    """All must approve, and at least one must be asked; the first no is the answer."""
    no = next((one for one in opinions if not one.approved), None)
    if no is not None or not opinions:
        return no or Opinion("", False, 0, "critic-missing")
    return min(opinions, key=lambda one: one.confidence)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(32, thread_name_prefix="critics")
