"""Law 2, the other half: a person may start any refund, through the same rules, hash, effect and audit."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from agents import by_operator, deeds, writes
from approvals import deciding
from approvals.critic import Critic
from approvals.models import ApprovalRequest, CriticReview
from conversations import lifecycle
from conversations.models import Conversation, Message
from tests.approvals.goods import paid_back
from tests.approvals.writes import problems
from tests.cast import bill, olga
from tests.house import House
from tests.shopserver import ShopServer
from tools.models import Effect, ToolCall


def taken_over(house: House) -> Conversation:
    row, _ = house.ask(house.alice(), "I want to talk to a person")
    return lifecycle.take_over(row, olga())


def start(row: Conversation, order: str, *lines: str, user: Any = None, key: uuid.UUID | None = None) -> ToolCall:
    return by_operator.start(row, user or olga(), order, "damaged", list(lines), "photo seen", key or uuid.uuid4())


@pytest.mark.parametrize(("order", "cents"), [("FW-10465", 4500), ("FW-10464", 12000)])
def test_within_their_limit_the_click_is_the_decision(selling: House, shop: ShopServer, order: str, cents: int) -> None:
    call = start(taken_over(selling), order)
    assert (call.origin, call.asked_by) == ("operator", olga())
    assert list(paid_back(shop).values()) == [cents]
    assert ApprovalRequest.objects.get().votes.get().operator == olga()
    assert problems(shop) == []


def test_above_it_somebody_else_decides(selling: House, shop: ShopServer) -> None:
    row = taken_over(selling)
    start(row, "FW-10462")
    request = ApprovalRequest.objects.get()
    assert (request.status, request.role, request.votes.count()) == ("pending", "billing_specialist", 0)
    assert paid_back(shop) == {}
    deciding.decide(request.public_id, bill(), yes=True, reason="seen")
    deeds.carry_out(request.call_id)
    assert list(paid_back(shop).values()) == [62000]


def test_a_person_may_grant_what_the_agent_may_not(selling: House, shop: ShopServer) -> None:
    """Out of window is for people to decide; the rule that was hit stands on the card."""
    call = start(taken_over(selling), "FW-10420")
    assert [hit["rule"] for hit in call.rules] == ["REF-11"]
    assert len(paid_back(shop)) == 1


@pytest.mark.parametrize(("order", "words"), [("FW-10398", "REF-7"), ("FW-10484", "not_found")])
def test_but_nobody_may_do_what_the_rules_deny(selling: House, shop: ShopServer, order: str, words: str) -> None:
    """Refunded already, or somebody else's."""
    with pytest.raises(by_operator.CantError, match=words):
        start(taken_over(selling), order)
    assert not ToolCall.objects.exists()
    assert paid_back(shop) == {}


def test_the_critic_is_shown_and_its_silence_blocks_nobody(
    selling: House, shop: ShopServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(_: Any) -> Any:
        raise OSError("down")

    real = writes.terms
    monkeypatch.setattr(writes, "terms", lambda kit: replace(real(kit), critics=(Critic("down", silent),)))
    start(taken_over(selling), "FW-10465")
    assert CriticReview.objects.get().reason == "critic-error"
    assert len(paid_back(shop)) == 1


def test_only_who_owns_the_conversation_refunds_in_it(selling: House, shop: ShopServer) -> None:
    row = taken_over(selling)
    with pytest.raises(lifecycle.NotAllowedError, match="with Olga"):
        start(row, "FW-10465", user=bill())
    assert paid_back(shop) == {}


def test_a_double_click_is_one_refund(selling: House, shop: ShopServer) -> None:
    row, key = taken_over(selling), uuid.uuid4()
    start(row, "FW-10465", key=key)
    with pytest.raises(by_operator.CantError):
        start(row, "FW-10465", key=key)
    assert Effect.objects.count() == 1


def test_it_is_started_from_the_conversations_page_and_told_in_the_thread(selling: House, shop: ShopServer) -> None:
    row, client = taken_over(selling), Client()
    client.force_login(olga())
    panel = client.get(f"/console/agent/refund/?conversation={row.public_id}")
    assert b"Refund an order" in panel.content
    sent = {"key": str(uuid.uuid4()), "order_id": "FW-10473", "lines": "2", "reason": "does_not_fit", "why": "agreed"}
    client.post(f"/console/agent/refund/{row.public_id}/", sent)
    assert list(paid_back(shop).values()) == [7200]
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("update tools_effect set settled_at = settled_at - interval '2 seconds'")
    deeds.sweep()
    assert Message.objects.filter(conversation=row, author="system", text__contains="$72.00").count() == 1


def test_bad_input_says_so_and_changes_nothing(selling: House, shop: ShopServer) -> None:
    row, client = taken_over(selling), Client()
    client.force_login(olga())
    for wrong in ({"order_id": "../x"}, {"reason": "because"}, {"why": ""}, {"lines": "9"}, {"key": "x"}):
        good = {"key": str(uuid.uuid4()), "order_id": "FW-10473", "lines": "2", "reason": "damaged", "why": "agreed"}
        answer = client.post(f"/console/agent/refund/{row.public_id}/", {**good, **wrong}, follow=True)
        assert b"Nothing was refunded" in answer.content, wrong
    assert not ToolCall.objects.exists()
    assert paid_back(shop) == {}
