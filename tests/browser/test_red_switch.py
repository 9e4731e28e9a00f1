"""The red switch in a real browser: pressed by one, seen by all, resumed by a manager, and it needs no script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from agents import pausing
from conversations.models import Pause
from tests.browser.conftest import Window
from tests.cast import manager, olga
from tests.house import House, moving_house
from tests.shopserver import shop

__all__ = ["moving_house", "shop"]
pytestmark = pytest.mark.browser
LINE = ".paused-line"
WITHIN = 5_000  # on every page, from the press on


def to_the_switch(page: Page) -> None:
    page.get_by_role("link", name="Pause the agent, or resume").click()


def test_one_presses_all_see_it_and_a_manager_resumes(window: Window, moving_house: House) -> None:
    """On a wide page and a narrow dark one; nobody reloads."""
    olgas, maxs = window(olga()), window(manager(), width=360, height=740, color_scheme="dark")
    maxs.goto("/console/approvals/")
    expect(maxs.locator("#paused")).to_be_attached()
    expect(maxs.locator(LINE)).to_have_count(0)
    olgas.goto("/console/")
    to_the_switch(olgas)
    expect(olgas.get_by_text("Nothing is paused: the agent works.")).to_be_visible()
    olgas.get_by_label("Why (everybody").fill("it promises too much")
    olgas.get_by_role("button", name="Pause", exact=True).click()
    expect(olgas.locator(LINE)).to_contain_text("The agent is paused: everything. Olga")
    expect(olgas.get_by_role("button", name="Resume")).to_have_count(0)
    expect(maxs.locator(LINE)).to_contain_text("“it promises too much”", timeout=WITHIN)
    assert maxs.evaluate("document.documentElement.scrollWidth") <= 360

    row, _ = moving_house.ask(moving_house.alice(), "Where is FW-10482?")
    to_the_switch(maxs)
    maxs.get_by_label("Why it may go on").fill("rule mended")
    maxs.get_by_role("button", name="Resume everything").click()
    expect(maxs.get_by_role("heading", name="What queued up: everything")).to_be_visible()
    expect(maxs.get_by_role("link", name=f"#{row.pk}, ")).to_be_visible()
    assert maxs.evaluate("document.documentElement.scrollWidth") <= 360
    expect(olgas.locator(LINE)).to_have_count(0, timeout=WITHIN)
    maxs.get_by_role("link", name=f"#{row.pk}, ").click()
    expect(maxs.locator("#thread")).to_contain_text("paused")


def test_by_keyboard_and_without_scripts(window: Window, moving_house: House) -> None:
    page = window(olga(), java_script_enabled=False)
    page.goto("/console/")
    page.get_by_role("link", name="Pause the agent, or resume").focus()
    page.keyboard.press("Enter")
    what = page.get_by_label("What", exact=True)
    what.focus()
    page.keyboard.type("All w")
    page.keyboard.press("Tab")
    page.keyboard.type("amounts look odd")
    page.keyboard.press("Enter")
    expect(page.locator(LINE)).to_contain_text("all writes")
    assert Pause.objects.get().scope == "writes"


def test_news_moves_nothing_under_the_hands(window: Window, moving_house: House) -> None:
    """Somebody is typing a reply when the line comes, and when it goes."""
    row, _ = moving_house.ask(moving_house.alice(), "I want to talk to a person")
    page = window(olga())
    page.goto(f"/console/c/{row.public_id}/")
    page.get_by_role("button", name="Take over").click()
    expect(page.get_by_label("Your reply")).to_be_focused()
    page.keyboard.type("Dear Al")
    held = pausing.pause("channel", "web", olga(), "test of the line")
    expect(page.locator(LINE)).to_be_visible(timeout=WITHIN)
    page.keyboard.type("ice, ")
    pausing.resume(held.pk, manager(), "enough")
    expect(page.locator(LINE)).to_have_count(0, timeout=WITHIN)
    page.keyboard.type("hello")
    expect(page.get_by_label("Your reply")).to_have_value("Dear Alice, hello")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "the panes still fit"
