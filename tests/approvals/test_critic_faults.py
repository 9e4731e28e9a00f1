"""FAULTS D3, S4-20: whatever the Critic does instead of a clear, sure, timely yes, nothing is written and a person has it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents import writes
from approvals import critic as critics
from approvals import gate
from approvals.critic import Critic
from approvals.models import CriticReview
from evals.suites.critic_faults import CRITIC_FAULTS, YES, says
from tests.approvals.goods import paid_back
from tests.house import House
from tests.shopserver import ShopServer
from tools.models import Effect, ToolCall

Patch = pytest.MonkeyPatch
LANTERN = "My camp lantern from FW-10465 arrived broken, I want my money back"
FAULTS = [(fault.reason, fault.review) for fault in CRITIC_FAULTS if fault.review is not None]


def with_critics(monkeypatch: Patch, *reviews: Callable[[Any], Any]) -> None:
    real = writes.terms
    scripted = tuple(Critic(f"scripted {i}", review) for i, review in enumerate(reviews))
    monkeypatch.setattr(writes, "terms", lambda kit: replace(real(kit), critics=scripted, critic_seconds=0.5))


@pytest.mark.parametrize(("reason", "review"), FAULTS)
def test_anything_but_a_clear_yes_is_a_handoff(
    selling: House, shop: ShopServer, monkeypatch: Patch, reason: str, review: Callable[[Any], Any]
) -> None:
    with_critics(monkeypatch, review)
    row, answers = selling.ask(selling.alice(), LANTERN, "yes")
    assert (row.status, row.handoffs.get().reason) == ("escalated", reason)
    assert answers[1], "the customer is told"
    assert not Effect.objects.exists()
    assert paid_back(shop) == {}
    assert ToolCall.objects.get().status == "denied"
    review_row = CriticReview.objects.get()
    assert (review_row.verdict == "approved") is False


def test_the_twin_without_a_fault_has_exactly_one_effect(selling: House, shop: ShopServer, monkeypatch: Patch) -> None:
    with_critics(monkeypatch, says(YES))
    row, _ = selling.ask(selling.alice(), LANTERN, "yes")
    assert row.status == "active"
    assert Effect.objects.get().status == "confirmed"
    assert list(paid_back(shop).values()) == [4500]


@pytest.mark.parametrize(("reason", "review"), [FAULTS[0], FAULTS[1], FAULTS[20], FAULTS[22]])
def test_one_no_among_several_is_a_no(
    selling: House, shop: ShopServer, monkeypatch: Patch, reason: str, review: Callable[[Any], Any]
) -> None:
    """Both must approve: the order in which they are asked changes nothing."""
    with_critics(monkeypatch, says(YES), review, says(YES))
    row, _ = selling.ask(selling.alice(), LANTERN, "yes")
    assert row.handoffs.get().reason == reason
    assert paid_back(shop) == {}


def test_nobody_asked_is_nobody_who_approved(selling: House, shop: ShopServer, monkeypatch: Patch) -> None:
    with_critics(monkeypatch)
    row, _ = selling.ask(selling.alice(), LANTERN, "yes")
    assert row.handoffs.get().reason == "critic-missing"
    assert paid_back(shop) == {}


def test_a_late_yes_is_not_listened_to(selling: House, shop: ShopServer, monkeypatch: Patch) -> None:
    """The answer comes after the patience is over: the review on record stays a no."""
    go = threading.Event()
    answered = threading.Event()

    def late(_: Any) -> Any:
        go.wait(10)
        answered.set()
        return YES

    with_critics(monkeypatch, late)
    row, _ = selling.ask(selling.alice(), LANTERN, "yes")
    go.set()
    assert answered.wait(5)
    assert row.handoffs.get().reason == "critic-timeout"
    assert CriticReview.objects.get().reason == "critic-timeout"
    assert not Effect.objects.exists()


def test_a_review_is_asked_once_for_each_hash(selling: House, monkeypatch: Patch) -> None:
    asked: list[int] = []

    def counts(_: Any) -> Any:
        asked.append(1)
        return YES

    with_critics(monkeypatch, counts)
    selling.ask(selling.alice(), "my blender arrived broken, I want my money back", "yes")
    call = ToolCall.objects.get()
    terms = gate.Terms(refunds=None, threshold=850, critics=(Critic("x", counts),))  # type: ignore[arg-type]
    gate.review(call, terms)
    assert asked == [1]


def test_the_wrapper_survives_whatever_is_thrown(monkeypatch: Patch) -> None:
    class Odd(BaseException):
        pass

    def odd(_: Any) -> Any:
        raise Odd

    opinion = critics.ask(Critic("odd", odd), None, 850)  # type: ignore[arg-type]
    assert (opinion.approved, opinion.reason) == (False, "critic-error")


def test_the_page_says_why_failing_open_would_be_wrong() -> None:
    """S4-21: degradation, an anomaly, and a number that deceives oneself."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "critic.md").read_text(encoding="utf-8")
    for reason in ("a time-out is a system that degrades", "an error is an anomaly", "looks better"):
        assert reason in " ".join(page.split())
