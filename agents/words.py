"""From lines to messages: the voice speaks, the guard reads every line, the first reply introduces itself."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from agents import consult, voice
from agents.guards import manner
from agents.guards.output import Verdict, check_manner
from agents.workflows import small_talk
from conversations import codes

from .desk import QUOTED, Desk, Line
from .guarded import guard

if TYPE_CHECKING:
    from .turn import Thinking

AI_DISCLOSURE: Final = "ai_disclosure"
DATA_NOTICE: Final = "data_notice"
MARK: Final = re.compile(r"\[(\d{1,2})\]")
_SENTENCE_ENDS: Final = re.compile(r"(?<=[.!?\]])\s+(?!\[)|\n+")
FEWEST: Final = 4  # words of a sentence that isn't said twice
ONE_RETRY: Final = 1
FELT: Final = "ack.felt"
FIRST: Final = {"honest": "honest.first"}  # said right behind the introduction


class BlockedError(Exception):
    """No wording of a line passes the output guard: it is not said."""

    def __init__(self, violations: tuple[str, ...]) -> None:
        super().__init__(", ".join(violations))
        self.violations = violations


def compose(t: Thinking, desk: Desk, mood: int = 0) -> list[dict[str, Any]]:
    """One message for the whole turn (a burst of messages gets one answer), or none when there is nothing to say.

    `mood`: how upset the customer is, where the agent answers; a handoff's lines have a tone of their own.
    """
    lines = numbered(with_introduction(t, [*removed(t), *desk.lines]))
    told = list(t.memory.disclosed)
    try:
        texts = [speak(t, desk, line) for line in lines]
        texts = with_feeling(t, desk, lines, texts, mood)
        mind_manners(t, lines, texts)
    except BlockedError:
        t.memory.disclosed = told  # nothing of it is sent
        raise
    if not texts:
        return []
    extra: dict[str, Any] = {}
    for name in ("citations", "choices", "receipts"):
        if values := [value for line in lines for value in getattr(line, name)]:
            extra[name] = [value for i, value in enumerate(values) if value not in values[:i]]
    return [{"text": "\n\n".join(texts), "extra": extra}]


def numbered(lines: list[Line]) -> list[Line]:
    """Citations count through the whole message; the same words aren't quoted twice in it."""
    numbers: dict[str, int] = {}
    kept: list[Line] = []
    for line in map(partial(without_repeats, lines), range(len(lines))):
        if line is None:
            continue
        new = {c["n"]: numbers.setdefault(c["url"], len(numbers) + 1) for c in line.citations}
        kept.append(renumbered(line, new) if any(old != n for old, n in new.items()) else line)
    return kept


def without_repeats(lines: list[Line], place: int) -> Line | None:
    """A quote without the sentences that an earlier one in this message has said; None when nothing is left of it."""
    line = unsaid(lines, place)
    if line is None:
        return None
    told = [quote for before in lines[:place] for quote in before.quotes]
    if line.key != QUOTED or not set(told) & set(line.quotes):
        return line
    left = [quote for quote in line.quotes if quote not in told]
    text = str(line.slots["text"])
    for quote in line.quotes:
        text = text if quote in left else text.replace(quote, "", 1)
    if not left:
        return None
    return replace(line, slots={**line.slots, "text": re.sub(" {2,}", " ", text).strip()}, quotes=left)


def unsaid(lines: list[Line], place: int) -> Line | None:
    """An answer without the sentences that an earlier one in this message has said, whoever wrote them."""
    line = lines[place]
    said = {bare(one) for before in lines[:place] if before.key == QUOTED for one in sentences(before)}
    again = [one for one in sentences(line) if bare(one) in said] if line.key == QUOTED else []
    if not again:
        return line
    text = str(line.slots["text"])
    for one in again:
        text = text.replace(one, "", 1)
    text = re.sub(" {2,}", " ", text).strip()
    if not text:
        return None
    return replace(
        line, slots={**line.slots, "text": text}, citations=[c for c in line.citations if f"[{c['n']}]" in text]
    )


def sentences(line: Line) -> list[str]:
    """Each with the marks of its sources; a heading, a number or a word alone is none."""
    found = _SENTENCE_ENDS.split(str(line.slots.get("text", "")))
    return [one for one in found if len(one.split()) >= FEWEST]


def bare(sentence: str) -> str:
    return " ".join(MARK.sub("", sentence).split()).lower()


def renumbered(line: Line, new: dict[int, int]) -> Line:
    text = MARK.sub(lambda mark: f"[{new.get(int(mark[1]), mark[1])}]", str(line.slots["text"]))
    citations = [{**c, "n": new[c["n"]]} for c in line.citations]
    return replace(line, slots={**line.slots, "text": text}, citations=citations)


def with_feeling(t: Thinking, desk: Desk, lines: list[Line], texts: list[str], mood: int) -> list[str]:
    """Whoever is upset reads first that this was seen (S1-19): in half a sentence, once in a conversation."""
    behind = 1 if lines and lines[0].key.startswith("hello") else 0
    rest = texts[behind:]
    if mood < manner.UPSET or FELT in t.memory.said or not rest or manner.feels(rest[0]):
        return texts
    return [*texts[:behind], speak(t, desk, Line(FELT, {})), *rest]


def mind_manners(t: Thinking, lines: list[Line], texts: list[str]) -> None:
    """Of the reply as a whole; a page that is quoted keeps its own manner."""
    quoted = {str(line.slots["text"]) for line in lines if line.key == QUOTED and line.quotes}
    verdict = check_manner("\n".join(text for text in texts if text not in quoted))
    if not verdict.passed:
        note_check(t, "manner", verdict)
        raise BlockedError(verdict.violations)


def removed(t: Thinking) -> list[Line]:
    """Somebody who sent a card number or a code is told that it was taken out."""
    kinds = {kind for m in t.work.unanswered for kind in m["extra"].get("masked", ())} - {codes.KIND}
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
    if all(line.key == small_talk.GREETING for line in lines):
        return [Line(f"hello{suffix}", slots)]
    return [Line(f"hello.answer{suffix}", slots), *(replace(line, key=FIRST.get(line.key, line.key)) for line in lines)]


def speak(t: Thinking, desk: Desk, line: Line) -> str:
    """The line in words that pass the guard; another variant is tried once, then BlockedError."""
    verdict = Verdict(passed=False)
    for tried in range(1 + ONE_RETRY):
        text = disclosed(t, worded(t, line))
        if line.free and not tried:
            text = consult.line(desk, text, lambda said: guard(desk, said, line, sure=True).passed)
        verdict = guard(desk, text, line)
        note_check(t, line.key, verdict)
        if verdict.passed:
            note_disclosures(t, text)
            return text
    raise BlockedError(verdict.violations)


def note_check(t: Thinking, name: str, verdict: Verdict) -> None:
    told = {"passed": verdict.passed, "violations": list(verdict.violations), "details": list(verdict.details)}
    t.ports.note("check", name, told)


def disclosed(t: Thinking, text: str) -> str:
    """The notice about account data belongs to the first request for it, exactly once in a conversation (S1-48)."""
    notice = t.kit.disclosures[DATA_NOTICE]
    return text.replace(f" {notice}", "") if notice and DATA_NOTICE in t.memory.disclosed else text


def note_disclosures(t: Thinking, text: str) -> None:
    said = [
        name for name in (AI_DISCLOSURE, DATA_NOTICE) if t.kit.disclosures[name] and t.kit.disclosures[name] in text
    ]
    t.memory.disclosed = list(dict.fromkeys([*t.memory.disclosed, *said]))


def worded(t: Thinking, line: Line) -> str:
    if line.key == QUOTED:
        return str(line.slots["text"])
    count = t.memory.count(line.key)
    slots = {**t.kit.disclosures, **line.slots}
    return voice.say(line.key, slots, conversation=str(t.work.public_id), count=count, pack=t.kit.pack.voice)


def violations(t: Thinking) -> list[str]:
    """What the guard has stopped in this turn, each once: other words were found, or a person took over."""
    found = [one for step in t.ports.steps if step.kind == "check" for one in step.data.get("violations", ())]
    return list(dict.fromkeys(found))
