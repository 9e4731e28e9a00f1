"""Writes are tested in the whole house, with a shop that begins each test as new."""

from __future__ import annotations

import pytest

from tests.house import House, _no_fault_left_behind, house, moving_house, shop, small_house
from tests.shopserver import ShopServer

__all__ = ["_no_fault_left_behind", "house", "moving_house", "shop", "small_house"]


@pytest.fixture
def selling(small_house: House, shop: ShopServer) -> House:
    """Inside the test's transaction; the shop forgets afterwards what was done to it."""
    shop.reset()
    return small_house


@pytest.fixture
def busy(moving_house: House, shop: ShopServer) -> House:
    """With real commits, for threads and crashes."""
    shop.reset()
    return moving_house
