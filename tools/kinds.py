"""What a pack says about its writes so that they can be drilled: each kind, on which goods, through which endpoints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .contract import Proof


@dataclass(frozen=True)
class Goods:
    """What one case has for itself: an order, who bought it, and their id in the company's systems."""

    order: str
    email: str
    customer: str

    def is_on(self, row: dict[str, Any]) -> bool:
        """Whether a row of the company's ledger is about these goods or their buyer."""
        return row["order_id"] == self.order or f"/{self.customer}" in f"{row['endpoint']}"


@dataclass(frozen=True)
class WriteKind:
    """`args`: the capability's arguments for some goods; `steps`: the ends of the endpoints that it goes through, in
    order; `likes`: the orders whose copies it may be done to."""

    name: str
    capability: str
    args: Callable[[Goods], dict[str, Any]]
    steps: tuple[str, ...]
    likes: tuple[str, ...]
    proof: Proof = Proof.SIGNED_IN
