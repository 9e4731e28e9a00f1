"""A policy is edited, reviewed and taken live by HTTP, while a web process and a sweeper run; nobody is restarted."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from agents import releases
from agents.models import Run, Turn
from agents.replay import replay
from config import seed
from conversations.models import Conversation, Message
from knowledge.models import ConfigVersion
from tests.house import House, moving_house
from tests.shopserver import ShopServer, shop
from tests.webserver import ROOT, database_url, serving
from tools.models import Effect, ToolCall

__all__ = ["moving_house", "shop"]
pytestmark = pytest.mark.slow
PATIENCE = 40
CONFIGS = "/admin/knowledge/configversion/"


class Person:
    """Somebody at their browser."""

    def __init__(self, site: str, name: str) -> None:
        seed.seed_roles()
        user = User.objects.create(username=name, is_staff=True)
        user.groups.add(*Group.objects.filter(name__in=seed.RIGHTS))
        signed_in = Client()
        signed_in.force_login(user)
        self.site, self.cookies = site, {"sessionid": signed_in.cookies["sessionid"].value}

    def post(self, page: str, **fields: str) -> str:
        """Open the page, fill its form in, and press the button."""
        with httpx.Client(base_url=self.site, cookies=self.cookies, headers={"Referer": self.site}) as http:
            hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', http.get(page).text))
            answer = http.post(page, data={**hidden, **fields})
            assert answer.status_code == 302, re.findall(r'class="error\w+">(.*?)<', answer.text)
            return http.get(answer.headers["location"]).text


@contextmanager
def sweeping(log: Path, shop: ShopServer) -> Iterator[subprocess.Popen[bytes]]:
    """`manage.py sweep`, which runs the turns that wait."""
    env = {**os.environ, "DATABASE_URL": database_url(), "SHOP_URL": shop.url, "SHOP_API_KEY": shop.key}
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "manage.py", "sweep"], cwd=ROOT, env=env, stdout=out, stderr=out)
    try:
        yield process
        assert process.poll() is None, log.read_text()[-3000:]
    finally:
        process.terminate()
        process.wait(20)


def answered(house: House, text: str, into: Conversation | None = None) -> tuple[Conversation, str]:
    """What the running processes say to it; nothing is worked on here."""
    received = house.says(house.alice(), text, into)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        row = Conversation.objects.get(pk=received.conversation_id)
        if row.wake == row.done and Message.objects.filter(
            conversation=row, author=Message.Author.AGENT, seq__gt=received.seq
        ):
            return row, "\n".join(house.said(row, after=received.seq))
        time.sleep(0.1)
    raise AssertionError(f"nobody answered {text!r}")


def test_an_edited_policy_goes_live_without_a_restart(moving_house: House, shop: ShopServer, tmp_path: Path) -> None:
    """S1-51: the next turn carries the new version; a refund that was offered before is decided under it."""
    shop.reset()
    with serving(tmp_path / "web") as site, sweeping(tmp_path / "sweep", shop) as sweeper:
        row, offer = answered(moving_house, "the camp lantern from FW-10465 arrived broken, refund it please")
        old = releases.live_version("policy")
        run = Run.objects.get(conversation=row, active=True)
        assert old is not None
        changed = take_live(
            site, old.body.replace("automatic_usd: 50", "automatic_usd: 1").replace("{above_usd: 50,", "{above_usd: 1,")
        )
        row, _ = answered(moving_house, "yes", row)
        assert sweeper.poll() is None
    first, second = Turn.objects.filter(conversation=row).order_by("attempt")
    assert [turn.release.pins["policy"][0] for turn in (first, second)] == [old.pk, changed.pk]
    assert "?" in offer
    after = Run.objects.get(pk=run.pk)
    assert (after.version, after.waits_for) == (run.version, "decision")  # the same run, and now people decide
    call = ToolCall.objects.get(conversation=row)
    assert (call.release, call.people) == (second.release_id, 1)
    assert not Effect.objects.exists()
    assert [replay(turn).why for turn in (first, second)] == ["", ""]
    shop.reset()


def take_live(site: str, body: str) -> ConfigVersion:
    author, reviewer = Person(site, "wanda"), Person(site, "rhea")
    author.post(f"{CONFIGS}add/", kind="policy", body=body)
    version = ConfigVersion.objects.filter(kind="policy").latest("number")
    page = f"{CONFIGS}{version.pk}/review/"
    author.post(page, verb="submit", reason="too many small refunds")
    assert "is approved" in reviewer.post(page, verb="approve", reason="agreed")
    assert "is live" in reviewer.post(page, verb="activate", reason="agreed with finance")
    return version
