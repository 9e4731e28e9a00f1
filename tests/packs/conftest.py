"""The shop's pack is tried on its real service; the second company's systems live in the tests' own process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.house import House, _no_fault_left_behind, opened, small_house
from tests.packs.notely import systems
from tests.shopserver import fresh_shop, shop
from tools import pack

__all__ = ["_no_fault_left_behind", "fresh_shop", "shop", "small_house"]


@pytest.fixture
def notely(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """The whole house as the second company's: one setting names it, and nothing else is changed."""
    settings.HANDRAIL_PACK = "tests.packs.notely"
    systems.reset()
    yield from opened(None, monkeypatch, Path(pack.active().articles))
    systems.reset()
