"""Whether an intent may be on: its tools can be checked, its writes reviewed, its handoffs served (S0-03, S0-04)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.conf import settings

from tools.contract import Capability
from tools.contract import Kind as Effect
from tools.registry import CAPABILITIES

from .intents.taxonomy import HANDOFF, Intent
from .kits import Kit
from .triage import PRIORITY_QUEUE, STANDARD_QUEUE
from .workflow import Kind, Workflow, is_end

WRITES: Final = frozenset({Kind.PROPOSE, Kind.GATE, Kind.ACT})


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
    if intent.workflow == HANDOFF:
        return
    workflow = kit.workflows.get(intent.workflow)
    if workflow is None:
        yield f"there is no workflow {intent.workflow}."
        return
    yield from problems_of(workflow)


def problems_of(workflow: Workflow) -> Iterator[str]:
    for node in workflow.nodes:
        if node.kind in WRITES:
            yield f"{workflow.name} writes at {node.name}, and there is no review of a write to pass."
        for tool in node.tools:
            if tool not in CAPABILITIES:
                yield f"{node.name} lists the tool {tool}, which has no contract."
            elif not is_strict(CAPABILITIES[tool]):
                yield f"{tool} takes or returns fields that nobody declared, so it can't be validated."
            elif CAPABILITIES[tool].kind is Effect.WRITE:
                yield f"{node.name} reaches {tool}, which writes, and there is no review of a write to pass."
    slowest, patience = worst_seconds(workflow), settings.HANDRAIL["hopeless_turn_seconds"]
    if slowest > patience:
        yield f"{workflow.name} may take {slowest:.0f} seconds in one turn; {patience} are allowed."


def is_strict(capability: Capability) -> bool:
    return all(model.model_config.get("extra") == "forbid" for model in (capability.input, capability.output))


def worst_seconds(workflow: Workflow) -> float:
    """The longest that the reads on any one path may take, each at its full time-out."""

    def walk(name: str, seen: frozenset[str]) -> float:
        if is_end(name) or name in seen:
            return 0.0
        own = sum(CAPABILITIES[tool].total_seconds for tool in workflow.by_name[name].tools if tool in CAPABILITIES)
        return own + max(walk(edge.target, seen | {name}) for edge in workflow.edges_from(name))

    return walk(workflow.start, frozenset())
