"""Tests run on the embedded services, started here when DATABASE_URL names no other server, and stopped by the last."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# `pytest` (unlike `python -m pytest`) doesn't know where the project is, and this file may be read first.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["HANDRAIL_TESTING"] = "1"  # for the processes that tests start

from config.embedded import users
from tests import shopserver, sweeping
from tests.walking import pytest_runtest_makereport, pytest_runtest_setup

__all__ = ["pytest_runtest_makereport", "pytest_runtest_setup"]

# The same examples in each run, however slow the machine: what fails is the code. HYPOTHESIS=wild looks for others.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("wild", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS", "steady"))

users.ensure()
sweeping.sweep_instead_of_flushing()


def pytest_collection_finish() -> None:
    """Modules and thousands of tests stay to the end: without them a look for garbage takes a moment, not 0.2 s."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Here and nowhere else: in a test's module the hook is not called, and the shop would outlive the session."""
    shopserver.stop()


@pytest.fixture(autouse=True)
def _no_breaker_remembered() -> Iterator[None]:
    """A process trusts its copy for a second, and a test's rows are gone sooner."""
    from tools import breaker

    breaker.forget()
    yield
    breaker.forget()
