"""From lines to messages: the voice speaks, the guard reads every line, the first reply introduces itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from agents import voice
from agents.guards.output import Verdict, check

from .desk import QUOTED, Desk, Line

if TYPE_CHECKING:
    from .turn import Thinking

AI_DISCLOSURE: Final = "ai_disclosure"
ONE_RETRY: Final = 1
REPEATED: Final = ("order_id", "not_found")  # what the customer named may be said back to them
GREETING: Final = "small.greeting"  # on the first message the introduction itself answers it


class BlockedError(Exception):
    """No wording of a line passes the output guard: it is not said."""

    def __init__(self, violations: tuple[str, ...]) -> None:
        super().__init__(", ".join(violations))
        self.violations = violations


def compose(t: Thinking, desk: Desk) -> list[dict[str, Any]]:
    """One message for the whole turn (a burst of messages gets one answer), or none when there is nothing to say."""
    lines = with_introduction(t, [*removed(t), *desk.lines])
    texts = [speak(t, desk, line) for line in lines]
    if not texts:
        return []
    t.memory.disclosed = list(dict.fromkeys([*t.memory.disclosed, AI_DISCLOSURE]))
    extra: dict[str, Any] = {}
    for name in ("citations", "choices", "receipts"):
        if values := [value for line in lines for value in getattr(line, name)]:
            extra[name] = values
    return [{"text": "\n\n".join(texts), "extra": extra}]


def removed(t: Thinking) -> list[Line]:
    """Somebody who sent a card number or a code is told that it was taken out."""
    kinds = {kind for m in t.work.unanswered for kind in m["extra"].get("masked", ())}
    if kinds & {"card", "cvv"}:
        return [Line("card_removed", {})]
    return [Line("code_removed", {})] if kinds else []


def with_introduction(t: Thinking, lines: list[Line]) -> list[Line]:
    """The required disclosure opens the first reply, exactly once in a conversation (S1-48)."""
    if AI_DISCLOSURE in t.memory.disclosed or not lines:
        return lines
    name, brand = t.work.customer["first_name"], t.kit.pack.brand
    slots = {"first_name": name, "brand": brand} if name else {"brand": brand}
    suffix = "" if name else ".unknown"
    if all(line.key == GREETING for line in lines):
        return [Line(f"hello{suffix}", slots)]
    return [Line(f"hello.answer{suffix}", slots), *lines]


def speak(t: Thinking, desk: Desk, line: Line) -> str:
    """The line in words that pass the guard; another variant is tried once, then BlockedError."""
    verdict = Verdict(passed=False)
    for _ in range(1 + ONE_RETRY):
        text = worded(t, line)
        verdict = guard(t, desk, text, line)
        t.ports.note(
            "check",
            line.key,
            {"passed": verdict.passed, "violations": list(verdict.violations), "details": list(verdict.details)},
        )
        if verdict.passed:
            return text
    raise BlockedError(verdict.violations)


def worded(t: Thinking, line: Line) -> str:
    if line.key == QUOTED:
        return str(line.slots["text"])
    count = t.memory.count(line.key)
    slots = {**t.kit.disclosures, **line.slots}
    return voice.say(line.key, slots, conversation=str(t.work.public_id), count=count, pack=t.kit.pack.voice)


def guard(t: Thinking, desk: Desk, text: str, line: Line) -> Verdict:
    """Specifics must stand in what the tools said this turn, in a quoted passage, or in the company's own facts."""
    company = t.kit.pack
    facts = [*desk.facts, *line.facts, company.order_ids.example, company.brand]
    facts += [desk.get(slot) for slot in REPEATED if desk.get(slot)]
    return check(
        text,
        facts,
        t.kit.speech,
        now=t.work.now,
        quoted=line.quotes,
        may_name=[company.contact.email, company.contact.phone, company.contact.website, t.work.customer["email"]],
    )
