"""The knowledge pages in a real browser: readable at any width, reached by keyboard, settled without a script."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import expect

from config import seed
from conversations.clock import business_now
from conversations.models import Conversation, Message, Survey
from knowledge import articles, feedback, findings, usage, weekly
from knowledge.models import Article, AuditDay, Finding, HelpVote, ReviewNote
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
    version = articles_of("parcels").current
    assert version is not None
    for n in range(12):
        feedback.vote(
            version,
            f"visitor-number-{n:04}",
            n < 4,
            "" if n < 4 else "Nothing about Sundays, and nothing about islands",
        )
    Survey.objects.create(conversation=talk, score=4, answered_at=business_now(), comment="Quick")
    findings.refresh()
    weekly.write()
    words = (
        "## Express\n\nExpress delivery costs $16.95, on the day after.\n\nIt is free for members, wherever they live."
    )
    articles.write(articles_of("parcels"), articles.Words("Parcels", words, today, today), user)
    return user


def articles_of(slug: str) -> Article:
    return Article.objects.get(slug=slug)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")])
def test_the_pages_can_be_read_at_any_width(window: Window, kim: User, width: int, scheme: str) -> None:
    page = window(kim, width=width, color_scheme=scheme)
    pages = {
        "knowledge": "",
        "review": "articles/review/",
        "review-card": "articles/parcels/review/",
        "used": "parcels/",
    }
    for name, address in ((name, PAGE + end) for name, end in pages.items()):
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


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")])
def test_the_help_pages_can_be_read_at_any_width(window: Window, kim: User, width: int, scheme: str) -> None:
    page = window(width=width, color_scheme=scheme)
    pages = {
        "help": "",
        "topic": "topic/returns/",
        "found": "?q=express+delivery",
        "none": "?q=capital+of+France",
        "article": "parcels/",
    }
    for name, address in pages.items():
        page.goto(f"/help/{address}")
        page.wait_for_load_state("networkidle")
        kept(page, f"help-{name}-{width}-{scheme}")
        assert page.evaluate(OVERFLOW) <= 0, name
    page.get_by_role("button", name="No", exact=True).click()
    expect(page.get_by_label("What was missing? (optional)")).to_be_visible()
    kept(page, f"help-no-{width}-{scheme}")
    assert page.evaluate(OVERFLOW) <= 0


def test_a_reader_answers_by_keyboard_without_a_script(window: Window, kim: User) -> None:
    HelpVote.objects.all().delete()
    page = window(java_script_enabled=False)
    page.goto("/help/parcels/")
    page.get_by_role("button", name="No", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_label("What was missing? (optional)").fill("Islands")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Change it")).to_be_visible()
    vote = HelpVote.objects.get()
    assert (vote.helpful, vote.comment) == (False, "Islands")


def test_a_search_that_finds_nothing_leads_to_the_chat(window: Window, kim: User) -> None:
    page = window()
    page.goto("/help/?q=capital+of+France")
    page.get_by_role("link", name="Ask in the chat").click()
    box = page.get_by_label("Your message")
    expect(box).to_be_focused()
    expect(box).to_have_value("capital of France")


def test_a_review_is_done_by_keyboard(window: Window, kim: User) -> None:
    page = window(kim)
    page.goto(f"{PAGE}articles/review/")
    page.keyboard.press("Alt+j")
    page.keyboard.press("Enter")
    expect(page.get_by_text("-Express delivery costs $14.95.")).to_be_visible()
    page.keyboard.press("Alt+r")
    page.keyboard.type("Which day after?")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Nothing waits for a review")).to_be_visible()
    assert ReviewNote.objects.get().why == "Which day after?"
    today = business_now().date()
    articles.write(articles_of("parcels"), articles.Words("Parcels", "It costs $16.95.", today, today))
    page.goto(f"{PAGE}articles/parcels/review/")
    page.keyboard.press("Alt+a")
    expect(page.get_by_role("button", name="Publish version 3")).to_be_focused()
    page.keyboard.press("Alt+a")
    expect(page.get_by_text("Nothing waits for a review")).to_be_visible()
    current = articles_of("parcels").current
    assert current is not None
    assert current.number == 3


def test_a_narrow_screen_leads_to_the_knowledge_too(window: Window, kim: User) -> None:
    """And nothing in the bar lies on something else."""
    page = window(kim, width=360)
    page.goto("/console/")
    more = page.locator(".topbar-more summary")
    pause = page.get_by_role("link", name="Pause the agent, or resume")
    left, right = more.bounding_box(), pause.bounding_box()
    assert left is not None
    assert right is not None
    assert left["x"] + left["width"] <= right["x"]
    more.focus()
    page.keyboard.press("Enter")
    kept(page, "more-360")
    assert page.evaluate(OVERFLOW) <= 0
    page.get_by_role("link", name="Knowledge").click()
    expect(page.get_by_role("heading", name="Knowledge", exact=True)).to_be_visible()
