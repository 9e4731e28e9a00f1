"""The tools run against the demo shop's real service."""

from tests.shopserver import fresh_shop, pytest_sessionfinish, shop

__all__ = ["fresh_shop", "pytest_sessionfinish", "shop"]
