"""A question is answered from a passage, word for word, with its date; without a good passage nobody guesses."""

from __future__ import annotations

from typing import Any

from agents.desk import Desk
from agents.voice import wording
from agents.workflow import Kind, Node, Workflow, edges
from knowledge import answers


def search(desk: Desk) -> None:
    """Look for passages that answer; the conversation so far takes part in the question."""
    result = desk.look("search_knowledge", query=desk.text, history=desk.history(), audience="public")
    if result.ok and result.data is not None:
        desk.ports.note("search", "confidence", {"confidence": result.data["confidence"]})
        found = answers.extract(desk.text, result.data["passages"])
        desk.put("answer_found", found.to_json() if found else None, "record")


def found(desk: Desk) -> dict[str, Any] | None:
    answer: dict[str, Any] | None = desk.get("answer_found")
    return answer


def trusted(desk: Desk) -> bool:
    result = desk.results["search_knowledge"]
    good = result.data is not None and result.data["confidence"] >= desk.kit.limits.retrieval
    return good and found(desk) is not None


def stale(desk: Desk) -> bool:
    """Old and about something that changes: the flag takes part in the decision (law 9)."""
    answer = found(desk)
    return trusted(desk) and answer is not None and any(c["stale"] for c in answer["citations"])


def tell(desk: Desk) -> None:
    answer = found(desk)
    assert answer is not None
    line = desk.say("answer", text=answer["text"])
    line.citations = answer["citations"]


def tell_stale(desk: Desk) -> None:
    """Quote it with its date, and offer to have it confirmed."""
    desk.hear("answer")
    if desk.get("answer") is not None:
        return
    answer = found(desk)
    assert answer is not None
    oldest = max((c for c in answer["citations"] if c["stale"]), key=lambda c: c["age_days"])
    line = desk.ask(
        "stale",
        fact=answer["text"],
        citation=f"[{oldest['n']}]",
        date=wording.day(oldest["updated_on"], desk.now),
        days=wording.count(oldest["age_days"], "day"),
    )
    line.citations = answer["citations"]


def offer_person(desk: Desk) -> None:
    """No passage is good enough: say so, and offer a person."""
    desk.hear("answer")
    if desk.get("answer") is None and desk.count("asked") <= 1:
        desk.ask("gap")


def leave_it(desk: Desk) -> None:
    desk.say("left_open")


WORKFLOW = Workflow(
    name="answer_question",
    title="Answer a question",
    nodes=(
        Node("search", Kind.LOOK, "Look for passages", search, writes=("answer_found",), tools=("search_knowledge",)),
        Node("tell", Kind.SAY, "Quote the passage", tell, reads=("answer_found",)),
        Node("tell_stale", Kind.ASK, "Quote it with its date and offer to confirm", tell_stale, writes=("answer",)),
        Node(
            "gap", Kind.ASK, "Say that there is no reliable answer and offer a person", offer_person, writes=("answer",)
        ),
        Node("leave_it", Kind.SAY, "Leave it, as the customer wishes", leave_it),
    ),
    edges=edges(
        ("search", "search_failed", "handoff:tool-failed"),
        ("search", "stale", "tell_stale"),
        ("search", "trusted", "tell"),
        ("search", "unsourced_sensitive", "handoff:low-retrieval-confidence-sensitive-topic"),
        ("search", "otherwise", "gap"),
        ("tell", "otherwise", "done"),
        ("tell_stale", "yes", "handoff:stale-knowledge"),
        ("tell_stale", "otherwise", "leave_it"),
        ("gap", "yes", "handoff:no-reliable-answer"),
        ("gap", "otherwise", "leave_it"),
        ("leave_it", "otherwise", "done"),
    ),
    conditions={
        "search_failed": lambda d: not d.results["search_knowledge"].ok,
        "stale": stale,
        "trusted": trusted,
        "unsourced_sensitive": lambda d: d.sensitive,
        "yes": lambda d: d.get("answer") in ("yes", "yes_but"),
    },
)
