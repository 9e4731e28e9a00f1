"""The workflows' pages: what they say of the code, and who may sign there."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from agents import drawing, walked
from agents.models import SignOff
from agents.workflow import Workflow
from agents.workflows import WORKFLOWS
from tests import cast

pytestmark = pytest.mark.django_db
REFUND = WORKFLOWS["refund"]
PAGE = "/console/agent/workflows/refund/"
NOTE = "Walked every path with finance"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def sign(user: User, follow: bool = True, **fields: Any) -> str:
    given = {"note": NOTE, "version": REFUND.version, **fields}
    return signed_in(user).post(f"{PAGE}sign/", given, follow=follow).content.decode()


def test_the_list_names_every_workflow_with_its_figures(django_assert_max_num_queries: Any) -> None:
    client = signed_in(cast.olga())
    with django_assert_max_num_queries(6):
        text = client.get("/console/agent/workflows/").content.decode()
    for flow in WORKFLOWS.values():
        assert f"/console/agent/workflows/{flow.name}/" in text
    assert "certificate valid" in text
    assert f"{len(WORKFLOWS)} workflows" in text


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_page_says_every_edge_in_words_and_draws_every_node(name: str) -> None:
    """The picture has its text alternative: the same edges stand in the table, the untested ones by name."""
    flow = WORKFLOWS[name]
    text = signed_in(cast.olga()).get(f"/console/agent/workflows/{name}/").content.decode()
    assert text.count('class="graph-node') == len(flow.nodes)
    assert text.count("<tr>") == 1 + len(flow.edges)
    assert text.count(">no test<") == len(walked.untested(flow))
    assert text.count('<path class="graph-line') == 3 + len(drawing.moves_between(flow))


def test_what_is_no_workflow_is_not_found() -> None:
    assert signed_in(cast.olga()).get("/console/agent/workflows/none/").status_code == 404
    assert signed_in(cast.manager()).post("/console/agent/workflows/none/sign/").status_code == 404


def test_a_manager_signs_what_they_have_seen() -> None:
    """S4-08"""
    assert "signed off by max" in sign(cast.manager())
    row = SignOff.objects.get()
    assert (row.version, row.by, row.note) == (REFUND.version, "max", NOTE)


@pytest.mark.parametrize(
    ("who", "fields", "says"),
    [
        ("olga", {}, "it takes a manager"),
        ("max", {"note": ""}, "what was looked at"),
        ("max", {"note": "fine"}, "in a sentence"),
        ("max", {"version": "older"}, "has changed meanwhile"),
        ("max", {"version": ""}, "has changed meanwhile"),
    ],
)
def test_anything_else_signs_nothing_and_says_why(who: str, fields: dict[str, str], says: str) -> None:
    user = cast.manager() if who == "max" else cast.olga()
    assert says in sign(user, **fields)
    assert not SignOff.objects.exists()


# -- the picture ------------------------------------------------------------------------------------------------------


def picture(flow: Workflow) -> drawing.Picture:
    return drawing.draw(flow, walked.seen_in(flow))


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_same_graph_is_the_same_picture_and_nothing_lies_on_another(name: str) -> None:
    flow = WORKFLOWS[name]
    drawn = picture(flow)
    assert drawn == picture(flow)
    boxes = [(box.left, box.y) for box in drawn.boxes]
    apart = [
        abs(ax - bx) >= drawing.WIDTH or abs(ay - by) >= drawing.HEIGHT + drawing.SIGN
        for i, (ax, ay) in enumerate(boxes)
        for bx, by in boxes[i + 1 :]
    ]
    assert all(apart)
    assert all(x >= 0 and x + drawing.WIDTH <= drawn.width and y + drawing.LAYER <= drawn.height + 20 for x, y in boxes)


def test_every_move_is_a_line_with_its_edges_and_tests() -> None:
    drawn = picture(REFUND)
    assert len(drawn.lines) == len(drawing.moves_between(REFUND))
    titles = {line.title.split(":")[0] for line in drawn.lines}
    assert titles == {f"{a} → {b}" for a, b in drawing.moves_between(REFUND)}
    clear = next(line for line in drawn.lines if line.title.startswith("critic → execute"))
    assert (clear.guard, clear.tested) == (True, True)
    blank = drawing.draw(REFUND, {})
    assert not any(line.tested for line in blank.lines)
    assert "no test" in blank.lines[0].title
