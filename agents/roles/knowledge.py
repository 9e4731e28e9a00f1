"""A question answered from passages, sentence by sentence with its citation, while the customer reads along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from agents.brain import Sight
from agents.llm.shapes import Request

from .base import Role, plain

ROLE: Final = Role("knowledge", reads=8000, says=500, seconds=15)
NOT_FOUND: Final = "NOT FOUND"
Stream = Callable[[Request, Callable[[str], None]], Any]


def answer(sight: Sight, model: str, stream: Stream, say: Callable[[str], None]) -> str:
    """The answer with its marks, or "". `say` gets the pieces, but for a beginning that may yet be "NOT FOUND"."""
    passages = "\n\n".join(f"[{n}] {one['title']}\n{one['text']}" for n, one in enumerate(sight.records, 1))
    task = f"The passages:\n{passages}\n\nThe question:\n{sight.line or sight.text}"
    held = Held(say)
    text = plain(stream(ROLE.request(sight, model, task), held.piece))
    if text.upper().startswith(NOT_FOUND):
        return ""
    held.let_go()
    return text


class Held:
    """Pieces are held back until they can't become "NOT FOUND" any more."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say, self.begun, self.held = say, False, ""

    def piece(self, text: str) -> None:
        self.held += text
        start = self.held.lstrip().upper()
        if self.begun or not (NOT_FOUND.startswith(start[: len(NOT_FOUND)]) or start.startswith(NOT_FOUND)):
            self.let_go()

    def let_go(self) -> None:
        self.begun = True
        if self.held:
            self.say(self.held)
        self.held = ""
