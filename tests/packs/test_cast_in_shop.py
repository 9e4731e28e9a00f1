"""The tests' short way to a customer leaves what the demo's own leaves."""

from __future__ import annotations

from typing import Any

import pytest

from config.seed import seed_customers
from conversations.models import Customer
from tests.house import known_in
from tests.shopserver import ShopServer

pytestmark = pytest.mark.django_db
PEOPLE = ("alice@example.com", "Bob@Example.com", "nobody@example.com")
DRAWN = {"id", "public_id", "created_at"}


def rows() -> list[dict[str, Any]]:
    return [
        {name: value for name, value in row.items() if name not in DRAWN}
        for row in Customer.objects.order_by("email").values()
    ]


def test_a_customer_is_known_as_the_demo_would_know_them(shop: ShopServer) -> None:
    seed_customers(*PEOPLE)
    seeded = rows()
    Customer.objects.all().delete()
    for email in PEOPLE:
        known_in(shop, email)
    assert rows() == seeded
    assert [row["email"] for row in seeded] == ["alice@example.com", "bob@example.com"]
