"""Replay: the recorded turn again, through the same code, with its ports answering from the record (law 8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from conversations.models import Message

from . import kits, spend
from . import ports as trace
from .claim import Work
from .finish import Draft
from .handing import hand_over
from .models import Step, Turn
from .ports import Ports, ReplayError, canonical
from .turn import Thinking, think

UNTIMED: Final = ("n", "kind", "name", "data")


@dataclass(frozen=True)
class Replayed:
    """`why` names the first difference, `step` where it is (0: in none of them); empty when the turn came out the same,
    byte for byte."""

    turn: Turn
    why: str
    step: int = 0

    @property
    def identical(self) -> bool:
        return not self.why


def replay(turn: Turn) -> Replayed:
    """Think the turn again and compare path, edges, slots, verdicts and words; times and latency don't count."""
    work = remembered(turn)
    if isinstance(work, str):
        return Replayed(turn, work)
    ports = Ports(work.now, work.journal, replaying=True, steps=in_vain(turn))
    thinking = Thinking(work, kits.load(turn.release_id), ports)
    try:
        reason = turn.record.get("gave_up")
        draft = hand_over(thinking, reason) if reason else think(thinking)
    except ReplayError as error:
        return Replayed(turn, str(error), len(ports.steps) + 1)
    return Replayed(turn, *difference(turn, draft, ports))


def in_vain(turn: Turn) -> list[trace.Step]:
    """What stands before a handoff for want of anything better: it is in the trace, and isn't thought again."""
    rows = Step.objects.filter(turn_id=turn.pk, n__lte=turn.record.get("in_vain", 0)).order_by("n")
    return [trace.Step(row.n, row.kind, row.name, row.data) for row in rows]


def remembered(turn: Turn) -> Work | str:
    """The work as it was claimed, from the record and the immutable rows that it names; or why it can't be had."""
    record = turn.record
    if not record:
        return "erased"
    first, last = record["window"] or (1, 0)
    rows = Message.objects.filter(conversation=turn.conversation_id, seq__range=(first, last)).order_by("seq")
    messages = [
        {"seq": m.seq, "author": m.author, "text": m.text, "extra": m.extra, "at": m.created_at.isoformat()}
        for m in rows
    ]
    since = record.get("in_vain", 0)
    journal = Step.objects.filter(turn_id=turn.pk, kind="port", n__gt=since).order_by("n").values("name", "data")
    return Work(
        turn=turn.pk,
        conversation=turn.conversation_id,
        public_id=turn.conversation.public_id,
        channel=turn.conversation.channel,
        attempt=turn.attempt,
        tries=record["tries"],
        drops=record["drops"],
        wake=0,
        heard=turn.heard_to,
        state=record["state"],
        now=datetime.fromisoformat(record["now"]),
        customer=record["customer"],
        messages=messages,
        run=record["run"],
        parked=record.get("parked", []),
        release=turn.release_id,
        journal=[dict(row) for row in journal],
        allowed=record.get("allowed") or spend.whole_turn(),
        pauses=record.get("pauses", []),
        status=record.get("status", "active"),
    )


def difference(turn: Turn, draft: Draft, ports: Ports) -> tuple[str, int]:
    """The first thing that came out differently, and its step; nothing and 0 when nothing did."""
    stored = Step.objects.filter(turn_id=turn.pk).order_by("n").values("n", "kind", "name", "data")
    before = [comparable(dict(row)) for row in stored]
    after = [comparable(step.row()) for step in ports.steps]
    for old, new in zip(before, after, strict=False):
        if canonical(old) != canonical(new):
            return f"step {old['n']} ({old['kind']} {old['name']}) came out differently", int(old["n"])
    if len(before) != len(after):
        return f"{len(before)} steps were recorded and {len(after)} replayed", min(len(before), len(after)) + 1
    for name in ("words", "runs", "handoff"):
        if canonical(turn.record[name]) != canonical(draft.record[name]):
            return f"the {name} came out differently", 0
    return "", 0


def comparable(row: dict[str, Any]) -> dict[str, Any]:
    data = {key: value for key, value in row["data"].items() if key != "resumed"}
    return {**{key: row[key] for key in UNTIMED}, "data": data}
