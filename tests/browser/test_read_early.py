"""A reply that is read while it is written: in the widget, in the console, and for those who listen."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from agents import claim, finish, kits, runner, turn
from agents.shown import showing
from agents.streaming import Stream
from conversations import lifecycle
from conversations.models import Conversation, Message
from tests.browser.conftest import Window
from tests.browser.test_faces import open_chat, said, write
from tests.cast import olga
from tests.house import House, moving_house
from tests.shopserver import shop

__all__ = ["moving_house", "shop"]
pytestmark = pytest.mark.browser
FOUR = ("Your parcel left Berlin on Monday.", "It is with Packhorse.", "They try twice.", "Nobody has to sign.")
WHOLE = " ".join(FOUR)
CHOICES = [{"label": "Thanks, that's all", "say": "thanks"}]


class Writer:
    """A turn that writes slowly. Nothing rings here: the pages read along by the database alone."""

    def __init__(self, talk: Conversation) -> None:
        work = claim.claim(talk.pk)
        assert work is not None
        self.work, self.written = work, 0
        self.stream = Stream(lambda text: True, showing(work, {}))

    def begins(self, sentence: int) -> None:
        """Everything up to the first letter of this sentence."""
        here = WHOLE.index(FOUR[sentence]) + 1
        for letter in WHOLE[self.written : here]:
            self.stream.feed(letter)
        self.written = here

    def ends(self) -> None:
        thinking = turn.Thinking(self.work, kits.load(self.work.release), runner.Ports(self.work.now))
        thinking.draft.messages = [{"text": WHOLE, "extra": {"choices": CHOICES}}]
        more = finish.finish(self.work, turn.close(thinking), [])
        assert more is (self.work.wake < Conversation.objects.get(pk=self.work.conversation).wake)


def asked(page: Page) -> Conversation:
    open_chat(page)
    write(page, "Where is my parcel?")
    expect(page.locator("handrail-chat li.waiting")).to_have_count(0)
    expect(said(page, ".customer")).to_have_count(1)
    return Conversation.objects.latest("pk")


def words(page: Page) -> Any:
    return said(page, ".agent").locator(".text")


def read_out(page: Page) -> list[str]:
    return page.locator("handrail-chat [aria-label='New sentences'] p").all_text_contents()


def test_the_first_sentence_is_read_before_the_last_is_written(window: Window, moving_house: House) -> None:
    """Law 4: whole sentences in one message, read out once each; "is typing" stays until the end."""
    page = window()
    writer = Writer(asked(page))
    typing = page.locator("handrail-chat .typing")
    for n in (1, 2, 3):
        writer.begins(n)
        expect(words(page)).to_have_text(" ".join(FOUR[:n]))
        expect(typing).to_have_text("The assistant is typing")
        assert read_out(page) == list(FOUR[:n])
    assert said(page, ".agent").get_attribute("aria-live") == "off", "the list itself reads none of it out again"
    writer.ends()
    expect(words(page)).to_have_text(WHOLE)
    expect(typing).to_be_hidden()
    assert read_out(page) == list(FOUR)
    expect(page.get_by_role("button", name=CHOICES[0]["label"])).to_be_visible()
    expect(said(page)).to_have_count(2)
    assert page.evaluate("document.querySelector('handrail-chat').chat.log.last") == 2


def test_a_reply_in_one_piece_is_read_out_by_the_list(window: Window, moving_house: House) -> None:
    """The twin: nothing was shown early, so nothing is read out elsewhere."""
    page = window()
    writer = Writer(asked(page))
    writer.ends()
    expect(words(page)).to_have_text(WHOLE)
    assert read_out(page) == []
    assert said(page, ".agent").get_attribute("aria-live") is None


def test_a_page_that_was_away_reads_on(window: Window, moving_house: House) -> None:
    """Loaded again and cut off in the middle, on a narrow dark screen; what the customer adds comes behind it."""
    page = window(width=360, height=740, color_scheme="dark")
    writer = Writer(asked(page))
    writer.begins(1)
    expect(words(page)).to_have_text(FOUR[0])
    page.reload()
    expect(words(page)).to_have_text(FOUR[0])
    page.context.set_offline(True)
    writer.begins(3)
    page.context.set_offline(False)
    expect(words(page)).to_have_text(" ".join(FOUR[:3]))
    write(page, "thank you")
    expect(said(page, ".customer")).to_have_count(2)
    page.context.set_offline(True)
    lifecycle.take_over(Conversation.objects.get(), olga())
    page.context.set_offline(False)
    expect(page.locator("handrail-chat .typing")).to_be_hidden()
    expect(words(page)).to_have_text(" ".join(FOUR[:3]))
    order = page.locator("handrail-chat [data-seq]").evaluate_all("all => all.map((each) => each.dataset.seq)")
    assert order == ["1", "2", "3", "4"]
    assert not Message.objects.filter(extra__has_key=Message.UNFINISHED).exists()


def test_an_operator_reads_along(window: Window, moving_house: House) -> None:
    """The line grows in its place, once; what comes meanwhile stays behind it."""
    page, olgas = window(), window(olga())
    writer = Writer(asked(page))
    writer.begins(1)
    olgas.goto(f"/console/c/{writer.work.public_id}/")
    line = olgas.locator("#thread .bubble-agent")
    expect(line.locator(".bubble-text")).to_have_text(FOUR[0])
    expect(line).to_contain_text("is writing")
    write(page, "thank you")
    expect(olgas.locator("#thread .bubble-customer")).to_have_count(2)
    writer.begins(3)
    expect(line.locator(".bubble-text")).to_have_text(" ".join(FOUR[:3]))
    writer.ends()
    expect(line.locator(".bubble-text")).to_have_text(WHOLE)
    expect(line).not_to_contain_text("is writing")
    order = olgas.locator("#thread [data-seq]").evaluate_all("all => all.map((each) => each.dataset.seq)")
    assert order == ["1", "2", "3"]
