"""The settings of the web process under test: the product's own, with shorter waits where a test says so."""

from __future__ import annotations

import os

from config.settings import *  # noqa: F403
from config.settings import HANDRAIL as PRODUCT

HANDRAIL = {
    **PRODUCT,
    "poll_seconds": float(os.environ.get("TEST_POLL_SECONDS", "0.3")),
    "socket_hello_seconds": float(os.environ.get("TEST_HELLO_SECONDS", "1")),
}
HANDRAIL_DEMO = True
HANDRAIL_WIDGET_SECRET = "a company's secret of the tests, long enough"
