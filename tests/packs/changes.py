"""What the shop may be asked to change, for the tests of its writes and of their keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.shopserver import ShopServer

LANTERN, BLENDER, TWO_THINGS = "FW-10465", "FW-10464", "FW-10473"
DINNER_SET, NOT_YET_SENT = "FW-10476", "FW-10479"
REFUND = {"amount_cents": 4500, "lines": [1], "reason": "damaged"}
TICKET = {
    "customer": "C-1001", "order": LANTERN, "kind": "transfer_settlement",
    "subject": "Settle it", "body": "With the partner.", "amount_cents": 4500,
}  # fmt: skip
CHANGES: dict[str, dict[str, Any]] = {
    f"/finance/orders/{LANTERN}/refunds": REFUND,
    f"/finance/orders/{DINNER_SET}/claw-backs": {"lines": [1], "reason": "damaged"},
    f"/orders/{DINNER_SET}/stop-shipment": {"reason": "damaged"},
    "/tickets": TICKET,
}
EACH = pytest.mark.parametrize("path", CHANGES)


def change(shop: ShopServer, path: str, wish: Any, key: object = "", **headers: str) -> httpx.Response:
    return shop.ask("POST", path, wish, Idempotency_Key=str(key or uuid4()), **headers)


def refund(shop: ShopServer, order: str, cents: int, lines: Sequence[int] = (1,), key: object = "") -> httpx.Response:
    wish = {"amount_cents": cents, "lines": list(lines), "reason": "damaged"}
    return change(shop, f"/finance/orders/{order}/refunds", wish, key)


def payments(shop: ShopServer, order: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = shop.ask("GET", f"/finance/orders/{order}/payments").json()["payments"]
    return made


def endpoints(shop: ShopServer) -> list[str]:
    return [effect["endpoint"] for effect in shop.ask("GET", "/admin/effects").json()["effects"]]


def outcome(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")
