"""One module a channel; this dictionary lists them."""

from __future__ import annotations

from . import api, web
from .base import Adapter

CHANNELS: dict[str, Adapter] = {web.name: web, api.name: api}
