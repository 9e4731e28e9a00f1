"""As many bought things as a test needs: each its own customer's, paid, delivered three days ago."""

from __future__ import annotations

from dataclasses import dataclass

from tests.shopserver import ShopServer


@dataclass(frozen=True)
class Bought:
    email: str
    order_id: str


def stock_up(shop: ShopServer, count: int, cents: int, *, first: int = 1000, like: str = "FW-10465") -> list[Bought]:
    """`count` orders like one of Alice's (a camp lantern), each for `cents` a line."""
    wish = {"like": like, "first": first, "prices": [cents] * count}
    made = shop.ask("POST", "/admin/copies", wish).json()["copies"]
    return [Bought(one["email"], one["order"]) for one in made]


def ledger(shop: ShopServer) -> list[dict[str, object]]:
    """Every change that the shop made under a key."""
    rows: list[dict[str, object]] = shop.ask("GET", "/admin/effects").json()["effects"]
    return rows


def paid_back(shop: ShopServer) -> dict[str, int]:
    """Refunds of the shop's finance by key: cents."""
    return {
        str(row["key"]): int(str(row["amount_cents"]))
        for row in ledger(shop)
        if str(row["endpoint"]).endswith(("/refunds", "/cancel"))
    }
