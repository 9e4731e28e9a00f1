"""Which story meets which fault: drawn from a seed, so that a run can be had again."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import Final

from conversations.faults import POINTS
from tools import pack

from .scenarios import SCENARIOS, Scenario, ways_to
from .stories import Story

KILLED_IN_A_HUNDRED: Final = 5
CALM: Final = 0.1  # so often a step meets no fault
FIRST: Final = 1000  # the number of the first copy of an order


@dataclass(frozen=True)
class Fate:
    """For each step of a scenario the fault point where it dies, or None."""

    scenario: str
    points: tuple[str | None, ...]

    @property
    def faults(self) -> int:
        return sum(point is not None for point in self.points)


class Decks:
    """Points are dealt like cards: none comes again before each of the step's others has come."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.decks: dict[tuple[str, str], list[str]] = {}

    def deal(self, scenario: Scenario, step: int) -> str | None:
        if self.chance.random() < CALM:
            return None
        one = scenario.steps[step]
        deck = self.decks.setdefault((scenario.name, one.name), [])
        if not deck:
            deck += sorted(one.points)
            self.chance.shuffle(deck)
        return deck.pop()


def crashes(faults: int, chance: random.Random) -> list[Fate]:
    """Fates with so many faults in all; every scenario in turn."""
    decks, fates, left = Decks(chance), list[Fate](), faults
    while left > 0:
        for scenario in SCENARIOS.values():
            points = [decks.deal(scenario, step) for step in range(len(scenario.steps))]
            fates.append(Fate(scenario.name, tuple(cut(points, left))))
            left -= fates[-1].faults
    return fates


def cut(points: list[str | None], left: int) -> list[str | None]:
    """No more faults than are left."""
    kept: list[str | None] = []
    for point in points:
        kept.append(point if left > 0 else None)
        left -= kept[-1] is not None
    return kept


def kills(faults: int, chance: random.Random) -> list[Fate]:
    """One fault each: every fault point in turn, somewhere on its way."""
    order = sorted(POINTS)
    chance.shuffle(order)
    fates = []
    for n in range(faults):
        point = order[n % len(order)]
        name, step = chance.choice(ways_to(point))
        fates.append(Fate(name, tuple(point if i == step else None for i in range(len(SCENARIOS[name].steps)))))
    return fates


def share(faults: int) -> tuple[int, int]:
    """How many of them are crashes, and how many true kills: each point is killed at least once."""
    killed = max(len(POINTS), faults * KILLED_IN_A_HUNDRED // 100)
    return max(faults - killed, 0), killed


def cast(fates: list[Fate]) -> list[Story]:
    """A buyer and an order of their own for each fate: copies of the one order that the scenario finds."""
    operations = pack.active().operations
    assert operations is not None
    assert operations.copies is not None
    wanted = Counter(fate.scenario for fate in fates)
    waiting: dict[str, list[Story]] = {}
    first = FIRST
    for name, count in wanted.items():
        prices = [SCENARIOS[name].cents(n) for n in range(count)]
        like, items = template(SCENARIOS[name])
        made = operations.copies(like, first, prices)
        waiting[name] = [
            Story(name, one["email"], one["order"], cents * items) for one, cents in zip(made, prices, strict=True)
        ]
        first += count
    return [waiting[fate.scenario].pop() for fate in fates]


def template(scenario: Scenario) -> tuple[str, int]:
    """An order of the company's that the scenario can be tried on, and how many items it has."""
    company = pack.active()
    assert company.operations is not None
    for user in company.operations.dump()["users"].values():
        account = company.find_customer(user["email"])
        if account is not None and account.tier != "enterprise":
            for order in account.orders:
                if scenario.fits(account, order.order_id):
                    return order.order_id, len(order.products)
    raise LookupError(f"The company has no order for the scenario {scenario.name}.")
