"""Customers whom the policy gives a person at once (S1-43): by their tier, or by what they bought or have on its way.

Nothing is looked up for it: the amounts count from the turn on in which their account was read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from knowledge.triggers import Vip
from tools.shapes import OrderStatus

from .ports import Step

REASON: Final = "vip-threshold"
NOT_BOUGHT: Final = frozenset({OrderStatus.CANCELLED, OrderStatus.RETURNED})
OPEN: Final = frozenset({OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.SHIPPED})


def of_tier(vip: Vip, tier: str) -> bool:
    return tier in vip.tiers


def by_amount(vip: Vip, steps: Iterable[Step]) -> bool:
    """One of the accounts that these steps read has bought, or has on its way, as much as the policy names or more."""
    return any(reaches(vip, account) for account in accounts(steps))


def accounts(steps: Iterable[Step]) -> list[dict[str, Any]]:
    read = (step.data["answer"] for step in steps if step.kind == "port" and step.name == "tool:get_customer")
    return [answer["data"] for answer in read if answer and answer["data"]]


def reaches(vip: Vip, account: dict[str, Any]) -> bool:
    orders = account["orders"]
    bought = sum(one["total"]["cents"] for one in orders if one["status"] not in NOT_BOUGHT)
    coming = sum(one["total"]["cents"] for one in orders if one["status"] in OPEN)
    bounds = ((bought, vip.lifetime_usd), (coming, vip.open_usd))
    return any(usd is not None and cents >= usd * 100 for cents, usd in bounds)
