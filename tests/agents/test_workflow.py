"""A workflow refuses to exist when its graph is wrong, and draws itself from the data."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from agents import certificate, routes
from agents.models import Run
from agents.workflow import Kind, Node, Workflow, WorkflowError, edges
from agents.workflows import WORKFLOWS


def act(_: Any) -> None: ...


SAY = Node("say", Kind.SAY, "Say it", act)
LOOK = Node("look", Kind.LOOK, "Look", act, tools=("get_order",))
WRONG: dict[str, tuple[tuple[Node, ...], tuple[tuple[str, str, str], ...], dict[str, Any]]] = {
    "it has no nodes": ((), (), {}),
    "defined twice": ((SAY, SAY), (("say", "otherwise", "done"),), {}),
    "must be `otherwise`": ((SAY,), (), {}),
    "the last edge of say must be": ((SAY,), (("say", "yes", "done"),), {"yes": bool}),
    "stands behind `otherwise`": ((SAY,), (("say", "otherwise", "done"), ("say", "otherwise", "done")), {}),
    "which is no node": ((SAY,), (("say", "otherwise", "done"), ("ghost", "otherwise", "done")), {}),
    "leads nowhere": ((SAY,), (("say", "otherwise", "nowhere"),), {}),
    "has no meaning": ((SAY,), (("say", "maybe", "done"), ("say", "otherwise", "done")), {}),
    "is never used": ((SAY,), (("say", "otherwise", "done"),), {"unused": bool}),
    "can't be reached": ((SAY, LOOK), (("say", "otherwise", "done"), ("look", "otherwise", "done")), {}),
    "sees 6 tools": ((Node("n", Kind.LOOK, "", act, tools=tuple("abcdef")),), (("n", "otherwise", "done"),), {}),
    "lists 0 tools": ((Node("n", Kind.LOOK, "", act),), (("n", "otherwise", "done"),), {}),
    "lists 1 tools": ((Node("n", Kind.SAY, "", act, tools=("a",)),), (("n", "otherwise", "done"),), {}),
    "asks for no slot": ((Node("n", Kind.ASK, "", act),), (("n", "otherwise", "done"),), {}),
    "does nothing": ((Node("n", Kind.SAY, ""),), (("n", "otherwise", "done"),), {}),
}


@pytest.mark.parametrize("problem", WRONG)
def test_a_wrong_graph_refuses_to_exist(problem: str) -> None:
    """STYLE 17."""
    nodes, rows, conditions = WRONG[problem]
    with pytest.raises(WorkflowError, match=problem.replace("`", ".")):
        Workflow("w", "W", nodes, edges(*rows), conditions)


def test_another_graph_is_another_version() -> None:
    one = Workflow("w", "W", (SAY,), edges(("say", "otherwise", "done")))
    same = Workflow("w", "W", (SAY,), edges(("say", "otherwise", "done")))
    other = Workflow("w", "W", (SAY,), edges(("say", "otherwise", "handoff:why")))
    assert one.version == same.version != other.version


def test_every_path_begins_at_the_start_and_ends_at_an_end() -> None:
    for flow in WORKFLOWS.values():
        found = routes.paths(flow)
        assert {path[0] for path in found} == {flow.start}
        asked = {routes.ASKED for node in flow.nodes if node.waits and not flow.edges_from(node.name)}
        assert {path[-1] for path in found} == {routes.kind_of(end) for end in flow.ends} | asked


def test_a_question_may_be_the_last_word() -> None:
    """Whoever gets there waits, and the next message begins anew; a node that goes on by itself must lead somewhere."""
    asks = Node("ask", Kind.ASK, "Ask", act, writes=("matter",), waits=True)
    last = Workflow("w", "W", (asks,), ())
    assert (list(certificate.endless(last)), routes.paths(last)) == ([], (("ask", routes.ASKED),))
    with pytest.raises(WorkflowError, match=r"must be .otherwise."):
        Workflow("w", "W", (replace(asks, waits=False),), ())


def command(*args: str) -> list[str]:
    out = StringIO()
    call_command("workflows", *args, stdout=out)
    return out.getvalue().splitlines()


def test_the_command_lists_draws_and_counts() -> None:
    """DESIGN, command line: `workflows list|graph|paths`, with the JSON object on the last line."""
    listed = json.loads(command("list", "--json")[-1])["workflows"]
    assert [row["name"] for row in listed] == list(WORKFLOWS)
    drawn = command("graph", "order_status", "--json")
    assert drawn[0] == "stateDiagram-v2"
    graph = json.loads(drawn[-1])["graph"]
    assert len(graph["edges"]) == len(WORKFLOWS["order_status"].edges)
    counted = json.loads(command("paths", "--json")[-1])
    assert counted["n"] == sum(len(routes.paths(flow)) for flow in WORKFLOWS.values()) > 20


def test_an_unknown_workflow_gets_one_sentence_and_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("workflows", "graph", "nonsense")
    assert ended.value.code == 2
    assert capsys.readouterr().err.strip() == "There is no workflow 'nonsense'. `manage.py workflows list` names them."


@pytest.mark.parametrize("flow", WORKFLOWS.values(), ids=list(WORKFLOWS))
def test_a_run_can_keep_every_place_where_it_may_come_to_rest(flow: Workflow) -> None:
    field = Run._meta.get_field("node")
    places = [*flow.by_name, *flow.ends]
    assert [place for place in places if len(place) > field.max_length] == []
    assert len(flow.name) <= Run._meta.get_field("workflow").max_length
