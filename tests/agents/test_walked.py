"""edges.json: which test walks which edge, of which graph; and nothing that isn't there any more."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command

from agents import walked
from agents.workflow import Kind, Node, Workflow, edges
from agents.workflows import WORKFLOWS
from tests import walking

THIS = "tests/agents/test_walked.py::test_the_committed_file_is_of_these_graphs_and_these_tests"
OTHER = "tests/agents/test_walked.py::test_a_run_s_notes_become_the_file"


def flow(when: str = "yes") -> Workflow:
    nodes = (Node("a", Kind.SAY, "A", lambda _: None), Node("b", Kind.SAY, "B", lambda _: None))
    rows = edges(("a", when, "b"), ("a", "otherwise", "done"), ("b", "otherwise", "done"))
    return Workflow("w", "W", nodes, rows, {when: bool})


FLOW = flow()
PAGE: dict[str, Any] = {
    "w": {
        "version": FLOW.version,
        "edges": {"a --yes--> b": [THIS], "a --otherwise--> done": [], "b --otherwise--> done": [THIS, OTHER]},
    }
}


def test_the_committed_file_is_of_these_graphs_and_these_tests() -> None:
    """What `make check` compares; renew it with `make edges`."""
    assert walked.problems(walked.read(walked.FILE)) == []


def test_a_run_s_notes_become_the_file(tmp_path: Path) -> None:
    """Of each edge at most three tests, sorted; what was noted under another graph counts for nothing."""
    notes = [["w", FLOW.version, "a --yes--> b", f"{THIS}[{i}]"] for i in (3, 1, 2, 0, 1)]
    notes += [["w", "another", "b --otherwise--> done", THIS], ["gone", FLOW.version, "b --otherwise--> done", THIS]]
    (tmp_path / "gw0.jsonl").write_text("\n".join(json.dumps(note) for note in notes[:3]))
    (tmp_path / "gw1.jsonl").write_text("\n".join(json.dumps(note) for note in notes[3:]))
    found = walked.renewed(walked.notes_in(tmp_path), {}, {"w": FLOW})
    assert found["w"]["edges"] == {
        "a --yes--> b": [f"{THIS}[0]", f"{THIS}[1]", f"{THIS}[2]"],
        "a --otherwise--> done": [],
        "b --otherwise--> done": [],
    }
    assert json.loads(walked.written(found)) == found
    assert walked.problems(found, {"w": FLOW}) == []


def test_a_part_of_the_tests_keeps_what_the_others_have_walked() -> None:
    """Under a changed graph too: the edge is still there, and so is its test."""
    notes = [("w", FLOW.version, "a --otherwise--> done", OTHER)]
    before = {
        "w": {"version": "another", "edges": {"a --yes--> b": [THIS, "tests/gone.py::test_x"], "b --x--> c": [THIS]}}
    }
    assert walked.renewed(notes, before, {"w": FLOW})["w"]["edges"] == {
        "a --yes--> b": [THIS],
        "a --otherwise--> done": [OTHER],
        "b --otherwise--> done": [],
    }


WRONG: dict[str, dict[str, Any]] = {
    "says nothing of w": {},
    "speaks of gone, which is no workflow": {**PAGE, "gone": PAGE["w"]},
    "speaks of another of w": {"w": {**PAGE["w"], "version": "another"}},
    "lists other edges of w": {"w": {**PAGE["w"], "edges": {"a --yes--> b": [THIS]}}},
    "no such test": {
        "w": {**PAGE["w"], "edges": {**PAGE["w"]["edges"], "a --otherwise--> done": ["tests/x.py::test_x"]}}
    },
}


@pytest.mark.parametrize("problem", WRONG)
def test_a_stale_file_is_refused_with_one_sentence(problem: str) -> None:
    found = walked.problems(WRONG[problem], {"w": FLOW})
    assert len(found) == 1
    assert problem in found[0]
    assert found[0].endswith("Run `make edges` and commit the file.")
    assert walked.problems(PAGE, {"w": FLOW}) == []


def test_what_is_said_of_another_graph_tests_nothing() -> None:
    assert walked.untested(FLOW, PAGE) == ["a --otherwise--> done"]
    assert len(walked.untested(flow("no"), PAGE)) == 3


def test_the_check_fails_when_the_graph_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    out = StringIO()
    call_command("workflows", "edges", stdout=out)  # as it is, it passes
    one = WORKFLOWS["small_talk"]
    monkeypatch.setitem(WORKFLOWS, "small_talk", replace(one, nodes=tuple(replace(n, does="Else") for n in one.nodes)))
    with pytest.raises(SystemExit) as ended:
        call_command("workflows", "edges", "--json", stdout=out)
    found = json.loads(out.getvalue().splitlines()[-1])
    assert ended.value.code == 1
    assert len(found["problems"]) == 1
    assert found["edges_tested"] < found["edges"]


def test_a_turn_s_steps_name_its_edges() -> None:
    """The collector notes what a node took, not where it waited, and only of the graphs that the turn ran with."""
    taken = {"workflow": "w", "edge": "yes", "to": "b"}
    steps = [
        SimpleNamespace(kind="node", name="a", data=taken),
        SimpleNamespace(kind="node", name="b", data={"workflow": "w", "waits_for": "answer"}),
        SimpleNamespace(kind="node", name="a", data={**taken, "workflow": "other"}),
        SimpleNamespace(kind="port", name="a", data=taken),
    ]
    assert list(walking.edges(steps, {"w": FLOW})) == [("w", FLOW.version, "a --yes--> b")]
