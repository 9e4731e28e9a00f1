"""The tools run against the demo shop's real service."""

from tests.shopserver import fresh_shop, shop

__all__ = ["fresh_shop", "shop"]
