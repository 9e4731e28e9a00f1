"""Asking the kit's brain: by a port, behind the offline reading, and never taken at its word (guards/backed.py)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q

from agents.grammar import Context, SlotValue, fill
from agents.guards import backed
from agents.intents.answer import IntentAnswer
from agents.llm.shapes import Kind as Failure
from agents.llm.shapes import ModelError
from agents.triage import TriageResult
from conversations.models import Customer
from knowledge import confidential

from .brain import OFFLINE, Sight
from .claim import Work
from .ports import Ports, canonical, digest
from .state import in_turn
from .workflow import WRITES, Edge, Kind, Node

if TYPE_CHECKING:
    from .desk import Desk
    from .kits import Kit

MOST: Final = 20_000  # characters of an answer, whatever the role
ROUNDS: Final = 3  # of wishes at a node; the turn's cap of tool calls counts besides
MALFORMED: Final = "malformed"
_NAME: Final = re.compile(r"[\w.+-]+(?:@[\w.-]+\w)?")


def sight_of(
    kit: Kit,
    work: Work,
    text: str,
    said: Sequence[str],
    records: Sequence[Any] = (),
    *,
    intents: Sequence[str] = (),
    tools: Sequence[str] = (),
    account: Mapping[str, Any] | None = None,
) -> Sight:
    return Sight(
        prompt(kit),
        text,
        tuple(said),
        tuple(records),
        work.customer,
        state=in_turn(work, intents, tools, account),
        titles={one.name: one.title for one in kit.taxonomy.intents},
        examples=kit.examples,
    )


def prompt(kit: Kit) -> str:
    """What a brain is told of the company, in front of everything about the customer."""
    return f"You answer for {kit.pack.brand}. [{kit.canary}]"


def seen_at(desk: Desk) -> Sight:
    """With all that tools have answered in this turn."""
    records = [answer.to_json() for answer in (*desk.answers, *desk.wished)]
    sight = sight_of(
        desk.kit,
        desk.work,
        desk.text,
        desk.earlier,
        records,
        intents=[one.name for one in desk.answer.intents],
        tools=list(dict.fromkeys(desk.tool_calls)),
        account=desk.results["get_customer"].data if "get_customer" in desk.results else None,
    )
    return replace(sight, tier=str(desk.answer.tier), grammar=desk.context)


def ask(ports: Ports, kit: Kit, role: str, sight: Sight, answer: Callable[[], Any]) -> Any:
    """What the brain says, as JSON; None when it says nothing that can be kept, and the trace says why. Nothing that it
    does ends a turn."""
    aside: dict[str, Any] = {}

    def safely() -> Any:
        try:
            found = answer()
            return found if len(canonical(found)) <= MOST else None
        except ModelError as error:
            aside["failed"] = str(error.kind)
        except Exception as error:  # noqa: BLE001  whatever is wrong with it: there is the offline reading
            aside["failed"] = type(error).__name__
        return None

    shown = [sight.text, sight.said, sight.records, sight.line, sight.tools]
    asked = [kit.brain.name, kit.brain.version(role), digest(shown)]
    return ports.call(f"brain:{role}", asked, safely, outside=True, aside=aside)


def note(ports: Ports, role: str, refused: list[str]) -> None:
    if refused:
        ports.note("check", f"brain:{role}", {"refused": sorted(set(refused))})


# the roles --------------------------------------------------------------------------------------------------------


def intents(ports: Ports, kit: Kit, look: Callable[[], Sight], offline: IntentAnswer) -> IntentAnswer:
    """What the customer wants, where a brain thinks that it is worth asking."""
    if kit.brain is OFFLINE:
        return offline
    sight = replace(look(), intents=tuple(one.name for one in kit.taxonomy.intents))
    if not kit.brain.wants("read", sight, offline):
        return offline
    said = ask(ports, kit, "read", sight, lambda: kit.brain.read(sight, offline).model_dump(mode="json"))
    on = {one.name for one in kit.taxonomy.intents} - set(kit.paused.intents)
    answer, refused = backed.intents(said, offline, sight.text, on, writing(kit))
    note(ports, "read", refused)
    return answer


def triaged(ports: Ports, kit: Kit, look: Callable[[], Sight], tier: str, offline: TriageResult) -> TriageResult | None:
    """Mood, urgency and alarms; None when a model has answered and it was no triage at all: a person reads it (S1-13).
    One that doesn't answer is none; then the offline reading stands."""
    if kit.brain is OFFLINE:
        return offline
    sight = replace(look(), tier=tier)
    if not kit.brain.wants("triage", sight, offline):
        return offline

    def said() -> Any:
        try:
            return kit.brain.triage(sight, offline).model_dump(mode="json")
        except ModelError as error:
            if error.kind is Failure.MALFORMED:
                return MALFORMED
            raise

    found = ask(ports, kit, "triage", sight, said)
    if found is None or found == MALFORMED:
        return None if found == MALFORMED else offline
    result, refused = backed.triage(found, offline)
    note(ports, "triage", refused)
    return result


def writing(kit: Kit) -> set[str]:
    """The intents that may lead to a write."""
    flows = {flow.name for flow in kit.workflows.values() if any(node.kind in WRITES for node in flow.nodes)}
    return {
        one.name
        for one in kit.taxonomy.intents
        if not flows.isdisjoint((one.workflow, one.otherwise, *one.by_reason.values()))
    }


def slots(ports: Ports, kit: Kit, text: str, context: Context, look: Callable[[], Sight]) -> dict[str, SlotValue]:
    """What the customer's own message names."""
    offline = fill(text, context)
    if kit.brain is OFFLINE:
        return offline
    sight = replace(look(), expecting=context.expecting or "", grammar=context)
    if not kit.brain.wants("fill", sight, offline):
        return offline
    said = ask(
        ports,
        kit,
        "fill",
        sight,
        lambda: {name: value.model_dump(mode="json") for name, value in kit.brain.fill(sight, offline).items()},
    )
    kept, refused = backed.slots(said, offline, text, context)
    note(ports, "fill", refused)
    return kept


def edge(desk: Desk, open_to_opinion: Sequence[Edge], offline: Edge) -> Edge:
    """Among the edges that the engine has found open."""
    if desk.kit.brain is OFFLINE or len(open_to_opinion) < 2:
        return offline
    sight = seen_at(desk)
    if not desk.kit.brain.wants("choose", sight, offline):
        return offline
    said = ask(desk.ports, desk.kit, "choose", sight, lambda: desk.kit.brain.choose(sight, open_to_opinion, offline))
    target, refused = backed.target(said, [one.target for one in open_to_opinion])
    note(desk.ports, "choose", refused)
    return next((one for one in open_to_opinion if one.target == target), offline)


def wishes(desk: Desk, node: Node) -> None:
    """What else a look might ask (S2-01): side by side, a few times over, until the brain has seen enough.

    The answers lie apart: no node takes them for the record that it has looked up. A failed one is an answer, too.
    """
    if desk.kit.brain is OFFLINE or node.kind is not Kind.LOOK:
        return
    for _ in range(ROUNDS):
        sight = replace(seen_at(desk), tools=node.tools)
        if not desk.kit.brain.wants("wish", sight, None) or not wished(desk, node, sight):
            return


def wished(desk: Desk, node: Node, sight: Sight) -> bool:
    """One round; False when there was nothing to ask."""
    said = ask(
        desk.ports, desk.kit, "wish", sight, lambda: [one.model_dump(mode="json") for one in desk.kit.brain.wish(sight)]
    )
    asked, refused = backed.wishes(said, node.tools, own_orders(desk))
    note(desk.ports, "wish", refused)
    if asked:
        desk.wished += desk.look_besides([(tool, completed(desk, tool, args)) for tool, args in asked])
    return bool(asked)


def own_orders(desk: Desk) -> set[str]:
    return {str(one) for one in desk.work.customer["own_ids"]} | desk.own_ids


def completed(desk: Desk, tool: str, args: dict[str, Any]) -> dict[str, Any]:
    """The arguments that are nobody's wish: of the articles those that they may read, as old as the policy says."""
    if tool != "search_knowledge":
        return args
    stale = desk.kit.policy.knowledge.stale_days
    return {**args, "history": desk.history(), "audience": desk.reader, "stale_days": stale}


def line(desk: Desk, offline: str, passes: Callable[[str], bool]) -> str:
    """How the brain would say it, when nothing stands against that; `passes` asks the output guard."""
    if desk.kit.brain is OFFLINE:
        return offline
    sight = replace(seen_at(desk), line=offline)
    if not desk.kit.brain.wants("word", sight, offline):
        return offline

    def answer() -> dict[str, Any]:
        text = desk.kit.brain.word(sight, offline)
        return {"text": text, "leaks": leaks(text, int(desk.work.customer["pk"]), desk.reader)}

    said = ask(desk.ports, desk.kit, "word", sight, answer) or {"text": None, "leaks": []}
    if said["text"] == offline:
        return offline
    refused = [*backed.line(said["text"], untrusted(sight)), *said["leaks"]]
    refused += ["output"] * (isinstance(said["text"], str) and not passes(said["text"]))
    note(desk.ports, "word", refused)
    return offline if refused else str(said["text"])


def summary(desk: Desk, points: Sequence[str], offline: str) -> str:
    """The matter in a sentence for the operator: a brain's, where all that it names stands in the points."""
    if desk.kit.brain is OFFLINE:
        return offline
    sight = replace(seen_at(desk), records=tuple(points), line=offline)
    if not desk.kit.brain.wants("sum_up", sight, offline):
        return offline
    said = ask(desk.ports, desk.kit, "sum_up", sight, lambda: desk.kit.brain.sum_up(sight, offline))
    refused = backed.summary(said, [*points, offline])
    note(desk.ports, "sum_up", refused)
    return offline if refused else str(said)


def untrusted(sight: Sight) -> list[str]:
    """The texts of others that a brain is shown, but for the articles, which are there to be told."""
    own = [str(sight.customer.get("first_name") or "")]
    return [sight.text, *sight.said, *own, *(text for one in sight.records for text in backed.free_text(one))]


def leaks(text: str, own: int, reader: str) -> list[str]:
    """What only the database can tell of a text; asked inside the port, so that a replay repeats it."""
    found = ["internal"] * confidential.repeats(text, reader)
    return found + ["foreign"] * names_somebody_else(text, own)


def names_somebody_else(text: str, own: int) -> bool:
    """By their address, or by the number that the company's systems know them under."""
    names: Collection[str] = set(_NAME.findall(text)) | set(_NAME.findall(text.lower()))
    others = Customer.objects.exclude(pk=own)
    return others.filter(Q(email__in=names) | Q(external_ref__in=names)).exists()
