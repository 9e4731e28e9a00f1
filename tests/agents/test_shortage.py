"""Operators are told while models are away, and nothing otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from agents.models import ModelDay, Release
from agents.shortage import shortage
from conversations.clock import business_now
from tests.cast import olga
from tests.house import House
from tools import breaker
from tools.contract import ErrorCode
from tools.models import Breaker


@pytest.fixture
def with_models(small_house: House) -> House:
    """The live release asks models."""
    live = Release.objects.get(status="live")
    Release.objects.filter(pk=live.pk).update(pins={**live.pins, "brain": "anthropic"})
    return small_house


def opened() -> None:
    now = datetime.now(UTC)
    Breaker.objects.create(
        pack="llm:anthropic", capability="some-model", state="open", failures=5, since=now, until=now, pauses=1, trial=0
    )


def spent(micros: int) -> None:
    ModelDay.objects.create(day=business_now().astimezone(UTC).date(), tokens=1, cost_micros=micros)


def test_a_provider_that_is_away_is_told_on_every_page(with_models: House) -> None:
    opened()
    client = Client()
    client.force_login(olga())
    page = client.get(reverse("console:inbox")).content.decode()
    assert f'hx-get="{reverse("agents:shortage")}?"' in page
    assert "isn&#x27;t answering" in client.get(reverse("agents:shortage")).content.decode()


@pytest.mark.parametrize(("failures", "seconds_ago", "told"), [(3, 5, True), (2, 5, False), (3, 90, False)])
def test_a_provider_that_hangs_is_told_before_its_breaker_opens(
    with_models: House, failures: int, seconds_ago: int, told: bool
) -> None:
    """Each call takes its whole time to fail: five in half a minute may never come together."""
    leave = breaker.Leave("llm:anthropic", "some-model")
    for _ in range(failures):
        breaker.tell(leave, ErrorCode.TIMEOUT)
    assert Breaker.objects.get().state == Breaker.State.CLOSED
    Breaker.objects.update(until=datetime.now(UTC) - timedelta(seconds=seconds_ago))
    assert bool(shortage()) is told
    breaker.tell(replace(leave, after=failures), None)
    assert shortage() == "", "one answer, and it is back"


def test_a_day_s_budget_that_is_used_up_is_told(with_models: House) -> None:
    spent(settings.HANDRAIL["max_day_cost_micros"])
    assert "budget" in shortage()


def test_nothing_is_told_while_they_answer(with_models: House) -> None:
    spent(1)
    assert shortage() == ""
    ModelDay.objects.update(day=business_now().date() - timedelta(days=3), cost_micros=10**12)
    assert shortage() == "", "that was another day"


def test_nothing_is_told_where_nobody_asks_them(small_house: House) -> None:
    opened()
    assert shortage() == ""
