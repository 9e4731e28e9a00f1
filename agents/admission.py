"""Whether an intent may be on: its tools can be checked, its writes reviewed, its handoffs served (S0-03, S0-04)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, get_args

from django.conf import settings
from django.contrib.auth import get_user_model
from pydantic import BaseModel

from approvals import ladder
from tools import pack
from tools.contract import Capability
from tools.contract import Kind as Effect
from tools.registry import CAPABILITIES

from .intents.taxonomy import HANDOFF, Intent
from .kits import Kit
from .triage import PRIORITY_QUEUE, STANDARD_QUEUE
from .workflow import WRITES, Kind, Node, Workflow, is_end

RECORDS: Final = ("get_order", "get_customer")
REVIEWS: Final = (Kind.PROPOSE, Kind.GATE)
SHOWN: Final = 3  # sentences of one refusal


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


def lacking(kit: Kit) -> dict[str, list[str]]:
    """Each intent with one sentence for everything that the installation's people don't give it.

    Asked of the database, since people come and go while a release stands.
    """
    approvers, served = absent_roles(kit), bool(operators())
    return {intent.name: list(unserved(intent, kit, approvers, served=served)) for intent in kit.taxonomy.intents}


def unserved(intent: Intent, kit: Kit, approvers: list[str], *, served: bool) -> Iterator[str]:
    """`approvers`: rungs of the ladder on which nobody stands; `served`: somebody may sign in to take a handoff."""
    for name in dict.fromkeys((intent.workflow, *intent.by_reason.values())):
        if approvers and written(kit, name):
            yield f"{name} may need {' and '.join(approvers)} to approve, and nobody is one."
    if not served:
        yield "nobody serves its queue: no operator may sign in."
    queue = intent.queue if intent.queue in kit.policy.queues else STANDARD_QUEUE
    if not kit.policy.queue(queue).hours:
        yield f"nobody serves its queue: {queue} never opens."


def check_served(kit: Kit, before: Kit | None = None) -> None:
    """Raise NotAdmissibleError unless people stand behind every intent. With `before`, only for what that one had or
    didn't need: whoever left meanwhile holds up nothing that has nothing to do with them."""
    known = lacking(before) if before is not None else {}
    found = [
        f"{name}: {problem}"
        for name, problems in lacking(kit).items()
        for problem in problems
        if problem not in known.get(name, ())
    ]
    if found:
        rest = f" So it is for {len(found) - SHOWN} more (`manage.py intents doctor`)." if len(found) > SHOWN else ""
        raise NotAdmissibleError(f"Nobody stands behind it. {' '.join(found[:SHOWN])}{rest}")


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
            known = pack.capability(tool)
            if known is None:
                yield f"{node.name} lists the tool {tool}, which has no contract."
            elif not is_strict(known):
                yield f"{tool} takes or returns fields that nobody declared, so it can't be validated."
            elif known.kind is Effect.WRITE and node.kind not in WRITES:
                yield f"{node.name} reaches {tool}, which writes, and there is no review of a write to pass."
            elif known.kind is Effect.READ and node.kind in WRITES:
                yield f"{node.name} lists {tool}, which only reads, where a write is reviewed."
            elif known.kind is Effect.WRITE and not known.rules:
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
    """In and out, and in every part of them."""
    models = {*models_in(capability.input), *models_in(capability.output)}
    return all(model.model_config.get("extra") == "forbid" for model in models)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models of which a type is made, itself among them."""
    for inside in get_args(annotation):
        yield from models_in(inside)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for info in annotation.model_fields.values():
            yield from models_in(info.annotation)


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
    asked = [known.total_seconds for tool in node.tools if (known := pack.capability(tool)) is not None]
    if node.kind is Kind.PROPOSE or not asked:
        return 0.0
    records = max(CAPABILITIES[name].total_seconds for name in RECORDS)
    return {Kind.GATE: records, Kind.ACT: records + max(asked)}.get(node.kind, max(asked))
