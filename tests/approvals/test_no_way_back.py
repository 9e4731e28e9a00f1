"""A company whose system keeps no keys can't be asked what became of a write: people look before, and people look
after; nothing is ever sent a second time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from agents import deeds, runner
from approvals import deciding, execute
from approvals.models import ApprovalRequest
from conversations import faults
from conversations.models import Conversation
from packs.demo_shop import refunds
from tests.approvals.goods import Bought, paid_back, stock_up
from tests.approvals.writes import leases_over
from tests.cast import olga
from tests.house import House
from tests.shopserver import ShopServer
from tools import pack
from tools.contract import Caller, Plan, Writer
from tools.models import Effect

Patch = pytest.MonkeyPatch
Settle = Callable[[Plan, UUID, Caller], Any]


def a_company_that(settle: Settle | None, patch: Patch) -> list[UUID]:
    """To its system every request is a new one. The keys of those that were sent, as they are sent."""
    company, sent = pack.load("packs.demo_shop"), list[UUID]()

    def keyless(args: Any, plan: Plan, key: UUID, caller: Caller) -> Any:
        sent.append(key)
        return refunds.perform(args, plan, uuid4(), caller)

    writers = {**company.writers, "process_refund": Writer(keyless, settle)}
    patch.setattr(pack, "active", lambda: replace(company, writers=writers))
    return sent


def wanted(house: House, bought: Bought) -> Conversation:
    words = f"My camp lantern from {bought.order_id} arrived broken, I want my money back"
    return house.ask(house.customer(bought.email), words, "yes")[0]


def approved(row: Conversation) -> None:
    request = ApprovalRequest.objects.get(call__conversation=row, status="pending")
    deciding.decide(request.public_id, olga(), yes=True, reason="photo seen")
    deeds.carry_out(request.call_id)
    runner.work_on(row.pk)


def time_passes(row: Conversation, times: int = 4) -> None:
    """The sweeper comes by, again and again."""
    for _ in range(times):
        leases_over(row.pk)
        deeds.sweep()
        runner.work_on(row.pk)


def lose_the_answer(patch: Patch, fault: str = "drop") -> None:
    real = execute.caller_of
    patch.setattr(execute, "caller_of", lambda call: replace(real(call), faults=f"{fault};path=/refunds"))


def test_each_of_its_writes_goes_to_people(selling: House, shop: ShopServer, monkeypatch: Patch) -> None:
    """Three dollars, which the policy alone would grant. Its record can't name our key either, so that nobody claims to
    the customer what only looks like ours."""
    sent = a_company_that(None, monkeypatch)
    (bought,) = stock_up(shop, 1, 300)
    row = wanted(selling, bought)
    request = ApprovalRequest.objects.get()
    assert (request.why, request.role, request.people) == ("no-way-back", "operator", 1)
    assert paid_back(shop) == {}
    approved(row)
    assert list(paid_back(shop).values()) == [300]
    assert Effect.objects.get().status == "confirmed"
    assert len(sent) == 1
    assert row.handoffs.get().reason == "refund-unverified"


def test_without_an_answer_nothing_is_sent_again_and_people_look(
    selling: House, shop: ShopServer, monkeypatch: Patch
) -> None:
    sent = a_company_that(None, monkeypatch)
    lose_the_answer(monkeypatch)
    (bought,) = stock_up(shop, 1, 300)
    row = wanted(selling, bought)
    approved(row)
    assert Effect.objects.get().status == "unknown"
    time_passes(row)
    assert len(sent) == 1
    assert list(paid_back(shop).values()) == [300]
    assert Effect.objects.get().moved_why == "no-answer:no_way_back"
    assert Conversation.objects.get(pk=row.pk).status == "escalated"
    assert row.handoffs.get().reason == "refund-unknown"


def test_the_twin_that_claims_to_know_is_sent_again(selling: House, shop: ShopServer, monkeypatch: Patch) -> None:
    """What the guard is for: "nothing was done", said by a system that can't know."""
    sent = a_company_that(lambda *_: None, monkeypatch)
    lose_the_answer(monkeypatch)
    (bought,) = stock_up(shop, 1, 300)
    time_passes(wanted(selling, bought))
    assert len(sent) > 1


def test_a_crash_before_the_sending_looks_the_same(busy: House, shop: ShopServer, monkeypatch: Patch) -> None:
    """Nobody can tell "not sent" from "sent and unheard"."""
    a_company_that(None, monkeypatch)
    (bought,) = stock_up(shop, 1, 300)
    row = wanted(busy, bought)
    faults.install(faults.crash_at("write.before_send"))
    with pytest.raises(faults.CrashError):
        approved(row)
    faults.install(None)
    time_passes(row)
    assert paid_back(shop) == {}
    assert Effect.objects.get().status == "unknown"
    assert row.handoffs.get().reason == "refund-unknown"


def test_whoever_keeps_keys_is_asked_often_before_people_are(
    selling: House, shop: ShopServer, monkeypatch: Patch
) -> None:
    """And then nobody has to write for a person to come."""
    real = execute.caller_of
    monkeypatch.setattr(execute, "caller_of", lambda call: replace(real(call), faults="500"))
    (bought,) = stock_up(shop, 1, 300)
    row = wanted(selling, bought)
    time_passes(row, execute.MOST_TRIES - 2)
    assert not row.handoffs.exists()
    time_passes(row, 1)
    assert row.handoffs.get().reason == "refund-unknown"
    time_passes(row, 2)
    assert row.handoffs.count() == 1
    assert paid_back(shop) == {}
