"""Law 7: each cap, and each way of going in circles, stops the turn and names itself in the handoff."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from agents import able, claim, kits, replay, runner, spend
from agents.caps import CAPS, LOOP, CapReachedError
from agents.desk import Desk
from agents.models import Spend, Turn
from agents.turn import Thinking
from agents.workflow import Kind, Node, Workflow, edges
from conversations import faults
from conversations.models import Conversation
from tests.house import House

Patch = pytest.MonkeyPatch
SAY = "Where is my order?"
END = ("act", "otherwise", "done")


def one_node(act: Callable[[Desk], Any], name: str = "order_status", tools: tuple[str, ...] = ()) -> Workflow:
    kind = Kind.LOOK if tools else Kind.SAY
    return Workflow(name, "Of the test", (Node("act", kind, "Do what the test wants", act, tools=tools),), edges(END))


def circle(act: Callable[[Desk], Any]) -> Workflow:
    nodes = (Node("a", Kind.DECIDE, "Go to b", act), Node("b", Kind.DECIDE, "Go to a", act))
    return Workflow("order_status", "Loops", nodes, edges(("a", "otherwise", "b"), ("b", "otherwise", "a")))


def use(monkeypatch: Patch, **flows: Workflow) -> None:
    monkeypatch.setattr(kits, "WORKFLOWS", {**kits.WORKFLOWS, **flows})
    kits.load.cache_clear()


def limit(monkeypatch: Patch, **limits: int) -> None:
    for name, value in limits.items():
        monkeypatch.setitem(settings.HANDRAIL, name, value)


def reason_of(row: Conversation) -> str:
    row = Conversation.objects.get(pk=row.pk)
    assert row.status == "escalated"
    return str(row.handoffs.get().reason)


def greet(desk: Desk) -> None:
    desk.say("small.ok")


def look(times: int) -> Callable[[Desk], None]:
    """A node that asks for so many different orders."""

    def act(desk: Desk) -> None:
        for i in range(times):
            desk.look("get_order", order_id=f"FW-1000{i}")
        desk.say("small.ok")

    return act


def reserving(tokens: int, cost_micros: int) -> Callable[[Desk], None]:
    def act(desk: Desk) -> None:
        spend.reserve(desk.work.conversation, tokens, cost_micros)
        desk.say("small.ok")

    return act


TURN_CAPS: dict[str, tuple[Workflow, dict[str, int]]] = {
    "step-cap": (circle(lambda _: None), {"max_node_visits": 10**9}),
    "tool-call-cap": (one_node(look(5), tools=("get_order",)), {"max_tool_calls": 4}),
    "token-cap": (one_node(reserving(101, 1)), {"max_tokens": 100}),
    "cost-cap": (one_node(reserving(1, 101)), {"max_cost_micros": 100}),
}


@pytest.mark.parametrize("reason", TURN_CAPS)
def test_a_cap_of_a_turn_ends_it_with_its_name(small_house: House, monkeypatch: Patch, reason: str) -> None:
    """S0-15: stop and hand off."""
    flow, limits = TURN_CAPS[reason]
    use(monkeypatch, order_status=flow)
    limit(monkeypatch, **limits)
    row, answers = small_house.ask(small_house.alice(), SAY)
    assert reason_of(row) == reason
    assert len(answers[0]) == 1
    turn = Turn.objects.select_related("conversation").get(conversation=row)
    if reason not in ("token-cap", "cost-cap"):
        assert replay.replay(turn).why == ""


@pytest.mark.parametrize("reason", ["tool-call-cap", "token-cap", "cost-cap"])
def test_up_to_the_cap_it_goes_on(small_house: House, monkeypatch: Patch, reason: str) -> None:
    """The twin: one more is allowed, and nobody hands off."""
    flow, limits = TURN_CAPS[reason]
    use(monkeypatch, order_status=flow)
    limit(monkeypatch, **{name: value + 1 for name, value in limits.items()})
    row, _ = small_house.ask(small_house.alice(), SAY)
    assert row.status == "active"


CONVERSATION_CAPS: dict[str, tuple[Workflow, dict[str, int], int]] = {
    "conversation-step-cap": (one_node(greet), {"max_conversation_steps": 14}, 2),
    "conversation-tool-call-cap": (one_node(look(2), tools=("get_order",)), {"max_conversation_tool_calls": 5}, 2),
    "conversation-token-cap": (one_node(reserving(40, 1)), {"max_conversation_tokens": 100}, 2),
    "conversation-cost-cap": (one_node(reserving(1, 40)), {"max_conversation_cost_micros": 100}, 2),
    "conversation-time-cap": (one_node(greet), {"max_conversation_seconds": 31}, 1),
}


@pytest.mark.parametrize("reason", CONVERSATION_CAPS)
def test_a_cap_of_a_conversation_counts_over_its_turns(small_house: House, monkeypatch: Patch, reason: str) -> None:
    """S0-15, S0-32: so many turns go through, and the next one ends with a person."""
    flow, limits, free = CONVERSATION_CAPS[reason]
    use(monkeypatch, order_status=flow)
    limit(monkeypatch, **limits)
    row, _ = small_house.ask(small_house.alice(), SAY)
    for _ in range(free - 1):
        assert row.status == "active"
        row, _ = small_house.ask(small_house.alice(), SAY, into=row)
    assert row.status == "active"
    if reason == "conversation-time-cap":
        Spend.objects.filter(conversation=row).update(seconds=2)  # a second of work takes a second: nobody waits here
    small_house.ask(small_house.alice(), SAY, into=row)
    assert reason_of(row) == reason
    *_, last = Turn.objects.select_related("conversation").filter(conversation=row).order_by("attempt")
    if "token" not in reason and "cost" not in reason:
        assert replay.replay(last).why == ""


def test_every_cap_is_tried_here_or_has_its_own_test() -> None:
    assert set(TURN_CAPS) | set(CONVERSATION_CAPS) | {"turn-too-slow"} == set(CAPS)
    assert set(CAPS.values()) <= set(settings.HANDRAIL)


def test_a_turn_gives_back_what_it_has_not_used(moving_house: House) -> None:
    row, _ = moving_house.ask(moving_house.alice(), "Where is FW-10482?", "And FW-10488?")
    turns = Turn.objects.filter(conversation=row)
    spent = Spend.objects.get(conversation=row)
    assert spent.steps == sum(turn.figures["steps"] for turn in turns)
    assert spent.calls == sum(len(turn.figures["tools"]) for turn in turns) == 2
    assert (spent.held_steps, spent.held_calls, spent.held_seconds) == (0, 0, 0)
    assert 0 < spent.seconds < 30


def test_a_turn_that_died_keeps_what_it_has_reserved(moving_house: House) -> None:
    """What it still does, nobody knows; so it counts as done."""
    received = moving_house.says(moving_house.alice(), "Where is FW-10482?")
    faults.install(faults.crash_at("turn.before_finish"))
    with pytest.raises(faults.CrashError):
        runner.work_on(received.conversation_id)
    faults.install(None)
    Conversation.objects.filter(pk=received.conversation_id).update(lease_until=None)
    runner.work_on(received.conversation_id)
    [turn] = Turn.objects.all()
    spent = Spend.objects.get()
    assert spent.steps == settings.HANDRAIL["max_steps"] + turn.figures["steps"]
    assert spent.calls == settings.HANDRAIL["max_tool_calls"] + 1


def test_claims_never_reserve_more_than_there_is(moving_house: House, monkeypatch: Patch) -> None:
    """Workers that die one after the other: the last ones get what is left, and then nothing."""
    limit(monkeypatch, max_conversation_steps=100, max_conversation_tool_calls=30, max_conversation_seconds=70)
    received = moving_house.says(moving_house.alice(), SAY)
    got = []
    for _ in range(5):
        work = claim.claim(received.conversation_id)
        assert work is not None
        got.append(work.allowed)
        claim.release_claim(work)
    assert [one["steps"] for one in got] == [40, 40, 20, 0, 0]
    assert [one["calls"] for one in got] == [12, 12, 6, 0, 0]
    assert [one["seconds"] for one in got] == [30, 30, 0, 0, 0]


def at_once(count: int, act: Callable[[], Any]) -> None:
    start = threading.Barrier(count)

    def run() -> None:
        start.wait()
        try:
            act()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def race(conversation: int, tokens: int, cost_micros: int) -> tuple[int, set[str]]:
    """Eight threads reserve until each is refused: how often they got it, and why not."""
    got, refused = [], set()

    def act() -> None:
        for _ in range(50):
            try:
                spend.reserve(conversation, tokens, cost_micros)
                got.append(1)
            except CapReachedError as cap:
                refused.add(str(cap))
                return

    at_once(8, act)
    return len(got), refused


@pytest.mark.parametrize(
    ("key", "tokens", "cost_micros", "reason"),
    [
        ("max_tokens", 7, 0, "token-cap"),
        ("max_cost_micros", 0, 7, "cost-cap"),
        ("max_conversation_tokens", 7, 1, "conversation-token-cap"),
        ("max_conversation_cost_micros", 1, 7, "conversation-cost-cap"),
    ],
)
def test_eight_threads_never_pass_a_cap_together(
    moving_house: House, monkeypatch: Patch, key: str, tokens: int, cost_micros: int, reason: str
) -> None:
    """S0-15: 1000 in sevens is 142 times, whoever asks."""
    limit(monkeypatch, **{key: 1000})
    received = moving_house.says(moving_house.alice(), SAY)
    assert race(received.conversation_id, tokens, cost_micros) == (142, {reason})
    row = Spend.objects.get()
    assert (row.tokens, row.cost_micros) == (142 * tokens, 142 * cost_micros)


def test_without_the_condition_they_would(moving_house: House, monkeypatch: Patch) -> None:
    """The twin."""
    limit(monkeypatch, max_conversation_tokens=1000)
    bare = spend.RESERVE.replace("and tokens + %(tokens)s <= %(max_conversation_tokens)s", "")
    monkeypatch.setattr(spend, "RESERVE", bare)
    received = moving_house.says(moving_house.alice(), SAY)
    got, _ = race(received.conversation_id, 7, 1)
    assert got * 7 > 1000


def test_what_was_not_used_may_be_reserved_again(small_house: House, monkeypatch: Patch) -> None:
    limit(monkeypatch, max_tokens=100)
    pk = small_house.says(small_house.alice(), SAY).conversation_id
    spend.reserve(pk, 100, 50)
    with pytest.raises(CapReachedError, match="token-cap"):
        spend.reserve(pk, 1, 0)
    spend.give_back(pk, 60, 20)
    spend.reserve(pk, 60, 0)
    row = Spend.objects.get(conversation=pk)
    assert (row.tokens, row.cost_micros) == (100, 30)
    for amounts in ((-1, 0), (0, -1)):
        with pytest.raises(ValueError, match="less than nothing"):
            spend.reserve(pk, *amounts)


def test_the_next_turn_has_its_own_tokens(small_house: House, monkeypatch: Patch) -> None:
    limit(monkeypatch, max_tokens=100)
    use(monkeypatch, order_status=one_node(reserving(100, 1)))
    row, _ = small_house.ask(small_house.alice(), SAY, SAY, SAY)
    assert row.status == "active"
    assert Spend.objects.get(conversation=row).tokens == 300


# Going in circles.


def same_call(desk: Desk) -> None:
    for _ in range(4):
        desk.look("get_order", order_id="FW-10482")
    desk.say("small.ok")


def test_the_same_question_to_a_tool_again_and_again_is_a_circle(small_house: House, monkeypatch: Patch) -> None:
    """FAULTS D4."""
    use(monkeypatch, order_status=one_node(same_call, tools=("get_order",)))
    row, _ = small_house.ask(small_house.alice(), SAY)
    assert reason_of(row) == LOOP
    turn = Turn.objects.select_related("conversation").get(conversation=row)
    assert len(turn.figures["tools"]) == settings.HANDRAIL["max_same_calls"]
    assert replay.replay(turn).why == ""


def test_different_questions_to_a_tool_are_none(small_house: House, monkeypatch: Patch) -> None:
    use(monkeypatch, order_status=one_node(look(4), tools=("get_order",)))
    row, _ = small_house.ask(small_house.alice(), SAY)
    assert row.status == "active"


def test_the_same_node_again_and_again_is_a_circle(small_house: House, monkeypatch: Patch) -> None:
    visits: list[str] = []
    use(monkeypatch, order_status=circle(lambda desk: visits.append(desk.node.name if desk.node else "")))
    row, _ = small_house.ask(small_house.alice(), SAY)
    assert reason_of(row) == LOOP
    assert visits.count("a") == visits.count("b") == settings.HANDRAIL["max_node_visits"]


def counting(most: int) -> Workflow:
    """Comes back to its node until it has been there so often."""
    seen: list[int] = []
    node = Node("act", Kind.DECIDE, "Count", lambda desk: seen.append(1) or (len(seen) >= most and greet(desk)))  # type: ignore[func-returns-value]
    rows = edges(("act", "enough", "done"), ("act", "otherwise", "act"))
    return Workflow("order_status", "Counts", (node,), rows, {"enough": lambda _: len(seen) >= most})


@pytest.mark.parametrize(("more", "status"), [(0, "active"), (1, "escalated")])
def test_a_node_may_be_visited_a_few_times(small_house: House, monkeypatch: Patch, more: int, status: str) -> None:
    use(monkeypatch, order_status=counting(settings.HANDRAIL["max_node_visits"] + more))
    row, _ = small_house.ask(small_house.alice(), SAY)
    assert row.status == status


@pytest.mark.parametrize(("most", "reason"), [(3, LOOP), (10**9, "step-cap")])
def test_two_workflows_that_hand_to_each_other_are_a_circle(
    small_house: House, monkeypatch: Patch, most: int, reason: str
) -> None:
    """FAULTS D4. Each sets the other's matter aside, to be taken up when it is done. The twin runs into another cap."""
    limit(monkeypatch, max_same_starts=most)
    thinking: list[Thinking] = []
    begun: list[str] = []

    def hands_to(other: str) -> Callable[[Desk], None]:
        def act(desk: Desk) -> None:
            begun.append(desk.intent)
            thinking[-1].memory.set_aside(other, (1, 1), None)

        return act

    real = runner.think
    monkeypatch.setattr(runner, "think", lambda t: (thinking.append(t), real(t))[1])
    use(
        monkeypatch,
        order_status=one_node(hands_to("refund_request")),
        refund=one_node(hands_to("order_status"), "refund"),
    )
    row, _ = small_house.ask(small_house.alice(), SAY)
    assert reason_of(row) == reason
    assert {able.workflow_of(thinking[-1].kit, intent) for intent in begun} == {"order_status", "refund"}
    if reason == LOOP:
        assert len(begun) <= 2 * most
