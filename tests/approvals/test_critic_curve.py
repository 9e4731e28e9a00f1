"""S4-22: how often the Critic sends a write to people, by week, with the reasons clustered and leading to the writes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from approvals.curve import Curve, curve
from approvals.models import CriticReview
from conversations.clock import business_now
from conversations.models import Conversation
from tests.approvals.writes import a_call, an_order
from tests.cast import alice, olga, says
from tools.models import ToolCall

pytestmark = pytest.mark.django_db
WORD = {"name": "rules", "approved": False, "confidence": 1000, "reason": "critic-rejected"}


def reviewed(weeks_ago: int, reasons: list[str] | None = None, origin: str = "agent", **changed: Any) -> ToolCall:
    """A proposal of so many weeks ago: approved, or refused for these reasons."""
    talk = Conversation.objects.get(pk=says(alice(), "Refund it").conversation_id)
    call = a_call(talk, an_order(f"R-{ToolCall.objects.count()}"), 4000, origin=origin)
    word: dict[str, Any] = {"at": business_now() - timedelta(weeks=weeks_ago)}
    if reasons is not None:
        word |= {"verdict": "rejected", "reason": "critic-rejected", "opinions": [{**WORD, "reasons": reasons}]}
    CriticReview.objects.filter(call=call).update(**{**word, **changed})
    return call


def now_curve() -> Curve:
    return curve(business_now())


def test_each_week_has_its_share_and_a_week_without_any_has_none() -> None:
    for reasons in (["not-confirmed"], None, None):
        reviewed(1, reasons)
    reviewed(0)
    reviewed(30, ["not-confirmed"])
    reviewed(3)
    first, empty, before, last = now_curve().weeks
    assert (last.proposals, last.escalated, last.share) == (1, 0, 0.0)
    assert (before.proposals, before.escalated) == (3, 1)
    assert empty.share is None
    assert first.proposals == 1
    assert (now_curve().proposals, now_curve().escalated) == (5, 1)


@pytest.mark.parametrize(("no", "yes", "standing"), [(7, 14, "as early"), (6, 14, "on its way"), (1, 19, "on its way"),
                                                     (1, 20, "stable"), (0, 19, "too few to say"),
                                                     (0, 0, "nothing proposed yet")])  # fmt: skip
def test_the_standing_changes_above_thirty_and_below_five_in_a_hundred(no: int, yes: int, standing: str) -> None:
    for _ in range(no):
        reviewed(0, ["not-confirmed"])
    for _ in range(yes):
        reviewed(0)
    assert now_curve().standing == standing


def test_reasons_are_clustered_by_cause_and_capability() -> None:
    newest = [reviewed(0, reasons) for reasons in (["rule:REF-3"], ["rule:REF-7", "plan-differs"], ["not-confirmed"])]
    reviewed(0, verdict="failed", reason="critic-timeout", opinions=[])
    first, *rest = now_curve().clusters
    assert (first.cause, first.capability, first.n, first.share) == (
        "The rules would not have it", "process_refund", 2, 0.5)  # fmt: skip
    assert dict(first.codes) == {"rule:REF-3": 1, "rule:REF-7": 1, "plan-differs": 1}
    assert {review.call_id for review in first.examples} == {newest[0].pk, newest[1].pk}
    assert {one.cause for one in rest} == {"Not in the customer's words", "No usable answer"}


def test_an_operators_own_write_is_not_counted() -> None:
    reviewed(0, ["not-confirmed"], origin="operator")
    assert now_curve().proposals == 0
    reviewed(0, ["not-confirmed"])
    assert now_curve().proposals == 1


def test_the_page_says_the_share_and_leads_to_the_writes() -> None:
    refused = reviewed(0, ["order-not-named"])
    reviewed(0)
    client = Client()
    client.force_login(olga())
    page = client.get(reverse("approvals:critic")).content.decode()
    assert "sent 1 to people: 50 in a hundred" in page
    assert reverse("approvals:why", args=[refused.key]) in page
    assert "order-not-named (1)" in page


def test_a_page_without_any_proposal_says_so() -> None:
    client = Client()
    client.force_login(olga())
    assert "No write was proposed yet" in client.get(reverse("approvals:critic")).content.decode()
