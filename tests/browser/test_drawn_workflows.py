"""The workflows' pages in a real browser: drawn, readable on a phone, reachable by keyboard, signed by a manager."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from agents.models import SignOff
from agents.workflows import WORKFLOWS
from tests import cast
from tests.browser.conftest import Window

pytestmark = pytest.mark.browser
PAGES = {"list": "/console/agent/workflows/", "refund": "/console/agent/workflows/refund/"}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SMALLEST = "Math.min(...[...document.querySelectorAll('.graph text')].map(t => t.getBoundingClientRect().height))"
OVERLAP = """() => {
  const boxes = [...document.querySelectorAll('.graph-node > rect')].map(r => r.getBoundingClientRect());
  return boxes.filter((a, i) => boxes.some((b, j) => i < j && a.left < b.right && b.left < a.right && a.top < b.bottom
    && b.top < a.bottom)).length;
}"""


def kept(page: Page, name: str) -> None:
    """With SCREENSHOTS=DIR the pages are kept to be looked at."""
    if os.environ.get("SCREENSHOTS"):
        folder = Path(os.environ["SCREENSHOTS"])
        page.screenshot(path=str(folder / f"{name}.png"), full_page=True)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")])
def test_the_pages_can_be_read_at_any_width(window: Window, width: int, scheme: str) -> None:
    page = window(cast.olga(), width=width, color_scheme=scheme)
    for name, address in PAGES.items():
        page.goto(address)
        kept(page, f"{name}-{width}-{scheme}")
        assert page.evaluate(OVERFLOW) <= 0, "only the picture and the tables scroll, in their own box"
    assert page.locator(".graph-node").count() == len(WORKFLOWS["refund"].nodes)
    assert page.evaluate(SMALLEST) >= 10
    assert page.evaluate(OVERLAP) == 0


def test_the_picture_is_reached_and_scrolled_by_keyboard(window: Window) -> None:
    page = window(cast.olga(), width=360)
    page.goto(PAGES["refund"])
    graph = page.locator(".graph")
    expect(graph).to_have_attribute("tabindex", "0")
    for _ in range(30):
        page.keyboard.press("Tab")
        if graph.evaluate("g => g === document.activeElement"):
            break
    expect(graph).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.graph').scrollLeft > 0")
    expect(page.get_by_role("img", name=f"A refund: {len(WORKFLOWS['refund'].nodes)} nodes")).to_be_visible()


def test_a_manager_signs_there_and_an_operator_reads(window: Window) -> None:
    """S4-08."""
    olga, max_ = window(cast.olga()), window(cast.manager())
    olga.goto(PAGES["refund"])
    expect(olga.get_by_text("It takes a manager to sign.")).to_be_visible()
    expect(olga.get_by_role("button", name="Sign off")).to_have_count(0)
    max_.goto(PAGES["refund"])
    max_.get_by_label("What was looked at").fill("Walked every path with finance")
    max_.get_by_role("button", name="Sign off").click()
    expect(max_.get_by_role("heading", name="Sign-off: signed off by max")).to_be_visible()
    assert SignOff.objects.get().version == WORKFLOWS["refund"].version
    max_.goto(PAGES["list"])
    expect(max_.get_by_role("row", name="A refund refund")).to_contain_text("signed off by max")
