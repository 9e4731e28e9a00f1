"""The red switch over HTTP: on every page of the console, in plain forms, for those who may."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse

from agents import pausing
from conversations import lifecycle, pauses
from conversations.access import AGENT
from conversations.models import Conversation, Handoff, Pause
from tests import cast
from tests.approvals.writes import a_call, an_order, asked
from tests.console.conftest import signed_in

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
SWITCH = "/console/agent/pauses/"
HOSTILE = "<script>alert(1)</script>"


def pressed(scope: str = "all", name: str = "", why: str = "odd answers") -> Pause:
    return pausing.pause(scope, name, cast.olga(), why)


def test_every_page_of_the_console_has_the_switch_and_says_what_is_paused(waiting: Conversation) -> None:
    request = asked(a_call(waiting, an_order(), 6000, people=1, role="operator"))
    held = pressed(why=HOSTILE)
    client = signed_in(cast.olga())
    for page in (
        "/console/",
        "/console/components/",
        f"/console/c/{waiting.public_id}/",
        reverse("approvals:desk"),
        reverse("approvals:card", args=[request.public_id]),
        reverse("approvals:why", args=[request.call.key]),
        reverse("agents:workflows"),
        SWITCH,
        reverse("agents:queued", args=[held.pk]),
    ):
        text = client.get(page).content.decode()
        assert f'href="{SWITCH}"' in text, page
        assert "The agent is paused: everything." in text, page
        assert "&lt;script&gt;alert(1)" in text, page
        assert HOSTILE not in text, page


def test_no_page_of_the_console_has_another_frame() -> None:
    folders = [ROOT / "templates" / name for name in ("console", "approvals", "agents")]
    whole = {file.name: file.read_text() for folder in folders for file in folder.glob("[!_]*.html")}
    framed = {name for name, text in whole.items() if '{% extends "console/base.html" %}' in text}
    assert set(whole) - framed == {"base.html", "login.html"}
    assert len(framed) >= 8


def test_an_open_page_is_answered_only_when_something_has_changed(waiting: Conversation) -> None:
    client = signed_in(cast.olga())
    assert client.get("/console/paused/?seen=").status_code == 204
    held = pressed("channel", "web")
    news = client.get("/console/paused/?seen=")
    assert news.status_code == 200
    assert "the channel Web" in news.content.decode()
    assert f"?seen={held.pk}" in news.content.decode()
    assert client.get(f"/console/paused/?seen={held.pk}").status_code == 204
    pausing.resume(held.pk, cast.manager(), "mended")
    assert "The agent is paused" not in client.get(f"/console/paused/?seen={held.pk}").content.decode()


def test_an_operator_pauses_and_does_not_resume(waiting: Conversation) -> None:
    client = signed_in(cast.olga())
    answer = client.post(f"{SWITCH}start/", {"what": "channel:web", "why": "odd answers"}, follow=True)
    assert "A manager or an administrator resumes it." in answer.content.decode()
    held = Pause.objects.get()
    assert (held.scope, held.name, held.paused_by) == ("channel", "web", cast.olga())
    answer = client.post(f"{SWITCH}{held.pk}/resume/", {"why": "fine"}, follow=True)
    assert "Nothing was resumed. olga may not" in answer.content.decode()
    assert pauses.now() == [held]


def test_a_manager_resumes_and_reads_what_queued_up(waiting: Conversation) -> None:
    held = pressed()
    late = Conversation.objects.create(customer=cast.mallory(), channel="web")
    Handoff.objects.create(conversation=late, queue="general", reason=pauses.REASON, packet={})
    lifecycle.move(Conversation, late.pk, "hand_off", AGENT, pauses.REASON)
    answer = signed_in(cast.manager()).post(f"{SWITCH}{held.pk}/resume/", {"why": "mended"}, follow=True)
    text = answer.content.decode()
    assert answer.redirect_chain == [(f"{SWITCH}{held.pk}/", 302)]
    assert f"/console/c/{late.public_id}/" in text
    assert f"/console/c/{waiting.public_id}/" not in text, "that one waits for another reason"
    assert "Conversations that people got: 1" in text
    assert pauses.now() == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"what": "all", "why": "  "}, "Say in a few words why"),
        ({"what": "moon", "why": "odd"}, "Choose what to pause."),
        ({"why": "odd"}, "Choose what to pause."),
        ({"what": "channel:fax", "why": "odd"}, "Choose what to pause."),
        ({"what": "all", "why": "x" * 301}, "at most 300 characters"),
    ],
)
def test_a_form_that_says_too_little_changes_nothing(waiting: Conversation, given: dict[str, str], said: str) -> None:
    answer = signed_in(cast.olga()).post(f"{SWITCH}start/", given, follow=True)
    assert "Nothing was paused. " in answer.content.decode()
    assert said in answer.content.decode()
    assert not Pause.objects.exists()
