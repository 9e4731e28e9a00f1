"""What the actions of Notely's labelled files are called, as capabilities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tools import writes
from tools.contract import Arguments
from tools.shapes import Order


def translate(action: dict[str, Any], look: Callable[[str], Order | None]) -> Arguments:
    """ValueError when the action breaks the contract of its capability, or has none."""
    if action["name"] == "complain":
        return writes.arguments("open_ticket", {"kind": "billing_dispute", **action["args"]})
    if action["name"] == "end_plan":
        return writes.arguments("update_account", {"change": "cancel_subscription"})
    raise ValueError(f"{action['name']} is no writing action of this export")
