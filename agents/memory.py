"""What the agent carries from turn to turn: counters and keys, bounded, without a word of the customer's."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

LONGEST: Final = 5


@dataclass
class Memory:
    """`said`: how often each line was said; `issue_turns`: unresolved turns on the current matter (D3);
    `open_turns`: customer turns since a matter was solved; `misses`: messages in a row that weren't understood."""

    heard: int = 0
    said: dict[str, int] = field(default_factory=dict)
    disclosed: list[str] = field(default_factory=list)
    issue_turns: int = 0
    open_turns: int = 0
    misses: int = 0
    moods: list[int] = field(default_factory=list)

    @classmethod
    def read(cls, state: dict[str, Any]) -> Memory:
        return cls(**{name: state[name] for name in cls.__dataclass_fields__ if name in state})

    def write(self) -> dict[str, Any]:
        return asdict(self)

    def hear(self, *, fills_slot: bool, understood: bool, intensity: int) -> None:
        self.open_turns += 1
        self.issue_turns += 0 if fills_slot else 1
        self.misses = 0 if understood else self.misses + 1
        self.moods = [*self.moods, intensity][-LONGEST:]

    def settle(self) -> None:
        """A matter is settled: the next one starts counting from nothing."""
        self.issue_turns = self.open_turns = self.misses = 0

    def count(self, key: str) -> int:
        """How often `key` was said before; counts this time."""
        before = self.said.get(key, 0)
        self.said[key] = before + 1
        return before
