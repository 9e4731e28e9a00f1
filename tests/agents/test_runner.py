"""The frame of a turn: claims, leases, drops, retries, resumption, silence."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from agents import claim as claims
from agents import finish, pulse, runner, turn
from agents.models import Step, Turn
from agents.replay import replay
from conversations import faults
from conversations.models import Conversation
from tests.house import House
from tests.threads import in_threads
from tools import gateway

Patch = pytest.MonkeyPatch


def row(pk: int) -> Conversation:
    return Conversation.objects.get(pk=pk)


def lease_over(pk: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("update conversations_conversation set lease_until = clock_timestamp() where id = %s", [pk])


def test_racing_workers_answer_once(moving_house: House) -> None:
    """FAULTS A7, B1: eight workers are rung for the same message."""
    received = moving_house.says(moving_house.alice(), "Where is FW-10482?")
    assert in_threads(8, lambda: runner.work_on(received.conversation_id)) == []
    assert len(moving_house.said(row(received.conversation_id))) == 1
    assert Turn.objects.count() == 1


def test_a_burst_becomes_one_answer(moving_house: House) -> None:
    who = moving_house.alice()
    first = moving_house.says(who, "hi")
    for text in ("where is", "FW-10482", "please"):
        moving_house.says(who, text, row(first.conversation_id))
    runner.work_on(first.conversation_id)
    said = moving_house.said(row(first.conversation_id))
    assert len(said) == 1
    assert "Packhorse" in said[0]


def test_a_newer_message_drops_the_draft_at_most_twice_in_a_row(moving_house: House) -> None:
    """L12: what was said meanwhile is heard; but a customer who never stops writing is answered all the same."""
    who = moving_house.alice()
    received = moving_house.says(who, "Where is FW-10482?")

    def keeps_writing(point: str) -> None:
        if point == "turn.before_finish":
            moving_house.says(who, "and quickly please", row(received.conversation_id))

    faults.install(keeps_writing)
    work = threading.Thread(target=lambda: (runner.work_on(received.conversation_id), connection.close()))
    work.start()
    end = time.monotonic() + 10
    while not moving_house.said(row(received.conversation_id)) and time.monotonic() < end:
        time.sleep(0.01)
    faults.install(None)
    work.join(10)
    outcomes = list(Turn.objects.order_by("attempt").values_list("outcome", flat=True))
    assert outcomes[:3] == ["dropped", "dropped", "said"]
    assert row(received.conversation_id).wake == row(received.conversation_id).done


def test_a_slow_worker_is_fenced_off(moving_house: House) -> None:
    """FAULTS A7: its lease ran out and another took over; neither its journal nor its words count any more."""
    received = moving_house.says(moving_house.alice(), "Where is FW-10482?")

    def loses_the_lease(point: str) -> None:
        if point == "turn.after_outside_call":
            faults.install(None)
            lease_over(received.conversation_id)
            runner.work_on(received.conversation_id)

    faults.install(loses_the_lease)
    runner.work_on(received.conversation_id)
    assert len(moving_house.said(row(received.conversation_id))) == 1
    assert [t.attempt for t in Turn.objects.all()] == [2]


@pytest.mark.parametrize("point", sorted(point for point in faults.POINTS if point.startswith("turn.")))
def test_after_a_crash_the_message_is_answered_once(moving_house: House, point: str) -> None:
    """FAULTS A1 for a turn, and the lease brings the next worker; `make chaos` does each point twenty times and more."""
    for i in range(4):
        received = moving_house.says(
            moving_house.visitor() if i % 2 else moving_house.alice(), "Where is FW-10482? Mail alice@example.com"
        )
        faults.install(faults.crash_at(point))
        try:
            runner.work_on(received.conversation_id)
        except faults.CrashError:
            connection.close()
        else:
            pytest.fail(f"{point} was not reached")
        faults.install(None)
        lease_over(received.conversation_id)
        runner.work_on(received.conversation_id)
        found = row(received.conversation_id)
        assert len(moving_house.said(found)) == 1, (point, i)
        assert found.wake == found.done


def test_a_resumed_turn_asks_the_shop_no_second_time(moving_house: House, monkeypatch: Patch) -> None:
    """An outside answer is durable before it is used: after a crash it is read back, not asked again."""
    asked: list[str] = []
    real = gateway.read
    monkeypatch.setattr(gateway, "read", lambda name, *a: asked.append(name) or real(name, *a))
    received = moving_house.says(moving_house.alice(), "Where is FW-10482?")
    faults.install(faults.crash_at("turn.before_finish"))
    with pytest.raises(faults.CrashError):
        runner.work_on(received.conversation_id)
    faults.install(None)
    lease_over(received.conversation_id)
    runner.work_on(received.conversation_id)
    assert asked == ["get_order"]
    assert len(moving_house.said(row(received.conversation_id))) == 1
    resumed = Step.objects.get(turn_id=Turn.objects.get().pk, kind="port", name="tool:get_order")
    assert resumed.data["resumed"] is True


def test_a_turn_that_always_fails_goes_to_a_person_at_the_third_try(moving_house: House, monkeypatch: Patch) -> None:
    """FAULTS A10: poison. The customer is told, the others are not touched."""

    def broken(_: Any) -> None:
        raise ValueError("poison")

    monkeypatch.setattr(runner, "think", broken)
    received = moving_house.says(moving_house.alice(), "Where is FW-10482?")
    assert runner.work_on(received.conversation_id) == settings.HANDRAIL["max_tries"]
    found = row(received.conversation_id)
    assert (found.status, found.handoffs.get().reason) == ("escalated", "turn-failed")
    assert len(moving_house.said(found)) == 1


def test_a_turn_that_fails_behind_an_answer_goes_to_a_person_as_well(moving_house: House, monkeypatch: Patch) -> None:
    """What the failed try stored keeps its numbers, the handoff comes behind it, and it replays."""
    real = runner.think

    def broken(thinking: Any) -> None:
        real(thinking)
        raise ValueError("poison, after the order was read")

    monkeypatch.setattr(runner, "think", broken)
    received = moving_house.says(moving_house.alice(), "Where is FW-10482?")
    assert runner.work_on(received.conversation_id) == settings.HANDRAIL["max_tries"]
    found = row(received.conversation_id)
    assert (found.status, found.handoffs.get().reason) == ("escalated", "turn-failed")
    turn = found.turns.get()
    steps = list(Step.objects.filter(turn_id=turn.pk).order_by("n").values_list("n", "name"))
    assert [n for n, _ in steps] == list(range(1, len(steps) + 1))
    assert [name for _, name in steps].index("tool:get_order") < [name for _, name in steps].index("turn-failed")
    assert replay(turn).why == ""


def test_a_worker_that_always_dies_ends_with_a_person(moving_house: House) -> None:
    received = moving_house.says(moving_house.alice(), "Where is FW-10482?")
    faults.install(faults.crash_at("turn.before_finish", times=3))
    for _ in range(3):
        with pytest.raises(faults.CrashError):
            runner.work_on(received.conversation_id)
        lease_over(received.conversation_id)
    runner.work_on(received.conversation_id)
    assert row(received.conversation_id).handoffs.get().reason == "turn-failed"


def test_ten_silent_seconds_get_a_word_and_thirty_a_person(moving_house: House, monkeypatch: Patch) -> None:
    """The watch of the process speaks once, and later hands off; the slow turn then finds itself too late."""
    received = moving_house.says(moving_house.alice(), "Where is FW-10482?")
    work = claims.claim(received.conversation_id)
    assert work is not None
    watching = pulse.Pulse(runner.say_working, runner.give_up)
    began = time.monotonic()
    watching.turns[(work.conversation, work.attempt)] = watched = pulse.Watched(work, began - 11)
    watching.look_after()
    watching.look_after()
    assert len(moving_house.said(row(work.conversation))) == 1, "one word, not one a second"
    watched.began = began - 31
    watching.look_after()
    watching.look_after()
    found = row(work.conversation)
    assert (found.status, found.handoffs.get().reason) == ("escalated", "turn-too-slow")
    assert len(moving_house.said(found)) == 2
    late = turn.Thinking(work, runner.kits.load(work.release), runner.Ports(work.now))
    assert finish.finish(work, late.draft, []) is None


def has_looked(house: House) -> Any:
    """A claimed turn whose first look at the company is durable; then it hangs, or fails."""
    received = house.says(house.alice(), "Where is FW-10482?")
    work = claims.claim(received.conversation_id)
    assert work is not None
    Step.objects.create(turn_id=work.turn, n=1, kind="guard", name="input", data={})
    Step.objects.create(turn_id=work.turn, n=2, kind="triage", name="order_status", data={})
    return work


def test_a_turn_that_is_too_slow_behind_its_first_look_goes_to_a_person(moving_house: House) -> None:
    """What it has stored keeps its numbers: the handoff's steps come behind them, and the turn replays."""
    work = has_looked(moving_house)
    runner.give_up(work)
    assert row(work.conversation).handoffs.get().reason == "turn-too-slow"
    stored = Turn.objects.get(pk=work.turn)
    assert stored.record["in_vain"] == 2
    assert replay(stored).why == ""


def test_a_turn_that_always_fails_behind_its_first_look_goes_to_a_person(
    moving_house: House, monkeypatch: Patch
) -> None:
    respond = turn.respond

    def broken(*args: Any) -> Any:
        respond(*args)
        raise ValueError("it fails where everything has been read")

    monkeypatch.setattr(turn, "respond", broken)
    who = moving_house.alice()
    found, _ = moving_house.ask(who, "Where is FW-10482?")
    assert found.handoffs.get().reason == "turn-failed"
    last = Turn.objects.filter(conversation=found).latest("attempt")
    assert last.record["in_vain"] > 0
    assert replay(last).why == ""


def test_the_heartbeat_keeps_only_leases_that_are_still_held(moving_house: House) -> None:
    received = moving_house.says(moving_house.alice(), "hi")
    work = claims.claim(received.conversation_id)
    assert work is not None
    watching = pulse.Pulse(lambda _: None, lambda _: None)
    watching.turns[(work.conversation, work.attempt)] = pulse.Watched(work, time.monotonic())
    before = row(work.conversation).lease_until
    watching.beat()
    kept = row(work.conversation).lease_until
    assert kept > before
    Conversation.objects.filter(pk=work.conversation).update(attempt=work.attempt + 1)
    watching.beat()
    assert row(work.conversation).lease_until == kept


def test_the_sweeper_leaves_fresh_work_to_the_workers(moving_house: House) -> None:
    received = moving_house.says(moving_house.visitor(), "hi")
    assert runner.sweep() == 0
    with connection.cursor() as cursor:
        cursor.execute("update conversations_conversation set woke_at = woke_at - interval '3 seconds'")
    assert runner.sweep() == 1
    assert len(moving_house.said(row(received.conversation_id))) == 1


def test_the_conversation_keeps_the_language_that_was_heard(moving_house: House) -> None:
    received = moving_house.says(
        moving_house.alice(), "Hola, quisiera saber dónde está mi pedido, todavía no ha llegado"
    )
    runner.work_on(received.conversation_id)
    found = row(received.conversation_id)
    assert (found.language, found.status) == ("es", "escalated")
