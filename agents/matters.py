"""What moves: the open matter goes on, is put right or left, and new ones begin; each that is wanted gets its answer.

What can be answered comes first, at most one matter waits for the customer, and what a person carries out comes last.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from agents.grammar import SlotValue, fill
from agents.guards.input import normalise
from agents.intents.taxonomy import SMALL_TALK
from agents.voice import wording
from agents.workflows import prepare, small_talk, technical_help, verify
from conversations import pauses
from tools import writes as specs

from . import aftermath, parked
from .able import holds_back, is_paused, is_sensitive, workflow_for, workflow_of, writes
from .desk import Desk
from .engine import Rest, advance
from .hearing import UNKNOWN, Heard
from .kits import Kit
from .repair import Repair, RepairKind
from .runs import RunState
from .wants import LEANS, ORDER_SLOTS, Matter, explains, matters_of, merged, order_in, unanswered

if TYPE_CHECKING:
    from .turn import Thinking

UNHELPED: Final = "unhelped"
NO_MATTER: Final = frozenset({SMALL_TALK, UNKNOWN, UNHELPED})  # workflows that leave what was spoken about as it was
FEW: Final = 4  # words: "cool bye"
_INSTEAD: Final = re.compile(r"\b(?:rather|instead|changed\s+my\s+mind|no\s+wait)\b", re.IGNORECASE)
_WHERE_WERE_WE: Final = re.compile(
    r"\bwhere\s+were\s+we\b|\bwhat\s+(?:was|were)\s+(?:the|your|that)\s+(?:last\s+)?question\b"
    r"|\bwhat\s+did\s+(?:you|u)\s+(?:just\s+)?ask\b|\b(?:i'?m|i\s+am)\s+back(?:\s+(?:now|again))?\W*$",
    re.IGNORECASE,
)


@dataclass
class Begun:
    """A run of this turn, where it came to rest, and what it wants to say."""

    matter: Matter
    run: RunState
    rest: Rest
    lines: list[Any]
    slots: dict[str, Any]


def move(t: Thinking, heard: Heard, desk: Desk, run: RunState | None) -> str | None:
    """Advance what has to move; a reason when it ends with a person."""
    reason = moved(t, heard, desk, run)
    while reason is None:
        if desk.turned is not None:
            reason = turn(t, desk)
        elif t.memory.pending and not any(row["active"] for row in t.draft.runs):
            reason = take_up(t, heard, desk)
        else:
            return None
    return reason


def moved(t: Thinking, heard: Heard, desk: Desk, run: RunState | None) -> str | None:
    mending = heard.repair.kind if heard.repair else None
    if mending is RepairKind.UNHELPED:
        return begin(t, desk, unhelped(t))
    is_unclear = run is not None and run.workflow == UNKNOWN
    if mending is RepairKind.CORRECT and run is None and parked.waiting(t):
        parked.take_back(t, desk)  # "no, the other order" means that this one isn't wanted
    if mending is RepairKind.CORRECT and heard.repair is not None and not is_unclear:
        return correct(t, heard, desk, run, heard.repair)
    if mending is RepairKind.CANCEL and run is None and parked.waiting(t):
        parked.take_back(t, desk)
        return None
    if mending is RepairKind.CANCEL:
        drop(t, desk, run)
        return None
    if run is not None and says_goodbye(heard):
        leave(t, run, "dropped")
        t.memory.settle()
        return begin(t, desk, SMALL_TALK)
    if run is not None and not is_unclear:
        if heard.is_wordless or greets(heard):
            desk.say("still_here")
            return carry_on(t, desk, run, returning=True)
        return digress(t, heard, desk, run) if mending is RepairKind.DIGRESS else carry_on(t, desk, run)
    if run is not None:
        leave(t, run, "understood" if heard.is_understood else "not_understood")
    if heard.after is not None:
        aftermath.tell(t, desk, heard.after)
        return None
    if t.work.is_answer:
        parked.pass_on(desk)
        return begin_all(t, desk, matters_of(t, heard)) if asks_too(heard) else None
    named = heard.filled.get("order_id")
    if asked := parked.asked_about(t, heard.text, str(named.value) if named else None):
        parked.tell_of(desk, asked)
        return None
    return begin_all(t, desk, matters_of(t, heard))


def asks_too(heard: Heard) -> bool:
    """Beside their answer to a colleague they ask something that we know."""
    return "?" in heard.text and bool(heard.answer.intents) and not heard.answer.leans and not heard.is_small_talk


def unhelped(t: Thinking) -> str:
    """A technical problem is taken down then; whatever else was answered is offered to a person."""
    is_technical = t.memory.focus.get("intent") == technical_help.NAME
    found = workflow_of(t.kit, technical_help.NAME) if is_technical else None
    return technical_help.NAME if found == technical_help.WORKFLOW.name else UNHELPED


def greets(heard: Heard) -> bool:
    """ "Hello?" in the middle of something: they wonder whether anybody is there. "Where were we?": so do they."""
    if _WHERE_WERE_WE.search(heard.text) and not heard.fills_slot and heard.repair is None:
        return True
    return heard.is_small_talk and small_talk.kind_of(heard.text) == small_talk.GREETING


def says_goodbye(heard: Heard) -> bool:
    """Whoever leaves is asked nothing more: what was open stays as it is."""
    leaves = not heard.fills_slot and small_talk.kind_of(heard.text) == small_talk.BYE
    return leaves and (heard.is_small_talk or (heard.answer.best is None and len(heard.text.split()) <= FEW))


def carry_on(t: Thinking, desk: Desk, run: RunState, *, returning: bool = False) -> str | None:
    """The open run goes on where it waited."""
    desk.slots, desk.intent, desk.returning, desk.run_id = run.slots, run.intent(t.kit), returning, run.id
    if holds_back(t.kit, run):
        return f"{pauses.REASON}:{run.intent(t.kit)}"
    if returning:
        desk.filled = {}
        desk.forget_what_was_read()
    t.draft.workflow = run.workflow
    return settle(t, run, advance(desk, t.kit.workflows[run.workflow], run.node))


def drop(t: Thinking, desk: Desk, run: RunState | None) -> None:
    """ "Never mind": everything that is open stays as it is. What was done just now is: nobody may think it stopped."""
    if run is not None:
        leave(t, run, "dropped")
    elif (done := t.memory.focus.get("done")) is not None:
        order = t.memory.focus.get("order")
        desk.say(parked.too_late(done), **({} if done == specs.ACCOUNT else {"order": order})).facts.append(order)
        return
    desk.say("dropped.plain" if run is not None else "small.ok")
    t.memory.settle()
    t.memory.let_go()


def leave(t: Thinking, run: RunState, outcome: str) -> None:
    run.end(outcome)
    t.draft.runs.append(run.row())


def correct(t: Thinking, heard: Heard, desk: Desk, run: RunState | None, mending: Repair) -> str | None:
    """The customer takes something back: begin the same workflow again with what they say now."""
    focus = t.memory.focus
    old, new = run.value("order_id") if run else focus.get("order"), mending.slots.get("order_id")
    intent = run.intent(t.kit) if run else str(focus["intent"])
    if run is not None:
        leave(t, run, "corrected")
    if new is not None:
        line = desk.say(
            "corrected" if old else "corrected.plain", new=str(new.value), **({"old": str(old)} if old else {})
        )
        line.facts += [new.value, old]
    said = {name: value for name, value in heard.filled.items() if new is None or name not in ORDER_SLOTS}
    slots = {**kept_of(run, mending), **said, **mending.slots}
    return begin_all(t, desk, [Matter(intent, heard.text, slots, seqs=unanswered(t))])


def kept_of(run: RunState | None, mending: Repair) -> dict[str, SlotValue]:
    """ "me@example.com, typo": what else they named still holds, also a number that wasn't found with it."""
    if run is None or not mending.slots:
        return {}
    contact = None if "zip" in mending.slots else run.value("email")  # a zip code said now takes the place of the other
    known = {"order_id": run.value("order_id") or run.value("not_found"), "email": contact}
    return {name: SlotValue(value=value, source_span=(0, 0), raw="") for name, value in known.items() if value}


def digress(t: Thinking, heard: Heard, desk: Desk, run: RunState) -> str | None:
    """Another matter in between: when it is settled in one go, the open question comes back behind it."""
    open_slots, asked_by = run.slots, run.intent(t.kit)
    reason = begin_all(t, desk, [with_its_reason(t.kit, run, one) for one in matters_of(t, heard)])
    if reason is not None or t.draft.runs[-1]["active"]:
        answered = run.value("told") is not None and run.value("offer") is None  # a person was all that was offered
        instead = is_instead(t.kit, run, t.draft.runs[-1]) or _INSTEAD.search(heard.text)
        waits = reason is None and not answered and not instead
        leave_for_later(t, run, asked_by, waits=waits)
        return reason
    run.slots = open_slots
    return carry_on(t, desk, run, returning=True)


def with_its_reason(kit: Kit, run: RunState, matter: Matter) -> Matter:
    """ "Rather my money back": another write on the same order, and why was said before."""
    if order_in(matter) is None and (likely := run.value("meant")) and LEANS.search(matter.text):
        meant = SlotValue(value=likely, source_span=(0, 0), raw="")
        matter = replace(
            matter, filled={**matter.filled, "order_id": meant}
        )  # "the money for it": what was asked about
    known, workflow = run.value("reason"), workflow_for(kit, matter)
    is_same = (
        order_in(matter) in (None, run.value("order_id"), run.value("meant"))
        and writes(kit, run.workflow)
        and writes(kit, workflow)
    )
    if known is None or "reason" in matter.filled or not is_same:
        return matter
    said = SlotValue(value=known, source_span=(0, 0), raw="")
    told = replace(matter, filled={**matter.filled, "reason": said})
    return told if workflow_for(kit, told) == workflow else matter


def is_instead(kit: Kit, run: RunState, other: dict[str, Any]) -> bool:
    """Another write on the same order: what is done there takes this one's place."""
    order, own = other["slots"].get("order_id", {}).get("value"), run.value("order_id") or run.value("meant")
    return order == own and all(writes(kit, name) for name in (run.workflow, other["workflow"]))


def leave_for_later(t: Thinking, run: RunState, intent: str, *, waits: bool) -> None:
    """Another matter has the floor; this one is taken up when that is done."""
    run.end("left")
    t.draft.runs.insert(0, run.row())
    if waits and intent not in NO_MATTER:
        first, last = run.value("seqs") or (0, 0)
        t.memory.set_aside(intent, (first, last), None)


def take_up(t: Thinking, heard: Heard, desk: Desk) -> str | None:
    """The oldest matter that was set aside, from the words in which it was brought up."""
    aside, *t.memory.pending = t.memory.pending
    first, last = aside["seqs"]
    said = [m["text"] for m in t.work.messages if m["author"] == "customer" and first <= m["seq"] <= last]
    text = normalise("\n".join(said))
    part = text[slice(*aside["span"])] if aside["span"] else text
    if not part or aside["intent"] not in t.kit.taxonomy:
        return None
    desk.say("second_matter", title=t.kit.taxonomy[aside["intent"]].title)
    matter = Matter(aside["intent"], part, fill(part, heard.context), seqs=(first, last))
    return begin_all(t, desk, [matter])


def begin_all(t: Thinking, desk: Desk, matters: list[Matter]) -> str | None:
    """Start every matter; the reasons of those that end with a person count when the others have been answered."""
    matters = merged(t.kit, matters, desk.text)
    ordered = sorted(matters, key=lambda m: workflow_for(t.kit, m) is None)
    by_person = [m for m in ordered if workflow_for(t.kit, m) is None]
    explaining = [m for m in by_person[1:] if explains(m)]
    ordered = [m for m in ordered if m not in explaining]
    handed = [m.intent for m in by_person if m not in explaining]
    held: Begun | None = None
    later: list[Matter] = []
    reasons: list[str] = []
    for matter in ordered:
        if matter.intent in handed[1:]:
            continue  # the first one's preparation names them all
        if held is not None and not desk.proven and mails_a_code(t.kit, matter):
            later.append(matter)
            continue
        begun = start(t, desk, matter, handed)
        if begun.rest.waiting and held is not None:
            later.append(matter)
        elif begun.rest.waiting:
            held = begun
        else:
            desk.lines += begun.lines
            desk.slots = begun.slots
            reasons += [reason] if (reason := settle(t, begun.run, begun.rest)) else []
    set_aside(t, desk, later, is_said=not reasons)
    if held is not None:
        hold(t, desk, held, is_last=not reasons)
    return reasons[0] if reasons else None


def set_aside(t: Thinking, desk: Desk, later: list[Matter], *, is_said: bool) -> None:
    """One question at a time: what else was wanted is said to be noted, and taken up when the first is settled."""
    for matter in later:
        t.memory.set_aside(matter.intent, matter.seqs, matter.span)
    titles = dict.fromkeys(t.kit.taxonomy[one.intent].title for one in later if one.intent in t.kit.taxonomy)
    if titles and is_said:
        desk.say("second_matter.later", title=wording.listing(list(titles)))


def mails_a_code(kit: Kit, matter: Matter) -> bool:
    """Its first step may be a mail: while another question stands, nobody would be told what the code in it is for."""
    name = workflow_for(kit, matter)
    return name is not None and verify.CODE in kit.workflows[name].by_name


def hold(t: Thinking, desk: Desk, held: Begun, *, is_last: bool) -> None:
    """The matter that waits speaks last; when a person takes over it is theirs as well, and waits for nothing."""
    desk.lines += held.lines
    if is_last:
        desk.slots = held.slots
        settle(t, held.run, held.rest)
    else:
        desk.slots = {**held.slots, **desk.slots}
        leave(t, held.run, "left")


def start(t: Thinking, desk: Desk, matter: Matter, handed: list[str]) -> Begun:
    """Begin a matter's workflow and walk it to its first rest, its lines apart from those of the others."""
    desk.circles.count("max_same_starts", f"{matter.intent} {matter.text}")
    before, desk.lines = desk.lines, []
    desk.take_up(matter.intent, matter.text, matter.filled, sensitive=is_sensitive(t.kit, matter.intent))
    workflow = workflow_for(t.kit, matter)
    desk.put("intent", matter.intent, "agent")
    desk.put("seqs", list(matter.seqs), "agent")
    if workflow is None:
        desk.put("wants", handed, "agent")
    run = RunState.begin(workflow or prepare.WORKFLOW.name, t.kit, t.new_run_id())
    t.draft.workflow, desk.run_id = run.workflow, run.id
    rest = advance(desk, t.kit.workflows[run.workflow])
    run.slots = desk.slots
    begun = Begun(matter, run, rest, desk.lines, desk.slots)
    desk.lines = before
    return begun


def turn(t: Thinking, desk: Desk) -> str | None:
    """A matter that turned out to be another one: that begins with what is known, and nobody repeats anything."""
    assert desk.turned is not None
    intent, slots = desk.turned
    desk.turned = None
    waiting = [row for row in t.draft.runs if row["active"]]
    if waiting:  # another matter has the floor, or it was this one: "I ordered the wrong thing, I want my money back"
        if all(row["workflow"] != workflow_of(t.kit, intent) for row in waiting):
            t.memory.set_aside(intent, unanswered(t), None)
        return None
    known = {
        name: SlotValue(value=value, source_span=(0, 0), raw="")
        for name in slots
        if (value := desk.get(name)) is not None
    }
    return begin_all(t, desk, [Matter(intent, desk.text, {**desk.filled, **known}, seqs=unanswered(t))])


def begin(t: Thinking, desk: Desk, workflow: str) -> str | None:
    """Start a workflow that is no matter of its own."""
    return begin_all(t, desk, [Matter(workflow, desk.text, desk.filled, seqs=unanswered(t))])


def settle(t: Thinking, run: RunState, rest: Rest) -> str | None:
    """Write down where a run came to rest; return the reason when that is a handoff."""
    run.rest(rest)
    t.draft.runs.append(run.row())
    if run.workflow not in NO_MATTER:
        named = (run.value(slot) or [] for slot in ("offered", "lines", "also"))
        t.memory.look_at(run.intent(t.kit), run.value("order_id"), *named)
        t.memory.focus["done"] = parked.done_as(run) if rest.done else None
    if (rest.done or rest.parked) and run.workflow not in (SMALL_TALK, UNKNOWN):
        t.memory.settle()
    if rest.reason != prepare.REASON:
        return rest.reason
    intent = run.intent(t.kit)
    return f"{pauses.REASON if is_paused(t.kit, intent) else rest.reason}:{intent}"
