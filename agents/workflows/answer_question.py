"""A question is answered from a passage, word for word, with its date; without a good passage nobody guesses."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any, Final

from agents import repair
from agents.desk import Desk, Line
from agents.intents import cascade
from agents.voice import wording
from agents.workflow import Kind, Node, Workflow, edges
from knowledge import answers

from .order_status import hear_answer

CONFIRM: Final = "Shall I have a colleague confirm it?"
ANSWER_HERE: Final = "Shall I bring in a colleague?"


def search(desk: Desk) -> None:
    """Look for passages that answer; the conversation so far takes part in the question."""
    result = desk.look(
        "search_knowledge",
        query=asked(desk),
        history=desk.history(),
        audience="public",
        stale_days=desk.kit.policy.knowledge.stale_days,
    )
    if result.ok and result.data is not None:
        answer = answers.extract(asked(desk), in_question(desk, result.data["passages"]))
        if answer is not None:
            desk.put("quoted", as_json(answer), "record")


def asked(desk: Desk) -> str:
    """A bare "how much?" asks it of what was asked before."""
    before = [text for text in desk.history() if not cascade.is_bare(text)]
    return f"{before[-1]} {desk.text}" if before and cascade.is_bare(desk.text) else desk.text


def in_question(desk: Desk, passages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """ "How much does it cost?" is about what was quoted before: another page's price would answer something else."""
    passages = not_said_in_vain(desk, passages)
    if not desk.answer.leans:
        return passages
    cited = [m["extra"]["citations"] for m in desk.work.messages if m["extra"].get("citations")]
    titles = {citation["title"] for citation in cited[-1]} if cited else set()
    return [passage for passage in passages if passage["title"] in titles]


def not_said_in_vain(desk: Desk, passages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Once an answer didn't help, none of its sentences is quoted again."""
    if not any(repair.didnt_help(text) for text in [*desk.history(), desk.text]):
        return passages
    said = "\n".join(m["text"] for m in desk.work.messages if m["author"] == "agent")
    return [
        {**one, "sentences": [s for s in one["sentences"] if one["text"][s[0] : s[1]] not in said]} for one in passages
    ]


def as_json(answer: answers.Answer) -> dict[str, Any]:
    """What the run keeps of an answer: its words, its citations, and a receipt for each specific."""
    return {
        "text": answer.text,
        "quotes": [quote.text for quote in answer.quotes],
        "citations": answer.citations,
        "receipts": [asdict(receipt) for receipt in answer.receipts],
    }


def found(desk: Desk) -> dict[str, Any] | None:
    answer: dict[str, Any] | None = desk.get("quoted")
    return answer


def trusted(desk: Desk) -> bool:
    result = desk.results["search_knowledge"]
    good = result.data is not None and result.data["confidence"] >= desk.kit.limits.retrieval
    return good and found(desk) is not None


def stale(desk: Desk) -> bool:
    """Old and about something that changes: the flag takes part in the decision (law 9)."""
    answer = found(desk)
    return trusted(desk) and answer is not None and any(c["stale"] for c in answer["citations"])


def quote(desk: Desk, line: Line, answer: dict[str, Any]) -> None:
    """The page's own words, with its mark, its date and its receipts."""
    line.quotes, line.citations, line.receipts = answer["quotes"], answer["citations"], answer["receipts"]


def tell(desk: Desk) -> None:
    answer = found(desk)
    assert answer is not None
    quote(desk, desk.quote(answer["text"]), answer)


def tell_stale(desk: Desk) -> None:
    """Quote it with its date, and offer to have it confirmed."""
    if desk.get("told"):
        hear_answer(desk, CONFIRM)
        return
    answer = found(desk)
    assert answer is not None
    desk.put("told", "stale", "agent")
    oldest = max((c for c in answer["citations"] if c["stale"]), key=lambda c: c["age_days"])
    quote(desk, desk.quote(answer["text"]), answer)
    line = desk.ask(
        "stale.note",
        date=wording.day(date.fromisoformat(oldest["updated"]), desk.now),
        days=wording.count(oldest["age_days"], "day"),
    )
    line.facts.append({"updated": oldest["updated"], "days": wording.count(oldest["age_days"], "day")})


def offer_person(desk: Desk) -> None:
    """No passage is good enough: say so, and offer a person."""
    if desk.get("told"):
        hear_answer(desk, ANSWER_HERE)
        return
    desk.put("told", "gap", "agent")
    desk.ask("gap.offer")


def leave_it(desk: Desk) -> None:
    desk.say("small.ok")


# What other workflows take along: nodes from `search` on, their edges and what those mean; `leave_it` is theirs.
NODES: Final = (
    Node("search", Kind.LOOK, "Look for passages", search, writes=("quoted",), tools=("search_knowledge",)),
    Node("quote", Kind.SAY, "Quote the passage", tell, reads=("quoted",)),
    Node("tell_stale", Kind.ASK, "Quote it with its date and offer to confirm", tell_stale, writes=("answer",)),
    Node("gap", Kind.ASK, "Say that there is no reliable answer and offer a person", offer_person, writes=("answer",)),
)
EDGES: Final = (
    ("search", "search_failed", "handoff:search-failed"),
    ("search", "stale", "tell_stale"),
    ("search", "trusted", "quote"),
    ("search", "unsourced_sensitive", "handoff:low-retrieval-confidence-sensitive-topic"),
    ("search", "otherwise", "gap"),
    ("quote", "otherwise", "done"),
    ("tell_stale", "accepted", "handoff:stale-knowledge"),
    ("tell_stale", "otherwise", "leave_it"),
    ("gap", "accepted", "handoff:no-reliable-answer"),
    ("gap", "otherwise", "leave_it"),
)
CONDITIONS: Final = {
    "search_failed": lambda d: not d.results["search_knowledge"].ok,
    "stale": stale,
    "trusted": trusted,
    "unsourced_sensitive": lambda d: d.sensitive,
    "accepted": lambda d: d.get("answer") in ("yes", "yes_but"),
}
WORKFLOW = Workflow(
    name="answer_question",
    title="Answer a question",
    nodes=(*NODES, Node("leave_it", Kind.SAY, "Leave it, as the customer wishes", leave_it)),
    edges=edges(*EDGES, ("leave_it", "otherwise", "done")),
    conditions=CONDITIONS,
)
