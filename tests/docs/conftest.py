"""What the documents promise of the running house."""

from tests.house import house, shop

__all__ = ["house", "shop"]
