"""The seam of the models: what a release pins, and which edges are open to opinion."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents import certificate, kits
from agents.brain import OFFLINE
from agents.models import Release
from agents.workflow import DONE, Judgement, Kind, Node, Workflow, edges
from agents.workflows import WORKFLOWS, refund
from tests.house import House


def test_a_release_pins_its_brain_and_an_unknown_one_is_refused(small_house: House) -> None:
    live = Release.objects.get(status="live")
    assert kits.load(live.pk).brain is OFFLINE
    assert live.pins["brain"] == OFFLINE.name
    with pytest.raises(kits.StaleReleaseError, match="'somebody'"):
        kits.brain_of("somebody")


def test_no_two_releases_share_a_canary() -> None:
    assert kits.canary_of(1) == kits.canary_of(1) != kits.canary_of(2)
    assert len(kits.canary_of(1)) == 20


def test_no_edge_of_today_is_an_opinion() -> None:
    """Each condition reads words by grammar, a record, a rule, the Critic, the gate or a proof."""
    assert {name: flow.judgements for name, flow in WORKFLOWS.items() if flow.judgements} == {}


def opinion(name: str) -> Workflow:
    """The refund, with one of its conditions made a matter of opinion."""
    flow = refund.WORKFLOW
    return replace(flow, conditions={**flow.conditions, name: Judgement(flow.conditions[name])})


@pytest.mark.parametrize("name", ["allowed", "yes", "holds", "cleared", "confirmed", "unverified", "no", "for_people"])
def test_an_opinion_where_facts_count_is_no_valid_graph(name: str) -> None:
    """`for_people` is asked at a node that asks nothing itself: harmless, and its twin."""
    problems = list(certificate.problems(opinion(name)))
    assert bool(problems) == (name != "for_people"), problems


def test_an_opinion_makes_another_version() -> None:
    assert opinion("for_people").version != refund.WORKFLOW.version
    assert opinion("for_people").judgements == ["for_people"]


def test_an_opinion_may_not_lead_to_a_write() -> None:
    flow = Workflow(
        "w",
        "W",
        (
            Node("think", Kind.DECIDE, "Think"),
            Node("tell", Kind.PROPOSE, "Propose", lambda d: None, tools=("process_refund",)),
        ),
        edges(("think", "worth it", "tell"), ("think", "otherwise", DONE), ("tell", "otherwise", DONE)),
        {"worth it": Judgement(lambda d: True)},
    )
    assert any("which is an opinion, to tell" in problem for problem in certificate.problems(flow))
