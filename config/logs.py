"""How log lines are written: one JSON object a line on stderr (or readable on a terminal), from the level asked for."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any, Final

import structlog

LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}


def configure() -> None:
    """HANDRAIL_LOG is debug, info (the default), warning, error or critical."""
    level = LEVELS.get(os.environ.get("HANDRAIL_LOG", "info"), logging.INFO)
    last: Any = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
