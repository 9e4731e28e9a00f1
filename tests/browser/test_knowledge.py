"""The knowledge pages in a real browser: readable at any width, reached by keyboard, settled without a script."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import expect

from config import seed
from conversations.clock import business_now
from conversations.models import Conversation, Message
from knowledge import findings, usage, weekly
from knowledge.models import AuditDay, Finding
from tests import cast
from tests.browser.conftest import Window
from tests.browser.test_drawn_workflows import OVERFLOW, kept
from tests.knowledge.shelf import publish_article

pytestmark = pytest.mark.browser
PAGE = "/console/knowledge/"


@pytest.fixture
def kim(transactional_db: None) -> User:
    """An editor, and a shelf with something to mend."""
    seed.seed_roles()
    user = User.objects.create(username="kim", first_name="Kim", is_staff=True)
    user.groups.add(Group.objects.get(name="Knowledge editors"))
    publish_article("parcels", "## Express\n\nExpress delivery costs $14.95. It is free for members.", title="Parcels")
    publish_article("fees", "## Fees\n\nExpress delivery costs $12.95.", title="What things cost, and what is free")
    publish_article("winter", "## Winter\n\nA tent needs a stove in winter.", title="Winter", days_ago=120)
    publish_article("tents", "## Waiting\n\nA new tent arrives soon.", title="Tents")
    for slug in ("summer", "stoves", "boots"):
        publish_article(slug, f"## {slug}\n\nWe keep the {slug} list in the store.", title=slug.title())
    talk = Conversation.objects.create(customer=cast.alice(), channel="web")
    extra = {"citations": [{"n": 1, "title": "Parcels", "url": usage.address("parcels")}]}
    Message.objects.create(
        conversation=talk, seq=1, author="agent", text="Express delivery costs $14.95. [1]", extra=extra
    )
    today = business_now().date()
    for weeks, left in ((4, 14), (3, 12), (2, 9), (1, 5)):
        AuditDay.objects.create(day=today - timedelta(weeks=weeks), articles=7, counts={}, left=left)
    findings.refresh()
    weekly.write()
    return user


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")])
def test_the_pages_can_be_read_at_any_width(window: Window, kim: User, width: int, scheme: str) -> None:
    page = window(kim, width=width, color_scheme=scheme)
    for name, address in (("knowledge", PAGE), ("used", f"{PAGE}parcels/")):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        kept(page, f"{name}-{width}-{scheme}")
        assert page.evaluate(OVERFLOW) <= 0, f"{name}: only tables and the picture scroll, in their own box"
    expect(page.get_by_text("may quote any article").first).to_be_visible()
    expect(page.get_by_text("No shipped conversation expects words of this article.")).to_be_visible()


def test_a_finding_is_taken_and_kept_by_keyboard(window: Window, kim: User) -> None:
    page = window(kim)
    page.goto(PAGE)
    button = page.locator(".finding", has_text="Tents").get_by_role("button", name="I mend it")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_count(0)
    page.get_by_role("link", name="Being mended 1").click()
    expect(page.get_by_text("Kim mends it")).to_be_visible()
    page.get_by_text("It is right as it is").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Why").fill("the next sentence says when")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing here.")).to_be_visible()
    assert Finding.objects.get(article__slug="tents").kept == "the next sentence says when"
