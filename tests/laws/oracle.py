"""A second opinion on a graph, got another way than the certificate's: walk it with a customer who may say anything and
systems that may answer anything, remember what has really been done so far, and name the first step that is wrong.

Closing nodes and looking what is reachable (agents/certificate.py) and walking with a memory share no code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from agents.conditions import Guard, Means
from agents.workflow import DONE, OTHERWISE, Duty, Edge, Kind, Workflow, is_end
from tests.laws.mutants import always


@dataclass(frozen=True)
class Facts:
    """What is true at a point of a walk. A turn may end at every question: what was read and judged is old then."""

    read: bool = False
    judged: bool = False
    allowed: bool = False
    offered: bool = False
    yes: bool = False
    held: bool = False
    proposed: bool = False
    gated: bool = False
    cleared: bool = False
    confirmed: bool = False
    looked: bool = False
    shown: bool = False


BEFORE_ACT = {"held": False, "proposed": False, "gated": False, "cleared": False}


def harm(flow: Workflow) -> str:
    """The first wrong step that some walk makes; empty when none does."""
    seen: set[tuple[str, Facts]] = set()
    waiting = [(flow.start, Facts())]
    while waiting:
        place, facts = waiting.pop()
        if (place, facts) in seen:
            continue
        seen.add((place, facts))
        wrong = wrong_at(flow, place, facts)
        if wrong:
            return wrong
        if not is_end(place):
            waiting += leave(flow, place, facts)
    return ""


def wrong_at(flow: Workflow, place: str, facts: Facts) -> str:
    if place == DONE:
        return "a confirmed write ends unseen" if facts.confirmed and not facts.shown else ""
    if is_end(place):
        return ""
    node = flow.by_name[place]
    if node.kind is Kind.ACT and not facts.cleared:
        return f"{place} writes, and has been got to with {facts}"
    if node.duty is Duty.CLAIM and not (facts.confirmed and facts.looked and facts.shown):
        return f"{place} says that it was done, with {facts}"
    return ""


def leave(flow: Workflow, place: str, facts: Facts) -> Iterator[tuple[str, Facts]]:
    """What may be the case after the node, and each edge that may be taken then."""
    for now in worlds(flow, place, facts):
        for edge in flow.edges_from(place):
            test = flow.conditions.get(edge.when)
            is_open = edge.when == OTHERWISE or test is always
            if is_open or may_hold(flow, edge, now):
                yield edge.target, through(flow, edge, now)
            if is_open or must_hold(flow, edge, now):
                break


def worlds(flow: Workflow, place: str, facts: Facts) -> list[Facts]:
    node = flow.by_name[place]
    if node.kind is Kind.ASK:
        said = {"offered": facts.allowed} if node.waits else {}
        facts = replace(facts, read=False, judged=False, allowed=False, yes=False, **BEFORE_ACT, **said)
    if node.duty is Duty.RECORDS:
        facts = replace(facts, read=True, judged=False, allowed=False, **BEFORE_ACT)
    if node.duty is Duty.RULES:
        facts = replace(facts, judged=facts.read, allowed=False, **BEFORE_ACT)
    if node.kind is Kind.PROPOSE:
        facts = replace(facts, proposed=facts.held, gated=False, cleared=False)
    if node.kind is Kind.GATE:
        facts = replace(facts, gated=facts.proposed, cleared=False)
    if node.kind is Kind.ACT:
        facts = replace(facts, **BEFORE_ACT, looked=False, shown=False)
        return [replace(facts, confirmed=True), replace(facts, confirmed=False)]
    if node.duty is Duty.AUDIT:
        facts = replace(facts, looked=facts.confirmed)
        return [replace(facts, shown=facts.looked), replace(facts, shown=False)]
    return [facts]


def meaning(flow: Workflow, edge: Edge) -> Means | None:
    test = flow.conditions.get(edge.when)
    return test.means if isinstance(test, Guard) else None


def may_hold(flow: Workflow, edge: Edge, facts: Facts) -> bool:
    """A guard is false where what it means is false; a condition of the workflow's own may be anything."""
    match meaning(flow, edge):
        case Means.CONFIRMED:
            return facts.confirmed
        case Means.UNVERIFIED:
            return not facts.shown
        case _:
            return True


def must_hold(flow: Workflow, edge: Edge, facts: Facts) -> bool:
    match meaning(flow, edge):
        case Means.CONFIRMED:
            return facts.confirmed and flow.by_name[edge.source].kind is Kind.ACT
        case Means.UNVERIFIED:
            return not facts.shown and flow.by_name[edge.source].duty is Duty.AUDIT
        case _:
            return False


def through(flow: Workflow, edge: Edge, facts: Facts) -> Facts:
    """What is known because this edge was taken."""
    node = flow.by_name[edge.source]
    match meaning(flow, edge):
        case Means.ALLOWED:
            return replace(facts, allowed=facts.judged and facts.read)
        case Means.YES if node.kind is Kind.ASK and node.waits:
            return replace(facts, yes=facts.offered)
        case Means.HOLDS:
            return replace(facts, held=facts.judged and facts.read and facts.yes)
        case Means.CLEARED:
            return replace(facts, cleared=facts.gated)
        case _:
            return facts
