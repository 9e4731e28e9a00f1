"""The matter in a sentence, for the operator who takes over. The packet itself is made from rows (packet.py)."""

from __future__ import annotations

from typing import Final

from agents.brain import Sight

from .base import Ask, Role, plain

ROLE: Final = Role("packet", reads=4000, says=120, seconds=5)


def sum_up(sight: Sight, model: str, ask: Ask, offline: str) -> str:
    points = "\n".join(f"- {point}" for point in sight.records)
    return plain(ask(ROLE.request(sight, model, f"The points:\n{points}\n- {offline}")))
