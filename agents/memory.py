"""What the agent carries from turn to turn: counters, keys and ids, bounded, without a word of the customer's."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

LONGEST: Final = 5


@dataclass
class Memory:
    """`said`: how often each line was said; `issue_turns`: unresolved turns on the current matter (D3);
    `open_turns`: customer turns since a matter was solved, `entries`: messages and tool results since then;
    `misses`: messages in a row that weren't understood;
    `focus`: the intent, the order, its lines, the orders named beside it and those offered of the matter last spoken
    about ("and the other one?"), and what was done in it, as parked.py calls it;
    `pending`: matters set aside while another one waits, as (intent, its first and last message, place in their
    text); `cares`: what calls for care in this conversation (legal, loss, steering);
    `vip`: their account was read and is past an amount of the policy's."""

    heard: int = 0
    said: dict[str, int] = field(default_factory=dict)
    disclosed: list[str] = field(default_factory=list)
    issue_turns: int = 0
    open_turns: int = 0
    entries: int = 0
    misses: int = 0
    moods: list[int] = field(default_factory=list)
    language: str = "en"
    focus: dict[str, Any] = field(default_factory=dict)
    pending: list[dict[str, Any]] = field(default_factory=list)
    cares: list[str] = field(default_factory=list)
    vip: bool = False

    @classmethod
    def read(cls, state: dict[str, Any]) -> Memory:
        return cls(**{name: state[name] for name in cls.__dataclass_fields__ if name in state})

    def write(self) -> dict[str, Any]:
        return asdict(self)

    def hear(self, *, counts: bool, understood: bool, intensity: int) -> None:
        """`counts`: the turn leaves the matter where it was; a filled slot and small talk don't."""
        self.open_turns += 1
        self.issue_turns += 1 if counts else 0
        self.misses = 0 if understood else self.misses + 1
        self.moods = [*self.moods, intensity][-LONGEST:]

    def gets_on(self) -> None:
        """The turn moved the matter after all."""
        self.issue_turns, self.misses = max(0, self.issue_turns - 1), 0

    def answer(self, entries: int) -> None:
        """What the turn added to the history without settling the matter."""
        self.entries += entries if self.open_turns else 0

    def settle(self) -> None:
        """A matter is settled: the next one starts counting from nothing."""
        self.issue_turns = self.open_turns = self.entries = self.misses = 0

    def look_at(self, intent: str, order: str | None, offered: list[str], lines: list[str], also: list[str]) -> None:
        """Keep what was just spoken about; a question about something else leaves the order in mind."""
        same = order in (None, self.focus.get("order"))
        self.focus = {
            "lines": lines or (self.focus.get("lines", []) if same else []),
            "also": also,
            "intent": intent,
            "order": order or self.focus.get("order"),
            "offered": offered or self.focus.get("offered", []),
        }

    def set_aside(self, intent: str, seqs: tuple[int, int], span: tuple[int, int] | None) -> None:
        aside = {"intent": intent, "seqs": list(seqs), "span": list(span) if span else None}
        self.pending = [*self.pending, aside][-LONGEST:]

    def let_go(self) -> None:
        """The customer wants none of it any more."""
        self.focus, self.pending = {}, []

    def count(self, key: str) -> int:
        """How often `key` was said before; counts this time."""
        before = self.said.get(key, 0)
        self.said[key] = before + 1
        return before
