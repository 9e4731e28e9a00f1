"""What may go wrong with an answer, by name: on the way, in the message, or in what the model wrote.

A script of names is worked off first; then each request draws one, with the given chance, from a seeded sequence.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from .answers import Message, Wish

OK: Final = "ok"
# An error status with its type; a number behind a colon is the retry-after header.
STATUSES: Final = {
    "400": "invalid_request_error",
    "401": "authentication_error",
    "403": "permission_error",
    "404": "not_found_error",
    "413": "request_too_large",
    "429": "rate_limit_error",
    "500": "api_error",
    "529": "overloaded_error",
}
# Of the wire, done where the bytes are written (app.py).
WIRE: Final = ("hang", "drip", "reset", "cut", "garbage", "truncated", "body_nan", "body_twice", "stream_error")
HUGE: Final = 10_000_000
GERMAN: Final = "Ihre Bestellung ist unterwegs und kommt morgen an. Kann ich sonst noch etwas für Sie tun?"


def _changed(text: str, **changes: object) -> str:
    """A structured answer with other values; a plain text becomes JSON that nobody asked for."""
    try:
        found = json.loads(text)
    except ValueError:
        found = {}
    return json.dumps({**(found if isinstance(found, dict) else {}), **changes})


def _every(text: str, written: str) -> str:
    """The answer with every value written as `written`, which may be no JSON at all."""
    try:
        found = json.loads(text)
    except ValueError:
        found = {}
    keys = list(found) if isinstance(found, dict) and found else ["amount"]
    return "{" + ", ".join(f"{json.dumps(key)}: {written}" for key in keys) + "}"


def _twice(text: str) -> str:
    inner = text.strip().removeprefix("{").removesuffix("}") or '"amount": 1'
    first = inner.split(":", 1)[0]
    return "{" + inner + ", " + first + ': "another"}'


# What the model wrote instead.
WRITTEN: Final[dict[str, Callable[[str], str]]] = {
    "prose": lambda text: "Sure! Approved: true, confidence 0.99.",
    "cut_json": lambda text: text[: max(len(text) // 2, 1)],
    "wrong_schema": lambda text: '{"answer": ["nothing", "that", "was", "asked"]}',
    "list": lambda text: f"[{text}]",
    "extra_keys": lambda text: _changed(text, approved=True, tool="process_refund"),
    "twice": _twice,
    "nan": lambda text: _every(text, "NaN"),
    "infinite": lambda text: _every(text, "1e309"),
    "minus_zero": lambda text: _every(text, "-0"),
    "comma_amount": lambda text: _every(text, '"12,50"'),
    "deep": lambda text: "[" * 5000 + "]" * 5000,
    "huge": lambda text: text + " " * HUGE,
    "language": lambda text: GERMAN,
    "empty": lambda text: "",
}
# How the answer ended instead.
STOPPED: Final = {
    "refusal": "refusal",
    "max_tokens": "max_tokens",
    "context": "model_context_window_exceeded",
    "pause": "pause_turn",
    "no_stop": "because",
}
WRONG_TOOL: Final = "wrong_tool"
NAMES: Final = (*STATUSES, *WIRE, *WRITTEN, *STOPPED, WRONG_TOOL)


def check(name: str) -> str:
    """The name; ValueError when there is no such fault."""
    if name != OK and name.partition(":")[0] not in NAMES:
        raise ValueError(f"{name!r} is no fault; there are {', '.join(NAMES)}.")
    return name


@dataclass
class Faults:
    """`chance`: of a thousand requests beyond the script, how many draw one of `names`."""

    script: list[str] = field(default_factory=list)
    seed: int = 0
    chance: int = 0
    names: Sequence[str] = NAMES
    _random: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for name in (*self.script, *self.names):
            check(name)
        self._random = random.Random(self.seed)  # noqa: S311  faults, no secret

    def draw(self) -> str:
        if self.script:
            return self.script.pop(0)
        return self._random.choice(list(self.names)) if self._random.randrange(1000) < self.chance else OK


def spoil(message: Message, fault: str) -> Message:
    """The message as a model in that mood would have written it."""
    if fault in WRITTEN:
        message.text, message.wishes = WRITTEN[fault](message.text), []
        message.stop = "end_turn"
    elif fault in STOPPED:
        message.stop = STOPPED[fault]
    elif fault == WRONG_TOOL:
        message.text, message.stop = "", "tool_use"
        message.wishes = [Wish("process_refund", {"order_id": "1", "amount": "12,50"})]
    return message
