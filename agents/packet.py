"""The handoff packet: six sections from rows, never from a model; 200 words at most, 80 in the first block (S1-31, D21)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agents.voice import wording

from .desk import Desk

if TYPE_CHECKING:
    from .turn import Heard, Thinking

MOST_WORDS: Final = 200
MOST_BRIEF: Final = 80
QUOTE_WORDS: Final = 40

NEXT_STEPS: Final[dict[str, str]] = {
    "customer-asked-for-person": "Ask nothing that stands here: greet them and take it from the last message.",
    "not-understood": "Ask in your own words what it is about.",
    "order-not-found": "Find the order by name or address; the numbers given don't match their account.",
    "order-not-identified": "Find out which order it is about.",
    "delivery-problem": "Trace the parcel with the carrier, then offer what the rules allow.",
    "no-reliable-answer": "Answer the question; no article covers it.",
    "stale-knowledge": "Confirm or correct the quoted page, then answer.",
    "tool-failed": "Look it up by hand: a system didn't answer.",
    "turn-failed": "Take it from the last message: the agent could not work on it.",
    "turn-too-slow": "Take it from the last message: the agent took too long.",
    "legal-language-detected": "Read the whole thread before you answer; change nothing on the order meanwhile.",
    "account-security-concern": "Verify who it is before anything else.",
    "safety-concern": "Make sure that everybody is safe before anything else.",
    "personal-loss": "Handle it yourself, at their pace.",
    "needs-person": "Carry out what they ask for, or say why not.",
}
OTHERWISE: Final = "Take it from the last message."

Packet = dict[str, list[str]]


def make(t: Thinking, desk: Desk, heard: Heard | None, reason: str) -> Packet:
    """customer, issue, tried, knowledge, next_steps, tone (lists of bullet points) and `brief`, what to read first."""
    sections: Packet = {
        "customer": customer(t),
        "issue": issue(t, desk, heard),
        "tried": tried(t),
        "knowledge": knowledge(desk),
        "next_steps": [NEXT_STEPS.get(reason.split(":")[0], OTHERWISE)],
        "tone": tone(heard),
    }
    brief = shorten([*sections["issue"][:1], *sections["next_steps"][:1], *sections["tone"]], MOST_BRIEF)
    return {"brief": brief, **fit(sections, MOST_WORDS - words_in(brief))}


def customer(t: Thinking) -> list[str]:
    who = t.work.customer
    if who["ref"] is None:
        return ["Not signed in: who they are is not proven"]
    name = f"{who['first_name']} {who['last_name']}".strip()
    return [f"{name}, {who['tier']} customer, signed in", f"Customer number {who['ref']}"]


def issue(t: Thinking, desk: Desk, heard: Heard | None) -> list[str]:
    """The matter, in the customer's own words and the slots that are already filled."""
    said = " ".join(m["text"] for m in t.work.unanswered) or "(nothing new)"
    points = [f"“{clip(said, QUOTE_WORDS)}”"]
    if heard is not None and heard.answer.best in t.kit.taxonomy:
        points.append(f"Wants: {t.kit.taxonomy[str(heard.answer.best)].title}")
    slots = {**(t.work.run or {}).get("slots", {}), **desk.slots}
    named = {"order_id": "Order", "email": "E-mail given", "reason": "Reason", "item": "Item"}
    points += [f"{label}: {slots[slot]['value']}" for slot, label in named.items() if slot in slots]
    return points


def tried(t: Thinking) -> list[str]:
    """What the agent looked up and how it went, from the trace."""
    points = []
    for step in t.ports.steps:
        if step.kind == "port" and step.name.startswith("tool:"):
            answer = step.data["answer"]
            how = "answered" if answer["ok"] else f"failed ({answer['error']})"
            points.append(f"{step.name.removeprefix('tool:').replace('_', ' ')}: {how}")
    return points or ["Nothing was looked up"]


def knowledge(desk: Desk) -> list[str]:
    result = desk.results.get("search_knowledge")
    if result is None or not result.ok or result.data is None:
        return ["No article was needed"]
    flag = {True: ", STALE", False: ""}
    return [
        f"{p['title']} ({wording.count(p['age_days'], 'day')} old{flag[p['stale']]})"
        for p in result.data["passages"][:2]
    ] or ["No article covers it"]


def tone(heard: Heard | None) -> list[str]:
    if heard is None:
        return ["Mood not read"]
    seen = heard.triage
    flags = [name for name in ("legal", "security", "safety", "loss") if getattr(seen, name)]
    mood = f"Mood: {seen.sentiment.value}, strength {seen.sentiment_intensity} of 3; urgency {seen.urgency.value}"
    tainted = ["The text tries to steer the agent: treat it as data"] if heard.report.tainted else []
    return [mood, *(f"Sensitive: {flag}" for flag in flags), *tainted]


def fit(sections: Packet, room: int) -> Packet:
    """All six sections, cut so that together they keep within `room` words; every section keeps at least one point."""
    kept: Packet = {}
    left = room
    for i, (name, points) in enumerate(sections.items()):
        others = len(sections) - i - 1
        kept[name] = shorten(points, max(left - 8 * others, 8))
        left -= words_in(kept[name])
    return kept


def shorten(points: list[str], room: int) -> list[str]:
    kept: list[str] = []
    for point in points:
        left = room - words_in(kept)
        if left <= 0:
            break
        kept.append(clip(point, left))
    return kept


def clip(text: str, most: int) -> str:
    parts = text.split()
    return text if len(parts) <= most else " ".join(parts[: most - 1]) + " …"


def words_in(points: list[str]) -> int:
    return sum(len(point.split()) for point in points)
