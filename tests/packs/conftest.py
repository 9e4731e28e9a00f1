"""The pack is tried on its real service."""

from tests.shopserver import fresh_shop, pytest_sessionfinish, shop

__all__ = ["fresh_shop", "pytest_sessionfinish", "shop"]
