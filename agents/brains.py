"""The brains that a release may pin, by name."""

from __future__ import annotations

from typing import Final

from .brain import OFFLINE, Brain
from .modelled import ANTHROPIC

BRAINS: Final[dict[str, Brain]] = {one.name: one for one in (OFFLINE, ANTHROPIC)}
