"""From lines to messages: the voice speaks, the guard reads every line, the first reply introduces itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from agents import voice
from agents.guards.output import Verdict, check

from .desk import Desk, Line

if TYPE_CHECKING:
    from .turn import Thinking

AI_DISCLOSURE: Final = "ai_disclosure"
ONE_RETRY: Final = 1
ENOUGH_ALONE: Final = frozenset({"small_talk.greeting"})  # a greeting is answered by the introduction itself


class BlockedError(Exception):
    """No wording of a line passes the output guard: it is not said."""

    def __init__(self, violations: tuple[str, ...]) -> None:
        super().__init__(", ".join(violations))
        self.violations = violations


def compose(t: Thinking, desk: Desk) -> list[dict[str, Any]]:
    """One message for the whole turn (a burst of messages gets one answer), or none when there is nothing to say."""
    lines = with_introduction(t, desk.lines)
    texts = [speak(t, desk, line) for line in lines]
    if not texts:
        return []
    extra: dict[str, Any] = {}
    if citations := [citation for line in lines for citation in line.citations]:
        extra["citations"] = citations
    if choices := [choice for line in lines for choice in line.choices]:
        extra["choices"] = choices
    return [{"text": "\n\n".join(texts), "extra": extra}]


def with_introduction(t: Thinking, lines: list[Line]) -> list[Line]:
    """The required disclosure opens the first reply, exactly once in a conversation (S1-48)."""
    if AI_DISCLOSURE in t.memory.disclosed:
        return lines
    t.memory.disclosed.append(AI_DISCLOSURE)
    if not lines or all(line.key in ENOUGH_ALONE for line in lines):
        return [Line("hello", introduction(t))]
    return [Line("hello.with_question", introduction(t)), *lines]


def introduction(t: Thinking) -> dict[str, Any]:
    return {"greeting": f"Hi {name}" if (name := t.work.customer["first_name"]) else "Hi", "brand": t.kit.pack.brand}


def speak(t: Thinking, desk: Desk, line: Line) -> str:
    """The line in words that pass the guard; another variant is tried once, then BlockedError."""
    verdict = None
    for _ in range(1 + ONE_RETRY):
        text = voice.say(
            line.key,
            line.slots,
            conversation=str(t.work.public_id),
            count=t.memory.count(line.key),
            pack=t.kit.pack.voice,
        )
        verdict = guard(t, desk, text, line)
        t.ports.note("words", line.key, {"passed": verdict.passed, "violations": list(verdict.violations)})
        if verdict.passed:
            return text
    raise BlockedError(verdict.violations if verdict else ())


def guard(t: Thinking, desk: Desk, text: str, line: Line) -> Verdict:
    """Specifics must stand in what the tools said this turn, in a cited passage, or in the company's own facts."""
    company = t.kit.pack
    facts = [
        *desk.facts,
        *(citation["quote"] for citation in line.citations),
        {"order_id": desk.get("not_found")},
        company.order_ids.example,
        company.brand,
    ]
    return check(
        text,
        facts,
        t.kit.speech,
        now=t.work.now,
        quoted=[citation["quote"] for citation in line.citations],
        may_name=[company.contact.email, company.contact.phone, company.contact.website, t.work.customer["email"]],
    )
