"""An answer in a brain's words: each sentence checked before anybody reads it, and read while the next is written.

A sentence that may not be said stops the writing. Then the rest is asked for once more, behind what was read; after
that the reply is what was read, or, where nothing was, the passages' own words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from agents.guards import backed
from agents.guards.sentences import sentences

from . import consult
from .brain import OFFLINE, Sight
from .desk import QUOTED, Line
from .guarded import guard
from .streaming import StopStream, Stream

if TYPE_CHECKING:
    from .desk import Desk

ONCE_MORE: Final = 1
GO_ON: Final = "You have answered so far: {said}\nThe next sentence could not be said. Go on behind it, or stop."
AGAIN: Final = "Your last answer could not be said. Answer once more."
# What is shown early: the answer's words so far and the passages that they cite. False: nothing may be said any more.
Show = Callable[[str, Sequence[dict[str, Any]]], bool]


@dataclass(frozen=True)
class Told:
    """The words with their marks, and the numbers of the passages behind them. Without words: none answers it."""

    text: str = ""
    cited: tuple[int, ...] = ()


@dataclass
class Writing:
    """One answer while it is written. `refused`: what stood against its sentences."""

    desk: Desk
    sight: Sight
    passages: Sequence[dict[str, Any]]
    show: Show
    refused: list[str] = field(default_factory=list)
    before: str = ""  # what was read of an earlier try
    lost: bool = False  # somebody else has the conversation: nobody reads on

    def write(self) -> str:
        """All that may be said of it, or "" for none; it asks once more where the guard has stopped it."""
        for tried in range(1 + ONCE_MORE):
            stream = Stream(self.passes, self.shows)
            try:
                found = self.desk.kit.brain.answer(self.asked(tried), stream.feed)
                if not found:
                    break
                if not stream.heard:
                    stream.feed(found)  # it came in one piece
                stream.end()
                return self.put(stream.shown)
            except StopStream:
                self.before = self.put(stream.shown)
                self.lost = not stream.refused
            except Exception:
                if not stream.shown and not self.before:
                    raise
                return self.put(stream.shown)  # it broke off; whole sentences have been read
            if self.lost:
                break
        return self.before

    def asked(self, tried: int) -> Sight:
        if not tried:
            return self.sight
        more = GO_ON.format(said=self.before) if self.before else AGAIN
        return replace(self.sight, line=f"{self.sight.line}\n\n{more}")

    def put(self, words: str) -> str:
        return f"{self.before} {words}".strip() if self.before else words

    def passes(self, words: str) -> bool:
        if self.before and any(one in self.before for one in sentences(words)):
            self.refused.append("repeated")
            return False
        told, refused = self.checked(self.put(words))
        self.refused += refused
        return told is not None

    def checked(self, text: str) -> tuple[Told | None, list[str]]:
        """Pure but for what only the database can tell of a text."""
        told, refused = judged(self.desk, text, self.passages, self.sight)
        refused += self.leaks(text) if told is not None else []
        return (None, refused) if refused else (told, [])

    def leaks(self, text: str) -> list[str]:
        return consult.leaks(text, int(self.desk.work.customer["pk"]), self.desk.reader)

    def shows(self, words: str) -> bool:
        told, _ = judged(self.desk, self.put(words), self.passages, self.sight)
        assert told is not None, "it has passed"
        return self.show(told.text, [self.passages[n - 1] for n in told.cited])


def judged(desk: Desk, text: str, passages: Sequence[dict[str, Any]], sight: Sight) -> tuple[Told | None, list[str]]:
    """The answer as it would be said, or what stands against it."""
    told, refused = backed.answer(text, passages, consult.untrusted(replace(sight, records=())))
    if told is None:
        return None, refused
    sources = [passages[n - 1]["text"] for n in told[1]]
    verdict = guard(desk, told[0], Line(QUOTED, {}, facts=sources), sure=True)
    return (Told(*told), []) if verdict.passed else (None, ["output"])


def answer(desk: Desk, question: str, passages: Sequence[dict[str, Any]], *, early: bool) -> Told | None:
    """What the passages say to the question, in the brain's words; None where nobody was asked or nothing of it may be
    used: then the passages speak for themselves. `early`: the customer may read it while it is written."""
    if desk.kit.brain is OFFLINE or not passages:
        return None
    sight = replace(consult.seen_at(desk), records=tuple(passages), line=question)
    if not desk.kit.brain.wants("answer", sight, None):
        return None
    show = desk.show if early and desk.show is not None else nowhere

    def said() -> dict[str, Any]:
        writing = Writing(desk, sight, passages, show)
        return {"text": writing.write(), "refused": sorted(set(writing.refused))}

    found = consult.ask(desk.ports, desk.kit, "answer", sight, said)
    if found is None:
        return None
    consult.note(desk.ports, "answer", found["refused"])
    if not found["text"]:
        return None if found["refused"] else Told()
    told, refused = judged(desk, found["text"], passages, sight)
    consult.note(desk.ports, "answer", refused)
    return told


def nowhere(words: str, cited: Sequence[dict[str, Any]]) -> bool:
    """It is checked sentence by sentence all the same."""
    return True
