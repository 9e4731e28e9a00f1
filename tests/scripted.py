"""A provider that answers as a test says: `with scripted(answer, …) as asked` and models called `scripted:NAME`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from agents.llm import providers
from agents.llm.provider import Answer, OnText
from agents.llm.shapes import Request, Stop, ToolUse, Usage

MODEL = "scripted:claude-haiku-5-5"  # as cheap as that one
Script = Answer | str | dict[str, Any] | Exception | Callable[[Request], Any]


def answer(text: str = "", *calls: ToolUse, stop: Stop | None = None, usage: Usage | None = None) -> Answer:
    return Answer(text, calls, stop or (Stop.TOOLS if calls else Stop.END), usage or Usage(input=100, output=20))


class Scripted:
    """Answers in the script's order, the last one again and again; `asked` holds what left the house."""

    prices = "anthropic"

    def __init__(self, script: tuple[Script, ...]) -> None:
        self.script = list(script)
        self.asked: list[Request] = []

    def configured(self) -> bool:
        return True

    def ask(self, request: Request, model: str, deadline: float, on_text: OnText | None) -> Answer:
        self.asked.append(request)
        found: Any = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        found = found(request) if callable(found) else found
        if isinstance(found, Exception):
            raise found
        if isinstance(found, dict):
            found = json.dumps(found)
        given = found if isinstance(found, Answer) else answer(found)
        if on_text is not None:
            for start in range(0, len(given.text), 7):
                on_text(given.text[start : start + 7])
        return given


@contextmanager
def scripted(*script: Script) -> Iterator[Scripted]:
    """A text, JSON, an Answer, an exception, or a function of the request that gives one of these."""
    made = Scripted(script)
    providers.PROVIDERS["scripted"] = made
    try:
        yield made
    finally:
        del providers.PROVIDERS["scripted"]
