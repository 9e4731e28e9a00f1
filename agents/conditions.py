"""The conditions that a write hangs on: one meaning each, the same in every workflow, so that no graph brings its own.

A workflow says which meaning an edge has and hands in what is special about it; the test itself stands here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from approvals import execute, gate
from approvals.cases import Reading
from tools.contract import Arguments
from tools.rules import Verdict

from . import writes
from .desk import Desk


class Means(StrEnum):
    """What holds when a guard is true."""

    ALLOWED = "allowed"  # the rules allow it, and know exactly what would be done
    YES = "yes"  # the customer has said yes to what was read back
    HOLDS = "holds"  # read anew, it is still what was read back, and not too old
    CLEARED = "cleared"  # Critic and ladder let it out, or people have
    CONFIRMED = "confirmed"  # the company's system says that it is done
    UNVERIFIED = "unverified"  # its record was read, and doesn't show it


@dataclass(frozen=True)
class Guard:
    """A condition whose meaning is fixed. `of` is what is special: for HOLDS the arguments of the write, None without
    an order; for UNVERIFIED whether the record shows it, None when it couldn't be read."""

    means: Means
    of: Callable[[Desk], Any] | None = None

    def __call__(self, desk: Desk) -> bool:
        return MEANING[self.means](desk, self.of)


Of = Callable[[Desk], Any] | None


def is_allowed(desk: Desk, of: Of = None) -> bool:
    decision = desk.get("decision") or {}
    return decision.get("verdict") == Verdict.ALLOW.value and planned(desk)


def planned(desk: Desk) -> bool:
    return isinstance(desk.reading, Reading) and desk.reading.plan is not None


def is_yes(desk: Desk, of: Of) -> bool:
    return bool(desk.get("answer") == "yes")


def holds(desk: Desk, of: Of) -> bool:
    args: Arguments | None = of(desk) if of is not None and is_allowed(desk) else None
    return args is not None and writes.holds(desk, args, desk.reading)


def is_cleared(desk: Desk, of: Of) -> bool:
    return bool(desk.get("standing") == gate.CLEAR)


def is_confirmed(desk: Desk, of: Of) -> bool:
    return bool(desk.get("outcome") == execute.CONFIRMED)


def is_unverified(desk: Desk, of: Of) -> bool:
    """Without a look at the record there is nothing that could contradict the company's own answer."""
    return of is None or of(desk) is False


MEANING: Final[dict[Means, Callable[[Desk, Of], bool]]] = {
    Means.ALLOWED: is_allowed,
    Means.YES: is_yes,
    Means.HOLDS: holds,
    Means.CLEARED: is_cleared,
    Means.CONFIRMED: is_confirmed,
    Means.UNVERIFIED: is_unverified,
}
