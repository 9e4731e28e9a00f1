"""The certificate's parts: what counts as a path, what a guard means, and that a node does what it declares."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command

from agents import certificate, conditions, engine, kits, routes, walked
from agents.conditions import MEANING, Guard, Means
from agents.models import Turn
from agents.replay import replay
from agents.workflow import DONE, Duty, Kind, Node, Workflow, edges
from agents.workflows import WORKFLOWS
from approvals.cases import Reading
from tests.house import House
from tools.capabilities.process_refund import ProcessRefund, ReasonCode

KEYS = {"workflows", "nodes", "edges", "paths", "writes", "edges_tested", "valid", "problems"}


def act(_: Any) -> None: ...


def flow(*rows: tuple[str, str, str]) -> Workflow:
    names = dict.fromkeys(row[0] for row in rows)
    tests = {row[1]: bool for row in rows if row[1] != "otherwise"}
    return Workflow("w", "W", tuple(Node(n, Kind.SAY, n, act) for n in names), edges(*rows), tests)


# -- paths -----------------------------------------------------------------------------------------------------------


def test_edges_that_differ_in_their_condition_or_reason_are_one_path() -> None:
    several = flow(("a", "x", "handoff:one"), ("a", "y", "handoff:two"), ("a", "z", "b"), ("a", "otherwise", "b"),
                   ("b", "otherwise", "done"))  # fmt: skip
    assert routes.paths(several) == (("a", "handoff"), ("a", "b", "done"))


def test_a_way_back_is_walked_once_and_goes_on_to_an_end() -> None:
    loop = flow(("a", "otherwise", "b"), ("b", "again", "a"), ("b", "otherwise", "done"))
    assert routes.paths(loop) == (("a", "b", "done"), ("a", "b", "a", "b", "done"))


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_move_of_a_workflow_stands_on_a_path(name: str) -> None:
    one = WORKFLOWS[name]
    found = routes.paths(one)
    walked_moves = {move for path in found for move in pairwise(path)}
    assert walked_moves == {(node, to) for node, targets in routes.moves_of(one).items() for to in targets}
    assert len(set(found)) == len(found) == len(walked_moves) - len(one.nodes) + 1
    assert all(path[0] == one.start and path[-1] in routes.ENDS for path in found)


def test_S4_07_the_paths_of_all_workflows_can_be_read_by_people() -> None:
    """Twenty workflows: low hundreds."""
    total = sum(len(routes.paths(one)) for one in WORKFLOWS.values())
    assert total < 500
    assert max(len(routes.paths(one)) for one in WORKFLOWS.values()) < 50


def test_walks_are_counted_as_far_as_a_turn_may_go(settings: Any) -> None:
    straight = flow(("a", "otherwise", "b"), ("b", "otherwise", "done"))
    loop = flow(("a", "otherwise", "b"), ("b", "again", "a"), ("b", "otherwise", "done"))
    settings.HANDRAIL = {**settings.HANDRAIL, "max_steps": 6}
    assert (routes.walks(straight), routes.walks(loop)) == (1, 3)


# -- guards ----------------------------------------------------------------------------------------------------------

ARGS = ProcessRefund(order_id="R-1", reason_code=ReasonCode.DAMAGED, lines=["1"])


def desk(**slots: Any) -> Any:
    """A desk with these slots; `plan` says what the rules have made of the case."""
    reading = slots.pop("reading", None)
    return SimpleNamespace(get=slots.get, reading=reading)


def reading(plan: Any) -> Reading:
    found = object.__new__(Reading)
    object.__setattr__(found, "plan", plan)
    return found


ALLOWED, PLAN = {"verdict": "allow"}, object()
TRUE_AND_FALSE: list[tuple[Means, Any, bool]] = [
    (Means.ALLOWED, desk(decision=ALLOWED, reading=reading(PLAN)), True),
    (Means.ALLOWED, desk(decision=ALLOWED, reading=reading(None)), False),
    (Means.ALLOWED, desk(decision=ALLOWED), False),
    (Means.ALLOWED, desk(decision={"verdict": "ask"}, reading=reading(PLAN)), False),
    (Means.ALLOWED, desk(decision={"verdict": "deny"}, reading=reading(PLAN)), False),
    (Means.YES, desk(answer="yes"), True),
    (Means.YES, desk(answer="yes_but"), False),
    (Means.YES, desk(answer="no"), False),
    (Means.CLEARED, desk(standing="clear"), True),
    (Means.CLEARED, desk(standing="wait"), False),
    (Means.CLEARED, desk(standing="denied"), False),
    (Means.CONFIRMED, desk(outcome="confirmed"), True),
    (Means.CONFIRMED, desk(outcome="unknown"), False),
    (Means.CONFIRMED, desk(outcome="refused"), False),
]


@pytest.mark.parametrize(("means", "at", "expected"), TRUE_AND_FALSE)
def test_a_guard_is_true_and_false_where_it_should_be(means: Means, at: Any, expected: bool) -> None:
    assert Guard(means)(at) is expected


@pytest.mark.parametrize("means", [means for means in Means if means is not Means.UNVERIFIED])
def test_a_guard_is_false_when_nothing_is_known(means: Means) -> None:
    """Fails closed: an empty desk opens nothing."""
    assert Guard(means, lambda _: ARGS)(desk()) is False


@pytest.mark.parametrize(("shows", "expected"), [(True, False), (False, True), (None, False)])
def test_what_the_record_does_not_show_is_unverified(shows: bool | None, expected: bool) -> None:
    assert Guard(Means.UNVERIFIED, lambda _: shows)(desk()) is expected
    assert Guard(Means.UNVERIFIED)(desk()) is True  # whoever can't say what the record must show is never told "done"


def test_what_holds_is_what_was_read_back_and_not_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditions.writes, "holds", lambda d, args, reading: args is ARGS)
    good = desk(decision=ALLOWED, reading=reading(PLAN))
    assert Guard(Means.HOLDS, lambda _: ARGS)(good) is True
    assert Guard(Means.HOLDS, lambda _: None)(good) is False
    assert Guard(Means.HOLDS)(good) is False
    assert Guard(Means.HOLDS, lambda _: ARGS)(desk(decision={"verdict": "deny"}, reading=reading(PLAN))) is False
    assert set(MEANING) == set(Means)


# -- nodes do what they declare ---------------------------------------------------------------------------------------


def test_a_yes_that_is_too_old_does_not_hold(selling_small: House) -> None:
    """The same guard on a real desk: what was read back an hour ago is read back anew, and nothing is sent."""
    row, answers = selling_small.ask(
        selling_small.bob(), "My espresso maker FW-10453 arrived broken, I want my money back"
    )
    run = row.runs.get(active=True)
    old = run.slots["offer"]["value"]
    past = {**old, "until": (Turn.objects.get(conversation=row).at - timedelta(minutes=1)).isoformat()}
    type(run).objects.filter(pk=run.pk).update(slots={**run.slots, "offer": {"value": past, "source": "agent"}})
    _, after = selling_small.ask(selling_small.bob(), "yes", into=row)
    assert row.runs.get(active=True).node == "offer"
    assert "RF-" not in after[0][0]
    assert answers


@pytest.fixture
def selling_small(small_house: House) -> House:
    small_house.shop.reset()
    return small_house


def lying(name: str, node: str) -> Workflow:
    """The workflow with a node that does nothing of what it declares."""
    one = WORKFLOWS[name]
    return replace(one, nodes=tuple(replace(n, act=act) if n.name == node else n for n in one.nodes))


@pytest.mark.parametrize("node", ["tier", "logistics"])
def test_a_node_that_does_not_do_what_it_declares_stops_the_turn(
    selling_small: House, monkeypatch: pytest.MonkeyPatch, node: str
) -> None:
    """What was proved of the graph would hold for nothing: a person takes over. The twin walks on to its offer."""
    text = "My espresso maker FW-10453 arrived broken, I want my money back"
    monkeypatch.setattr(kits, "WORKFLOWS", {**WORKFLOWS, "refund": lying("refund", node)})
    kits.load.cache_clear()
    row, _ = selling_small.ask(selling_small.bob(), text)
    assert row.handoffs.get().reason == "turn-failed"
    monkeypatch.undo()
    kits.load.cache_clear()
    other, _ = selling_small.ask(selling_small.alice(), text.replace("FW-10453", "FW-10465"))
    assert other.runs.get(active=True).waits_for == "answer"


@pytest.mark.parametrize("promise", list(engine.TRACES))
def test_every_promise_is_kept_or_the_turn_stops(promise: Kind | Duty) -> None:
    node = Node("n", Kind.SAY, "N", act, duty=promise) if isinstance(promise, Duty) else Node("n", promise, "N", act)
    kind, name = engine.TRACES[promise]
    engine.keep(node, [engine.Step(1, kind, f"{name}x", {})])
    with pytest.raises(engine.BrokenPromiseError, match="didn't do it"):
        engine.keep(node, [engine.Step(1, "node", f"{name}x", {})])


def test_each_duty_but_the_words_is_watched() -> None:
    assert set(Duty) - set(engine.TRACES) == {Duty.CLAIM}  # words are checked by the output guard


def test_a_turn_with_promises_replays(selling_small: House) -> None:
    row, _ = selling_small.ask(
        selling_small.bob(), "My espresso maker FW-10453 arrived broken, I want my money back", "yes"
    )
    turns = list(Turn.objects.filter(conversation=row))
    assert [replay(turn).why for turn in turns] == ["", ""]


# -- versions ---------------------------------------------------------------------------------------------------------


def test_another_duty_or_guard_is_another_version() -> None:
    """Otherwise a signature would go on counting for a graph that proves less."""
    one = WORKFLOWS["refund"]
    without = replace(one, nodes=tuple(replace(n, duty=None) for n in one.nodes))
    opened = replace(one, conditions={**one.conditions, "cleared": lambda _: True})
    assert len({one.version, without.version, opened.version, replace(one).version}) == 3


# -- the command ------------------------------------------------------------------------------------------------------


def command(*args: str) -> list[str]:
    out = StringIO()
    call_command("workflows", *args, stdout=out)
    return out.getvalue().splitlines()


def test_the_command_certifies_with_exactly_these_keys() -> None:
    """DESIGN, command line."""
    lines = command("certify", "--json")
    found = json.loads(lines[-1])
    assert set(found) == KEYS
    assert found["valid"] is True
    assert found["problems"] == []
    assert found["workflows"] == len(WORKFLOWS)
    assert found["writes"] == sum(node.kind is Kind.ACT for one in WORKFLOWS.values() for node in one.nodes)
    assert found["edges_tested"] == walked.count(WORKFLOWS.values()) > 0
    assert lines[-2].startswith("valid: ")
    assert {line.split()[0] for line in lines} >= set(WORKFLOWS)


def test_without_a_proof_it_says_why_and_exits_with_1(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    one = WORKFLOWS["cancel_order"]
    open_gate = replace(one, conditions={**one.conditions, "cleared": lambda _: True})
    monkeypatch.setitem(WORKFLOWS, "cancel_order", open_gate)
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("workflows", "certify", "--json", stdout=out)
    found = json.loads(out.getvalue().splitlines()[-1])
    assert (ended.value.code, found["valid"]) == (1, False)
    assert found["problems"][0] == "cancel_order: the edge critic → execute (cleared) doesn't mean cleared."


def test_nothing_is_proved_of_nothing() -> None:
    assert certificate.of([]).valid is False
    assert certificate.of([flow(("a", "otherwise", DONE))]).valid is True
