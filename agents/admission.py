"""Whether an intent may be on: its tools can be checked, its writes reviewed, its handoffs served (S0-03, S0-04)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import get_user_model

from approvals import ladder
from tools.contract import Capability
from tools.contract import Kind as Effect
from tools.registry import CAPABILITIES

from .intents.taxonomy import HANDOFF, Intent
from .kits import Kit
from .triage import PRIORITY_QUEUE, STANDARD_QUEUE
from .workflow import WRITES, Kind, Node, Workflow, is_end

RECORDS: Final = ("get_order", "get_customer")
REVIEWS: Final = (Kind.PROPOSE, Kind.GATE)


class NotAdmissibleError(ValueError):
    """The release may not speak; the text names every intent that stands in the way, and why."""


def check(kit: Kit) -> None:
    """Raise NotAdmissibleError unless every intent of the kit may be on."""
    found = [f"{intent.name}: {problem}" for intent in kit.taxonomy.intents for problem in problems(intent, kit)]
    if found:
        raise NotAdmissibleError("This release can't go live. " + " ".join(found))


def problems(intent: Intent, kit: Kit) -> Iterator[str]:
    """One sentence for each reason against an intent."""
    for queue in (STANDARD_QUEUE, PRIORITY_QUEUE):
        if queue not in kit.policy.queues:
            yield f"the policy describes no {queue}, so nobody would take its handoffs."
    for name in dict.fromkeys((intent.workflow, *intent.by_reason.values())):
        if name == HANDOFF:
            continue
        workflow = kit.workflows.get(name)
        if workflow is None:
            yield f"there is no workflow {name}."
        else:
            yield from problems_of(workflow)


def unserved(intent: Intent, kit: Kit) -> Iterator[str]:
    """What the people of the installation lack for it: whoever may approve its writes, and whoever takes its handoffs.

    Asked of the database, since people come and go while a release stands.
    """
    for name in dict.fromkeys((intent.workflow, *intent.by_reason.values())):
        writes = {tool for node in written(kit, name) for tool in node.tools}
        if writes and (missing := absent_roles(kit)):
            yield f"{name} may need {' and '.join(missing)} to approve, and nobody is one."
    if not operators():
        yield "nobody serves its queue: no operator may sign in."


def written(kit: Kit, name: str) -> list[Node]:
    workflow = kit.workflows.get(name)
    return [node for node in workflow.nodes if node.kind is Kind.ACT] if workflow is not None else []


def absent_roles(kit: Kit) -> list[str]:
    """Rungs of the ladder that nobody living can climb; two people where two must decide."""
    levels = sorted(ladder.level_of(ladder.role_of(user)) for user in operators())
    found = []
    for row in kit.policy.refunds.approvals:
        able = [level for level in levels if level >= ladder.level_of(row.role)]
        beside = [level for level in levels if level >= ladder.level_of(ladder.least_role(row.role, row.people))]
        if not able or len(beside) < row.people:
            found.append(
                f"{row.people} × {row.role.replace('_', ' ')}" if row.people > 1 else row.role.replace("_", " ")
            )
    return found


def operators() -> list[Any]:
    return list(get_user_model().objects.filter(is_staff=True, is_active=True))


def problems_of(workflow: Workflow) -> Iterator[str]:
    yield from unreviewed(workflow)
    for node in workflow.nodes:
        for tool in node.tools:
            if tool not in CAPABILITIES:
                yield f"{node.name} lists the tool {tool}, which has no contract."
            elif not is_strict(CAPABILITIES[tool]):
                yield f"{tool} takes or returns fields that nobody declared, so it can't be validated."
            elif CAPABILITIES[tool].kind is Effect.WRITE and node.kind not in WRITES:
                yield f"{node.name} reaches {tool}, which writes, and there is no review of a write to pass."
            elif CAPABILITIES[tool].kind is Effect.READ and node.kind in WRITES:
                yield f"{node.name} lists {tool}, which only reads, where a write is reviewed."
            elif CAPABILITIES[tool].kind is Effect.WRITE and not CAPABILITIES[tool].rules:
                yield f"{tool} writes and has no rules."
    slowest, patience = worst_seconds(workflow), settings.HANDRAIL["hopeless_turn_seconds"]
    if slowest > patience:
        yield f"{workflow.name} may take {slowest:.0f} seconds in one turn; {patience} are allowed."


def unreviewed(workflow: Workflow) -> Iterator[str]:
    """Every way to an act leads through a proposal, then the gate, and on to a look at what was done."""
    for act in (node for node in workflow.nodes if node.kind is Kind.ACT):
        for kind in REVIEWS:
            if not any(n.kind is kind and workflow.dominates(n.name, act.name) for n in workflow.nodes):
                yield f"{workflow.name} writes at {act.name}, and there is no review of a write to pass."
        onward = [edge.target for edge in workflow.edges_from(act.name) if not is_end(edge.target)]
        if not any(workflow.by_name[name].kind is Kind.LOOK for name in onward):
            yield f"{workflow.name} writes at {act.name} and never looks at what was done."
    for gate in (node for node in workflow.nodes if node.kind is Kind.GATE):
        if not any(n.kind is Kind.PROPOSE and workflow.dominates(n.name, gate.name) for n in workflow.nodes):
            yield f"{workflow.name} reviews at {gate.name}, and nothing has been proposed there."


def is_strict(capability: Capability) -> bool:
    return all(model.model_config.get("extra") == "forbid" for model in (capability.input, capability.output))


def worst_seconds(workflow: Workflow) -> float:
    """The longest that any one turn may take, each question at its full time-out: from the start, or from a node that
    waits for the customer."""

    def walk(name: str, seen: frozenset[str]) -> float:
        if is_end(name) or name in seen:
            return 0.0
        node = workflow.by_name[name]
        if node.waits and seen:
            return 0.0
        onward = (walk(edge.target, seen | {name}) for edge in workflow.edges_from(name))
        return seconds_at(node) + max(onward, default=0.0)

    return max(walk(name, frozenset()) for name in (workflow.start, *(n.name for n in workflow.nodes if n.waits)))


def seconds_at(node: Node) -> float:
    """A look asks at once all that it names; the gate and the act read the records anew, and the act then writes."""
    asked = [CAPABILITIES[tool].total_seconds for tool in node.tools if tool in CAPABILITIES]
    if node.kind is Kind.PROPOSE or not asked:
        return 0.0
    records = max(CAPABILITIES[name].total_seconds for name in RECORDS)
    return {Kind.GATE: records, Kind.ACT: records + max(asked)}.get(node.kind, max(asked))
