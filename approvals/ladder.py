"""Who may decide how much (D4): a role's reach, a person's role, and whether the votes so far are enough."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from conversations.access import is_operator
from knowledge.policy import Refunds

from .models import Role

LEVELS: Final = {Role.OPERATOR: 1, Role.BILLING_SPECIALIST: 2, Role.MANAGER: 3}
# The names of the groups that carry a role; whoever is staff and in neither is an operator.
GROUPS: Final = {"Billing specialists": Role.BILLING_SPECIALIST, "Managers": Role.MANAGER}


@dataclass(frozen=True)
class Rung:
    """How many people must say yes (0: the policy has), the role of the highest of them, and why people are asked."""

    people: int
    role: str
    why: str

    def is_stricter_than(self, other: Rung) -> bool:
        return self.people > other.people or level_of(self.role) > level_of(other.role)


AUTOMATIC: Final = Rung(0, "", "within-policy")


def level_of(role: str) -> int:
    return LEVELS[Role(role)] if role else 0


def rung(amount_cents: int, refunds: Refunds, at_least: Rung = AUTOMATIC) -> Rung:
    """The policy's rung for an amount; `at_least` is what something else than the amount asks for."""
    found = AUTOMATIC
    for row in refunds.approvals:
        if amount_cents > row.above_cents:
            found = Rung(row.people, row.role, "above-limit")
    return at_least if found == AUTOMATIC else found


def role_of(user: Any) -> str:
    """The highest role of a person, empty for who may decide nothing. Asked of the database each time."""
    if not is_operator(user):
        return ""
    held = [GROUPS[name] for name in user.groups.values_list("name", flat=True) if name in GROUPS]
    return max([Role.OPERATOR, *held], key=lambda role: LEVELS[role]).value


def least_role(role: str, people: int) -> str:
    """What everybody who votes must be. Where two decide, one may stand a rung below the other."""
    return Role.BILLING_SPECIALIST.value if people > 1 and role == Role.MANAGER else role


def enough(roles: Iterable[str], role: str, people: int) -> bool:
    """Enough different people said yes, one of them in the role that is asked for."""
    levels = [level_of(one) for one in roles]
    return len(levels) >= people and max(levels, default=0) >= level_of(role)
