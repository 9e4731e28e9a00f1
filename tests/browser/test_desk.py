"""The approvals desk without a mouse: ten decisions in a row, and what the page does while others decide."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from approvals import deciding
from approvals.models import ApprovalRequest, Question, Vote
from conversations.models import Conversation, Message
from tests.approvals.test_desk_pages import waiting
from tests.approvals.writes import a_call, an_order, asked
from tests.browser.conftest import Window
from tests.cast import bill, olga

pytestmark = pytest.mark.browser
DECIDED = re.compile("This is decided")


def answer(page: Page, key: str, reason: str) -> None:
    """The key of an answer, why, and off it goes."""
    page.wait_for_load_state()  # a key pressed before the scripts have run is lost
    page.keyboard.press(key)
    expect(page.locator("#decide-reason")).to_be_focused()
    page.keyboard.type(reason)
    page.keyboard.press("Control+Enter")


def next_one(page: Page) -> None:
    expect(page.locator(".decide-card")).to_contain_text(DECIDED)
    page.wait_for_load_state()
    page.keyboard.press("j")


def card_of(page: Page, order: str) -> None:
    expect(page.locator("h1")).to_contain_text(f"for {order}")


def test_ten_are_decided_with_the_keyboard_alone(window: Window) -> None:
    """Eight one after the other, a question before the ninth, and the tenth with the conversation taken over."""
    waiting(count=10)
    page = window(olga())
    page.goto("/console/approvals/")
    page.keyboard.press("j")
    expect(page.locator("a.row").first).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    for number in range(1, 9):
        card_of(page, f"R-{number}")
        yes = number % 3 != 0
        answer(page, "a" if yes else "r", f"seen {number}, and a j in it")
        next_one(page)
    card_of(page, "R-9")
    page.wait_for_load_state()
    page.keyboard.press("w")
    expect(page.locator("#decide-question")).to_be_focused()
    page.keyboard.type("Is it the jar?")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#approval-status")).to_contain_text("Is it the jar?")
    answer(page, "Alt+a", "clear enough")
    next_one(page)
    card_of(page, "R-10")
    answer(page, "t", "I'll call her")
    expect(page.locator("#reply")).to_be_visible()
    assert "".join("y" if v.yes else "n" for v in Vote.objects.order_by("request_id")) == "yynyynyyyn"
    assert Vote.objects.get(request__call__order_ref="R-8").reason == "seen 8, and a j in it"
    assert Question.objects.get().text == "Is it the jar?"
    assert Conversation.objects.get().operator == olga()


def test_several_are_chosen_and_rejected_with_the_keyboard(window: Window) -> None:
    waiting(count=3)
    page = window(olga())
    page.goto("/console/approvals/")
    bar = page.locator("#bulk")
    expect(bar).to_be_hidden()
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    expect(bar).to_be_visible()
    page.keyboard.press("r")
    expect(page.locator("#bulk input[name=reason]")).to_be_focused()
    page.keyboard.type("a wave of fakes")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("2 rejected.")
    assert list(ApprovalRequest.objects.order_by("pk").values_list("status", flat=True)) == [
        "rejected",
        "rejected",
        "pending",
    ]


def test_the_open_card_says_who_looks_and_that_it_was_decided(window: Window) -> None:
    request = waiting()
    page, other = window(olga()), window(bill())
    page.goto(f"/console/approvals/{request.public_id}/")
    other.goto(f"/console/approvals/{request.public_id}/")
    expect(page.locator("#approval-status")).to_contain_text("Bill is looking at it")
    page.locator("#decide-reason").fill("half a sen")
    deciding.decide(request.public_id, bill(), yes=True, reason="seen")
    expect(page.locator("[data-meanwhile]")).to_be_visible()
    expect(page.locator("#decide-approve")).to_be_disabled()
    expect(page.locator("#approval-status")).to_contain_text("Bill")
    expect(page.locator("#decide-reason")).to_have_value("half a sen")


def test_a_lost_connection_is_said_and_moves_nothing(window: Window, complaints: list[str]) -> None:
    """What is typed stays, no answer moves under the pointer, and the page goes on by itself."""
    request = waiting()
    page = window(olga())
    page.goto(f"/console/approvals/{request.public_id}/")
    page.wait_for_load_state("networkidle")
    page.locator("#decide-reason").fill("half a sen")
    here = page.locator("#decide-approve").bounding_box()
    page.context.set_offline(True)
    expect(page.get_by_text("Connection lost.")).to_be_visible()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # it looks, and nobody answers
    assert page.locator("#decide-approve").bounding_box() == here
    page.context.set_offline(False)
    expect(page.get_by_text("Connection lost.")).to_be_hidden()
    expect(page.locator("#decide-reason")).to_have_value("half a sen")
    complaints[:] = [each for each in complaints if not each.startswith(("htmx:sendError", "htmx:afterRequest"))]


def test_the_letters_can_be_turned_off(window: Window) -> None:
    """WCAG 2.1.4; with Alt they work all the same."""
    request = waiting()
    page = window(olga())
    page.goto(f"/console/approvals/{request.public_id}/")
    page.keyboard.press("?")
    page.locator("#letters").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.locator("#decide-reason")).not_to_be_focused()
    page.keyboard.press("Alt+a")
    expect(page.locator("#decide-reason")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_narrow_page(window: Window, scheme: str) -> None:
    request = waiting(count=3)
    page = window(olga(), width=360, height=740, color_scheme=scheme)
    for address in ("", f"{request.public_id}/", "?tab=decided", "?tab=mine"):
        page.goto(f"/console/approvals/{address}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, address


@pytest.mark.parametrize("height", [600, 800])
def test_on_a_low_screen_the_answer_is_in_reach_and_the_evidence_readable(window: Window, height: int) -> None:
    """Less than a quarter of the page is the answer's; what the keyboard reaches is never behind it."""
    request = waiting(text="My tent came torn. " * 40)
    page = window(olga(), height=height)
    page.goto(f"/console/approvals/{request.public_id}/")
    card = page.locator(".decide-card").bounding_box()
    assert card is not None
    assert card["height"] < height / 4
    expect(page.locator("#decide-approve")).to_be_in_viewport(ratio=1)
    page.locator(".quoted-body").focus()
    words = page.locator(".quoted-body").bounding_box()
    assert words is not None
    assert words["y"] + min(words["height"], 60) <= card["y"]


def test_several_are_told_why_with_the_keyboard(window: Window) -> None:
    waiting(count=2)
    page = window(olga())
    page.goto("/console/approvals/")
    for key in ("j", "x", "j", "x", "y"):
        page.keyboard.press(key)
    expect(page.locator("#bulk input[name=told]")).to_be_focused()
    page.keyboard.type("The pictures show another box.")
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("a wave of fakes")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("2 rejected.")
    said = Message.objects.filter(author="system").order_by("seq").values_list("text", flat=True)
    assert list(said) == [f"Olga on order R-{number}: The pictures show another box." for number in (1, 2)]


def test_a_no_that_the_customer_reads_is_typed_without_the_mouse(window: Window) -> None:
    """Y, what they may know, and the reason that stays here."""
    request = waiting()
    page = window(olga())
    page.goto(f"/console/approvals/{request.public_id}/")
    page.wait_for_load_state()
    page.keyboard.press("y")
    expect(page.locator("#decide-told")).to_be_focused()
    page.keyboard.type("The lid is missing from the picture.")
    page.keyboard.press("Control+Enter")  # the reason is still wanted
    expect(page.locator("#decide-reason")).to_be_focused()
    page.keyboard.type("no lid")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".decide-card")).to_contain_text(DECIDED)
    assert Vote.objects.get().reason == "no lid"
    assert Message.objects.get(author="system").text == "Olga on order R-1: The lid is missing from the picture."


def test_the_clock_of_a_quiet_desk_runs_on(window: Window) -> None:
    """Nothing happens, and what is due is seen to be due."""
    waiting()
    page = window(olga())
    page.clock.install()
    page.goto("/console/approvals/")
    badge = page.locator(".row .badge", has_text="left")
    expect(badge).to_have_count(1)
    page.clock.fast_forward("25:00")
    expect(page.locator(".row .badge-warn", has_text="min left")).to_have_count(1)
    page.clock.fast_forward("10:00")
    expect(page.locator(".row .badge-bad", has_text="min over")).to_have_count(1)


def test_no_amount_is_cut_off_beside_a_card(window: Window) -> None:
    """The list beside a card is narrow; a sum of five figures, and a change that takes four words, are read whole."""
    request = waiting()
    talk = request.call.conversation
    for number, cents, more in ((2, 12_500_000, {}), (3, 0, {"name": "update_account", "change": "email"})):
        asked(a_call(talk, an_order(f"R-{number}"), cents, people=1, role="operator", **more))
    page = window(olga())
    page.goto(f"/console/approvals/{request.public_id}/")
    expect(page.locator(".pane-list .row")).to_have_count(3)
    cut = "els => els.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"
    assert page.locator(".pane-list .row-name > span:first-child").evaluate_all(cut) == []
