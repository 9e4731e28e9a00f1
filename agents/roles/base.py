"""One use of a model: a prompt file, the shape of its answer, and how much it may read and say.

A role's file says how its question is put and what its answer comes to; the prompt beside it carries manners and no
rule (prompts.py). What is known of the customer and of the conversation goes in as data, behind the instructions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from agents.brain import Sight
from agents.llm.shapes import Kind, ModelError, Reply, Request, Said, Stop, ToolSpec, Who

from . import prompts
from .recap import shown

CHARS_A_TOKEN: Final = 3  # English has four; codes and other scripts have fewer
LONGEST_RECORD: Final = 4000  # characters

Ask = Callable[[Request], Reply]
Shape = TypeVar("Shape", bound="Said_")


class Said_(BaseModel):  # noqa: N801  the shape of a structured answer
    """A model's answer: exactly these fields, of exactly these types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


@dataclass(frozen=True)
class Role:
    """`reads`, `says`: tokens at most, of the question and of the answer; `seconds`: for all tries together."""

    name: str
    reads: int
    says: int
    seconds: float
    shape: type[BaseModel] | None = None

    def request(
        self, sight: Sight, model: str, task: str, records: Sequence[Any] = (), tools: Sequence[ToolSpec] = ()
    ) -> Request:
        """The stable text first, so that the provider may keep it; then who asks; then the talk, what is on record and
        what is to be done with it."""
        system = (prompts.of(self.name), sight.prompt, context(sight))
        behind = [*map(record, records), Said(Who.CUSTOMER if not task else Who.RECORDS, task or sight.text)]
        room = self.reads - tokens(*system, *(one.text for one in behind))
        return Request(
            role=self.name,
            model=model,
            system=system,
            messages=(*talk(sight, room), *behind),
            max_tokens=self.says,
            seconds=self.seconds,
            tools=tuple(tools),
            output=self.shape.model_json_schema() if self.shape else None,
            own=(*own_values(sight), sight.text),  # also where the task quotes it
            keep=tuple(map(str, sight.customer.get("own_ids") or ())),
        )


def read(reply: Reply, shape: type[Shape]) -> Shape:
    """The structured answer; ModelError for anything else, also for one that was cut."""
    if reply.stop is not Stop.END:
        raise ModelError(Kind.MALFORMED, "not finished")
    try:
        return shape.model_validate_json(json.dumps(reply.data, allow_nan=False))
    except (ValidationError, ValueError, TypeError) as error:
        raise ModelError(Kind.MALFORMED, "another shape") from error


def plain(reply: Reply) -> str:
    """The answer in words, when it is whole and holds nobody else's values."""
    if reply.stop is not Stop.END or reply.hidden:
        raise ModelError(Kind.MALFORMED, "not finished, or not for the customer")
    return reply.text.strip()


def context(sight: Sight) -> str:
    """S2-06: who is asking, which tier, and what they seem to want."""
    state = sight.state
    if state is None:
        return "Nothing is known about the customer."
    account = ", ".join(
        f"{name.replace('_', ' ')} {value}" for name, value in sorted(state.account_info.items()) if value
    )
    known = {
        "Customer": state.customer_name or "not signed in",
        "Account": account or "unknown",
        "Seems to want": ", ".join(state.detected_intents) or "not known yet",
        "Looked up so far": ", ".join(one["tool"] for one in state.tools_executed) or "nothing",
        "With a person": "waiting" if state.escalation_pending else "no",
    }
    lines = [f"{name}: {value}" for name, value in known.items()]
    return "\n".join([*lines, *(f"An example, anonymised:\n{one}" for one in sight.examples)])


def talk(sight: Sight, room: int) -> list[Said]:
    """The conversation before the newest message, the oldest left out first where there is no room for all."""
    if sight.state is None:
        return []
    before = [one for one in sight.state.conversation_history if one["content"] != sight.text]
    recap, rest = shown(before)
    kept: list[Said] = []
    for entry in reversed(rest):
        room -= tokens(entry["content"])
        if room < 0:
            break
        kept.insert(0, Said(Who.CUSTOMER if entry["role"] == "user" else Who.AGENT, entry["content"]))
    if recap and tokens(recap) < room:
        kept.insert(0, Said(Who.RECORDS, f"Before that, in short:\n{recap}"))
    return kept


def record(fact: Any) -> Said:
    text = fact if isinstance(fact, str) else json.dumps(fact, ensure_ascii=False, sort_keys=True, default=str)
    return Said(Who.RECORDS, text[:LONGEST_RECORD])


def tokens(*texts: str) -> int:
    """More than there are, as a rule."""
    return sum(len(text) // CHARS_A_TOKEN + 1 for text in texts)


def own_values(sight: Sight) -> tuple[str, ...]:
    """The customer's own values on record, which may stand in an answer to them."""
    values: Mapping[str, Any] = sight.customer
    return tuple(str(values[name]) for name in ("email", "phone") if values.get(name))
