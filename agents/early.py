"""What of a reply may be read before it is finished: an answer from pages, right behind the introduction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from agents import voice
from agents.guards import manner
from agents.guards.output import check_manner
from knowledge import answers

from . import words
from .desk import QUOTED, Desk, Line
from .shown import showing

if TYPE_CHECKING:
    from .hearing import Heard
    from .turn import Thinking

WEB: Final = "web"


def allow(t: Thinking, heard: Heard, desk: Desk) -> None:
    """Give the desk a way to show an answer early, where nothing else can come in front of it: in the widget, for one
    matter, to somebody who isn't upset, and never in a replay."""
    alone = len(heard.answer.intents) <= 1 and not t.memory.pending and not t.work.parked
    calm = heard.triage.sentiment_intensity < manner.UPSET and not words.removed(t)
    if t.work.channel == WEB and alone and calm and not t.ports.replaying and t.ports.commit is not None:
        desk.show = lambda said, cited: show(t, desk, said, cited)


def show(t: Thinking, desk: Desk, said: str, cited: Sequence[dict[str, Any]]) -> bool:
    """All that may be read of it now; False stops whoever writes."""
    if desk.lines:
        return True  # something stands in front of it: it is said with the rest, at the end
    before = introduction(t)
    if not check_manner(f"{before}\n{said}").passed:
        return False
    receipts = [asdict(one) for one in answers.receipts_of(said, cited)]
    return showing(t.work, {"citations": answers.citations(cited), "receipts": receipts}, before)(said)


def introduction(t: Thinking) -> str:
    """As compose will say it in front, and without counting it as said: that is done once, at the end."""
    line, *rest = words.with_introduction(t, [Line(QUOTED, {"text": ""})])
    if not rest:
        return ""
    slots = {**t.kit.disclosures, **line.slots}
    count = t.memory.said.get(line.key, 0)
    text = voice.say(line.key, slots, conversation=str(t.work.public_id), count=count, pack=t.kit.pack.voice)
    return words.disclosed(t, text)
