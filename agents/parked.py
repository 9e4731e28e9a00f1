"""Runs whose write waits for people or for the company's system: taken up when that is over, or taken back before."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from approvals import execute
from tools.writes import ACCOUNT

from . import matters, writes
from .desk import Desk
from .engine import advance
from .runs import RunState
from .writes import DECISION

if TYPE_CHECKING:
    from .hearing import Heard
    from .turn import Thinking


_NEWS: Final = re.compile(
    r"\b(?:any\s+(?:news|update|word|progress|decision|answer)|decided|approved|heard\s+(?:back|anything)|what'?s\s+happening"
    r"|how\s+(?:much\s+longer|long\s+(?:will|does|is)\s+(?:it|that|this))|(?:is|still)\s+(?:it\s+)?(?:still\s+)?waiting)\b",
    re.IGNORECASE,
)
_PARCEL: Final = re.compile(r"\b(?:parcel|package|deliver\w*|tracking|arriv\w*|shipp\w*|courier)\b", re.IGNORECASE)
# (a refund, in time) → the voice's line
KEYS = {
    (True, True): "stopped.refund",
    (True, False): "stopped.too_late",
    (False, True): "stopped.write",
    (False, False): "stopped.write.too_late",
}
KEPT: Final = ("intent", "seqs", "order_id", "reason")  # what a run that was changed hands to the next one
OF_ACCOUNT = {True: "stopped.account", False: "stopped.account.too_late"}
REFUND, CHANGE = "refund", "change"  # what was done; of an account: ACCOUNT
HARMLESS: Final = frozenset({"send_notice", "open_ticket"})


def done_as(run: RunState) -> str | None:
    """What a run has carried out, for whoever wants it stopped then; a message that went out is nobody's loss."""
    call = run.value(writes.CALL) or {}
    if run.value("outcome") != execute.CONFIRMED or call.get("capability") in HARMLESS:
        return None
    if run.value("order_id") is None:
        return ACCOUNT
    return REFUND if run.workflow == "refund" else CHANGE


def too_late(done: str) -> str:
    """The line that says so."""
    return OF_ACCOUNT[False] if done == ACCOUNT else KEYS[done == REFUND, False]


def take_up(t: Thinking, desk: Desk) -> str | None:
    """Every parked run with news goes on where it waited; a reason when one of them ends with a person. What an
    approver has changed is a question to the customer: it waits until they have had their answer."""
    reasons: list[str] = []
    changed = [one for one in t.work.parked if one.get("changed")]
    for one in t.work.parked:
        if one["news"] and one not in changed and (reason := go_on(t, desk, one)) is not None:
            reasons.append(reason)
    if changed and not reasons and not t.work.unanswered and (reason := offer_less(t, desk, changed[0])) is not None:
        reasons.append(reason)
    return reasons[0] if reasons else None


def offer_less(t: Thinking, desk: Desk, one: dict[str, Any]) -> str | None:
    """An approver would do less: the old run ends, and a new one reads that back, so that nothing is done without the
    customer's yes to it."""
    old = RunState.of(one["run"])
    assert old is not None
    if old.workflow not in t.kit.workflows:
        return go_on(t, desk, one)
    if (floor := RunState.of(t.work.run)) is not None:
        matters.leave_for_later(t, floor, floor.intent(t.kit), waits=True)
    old.end("changed")
    run = RunState.begin(old.workflow, t.kit, t.new_run_id())
    desk.take_up(old.intent(t.kit), "", {}, sensitive=False)
    desk.slots = {name: old.slots[name] for name in KEPT if name in old.slots}
    desk.put("lines", one["changed"]["lines"], "operator")
    desk.put("offers", 1, "agent")  # it was read back before: no second apology
    desk.run_id, t.draft.workflow = run.id, run.workflow
    desk.told.append(one["call"])
    desk.say("changed.refund", order=one["order"]).facts.append(one["order"])
    rest = advance(desk, t.kit.workflows[run.workflow])
    run.slots = desk.slots
    t.draft.runs.append(old.row())
    return matters.settle(t, run, rest)


def go_on(t: Thinking, desk: Desk, one: dict[str, Any]) -> str | None:
    run = RunState.of(one["run"])
    assert run is not None
    if run.is_outdated(t.kit):
        run.end("outdated")
        t.draft.runs.append(run.row())
        return "workflow-changed"
    desk.take_up(run.intent(t.kit), "", {}, sensitive=False)
    desk.slots, desk.run_id = run.slots, run.id
    t.draft.workflow = run.workflow
    return matters.settle(t, run, advance(desk, t.kit.workflows[run.workflow], run.node))


def restore(t: Thinking, heard: Heard, desk: Desk) -> None:
    """Back to what the customer has said, behind what was told."""
    if any(one["news"] for one in t.work.parked):
        desk.take_up("", heard.text, heard.filled, sensitive=desk.sensitive)


def pass_on(desk: Desk) -> None:
    """The approver reads it on the request; the agent makes nothing of it."""
    desk.say("asked.passed_on")


def waiting(t: Thinking) -> list[dict[str, Any]]:
    """The parked runs that nothing has happened to yet."""
    return [one for one in t.work.parked if not one["news"]]


def asked_about(t: Thinking, text: str, order: str | None) -> list[dict[str, Any]]:
    """What waits and is asked for: "any news?" means that, and not a parcel."""
    if _NEWS.search(text) is None or _PARCEL.search(text) is not None:
        return []
    return [one for one in waiting(t) if order in (None, one["order"]) and not one["order"].startswith(ACCOUNT)]


def tell_of(desk: Desk, asked: list[dict[str, Any]]) -> None:
    for one in asked:
        key = "wait.still" if one["run"]["waits_for"] == DECISION else "wait.still.system"
        desk.say(key, order=one["order"]).facts.append(one["order"])


def take_back(t: Thinking, desk: Desk) -> None:
    """ "Stop": every write that hasn't gone out yet is taken back, and the customer is told which was and wasn't."""
    for one in waiting(t):
        run = RunState.of(one["run"])
        assert run is not None
        stopped = writes.take_back(desk, one["call"])
        if stopped == "dropped":
            run.end("withdrawn")
            t.draft.runs.append(run.row())
        if one["order"].startswith(ACCOUNT):
            desk.say(OF_ACCOUNT[stopped == "dropped"])
            continue
        key = KEYS[run.workflow == "refund", stopped == "dropped"]
        desk.say(key, order=one["order"]).facts.append(one["order"])
