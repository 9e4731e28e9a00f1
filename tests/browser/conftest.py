"""Chromium against the real web process. Any console error or CSP violation fails the test that caused it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from tests.webserver import serving

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps a loop in this thread; the database is used beside it
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=20_000)  # what comes, comes at once; a busy machine takes longer
WATCH = "window.violations = []; addEventListener('securitypolicyviolation', e => violations.push(e.violatedDirective + ' ' + e.blockedURI))"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": "/usr/bin/chromium", "args": OPTIONS}


@pytest.fixture(scope="module")
def site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("web") / "log") as url:
        yield url


Window = Callable[..., Page]


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's consoles said; a test that expects one clears it."""
    return []


@pytest.fixture
def window(browser: Browser, site: str, transactional_db: None, complaints: list[str]) -> Iterator[Window]:
    """A window of its own, for an operator when one is given; what it complains about ends the test."""
    pages: list[Page] = []

    def opened(user: User | None = None, width: int = 1280, height: int = 860, **options: Any) -> Page:
        context = browser.new_context(base_url=site, viewport={"width": width, "height": height}, **options)
        if user is not None:
            client = Client()
            client.force_login(user)
            context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
        context.add_init_script(WATCH)
        context.set_default_timeout(30_000)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        pages.append(page)
        return page

    yield opened
    violations = [each for page in pages for each in page.evaluate("window.violations ?? []")]
    for page in pages:
        page.context.close()
    assert violations == []
    assert [each for each in complaints if "ERR_INTERNET_DISCONNECTED" not in each] == []
