"""The operators' pages over HTTP."""

from __future__ import annotations

import hashlib
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from conversations import lifecycle, outbox
from conversations.console.acts import ACTS, possible
from conversations.models import Conversation, Event, Message
from tests import cast
from tests.console.conftest import handed_over, reply_form, signed_in

ROOT = Path(__file__).resolve().parents[2]
PART = {"HX-Request": "true"}
PAYLOAD = "<img src=x onerror=alert(1)>"


def at(conversation: Conversation, rest: str = "") -> str:
    return f"/console/c/{conversation.public_id}/{rest}"


def pages(conversation: Conversation) -> list[str]:
    return [
        "/console/",
        "/console/components/",
        at(conversation),
        at(conversation, "lines/"),
        at(conversation, "state/"),
    ]


def test_a_page_asks_a_stranger_to_sign_in(waiting: Conversation) -> None:
    for page in pages(waiting):
        answer = Client().get(page)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/console/login/?next=")
    assert Client().get("/console/login/").status_code == 200


def test_somebody_without_the_right_is_told_so(waiting: Conversation) -> None:
    client = signed_in(User.objects.create(username="shopper"))
    for page in pages(waiting):
        answer = client.get(page)
        assert answer.status_code == 403
        assert b"You may not see this" in answer.content


def test_a_stranger_can_do_nothing(waiting: Conversation) -> None:
    for client in (Client(), signed_in(User.objects.create(username="shopper"))):
        for rest in ("reply/", *(f"do/{name}/" for name in ACTS)):
            assert client.post(at(waiting, rest), reply_form("Hi")).status_code in (302, 403)
    waiting = Conversation.objects.get(pk=waiting.pk)
    assert (waiting.status, waiting.last_seq) == ("escalated", 2)


def test_the_longest_wait_is_on_top(olga: Client, waiting: Conversation) -> None:
    later = handed_over(cast.mallory(), "Me too")
    found = re.findall(r'id="row-(\d+)"', olga.get("/console/").content.decode())
    assert found == [str(waiting.pk), str(later.pk)]


def test_tabs_count_and_hold_what_they_say(olga: Client, waiting: Conversation) -> None:
    lifecycle.take_over(handed_over(cast.mallory(), "One"), cast.olga())
    lifecycle.take_over(handed_over(cast.mallory(), "Two"), cast.max_())
    cast.says(cast.alice(), "With the agent")
    lifecycle.resolve(handed_over(cast.mallory(), "Three"), cast.max_())
    for tab, number in (("waiting", 1), ("mine", 1), ("agent", 1), ("resolved", 1), ("all", 5)):
        html = olga.get("/console/", {"tab": tab}).content.decode()
        assert len(re.findall(r'id="row-', html)) == number
        assert re.search(rf'id="tab-{tab}"[^>]*aria-current="page">[^<]*<span class="count">{number}<', html)


def test_an_empty_list_says_what_to_do(olga: Client) -> None:
    assert "Nobody is waiting for a person" in olga.get("/console/").content.decode()


@pytest.mark.parametrize("query", ["ALICE@exam", "moreau", "alice moreau", "#{pk}", "{pk}", "{public_id}"])
def test_search_finds_by_number_address_and_name(olga: Client, waiting: Conversation, query: str) -> None:
    handed_over(cast.mallory(), "Somebody else")
    asked = query.format(pk=waiting.pk, public_id=waiting.public_id)
    html = olga.get("/console/", {"q": asked}).content.decode()
    assert re.findall(r'id="row-(\d+)"', html) == [str(waiting.pk)]


def test_odd_list_parameters_fall_back(olga: Client, waiting: Conversation) -> None:
    for query in (
        {"tab": "nothing"},
        {"show": "x"},
        {"show": "-1"},
        {"show": "10" * 30},
        {"q": "%_\\"},
        {"q": "9" * 40},
    ):
        assert olga.get("/console/", query).status_code == 200


def test_one_function_decides_page_or_fragment(olga: Client, waiting: Conversation) -> None:
    whole, part = olga.get("/console/").content, olga.get("/console/", headers=PART).content
    assert b"<html" in whole
    assert b"<html" not in part
    assert f'id="row-{waiting.pk}"'.encode() in part


def test_a_list_of_500_is_shown_with_few_statements(olga: Client, django_assert_max_num_queries: Any) -> None:
    Conversation.objects.bulk_create(Conversation(customer=cast.alice(), channel="web", last_seq=1) for _ in range(501))
    made = Conversation.objects.values_list("pk", flat=True)
    Message.objects.bulk_create(Message(conversation_id=pk, seq=1, author="customer", text="Hi") for pk in made)
    with django_assert_max_num_queries(12):
        html = olga.get("/console/", {"tab": "agent", "show": "500"}).content.decode()
    assert len(re.findall(r'id="row-', html)) == 500


def test_the_conversation_page_shows_thread_packet_and_customer(olga: Client, waiting: Conversation) -> None:
    """S1-31: all six sections reach the operator."""
    html = olga.get(at(waiting)).content.decode()
    for words in ("Where is my order?", "A colleague takes it from here.", "alice@example.com", "Signed in",
                  "Late parcel", "Issue, in their words", "What was tried", "What we know", "Next steps", "Tone",
                  "Alice Moreau opened the conversation", "The agent asked for a person: customer asked for person"):  # fmt: skip
        assert words in html


def test_only_possible_acts_have_a_button(olga: Client, waiting: Conversation) -> None:
    assert offered(olga.get(at(waiting))) == {"take_over", "resolve"}
    lifecycle.take_over(waiting, cast.olga())
    assert offered(olga.get(at(waiting))) == {"give_back", "requeue", "resolve"}
    assert offered(signed_in(cast.max_()).get(at(waiting))) == set()


def offered(answer: Any) -> set[str]:
    return set(re.findall(r'<button[^>]*id="act-(\w+)"', answer.content.decode()))


@pytest.mark.parametrize("name", list(ACTS))
@pytest.mark.parametrize("state", ["active", "escalated", "mine", "others", "resolved"])
def test_the_button_and_the_post_agree(db: None, olga: Client, name: str, state: str) -> None:
    """What is offered succeeds; what isn't is refused with a sentence and changes nothing."""
    found = in_state(state)
    offered_now = name in {act.name for act in possible(found, cast.olga())}
    answer = olga.post(at(found, f"do/{name}/"), headers=PART)
    after = Conversation.objects.get(pk=found.pk)
    assert answer.status_code == (200 if offered_now else 409)
    assert (after.last_seq > found.last_seq) is offered_now
    if not offered_now:
        assert after.status == found.status
        assert "notice-warn" in answer.content.decode()


def in_state(state: str) -> Conversation:
    if state == "active":
        return Conversation.objects.get(pk=cast.says(cast.alice(), "Hi").conversation_id)
    found = handed_over(cast.alice(), "Hi")
    moves = {"mine": (lifecycle.take_over, cast.olga), "others": (lifecycle.take_over, cast.max_),
             "resolved": (lifecycle.resolve, cast.max_)}  # fmt: skip
    if state in moves:
        move, who = moves[state]
        move(found, who())
    return Conversation.objects.get(pk=found.pk)


def test_taking_over_what_somebody_took_says_who(olga: Client, max_: Client, waiting: Conversation) -> None:
    """S1-34, law 6: one owner at a time, and the second one is told who it is."""
    assert max_.post(at(waiting, "do/take_over/"), headers=PART).status_code == 200
    answer = olga.post(at(waiting, "do/take_over/"), headers=PART)
    assert answer.status_code == 409
    assert "Max has this conversation" in answer.content.decode()
    assert Conversation.objects.get(pk=waiting.pk).operator == cast.max_()


def test_a_page_that_is_out_of_date_learns_it_under_the_lock(
    olga: Client, waiting: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The predicate said yes, and then Max was faster: the verb's own check still says who."""
    real = lifecycle.take_over

    def max_is_faster(conversation: Conversation, operator: User) -> Conversation:
        real(conversation, cast.max_())
        return real(conversation, operator)

    slow = ACTS["take_over"].__class__(**{**ACTS["take_over"].__dict__, "do": max_is_faster})
    monkeypatch.setitem(ACTS, "take_over", slow)
    answer = olga.post(at(waiting, "do/take_over/"), headers=PART)
    assert answer.status_code == 409
    assert "Max has this conversation" in answer.content.decode()


def test_a_reply_needs_the_conversation(olga: Client, waiting: Conversation) -> None:
    refused = olga.post(at(waiting, "reply/"), reply_form("Hello"), headers=PART)
    assert refused.status_code == 409
    assert "Take the conversation over first" in refused.content.decode()
    lifecycle.take_over(waiting, cast.max_())
    refused = olga.post(at(waiting, "reply/"), reply_form("Hello"), headers=PART)
    assert "Max has this conversation" in refused.content.decode()
    assert not Message.objects.filter(author="operator").exists()


def test_a_double_click_is_one_reply(olga: Client, waiting: Conversation) -> None:
    lifecycle.take_over(waiting, cast.olga())
    form = reply_form("Hello Alice")
    for _ in range(2):
        answer = olga.post(at(waiting, "reply/"), form, headers=PART)
        assert answer.status_code == 200
        assert "handrail:replied" in answer["HX-Trigger"]
    assert Message.objects.filter(author="operator").count() == 1


@pytest.mark.parametrize("text", ["", "   ", "x" * 4001])
def test_a_reply_that_does_not_fit_is_refused(olga: Client, waiting: Conversation, text: str) -> None:
    lifecycle.take_over(waiting, cast.olga())
    assert olga.post(at(waiting, "reply/"), reply_form(text), headers=PART).status_code == 409
    assert not Message.objects.filter(author="operator").exists()


def test_without_scripts_an_act_leads_back_to_the_page(olga: Client, max_: Client, waiting: Conversation) -> None:
    max_.post(at(waiting, "do/take_over/"))
    answer = olga.post(at(waiting, "do/take_over/"), follow=True)
    assert answer.redirect_chain == [(at(waiting), 302)]
    assert b"Max has this conversation" in answer.content


def test_what_the_page_has_not_shown_can_not_be_resolved_away(olga: Client, waiting: Conversation) -> None:
    page = olga.get(at(waiting)).content.decode()
    seen = re.search(r'name="seen" value="(\d+)"', page)[1]  # type: ignore[index]
    cast.says(cast.alice(), "One more thing", waiting.public_id)
    refused = olga.post(at(waiting, "do/resolve/"), {"seen": seen}, headers=PART)
    assert refused.status_code == 409
    assert "The customer has written meanwhile" in refused.content.decode()
    assert olga.post(at(waiting, "do/resolve/"), {"seen": int(seen) + 1}, headers=PART).status_code == 200


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 30])
def test_an_odd_number_of_what_was_seen_stops_nobody(olga: Client, waiting: Conversation, seen: str) -> None:
    assert olga.post(at(waiting, "do/resolve/"), {"seen": seen}, headers=PART).status_code == 200


def test_posts_need_the_csrf_token(waiting: Conversation) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.olga())
    assert client.post(at(waiting, "do/take_over/")).status_code == 403


def test_lines_come_once_and_in_order(olga: Client, waiting: Conversation) -> None:
    seen = olga.get(at(waiting)).content.decode()
    after, after_event = (re.search(rf'data-{name}="(\d+)"', seen)[1] for name in ("after", "after-event"))  # type: ignore[index]
    since = {"after": after, "after_event": after_event}
    assert not olga.get(at(waiting, "lines/"), since).content.strip()
    lifecycle.take_over(waiting, cast.olga())
    outbox.operator_reply(waiting, cast.olga(), "Hello Alice", "k1")
    html = olga.get(at(waiting, "lines/"), since).content.decode()
    assert re.findall(r'data-seq="(\d+)"', html) == ["3", "4"]
    assert "Olga joined the conversation." in html
    assert "took over" not in html  # told as a message, not twice


def test_the_packet_comes_again_only_when_it_is_newer(olga: Client, waiting: Conversation) -> None:
    known = waiting.handoffs.get().pk
    assert b'id="packet"' not in olga.get(at(waiting, "state/"), {"handoff": known}).content
    assert b'id="packet"' in olga.get(at(waiting, "state/"), {"handoff": 0}).content


@pytest.mark.parametrize("query", [{"after": "x"}, {"after": "-1"}, {"after": "9" * 30}, {"handoff": "x"}])
def test_odd_numbers_read_as_none(olga: Client, waiting: Conversation, query: dict[str, str]) -> None:
    assert olga.get(at(waiting, "lines/"), query).status_code == 200
    assert olga.get(at(waiting, "state/"), query).status_code == 200


def test_an_unknown_conversation_or_act_is_not_found(olga: Client, waiting: Conversation) -> None:
    assert olga.get(f"/console/c/{uuid.uuid4()}/").status_code == 404
    assert olga.post(at(waiting, "do/fly/")).status_code == 404


def test_hostile_words_are_shown_as_words(db: None, olga: Client) -> None:
    """F4: in names, messages, replies, sources, packet, reason and search."""
    mallory = cast.mallory()
    mallory.first_name = PAYLOAD
    mallory.save(update_fields=["first_name"])
    packet = {"brief": [PAYLOAD], "issue": [PAYLOAD], "odd <b>key</b>": {"<i>x</i>": PAYLOAD}}
    found = handed_over(mallory, f"{PAYLOAD}<script>alert(2)</script>", reason=PAYLOAD, packet=packet)
    olgas = cast.olga()
    olgas.first_name = PAYLOAD
    olgas.save(update_fields=["first_name"])
    outbox.append(found.pk, "agent", PAYLOAD)
    source = {"n": 1, "title": PAYLOAD, "url": "javascript:alert(3)", "age_days": PAYLOAD, "stale": True}
    extra = {"citations": [source], "choices": [{"label": PAYLOAD, "say": PAYLOAD}], "masked": [PAYLOAD]}
    Message.objects.filter(conversation=found, author="agent").update(extra=extra)
    outbox.operator_reply(lifecycle.take_over(found, olgas), olgas, f"{PAYLOAD} [x](javascript:alert(4))", "k")
    for page in ["/console/", f"/console/?q={PAYLOAD}", *pages(found)]:
        html = olga.get(page).content.decode()
        assert "<img src=x" not in html
        assert "<script>alert" not in html
        assert "<b>key" not in html
        assert not re.search(r"(?:href|src)\s*=\s*[\"']?\s*javascript:", html)


def test_every_page_forbids_inline_script_and_style(olga: Client, waiting: Conversation) -> None:
    for page in [*pages(waiting), "/", "/console/login/", "/console/nothing-here/"]:
        rules = olga.get(page)["Content-Security-Policy"]
        assert "script-src 'self'" in rules
        assert "style-src 'self'" in rules
        assert "unsafe" not in rules


INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=[\"']|hx-on|javascript:|<script(?![^>]*\ssrc=)", re.IGNORECASE)


def test_no_template_holds_inline_script_or_style() -> None:
    files = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("static/**/*.svg")]
    assert len(files) > 30
    assert [str(file) for file in files if INLINE.search(file.read_text())] == []
    assert all(INLINE.search(bad) for bad in ('<p style="x">', "<script>", "<a onclick='x'>", "<b hx-on:click=x>"))


def test_vendored_files_are_what_their_list_says() -> None:
    vendor = ROOT / "static/vendor"
    listed = dict(reversed(line.split(maxsplit=1)) for line in (vendor / "SHA256SUMS").read_text().splitlines())
    there = {str(file.relative_to(vendor)) for file in vendor.rglob("*/*") if file.is_file()}
    assert set(listed) == there
    for name, digest in listed.items():
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == digest


def test_each_move_left_its_event(olga: Client, waiting: Conversation) -> None:
    for name in ("take_over", "give_back", "take_over", "resolve"):
        assert olga.post(at(waiting, f"do/{name}/"), headers=PART).status_code == 200
    events = Event.objects.filter(stream=f"conversation:{waiting.pk}").order_by("n").values_list("reason", flat=True)
    assert list(events)[2:] == ["took_over", "gave_back", "took_over", "resolved"]
