"""The red switch and writes: wherever a write of the agent's is, a pause holds it; people may act, and nothing is lost."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import pytest
from django.db import connection

from agents import deeds, pausing, runner, writes
from agents.replay import replay
from approvals import deciding, execute, proof
from approvals.gate import Terms
from approvals.models import ApprovalRequest
from conversations import clock, faults, lifecycle, pauses
from conversations.models import Conversation, Customer, Message, Pause
from tests.approvals.acting import act
from tests.approvals.goods import Bought, paid_back, stock_up
from tests.approvals.writes import a_call, asked, leases_over, problems, talk_of
from tests.cast import manager, olga
from tests.house import House
from tests.shopserver import ROOT, ShopServer
from tests.webserver import database_url
from tools.models import Effect, ToolCall

Patch = pytest.MonkeyPatch
LANTERN: Final = "The camp lantern from FW-10465 arrived broken, I want my money back"  # 45.00: goes out by policy
BLENDER: Final = "My blender from FW-10464 arrived broken, I want my money back"  # 120.00: an operator decides
INTENT: Final = "missing_or_damaged"
SCOPES: Final = [("all", ""), ("writes", ""), ("intent", INTENT), ("channel", "web")]
OTHERS: Final = [("intent", "cancel_order"), ("channel", "api")]
WITHIN: Final = 5.0
UNPROVEN: Final = proof.FUNCTION.replace(f"raise exception '{proof.PAUSED}' using errcode = 'check_violation'", "null")
RACES: Final = int(os.environ.get("N", "50"))
# Under threads the HTTP library's pool drops idle connections without closing them; the collector does.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")
each_scope = pytest.mark.parametrize(("scope", "name"), SCOPES, ids=[scope for scope, _ in SCOPES])


def pause(scope: str, name: str = "") -> Pause:
    return pausing.pause(scope, name, olga(), "wrong amounts")


def resume(row: Pause) -> Pause:
    return pausing.resume(row.pk, manager(), "found and mended")


def approve(row: Conversation) -> ToolCall:
    """Olga says yes, and what follows from it follows."""
    request = ApprovalRequest.objects.get(call__conversation=row, status="pending")
    deciding.decide(request.public_id, olga(), yes=True, reason="photo seen")
    deeds.carry_out(request.call_id)
    runner.work_on(row.pk)
    return ToolCall.objects.get(pk=request.call_id)


def pausing_at(point: str, scope: str, name: str) -> None:
    """Somebody presses the switch while the turn is at this point."""
    done: list[Pause] = []

    def press(reached: str) -> None:
        if reached == point and not done:
            done.append(pause(scope, name))

    faults.install(press)


def until(true: Callable[[], Any], seconds: float = WITHIN) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


def test_what_was_held_before_its_effect_is_withdrawn_and_told(selling: House, shop: ShopServer) -> None:
    """A person has the matter: the agent's proposal isn't left to go out behind their back."""
    row, _ = selling.ask(selling.alice(), LANTERN)
    pausing_at("write.before_clear", "writes", "")
    row, _ = selling.ask(selling.alice(), "yes please", into=row)
    faults.install(None)
    resume(Pause.objects.get())
    deeds.sweep()
    with clock.at(clock.business_now() + timedelta(minutes=3)):
        deeds.sweep()
    with clock.at(clock.business_now() + timedelta(minutes=4)):
        deeds.sweep()
    assert ToolCall.objects.get().status == "dropped"
    assert paid_back(shop) == {}
    told = Message.objects.filter(conversation=row, author="system").get()
    assert "FW-10465" in told.text


POINTS: Final = ("turn.after_claim", "write.after_propose", "write.after_review", "write.before_clear")


@pytest.mark.parametrize("point", POINTS)
@each_scope
def test_a_write_in_flight_is_held_wherever_it_is(
    selling: House, shop: ShopServer, scope: str, name: str, point: str
) -> None:
    """Between the yes and the effect, for each scope: no money moves, a person has it, and the customer knows."""
    row, _ = selling.ask(selling.alice(), LANTERN)
    pausing_at(point, scope, name)
    row, answers = selling.ask(selling.alice(), "yes please", into=row)
    assert paid_back(shop) == {}
    assert not Effect.objects.exists()
    assert row.status == "escalated"
    assert row.handoffs.get().reason in (pauses.REASON, f"{pauses.REASON}:{INTENT}")
    assert len(answers[0]) == 1
    assert "paused" in answers[0][0]
    turn = row.turns.latest("attempt")
    assert replay(turn).why == ""


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(("scope", "name"), OTHERS, ids=[scope for scope, _ in OTHERS])
def test_a_pause_of_something_else_holds_nothing(
    selling: House, shop: ShopServer, scope: str, name: str, point: str
) -> None:
    """The twin."""
    row, _ = selling.ask(selling.alice(), LANTERN)
    pausing_at(point, scope, name)
    row, answers = selling.ask(selling.alice(), "yes please", into=row)
    assert list(paid_back(shop).values()) == [4500]
    assert row.status == "active"
    assert "RF-" in answers[0][-1]
    assert problems(shop) == []


@each_scope
def test_what_people_approve_meanwhile_waits_and_goes_out_after_resuming(
    selling: House, shop: ShopServer, scope: str, name: str
) -> None:
    row, _ = selling.ask(selling.alice(), BLENDER, "yes")
    held = pause(scope, name)
    call = approve(row)
    deeds.sweep()
    assert (call.status, paid_back(shop)) == ("proposed", {})
    assert [one.key for one in pausing.held_writes(held)] == [call.key]
    held = resume(held)
    deeds.sweep()
    runner.work_on(row.pk)
    deeds.sweep()
    assert list(paid_back(shop).values()) == [12000]
    assert [one.key for one in pausing.held_writes(held)] == [call.key]
    assert problems(shop) == []


def test_what_went_out_before_or_is_approved_after_did_not_wait(selling: House, shop: ShopServer) -> None:
    """The twin of the list."""
    before, _ = selling.ask(selling.alice(), BLENDER, "yes")
    approve(before)
    held = resume(pause("writes"))
    selling.ask(selling.alice(), "The espresso maker from FW-10466 arrived broken, refund please", "yes")
    assert paid_back(shop)
    assert list(pausing.held_writes(held)) == []
    assert list(pausing.handed_over(held)) == []


def test_an_approved_write_that_waits_too_long_expires(selling: House, shop: ShopServer) -> None:
    row, _ = selling.ask(selling.alice(), BLENDER, "yes")
    pause("writes")
    call = approve(row)
    with clock.at(clock.business_now() + timedelta(hours=49)):
        deeds.sweep()
        runner.work_on(row.pk)
    assert ToolCall.objects.get(pk=call.pk).moved_why == "expired"
    assert status_of(row.pk) == "escalated"
    assert paid_back(shop) == {}


def test_a_rejection_meanwhile_is_told_and_a_person_takes_over(selling: House, shop: ShopServer) -> None:
    """Nobody wrote, but there is news: a paused agent doesn't tell it, and it isn't lost."""
    row, _ = selling.ask(selling.alice(), BLENDER, "yes")
    pause("all")
    request = ApprovalRequest.objects.get()
    deciding.decide(request.public_id, olga(), yes=False, reason="not broken on the photo")
    runner.work_on(row.pk)
    with clock.at(clock.business_now() + timedelta(seconds=5)):
        deeds.sweep()
    assert status_of(row.pk) == "escalated"
    assert row.handoffs.get().reason == pauses.REASON
    assert "paused" in selling.said(row)[-1]
    assert Message.objects.filter(conversation=row, author="system").count() == 1


@each_scope
def test_an_operators_own_refund_goes_out_all_the_same(selling: House, shop: ShopServer, scope: str, name: str) -> None:
    """The switch is about the agent: people may act, and put right what it did."""
    row, _ = selling.ask(selling.alice(), LANTERN)
    pause(scope, name)
    row = lifecycle.take_over(row, olga())
    act(row, "process_refund", order_id="FW-10465", reason_code="damaged")
    assert list(paid_back(shop).values()) == [4500]


def test_a_cleared_write_that_never_left_is_not_sent_while_paused(busy: House, shop: ShopServer) -> None:
    """A worker died behind the effect row: the next asks what became of it, and sends nothing."""
    row, _ = busy.ask(busy.alice(), LANTERN)
    busy.says(busy.alice(), "yes please", row)
    faults.install(faults.crash_at("write.before_send"))
    with pytest.raises(faults.CrashError):
        runner.work_on(row.pk)
    faults.install(None)
    connection.close()
    held = pause("writes")
    for _ in range(execute.MOST_TRIES + 2):
        leases_over(row.pk)
        deeds.sweep()
    effect = Effect.objects.get()
    assert (effect.status, effect.tries, paid_back(shop)) == ("open", 1, {})
    resume(held)
    leases_over(row.pk)
    deeds.sweep()
    assert list(paid_back(shop).values()) == [4500]


def test_the_database_itself_refuses_the_effect(selling: House, monkeypatch: Patch) -> None:
    """Without the look before it, the proof says no."""
    call = asked_and_approved(talk_of(selling.alice()), "FW-10465", 4500)
    held = pause("writes")
    monkeypatch.setattr(execute, "is_paused", lambda _: False)
    assert execute.run(call.pk, writes.terms(deeds.kit())).state == execute.PAUSED
    with connection.cursor() as cursor:  # and the twin: without the proof the statement goes through
        cursor.execute(UNPROVEN)
    assert execute.run(call.pk, writes.terms(deeds.kit())).state == execute.CONFIRMED
    assert held.resumed_at is None


def asked_and_approved(talk: Conversation, order: str, cents: int, row: dict[str, Any] | None = None) -> ToolCall:
    call = a_call(talk, order, cents, people=1, role="operator", row=row)
    deciding.decide(asked(call).public_id, olga(), yes=True, reason="photo seen")
    return call


@dataclass
class Figures:
    """`out`: cleared although a pause was on its way; `late`: cleared after its commit."""

    out: int = 0
    late: int = 0


def raced(busy: House, shop: ShopServer, count: int) -> Figures:
    """Each scope's pause against a clearing at the same moment, and a second try while it holds."""
    chance = random.Random(1)
    terms, took, figures = writes.terms(deeds.kit()), 0.1, Figures()
    for place, bought in enumerate(stock_up(shop, count, 6000)):
        call = ready(bought)
        racer = threading.Thread(target=clear, args=(call.pk, terms))
        racer.start()
        threading.Event().wait(chance.uniform(0, 1.5 * took))
        row = pause(*SCOPES[place % len(SCOPES)])
        known = clock.business_now()
        racer.join(30)
        held = execute.run(call.pk, terms).state == execute.PAUSED
        figures.out += not held
        figures.late += Effect.objects.filter(call=call, created_at__gt=known).count()
        resume(row)
        began = time.monotonic()
        assert execute.run(call.pk, terms).state == execute.CONFIRMED
        took = time.monotonic() - began if held else took
    assert Effect.objects.filter(status="confirmed").count() == len(paid_back(shop)) == count
    return figures


def test_a_pause_races_clearings(busy: House, shop: ShopServer) -> None:
    """What went out was cleared before the pause had committed, none is cleared later, and after resuming each goes
    out once."""
    figures = raced(busy, shop, RACES)
    assert figures.late == 0
    assert 0 < figures.out < RACES, "both were first sometimes"


def test_the_twin_counts_what_is_cleared_late(busy: House, shop: ShopServer, monkeypatch: Patch) -> None:
    """With neither the look nor the proof the count isn't zero."""
    monkeypatch.setattr(execute, "is_paused", lambda _: False)
    with connection.cursor() as cursor:
        cursor.execute(UNPROVEN)
        try:
            assert raced(busy, shop, 10).late > 0
        finally:
            cursor.execute(proof.FUNCTION)


def clear(call_id: int, terms: Terms) -> None:
    execute.run(call_id, terms)
    connection.close()


def ready(bought: Bought) -> ToolCall:
    """A refund of the agent's that an operator has approved, for the intent that the races pause."""
    ref = bought.order_id.replace("FW-", "C-")
    who, _ = Customer.objects.get_or_create(external_ref=ref, defaults={"email": bought.email})
    wish = {"confirmation": {"yes": 1, "offer": "x", "intent": INTENT}}
    return asked_and_approved(talk_of(who), bought.order_id, 6000, wish)


# -- another process --------------------------------------------------------------------------------------------------


@contextmanager
def worker(shop: ShopServer) -> Iterator[subprocess.Popen[bytes]]:
    """The sweeper as the product starts it, on this test's database and shop."""
    env = {**os.environ, "DATABASE_URL": database_url(), "SHOP_URL": shop.url, "SHOP_API_KEY": shop.key}
    process = subprocess.Popen([sys.executable, "manage.py", "sweep"], cwd=ROOT, env=env)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def status_of(pk: int) -> str:
    return str(Conversation.objects.values_list("status", flat=True).get(pk=pk))


def test_a_process_that_runs_already_obeys_within_five_seconds(busy: House, shop: ShopServer) -> None:
    """Both ways: it stops speaking and writing, and goes on when it may."""
    with worker(shop):
        first = busy.says(busy.bob(), "hello")
        assert until(lambda: busy.said(Conversation.objects.get(pk=first.conversation_id)), 60), "it is at work"
        row, _ = busy.ask(busy.alice(), BLENDER, "yes")
        silence, no_writes = pause("channel", "web"), pause("writes")
        request = ApprovalRequest.objects.get()
        deciding.decide(request.public_id, olga(), yes=True, reason="photo seen")
        asked = busy.says(busy.bob(), "where is my order?", Conversation.objects.get(pk=first.conversation_id))
        assert until(lambda: status_of(asked.conversation_id) == "escalated")
        assert "paused" in busy.said(Conversation.objects.get(pk=asked.conversation_id))[-1]
        assert paid_back(shop) == {}, "approved, and the worker has looked since"
        resume(silence)
        resume(no_writes)
        assert until(lambda: list(paid_back(shop).values()) == [12000])
        assert row.pk == request.call.conversation_id
