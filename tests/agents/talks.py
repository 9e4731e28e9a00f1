"""Conversations as tables: what somebody says, what has to stand in the answer, what must not, and how it ends."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from conversations.models import Conversation, Handoff, Message
from tests.house import House

VISITOR = ""


@dataclass(frozen=True)
class Line:
    """`holds` and `lacks` are regular expressions over everything that is said back."""

    text: str
    holds: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Talk:
    """`reason`: of the handoff that it ends with, None when it ends without."""

    name: str
    lines: tuple[Line, ...]
    reason: str | None = None
    who: str = "alice@example.com"


def says(text: str, *holds: str, lacks: Iterable[str] = ()) -> Line:
    return Line(text, holds, tuple(lacks))


def talk(name: str, *lines: Line, reason: str | None = None, who: str = "alice@example.com") -> Talk:
    return Talk(name, lines, reason, who)


def walk(house: House, talks: Iterable[Talk]) -> dict[str, Conversation]:
    """Have every conversation, and fail with everything that was wrong in any of them."""
    rows: dict[str, Conversation] = {}
    wrong: list[str] = []
    for one in talks:
        row, problems = have(house, one)
        rows[one.name] = row
        wrong += [f"{one.name}: {problem}" for problem in problems]
    assert not wrong, "\n".join(wrong)
    return rows


def have(house: House, one: Talk) -> tuple[Conversation, list[str]]:
    who = house.visitor() if one.who == VISITOR else house.customer(one.who)
    row, answers = house.ask(who, *[line.text for line in one.lines])
    problems = []
    for line, said in zip(one.lines, answers, strict=True):
        text = "\n".join(said)
        problems += [
            f"{line.text!r} lacks {p!r} in {text!r}" for p in line.holds if not re.search(p, text, re.I | re.S)
        ]
        problems += [f"{line.text!r} has {p!r} in {text!r}" for p in line.lacks if re.search(p, text, re.I | re.S)]
        if text.count("?") > 1:
            problems.append(f"{line.text!r} is answered with more than one question: {text!r}")
    got = row.handoffs.get().reason if row.handoffs.exists() else None
    if got != one.reason:
        problems.append(f"ended with {got!r}, not {one.reason!r}: {answers[-1]}")
    return row, problems


def packet(row: Conversation) -> dict[str, list[str]]:
    found: dict[str, list[str]] = Handoff.objects.get(conversation=row).packet
    return found


def last(row: Conversation) -> Message:
    return Message.objects.filter(conversation=row, author=Message.Author.AGENT).order_by("-seq")[0]
