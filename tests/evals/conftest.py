"""Exams run on the real shop, which is filled from an export for each of them."""

from tests.shopserver import fresh_shop, shop

__all__ = ["fresh_shop", "shop"]
