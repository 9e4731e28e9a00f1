"""A policy's way through the admin in a real browser: written, reviewed by somebody else, live."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import Page, expect

from agents import releases
from agents.models import Release
from config import seed
from knowledge.models import ConfigVersion
from tests.browser.conftest import Window
from tests.house import House, moving_house
from tests.shopserver import shop

__all__ = ["moving_house", "shop"]
pytestmark = pytest.mark.browser
NEW = "/admin/knowledge/configversion/add/?kind=policy"


def reviewer(name: str) -> User:
    seed.seed_roles()
    user = User.objects.create(username=name, is_staff=True)
    user.groups.add(*Group.objects.filter(name__in=seed.RIGHTS))
    return user


def press(page: Page, button: str, reason: str) -> None:
    page.get_by_label("Why").fill(reason)
    page.get_by_role("button", name=button).click()


def test_a_policy_is_written_reviewed_and_taken_live(window: Window, moving_house: House) -> None:
    """S1-51"""
    max_, mia = window(reviewer("max")), window(reviewer("mia"), width=360, height=740, color_scheme="dark")
    standing = releases.live_version("policy")
    assert standing is not None
    max_.goto(NEW)
    max_.locator("textarea[name=body]").fill(standing.body.replace("stale_days: 90", "stale_days: ninety"))
    max_.get_by_role("button", name="Save", exact=True).click()
    expect(max_.locator(".errorlist")).to_contain_text(
        "a whole number is wanted here, without quotes (line 30, column 3)"
    )
    max_.locator("textarea[name=body]").fill(standing.body.replace("stale_days: 90", "stale_days: 120"))
    max_.get_by_role("button", name="Save", exact=True).click()
    max_.get_by_role("link", name="Review Policy 2").click()
    press(max_, "Submit for review", "pages age slowly")
    expect(max_.get_by_text("Approve: You wrote this version. Somebody else has to approve it.")).to_be_visible()
    expect(max_.get_by_role("button", name="Approve")).to_be_disabled()
    version = ConfigVersion.objects.get(kind="policy", number=2)
    mia.goto(f"/admin/knowledge/configversion/{version.pk}/review/")
    expect(mia.get_by_text("A page counts as fresh for 120 days, not 90.")).to_be_visible()
    expect(mia.locator(".review-added")).to_have_text("+  stale_days: 120")
    expect(mia.locator(".review-removed")).to_have_text("-  stale_days: 90")
    assert mia.evaluate("document.documentElement.scrollWidth") <= 360
    press(mia, "Approve", "agreed")
    press(mia, "Take it live", "agreed on Monday")
    expect(mia.get_by_text("Policy 2 is live, from the next turn of every conversation.")).to_be_visible()
    assert Release.objects.get(status=Release.Status.LIVE).pins["policy"][0] == version.pk
