"""What the stand-in says: a table of roles, given by whoever starts it, and the message that the API makes of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .rules import MODELS, Body, Mark, RefusedError, Text

CHARS_A_TOKEN: Final = 4
ANY: Final = "*"


@dataclass(frozen=True)
class Asked:
    """A request as a script sees it. `role` is a header of Handrail's that the real API doesn't read."""

    role: str
    body: Body

    @property
    def system(self) -> str:
        return "\n".join(block.text for block in self.body.system_blocks())

    @property
    def said(self) -> str:
        """The last message."""
        return "\n".join(block.text for block in self.body.messages[-1].blocks() if isinstance(block, Text))

    @property
    def schema(self) -> dict[str, Any] | None:
        config = self.body.output_config
        return config.format.schema_ if config and config.format else None


@dataclass(frozen=True)
class Wish:
    """An answer that is a tool call."""

    tool: str
    input: dict[str, Any]


# A text; JSON for a structured answer; a wish, or several; or a function that gives one of these. In a JSON file a wish
# is {"tool": name, "input": {…}}.
Answer = str | Wish | list[Wish] | dict[str, Any]
Script = Mapping[str, Answer | Callable[[Asked], Answer]]


@dataclass
class Message:
    """What the API would say, before it goes over the wire."""

    id: str
    model: str
    text: str
    wishes: list[Wish]
    stop: str
    usage: dict[str, int]


def find(script: Script, asked: Asked) -> Answer:
    """The script's answer for this role; a role without one is an error of whoever wrote the script."""
    found = script.get(asked.role, script.get(ANY))
    if found is None:
        raise RefusedError(500, "api_error", f"The stand-in has no answer for the role {asked.role!r}.")
    return found(asked) if callable(found) else found


def message(answer: Answer, asked: Asked, number: int, kept: set[str]) -> Message:
    """The answer as a message, cut where it would be cut."""
    wishes = [answer] if isinstance(answer, Wish) else answer if isinstance(answer, list) else []
    if isinstance(answer, dict) and set(answer) == {"tool", "input"}:
        wishes = [Wish(answer["tool"], answer["input"])]
    text = "" if wishes else answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
    stop, most = "tool_use" if wishes else "end_turn", asked.body.max_tokens * CHARS_A_TOKEN
    if len(text) > most:
        text, stop = text[:most], "max_tokens"
    usage = counted(asked.body, kept)
    usage["output_tokens"] = tokens(text + "".join(json.dumps(wish.input) for wish in wishes))
    return Message(f"msg_standin_{number:08d}", asked.body.model, text, wishes, stop, usage)


def tokens(text: str) -> int:
    return len(text) // CHARS_A_TOKEN + 1


def counted(body: Body, kept: set[str]) -> dict[str, int]:
    """Input tokens, with what the cache has: the longest marked prefix that was sent before is read, the rest of what
    is marked is written. `kept` remembers prefixes."""
    prefix, at, read, written = hashlib.sha256(body.model.encode()), 0, 0, 0
    for text, mark in _parts(body):
        prefix.update(text.encode(errors="replace"))
        at += tokens(text)
        if mark is not None and at >= MODELS[body.model].least_cached:
            key = prefix.hexdigest()
            read, written = (at, 0) if key in kept else (read, at - read)
            kept.add(key)
    return {
        "input_tokens": at - read - written,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": read,
    }


def _parts(body: Body) -> list[tuple[str, Mark | None]]:
    """In the order in which the cache reads: tools, system, messages."""
    tools = [(tool.model_dump_json(), tool.cache_control) for tool in body.tools or ()]
    system = [(block.text, block.cache_control) for block in body.system_blocks()]
    said = [(b.model_dump_json(), b.cache_control) for one in body.messages for b in one.blocks()]
    return [*tools, *system, *said]
