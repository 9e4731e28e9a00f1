"""A line that binds nobody, in words for this customer."""

from __future__ import annotations

from typing import Final

from agents.brain import Sight

from .base import Ask, Role, plain

ROLE: Final = Role("resolution", reads=6000, says=400, seconds=10)


def word(sight: Sight, model: str, ask: Ask, offline: str) -> str:
    task = f"The newest message:\n{sight.text}\n\nThe reply to put into words:\n{offline}"
    return plain(ask(ROLE.request(sight, model, task)))
