"""What the documents promise of the running house."""

from tests.house import house, pytest_sessionfinish, shop

__all__ = ["house", "pytest_sessionfinish", "shop"]
