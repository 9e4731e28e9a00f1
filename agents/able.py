"""Which workflow a matter gets: none where a person does it, the company lacks what it needs, or it is stopped."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agents.intents.taxonomy import HANDOFF as HANDED_OVER
from agents.workflows import prepare
from conversations import pauses
from knowledge.policy import Mode
from tools import writes as specs

from .kits import Kit
from .runs import RunState
from .workflow import WRITES

if TYPE_CHECKING:
    from .wants import Matter


def holds_back(kit: Kit, run: RunState) -> bool:
    """An open run that the red switch stops; preparing a matter for a person goes on."""
    if run.workflow == prepare.WORKFLOW.name:
        return False
    return run.intent(kit) in kit.paused.intents or (kit.paused.writes and writes(kit, run.workflow))


def is_paused(kit: Kit, name: str) -> bool:
    """A person carries this intent out at the moment for no other reason than the red switch."""
    intent = kit.taxonomy.get(name)
    if intent is None:
        return False
    free = replace(kit, paused=pauses.NOTHING)
    able = [flow for flow in (intent.workflow, *intent.by_reason.values()) if available(free, flow) is not None]
    return bool(able) and (name in kit.paused.intents or all(available(kit, flow) is None for flow in able))


def workflow_for(kit: Kit, matter: Matter) -> str | None:
    """The workflow of a matter: its words may give a reason that another one is for."""
    if matter.intent in kit.paused.intents:
        return None
    reason = None if {"again", "other"} & set(matter.filled) else matter.filled.get("reason")
    intent = kit.taxonomy.get(matter.intent)
    if intent is not None and reason is not None and str(reason.value) in intent.by_reason:
        return available(kit, intent.by_reason[str(reason.value)])
    return workflow_of(kit, matter.intent)


def workflow_of(kit: Kit, intent: str) -> str | None:
    """The workflow of an intent; None when a person carries it out, the company lacks what it needs, or it is
    paused."""
    if intent in kit.paused.intents:
        return None
    if intent not in kit.taxonomy:
        return available(kit, intent)
    return available(kit, kit.taxonomy[intent].workflow) or available(kit, kit.taxonomy[intent].otherwise)


def available(kit: Kit, name: str) -> str | None:
    if name == HANDED_OVER or name not in kit.workflows:
        return None
    needed = {tool for node in kit.workflows[name].nodes for tool in node.tools}
    return None if needed & (kit.pack.absent() | shut(kit)) else name


def shut(kit: Kit) -> frozenset[str]:
    """Writes that nobody begins: at authority level 0 or while writes are paused all, else what the policy has
    switched off."""
    none = kit.authority == 0 or kit.paused.writes
    return frozenset(name for name in specs.specs() if none or kit.policy.mode(name) is Mode.OFF)


def is_sensitive(kit: Kit, intent: str) -> bool:
    return intent in kit.taxonomy and kit.taxonomy[intent].sensitive


def writes(kit: Kit, name: str | None) -> bool:
    return name is not None and any(node.kind in WRITES for node in kit.workflows[name].nodes)
