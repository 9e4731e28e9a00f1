"""S4-05, S4-10: whatever is wrong with a graph that writes, the certificate says so.

The mutants are made from the graphs by code (mutants.py), so that a new workflow gets its own. Another opinion
(oracle.py) says of each whether it does harm; one that the certificate lets pass has to be harmless for both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from agents import certificate, kits, releases
from agents.admission import NotAdmissibleError
from agents.models import Release
from agents.workflow import Workflow
from agents.workflows import WORKFLOWS
from conversations.access import SYSTEM
from knowledge.models import ConfigVersion
from tests.house import House
from tests.laws import mutants, oracle
from tests.laws.mutants import Mutant

WRITING = mutants.writing(WORKFLOWS.values())
FOUR = {"rules", "gate", "edge cleared", "re-check"}
Make = Callable[[Workflow], Iterator[Mutant]]
SWEEPS: tuple[Make, ...] = (
    mutants.every_edge_led_elsewhere,
    mutants.every_edge_added,
    mutants.every_condition_open,
)


def shapes() -> list[Workflow]:
    """Workflows with the same graph are swept once."""
    found: dict[object, Workflow] = {}
    for flow in WRITING:
        nodes = tuple((n.name, n.kind, n.duty, n.waits) for n in flow.nodes)
        found.setdefault((nodes, flow.edges, tuple(flow.guards.items())), flow)
    return list(found.values())


def judged(found: Iterator[Mutant]) -> tuple[Counter[str], list[str], list[Mutant]]:
    """How many are caught, harmless or refused to exist; the harmful ones that pass; and those that are caught."""
    counts: Counter[str] = Counter()
    passed, caught = [], []
    for mutant in found:
        if mutant.flow is None:
            counts["refused to exist"] += 1
            continue
        problems, harm = list(certificate.problems(mutant.flow)), oracle.harm(mutant.flow)
        if problems:
            caught.append(mutant)
        elif harm:
            passed.append(f"{mutant.flow.name}, {mutant.target}: {mutant.how}: {harm}")
        kind = "caught" if problems else "passed" if harm else "harmless"
        counts[f"{kind}, no harm" if problems and not harm else kind] += 1
    return counts, passed, caught


@pytest.mark.parametrize("flow", WRITING, ids=lambda flow: flow.name)
def test_every_mutant_of_a_write_is_caught_or_shown_to_be_harmless(flow: Workflow) -> None:
    """L1, S4-05, S4-23: no write without rules, Critic, gate and re-check."""
    counts, passed, caught = judged(mutants.named(flow))
    by_target = Counter(mutant.target for mutant in caught)
    print(f"{flow.name}: {counts.total()} mutants, {dict(counts)}; caught by target {dict(by_target)}")  # noqa: T201 the count is asked for: pytest -s
    assert passed == []
    assert sum(by_target[target] for target in FOUR) >= 16
    assert all(by_target[target] >= 4 for target in FOUR)


@pytest.mark.parametrize("flow", shapes(), ids=lambda flow: flow.name)
def test_no_single_edge_can_be_led_elsewhere_added_or_opened_unseen(flow: Workflow) -> None:
    for sweep in SWEEPS:
        counts, passed, caught = judged(sweep(flow))
        print(f"{flow.name}, {sweep.__name__}: {counts.total()} mutants, {dict(counts)}")  # noqa: T201 the count is asked for: pytest -s
        assert passed == []
        assert caught


@pytest.mark.parametrize("flow", WORKFLOWS.values(), ids=lambda flow: flow.name)
def test_the_graphs_as_they_are_pass_both_opinions(flow: Workflow) -> None:
    assert list(certificate.problems(flow)) == []
    assert oracle.harm(flow) == ""


def test_the_other_opinion_is_not_the_certificate_s() -> None:
    """A way that the certificate forbids for good order alone is harmless for the other."""
    counts = judged(mutants.named(WRITING[0]))[0]
    assert counts["caught, no harm"] > 0
    assert counts["caught"] > counts["harmless"] > 0


def release_of(flow: Workflow, monkeypatch: pytest.MonkeyPatch) -> Release:
    live = releases.live()
    assert live is not None
    policy, taxonomy = (ConfigVersion.objects.get(pk=live.pins[kind][0]) for kind in ("policy", "taxonomy"))
    monkeypatch.setattr(kits, "WORKFLOWS", {**WORKFLOWS, flow.name: flow})
    return releases.make(policy, taxonomy, SYSTEM, "trying")


def test_S4_05_a_release_of_a_mutant_does_not_go_live(small_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Straight from the customer's wish to the write; the live release goes on speaking. Its twin, unharmed, goes live."""
    before = releases.live()
    mutant = next(m for m in mutants.named(WRITING[0]) if m.flow and m.target == "gate" and "without" in m.how)
    assert mutant.flow is not None
    draft = release_of(mutant.flow, monkeypatch)
    assert not draft.certificate.valid
    with pytest.raises(NotAdmissibleError, match="execute"):
        releases.go_live(draft, SYSTEM, "trying")
    assert releases.live() == before
    sound = release_of(WRITING[0], monkeypatch)
    assert releases.go_live(sound, SYSTEM, "trying").status == Release.Status.LIVE
