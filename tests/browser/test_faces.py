"""What customers and operators see and press."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from conversations import lifecycle, outbox
from conversations.access import AGENT
from conversations.models import Conversation, Handoff, Message, Survey
from tests import cast
from tests.browser.conftest import Window
from tests.browser.test_drawn_workflows import kept
from tests.console.conftest import PACKET, handed_over

pytestmark = pytest.mark.browser
PAYLOAD = "<img src=x onerror=alert(1)><script>alert(2)</script>"


def open_chat(page: Page, who: str = "") -> None:
    page.goto("/")
    if who:
        page.check(f"input[value='{who}']")
        expect(page.locator("[data-who-now]")).to_contain_text(who)
    page.get_by_role("button", name="Open chat").click()


def write(page: Page, text: str) -> None:
    page.get_by_label("Your message").fill(text)
    page.keyboard.press("Enter")


def said(page: Page, kind: str = "") -> Any:
    return page.locator(f"handrail-chat li.message{kind}[data-seq]")


def agent_gives_up(found: Conversation) -> None:
    """The agent's part of the story, as its turn would store it."""
    outbox.append(found.pk, "agent", "Of course. You're in line for a person now.")
    Handoff.objects.create(conversation=found, queue="general", reason="customer-asked-for-person", packet=PACKET)
    lifecycle.move(Conversation, found.pk, "hand_off", AGENT, "customer-asked-for-person")


def test_two_windows_tell_one_story(window: Window) -> None:
    """Customer asks for a person; Olga takes over, replies, gives back: nobody reloads."""
    alice, olga = window(), window(cast.olga())
    cast.alice()
    olga.goto("/console/")
    expect(olga.get_by_text("All clear")).to_be_visible()
    open_chat(alice, "alice@example.com")
    alice.get_by_role("button", name="Talk to a person").click()
    expect(said(alice, ".customer")).to_contain_text("talk to a person")
    agent_gives_up(Conversation.objects.get())
    state = alice.get_by_role("dialog").locator(".state")
    expect(state).to_have_text("Waiting for a person: number 1 in line")

    row = olga.get_by_role("link", name=re.compile("Alice"))
    expect(row).to_contain_text("Customer asked for person")
    row.click()
    expect(olga.locator("#packet")).to_contain_text("Late parcel")
    olga.get_by_role("button", name="Take over").click()
    expect(olga.get_by_label(re.compile("Your reply"))).to_be_focused()
    expect(state).to_have_text("With Olga")
    olga.keyboard.type("Hello Alice, I have **your order** here.")
    olga.keyboard.press("Control+Enter")
    expect(said(alice, ".operator")).to_contain_text("I have your order here.")
    expect(olga.get_by_label(re.compile("Your reply"))).to_have_value("")

    write(alice, "Wonderful, thank you")
    expect(olga.locator("#thread .bubble-customer").last).to_contain_text("Wonderful, thank you")
    olga.get_by_role("button", name="Give back").click()
    expect(state).to_have_text("With the assistant")
    expect(olga.locator("#head")).to_contain_text("With the agent")
    assert [m.author for m in Message.objects.all()] == [
        "customer",
        "agent",
        "system",
        "operator",
        "customer",
        "system",
    ]
    expect(olga.locator("#thread [data-seq]")).to_have_count(6)


def test_two_operators_want_the_same(window: Window, complaints: list[str]) -> None:
    found = handed_over(cast.alice(), "Me")
    olga = window(cast.olga())
    olga.goto(f"/console/c/{found.public_id}/")
    olga.route("**/state/*", lambda route: route.fulfill(status=204))  # this page doesn't hear that Max was faster
    lifecycle.take_over(found, cast.max_())
    olga.locator("#act-take_over").click()
    expect(olga.locator("#actions")).to_contain_text("Max has this conversation")
    assert [each for each in complaints if "409" not in each] == []
    complaints.clear()


def test_hostile_words_stay_words(window: Window) -> None:
    """F4, in a browser: nothing runs, on either side."""
    mallory = cast.mallory()
    mallory.first_name = PAYLOAD[:80]
    mallory.save(update_fields=["first_name"])
    found = handed_over(mallory, PAYLOAD, packet={"brief": [PAYLOAD], "issue": [PAYLOAD]})
    olga = window(cast.olga())
    for page in ("/console/", f"/console/c/{found.public_id}/", f"/console/?q={PAYLOAD}"):
        olga.goto(page)
        olga.wait_for_load_state("networkidle")
        assert olga.locator("main img, main script").count() == 0
    visitor = window()
    open_chat(visitor)
    write(visitor, PAYLOAD)
    expect(said(visitor, ".customer")).to_contain_text(PAYLOAD)
    mine = Conversation.objects.latest("id")
    hostile = {
        "citations": [{"n": 1, "title": PAYLOAD, "url": "javascript:alert(3)"}],
        "choices": [{"label": PAYLOAD, "say": "x"}],
    }
    seq = outbox.append(mine.pk, "agent", f"{PAYLOAD} [1] [x](javascript:alert(4))")
    Message.objects.filter(conversation=mine, seq=seq).update(extra=hostile)
    visitor.reload()
    expect(said(visitor, ".agent")).to_contain_text(PAYLOAD)
    assert visitor.locator("handrail-chat img, handrail-chat a[href^=javascript]").count() == 0


def test_words_written_without_a_connection_arrive_once(window: Window) -> None:
    """B2: kept, shown as waiting, sent after the reconnect; the draft survives a reload."""
    page = window()
    open_chat(page)
    write(page, "First")
    expect(said(page)).to_have_count(1)
    page.context.set_offline(True)
    expect(page.get_by_text("Reconnecting")).to_be_visible()
    write(page, "Second")
    expect(page.locator("handrail-chat li.waiting")).to_contain_text("Second")
    page.context.set_offline(False)
    expect(said(page)).to_have_count(2)
    expect(page.locator("handrail-chat li.waiting")).to_have_count(0)
    expect(page.get_by_text("Reconnecting")).to_be_hidden()
    page.get_by_label("Your message").fill("A thought, not sent")
    page.reload()
    expect(page.get_by_label("Your message")).to_have_value("A thought, not sent")
    expect(said(page)).to_have_count(2)
    assert list(Message.objects.values_list("text", flat=True)) == ["First", "Second"]


def test_a_resolved_conversation_offers_a_new_one(window: Window) -> None:
    page = window()
    open_chat(page)
    write(page, "First")
    expect(said(page)).to_have_count(1)
    lifecycle.resolve(Conversation.objects.get(), cast.olga())
    page.get_by_role("button", name="Start a new conversation").click()
    expect(said(page)).to_have_count(0)
    write(page, "Another matter")
    expect(said(page)).to_have_count(1)
    assert Conversation.objects.count() == 2


def test_choices_and_sources_can_be_pressed(window: Window) -> None:
    page = window()
    open_chat(page)
    write(page, "How long?")
    expect(said(page)).to_have_count(1)
    mine = Conversation.objects.get()
    seq = outbox.append(mine.pk, "agent", "Thirty days [1].")
    source = {
        "n": 1,
        "title": "Returns",
        "url": "/help/returns",
        "updated": "2026-01-02",
        "age_days": 300,
        "stale": True,
    }
    Message.objects.filter(conversation=mine, seq=seq).update(
        extra={"citations": [source], "choices": [{"label": "Send it back", "say": "I want to return it"}]}
    )
    page.reload()
    link = page.get_by_role("link", name=re.compile("Returns"))
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    assert str(link.get_attribute("href")).endswith("/help/returns")
    page.get_by_role("button", name="Send it back").click()
    expect(said(page, ".customer").last).to_contain_text("I want to return it")
    expect(page.get_by_role("button", name="Send it back")).to_have_count(0)


def test_the_list_holds_still_under_the_pointer(window: Window) -> None:
    """A live update never moves focus, scroll or the order under the pointer."""
    first = handed_over(cast.alice(), "First")
    olga = window(cast.olga())
    olga.goto("/console/")
    row = olga.locator(f"#row-{first.pk}")
    row.hover()
    handed_over(cast.mallory(), "Second")
    pill = olga.locator("[data-updates]")
    expect(pill).to_be_visible()
    expect(olga.locator(".row")).to_have_count(1)
    olga.mouse.move(5, 5)
    expect(olga.locator(".row")).to_have_count(2)
    expect(pill).to_be_hidden()
    row.focus()
    handed_over(cast.mallory(), "Third")
    expect(pill).to_be_visible()
    expect(row).to_be_focused()
    pill.click()
    expect(olga.locator(".row")).to_have_count(3)
    expect(olga.locator("#tab-waiting .count")).to_have_text("3")


def test_what_is_being_written_survives_live_updates(window: Window) -> None:
    found = handed_over(cast.alice(), "Hi")
    olga = window(cast.olga())
    olga.goto(f"/console/c/{found.public_id}/")
    box = olga.get_by_label(re.compile("Your reply"))
    box.fill("Half a sen")
    cast.says(cast.alice(), "Are you there?", found.public_id)
    expect(olga.locator("#thread .bubble-customer")).to_have_count(2)
    expect(box).to_be_focused()
    expect(box).to_have_value("Half a sen")
    olga.reload()
    expect(box).to_have_value("Half a sen")


def test_everything_works_by_keyboard(window: Window) -> None:
    first, second = handed_over(cast.alice(), "One"), handed_over(cast.mallory(), "Two")
    olga = window(cast.olga())
    olga.goto("/console/")
    olga.keyboard.press("?")
    expect(olga.get_by_role("dialog")).to_be_visible()
    olga.keyboard.press("Escape")
    expect(olga.get_by_role("dialog")).to_be_hidden()
    olga.keyboard.press("Alt+j")
    olga.keyboard.press("Alt+j")
    expect(olga.locator(f"#row-{second.pk}")).to_be_focused()
    olga.keyboard.press("Alt+k")
    expect(olga.locator(f"#row-{first.pk}")).to_be_focused()
    olga.keyboard.press("Enter")
    olga.wait_for_url(f"**/c/{first.public_id}/**")
    olga.keyboard.press("Alt+t")
    expect(olga.locator("#head")).to_contain_text("With Olga")
    expect(olga.get_by_label(re.compile("Your reply"))).to_be_focused()
    olga.keyboard.press("Escape")
    olga.keyboard.press("Alt+g")
    expect(olga.locator("#head")).to_contain_text("With the agent")
    olga.keyboard.press("Alt+e")
    expect(olga.locator("#head")).to_contain_text("Resolved")
    olga.keyboard.press("Alt+j")
    olga.wait_for_url(f"**/c/{second.public_id}/**")
    olga.keyboard.press("Escape")
    olga.wait_for_url("**/console/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_a_phone(window: Window, scheme: str) -> None:
    found = handed_over(cast.alice(), f"{'long' * 60} https://a.example/{'x' * 300}")
    outbox.append(found.pk, "agent", f"See https://a.example/{'y' * 300}")
    olga = window(cast.olga(), width=360, height=740, color_scheme=scheme)
    for page in ("/", "/console/", f"/console/c/{found.public_id}/", "/console/components/", "/console/login/"):
        olga.goto(page)
        assert olga.evaluate("document.documentElement.scrollWidth") <= 360, page


def test_the_chat_covers_a_phone_and_keeps_the_focus(window: Window) -> None:
    page = window(width=360, height=740, reduced_motion="reduce")
    open_chat(page)
    dialog = page.get_by_role("dialog")
    box = dialog.bounding_box()
    assert box is not None
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 360, 740)
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.querySelector('handrail-chat').shadowRoot.activeElement?.closest('#panel') !== null"
        )
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Open chat")).to_be_focused()


def test_every_control_has_a_name(window: Window) -> None:
    found = handed_over(cast.alice(), "Hi")
    olga = window(cast.olga())
    nameless = """() => { const roots = [document, ...[...document.querySelectorAll('handrail-chat')].map(e => e.shadowRoot)];
      return roots.flatMap(r => [...r.querySelectorAll('button, a[href], input:not([type=hidden]), textarea')])
        .filter(e => e.checkVisibility() && !(e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length)).map(e => e.outerHTML) }"""
    for page in ("/", "/console/", f"/console/c/{found.public_id}/", "/console/components/"):
        olga.goto(page)
        olga.wait_for_load_state("networkidle")
        assert olga.evaluate(nameless) == []


def test_the_log_ends_each_unfinished_message(window: Window) -> None:
    """Any schedule of a message that grows between others: nothing finished is asked for again, and its end comes."""
    page = window()
    page.goto("/")
    bad = page.evaluate(
        """async () => {
          const { Log } = await import('/static/widget/log.js');
          let seed = 11;
          const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
          const bad = [];
          for (let round = 0; round < 2000; round++) {
            const log = new Log();
            const shown = new Map();
            const take = (messages) => {
              const { fresh, again } = log.add(messages);
              for (const one of fresh) { if (shown.has(one.seq)) bad.push(round); shown.set(one.seq, one.text); }
              if (again) { if (!shown.has(again.seq)) bad.push(round); shown.set(again.seq, again.text); }
            };
            // message 3 grows by a letter each time; others come behind it meanwhile; a look may be lost
            let there = 3;
            for (let length = 1; length <= 6; length++) {
              if (random() < 0.5) there++;
              const all = Array.from({ length: there }, (_, i) => ({ seq: i + 1, text: `m${i + 1}`, extra: {} }));
              all[2] = { seq: 3, text: 'x'.repeat(length), extra: length < 6 ? { unfinished: true } : {} };
              if (random() < 0.6 || length === 6) take(all.slice(log.last).sort(() => random() - 0.5));
            }
            if (log.last !== there || log.part || shown.get(3) !== 'xxxxxx' || shown.size !== there) bad.push(round);
          }
          return bad;
        }"""
    )
    assert bad == []


def test_the_log_shows_any_schedule_in_order_and_once(window: Window) -> None:
    """B1, B2: 2,000 schedules of drops, repeats and swaps end with the full list."""
    page = window()
    page.goto("/")
    bad = page.evaluate(
        """async () => {
          const { Log } = await import('/static/widget/log.js');
          let seed = 7;
          const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
          const bad = [];
          for (let round = 0; round < 2000; round++) {
            const all = Array.from({ length: 30 }, (_, i) => ({ seq: i + 1 }));
            const log = new Log();
            const shown = [];
            const take = (messages) => { const { fresh, gap } = log.add(messages); shown.push(...fresh); return gap; };
            for (let i = 0; i < 60; i++) {
              const from = Math.floor(random() * 30), to = from + 1 + Math.floor(random() * 5);
              const gap = take(all.slice(from, to).sort(() => random() - 0.5));
              if (gap && random() < 0.5) take(all.slice(log.last, log.last + 3));
            }
            while (log.last < 30) take(all.slice(log.last));
            if (shown.map((m) => m.seq).join() !== all.map((m) => m.seq).join()) bad.push(round);
          }
          return bad;
        }"""
    )
    assert bad == []


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_a_conversation_that_has_ended_is_rated(window: Window, width: int, scheme: str) -> None:
    """Asked when it is seen, answered by keyboard, seen by the operator at once; a closed panel stays closed."""
    alice, olga = window(width=width, color_scheme=scheme), window(cast.olga())
    cast.alice()
    open_chat(alice, "alice@example.com")
    write(alice, "Are you there?")
    expect(said(alice, ".customer")).to_contain_text("Are you there?")
    talk = Conversation.objects.get()
    alice.get_by_role("button", name="Close chat").click()
    lifecycle.resolve(talk, cast.olga())
    olga.goto(f"/console/c/{talk.public_id}/")
    expect(olga.locator("#rating")).to_contain_text("Not asked yet")
    alice.wait_for_timeout(500)
    assert not Survey.objects.exists()
    alice.get_by_role("button", name="Open chat").click()
    survey = alice.get_by_role("group", name="How did this go for you?")
    expect(survey).to_be_visible()
    expect(alice.get_by_label("Your message")).to_be_focused()
    alice.wait_for_timeout(400)
    kept(alice, f"survey-{width}-{scheme}")
    survey.get_by_role("button", name="4 of 5").focus()
    alice.keyboard.press("Enter")
    alice.get_by_label("Anything we should know? (optional)").fill("Quick in the end")
    alice.get_by_role("button", name="Send", exact=True).first.click()
    expect(alice.get_by_role("button", name="Change")).to_be_visible()
    kept(alice, f"survey-answered-{width}-{scheme}")
    expect(olga.locator("#rating")).to_contain_text("4 of 5")
    expect(olga.locator("#rating")).to_contain_text("Quick in the end")
    kept(olga, f"survey-console-{width}-{scheme}")
    alice.reload()
    expect(alice.get_by_text("Thank you. You gave 4 of 5.")).to_be_visible()
    row = Survey.objects.get()
    assert (row.score, row.comment) == (4, "Quick in the end")
