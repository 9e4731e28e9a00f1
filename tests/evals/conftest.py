"""Suites run against the real shop."""

from __future__ import annotations

from tests.shopserver import pytest_sessionfinish, shop

__all__ = ["pytest_sessionfinish", "shop"]
