"""A question is answered from a passage, word for word, with its date; without a good passage nobody guesses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Final

from agents import answering, repair
from agents.desk import Desk, Line
from agents.intents import clauses
from agents.voice import wording
from agents.workflow import Kind, Node, Workflow, edges
from knowledge import answers, checks, gaps, paths

from .order_status import hear_answer

CONFIRM: Final = "Shall I have a colleague confirm it?"
ANSWER_HERE: Final = "Shall I bring in a colleague?"
_FIGURE: Final = re.compile(r"(?<![\[\d])\d+(?![\]\d])")


def search(desk: Desk) -> None:
    """Look for passages that answer; the conversation so far takes part in the question."""
    result = desk.look(
        "search_knowledge",
        query=asked(desk),
        history=desk.history(),
        audience=desk.reader,
        stale_days=desk.kit.policy.knowledge.stale_days,
    )
    if result.ok and result.data is not None:
        passages = in_question(desk, result.data["passages"])
        if (answer := answered(desk, passages, result.data)) is not None:
            desk.put("quoted", answer, "record")
        if issues := result.data.get("issues"):
            desk.put("issue", issues[0], "record")
        note_path(desk, result.data["confidence"])


def answered(desk: Desk, passages: list[dict[str, Any]], found: dict[str, Any]) -> dict[str, Any] | None:
    """The answer that the passages hold: in a brain's words where it has some, else in their own. It may be read early
    where no issue, age or doubt can still stand between it and the customer."""
    sure = [one for one in passages if one["score"] >= answers.MIN_SCORE]
    plain = found["confidence"] >= desk.kit.limits.retrieval and not found.get("issues")
    told = answering.answer(desk, asked(desk), sure, early=plain and not any(one["stale"] for one in sure))
    if told is not None:
        return in_words(told, sure) if told.text else None
    answer = answers.extract(asked(desk), passages)
    return None if answer is None else as_json(answer)


def in_words(told: answering.Told, passages: list[dict[str, Any]]) -> dict[str, Any]:
    """As as_json has it, for words that aren't the page's own."""
    cited = [passages[n - 1] for n in told.cited]
    return {
        "text": told.text,
        "quotes": [],
        "citations": answers.citations(cited),
        "path": cited[0].get("path", paths.Path.ARTICLE),
        "receipts": [asdict(receipt) for receipt in answers.receipts_of(told.text, cited)],
        "old": old(one for one in cited if one["stale"]),
        "sources": [one["text"] for one in cited],
    }


def old(passages: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: one[name] for name in ("article", "version", "topic", "title")} for one in passages]


def note_path(desk: Desk, confidence: int) -> None:
    """On which of the four ways the answer was found (S1-22)."""
    answer = found(desk)
    if known_issue(desk):
        desk.ports.note("path", paths.Path.ISSUE, {"issue": desk.get("issue")["id"]})
    elif trusted(desk) and answer is not None:
        desk.ports.note("path", answer["path"], {"pages": [one["title"] for one in answer["citations"]]})
    else:
        miss(desk, confidence)


def miss(desk: Desk, confidence: int) -> None:
    """No page answers it: the question is kept, so that one will."""
    gap = gaps.row(asked(desk), desk.intent, confidence)
    desk.gaps.append(gap)
    desk.ports.note("gap", gap["key"][:12], {"intent": desk.intent, "confidence": confidence})


def asked(desk: Desk) -> str:
    """A bare "how much?" asks it of what was asked before; "how long does it take?" where the answer had figures."""
    before = [text for text in desk.history() if not clauses.is_bare(text)]
    measures = desk.answer.leans and clauses.measures(desk.text) and told_figures(desk)
    is_of_it = clauses.is_bare(desk.text) or measures
    return f"{before[-1]} {desk.text}" if before and is_of_it else desk.text


def told_figures(desk: Desk) -> bool:
    """The last page that was quoted said how much, or how long."""
    quoted = [m["text"] for m in desk.work.messages if m["extra"].get("citations")]
    return bool(quoted) and _FIGURE.search(quoted[-1]) is not None


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
        "path": answer.quotes[0].passage.get("path", paths.Path.ARTICLE),
        "receipts": [asdict(receipt) for receipt in answer.receipts],
        "old": old(quote.passage for quote in answer.quotes if quote.passage["stale"]),
        "sources": [],
    }


def found(desk: Desk) -> dict[str, Any] | None:
    answer: dict[str, Any] | None = desk.get("quoted")
    return answer


def trusted(desk: Desk) -> bool:
    result = desk.results["search_knowledge"]
    good = result.data is not None and result.data["confidence"] >= desk.kit.limits.retrieval
    return good and found(desk) is not None


def known_issue(desk: Desk) -> bool:
    return desk.get("issue") is not None


def tell_issue(desk: Desk) -> None:
    """What an editor says of it, before any page: since when, how it stands, and what helps until then."""
    issue: dict[str, Any] = desk.get("issue")
    since = wording.day(datetime.fromisoformat(issue["since"]), desk.now)
    slots = {"title": issue["title"], "date": since, "status": issue["status"]}
    if issue["workaround"]:
        line = desk.say("issue.known.workaround", **slots, workaround=issue["workaround"])
    else:
        line = desk.say("issue.known", **slots)
    line.facts.append(issue)
    line.quotes = [text for text in (issue["title"], issue["status"], issue["workaround"]) if text]


def stale(desk: Desk) -> bool:
    """Old and about something that changes: the flag takes part in the decision (law 9)."""
    answer = found(desk)
    return trusted(desk) and answer is not None and any(c["stale"] for c in answer["citations"])


def check_first(desk: Desk) -> bool:
    """S1-25: old, and on something that nobody should count on before it was checked."""
    answer = found(desk)
    first = desk.kit.policy.checked_first
    return stale(desk) and answer is not None and (desk.sensitive or any(o["topic"] in first for o in answer["old"]))


def quote(desk: Desk, line: Line, answer: dict[str, Any]) -> None:
    """The page's own words, or what says the same, with its mark, its date and its receipts."""
    line.quotes, line.citations, line.receipts = answer["quotes"], answer["citations"], answer["receipts"]
    line.facts += answer.get("sources", [])
    line.free = False  # it has been put into words, or is the page's


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
    quote(desk, desk.quote(answer["text"]), answer)
    slots, facts = age_of(desk, answer)
    desk.ask("stale.note", **slots).facts.append(facts)


def age_of(desk: Desk, answer: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """How old the oldest page of an answer is, in words, and what vouches for them."""
    oldest = max((c for c in answer["citations"] if c["stale"]), key=lambda c: c["age_days"])
    days = wording.count(oldest["age_days"], "day")
    said = wording.day(date.fromisoformat(oldest["updated"]), desk.now)
    return {"date": said, "days": days}, {"updated": oldest["updated"], "days": days}


def have_checked(desk: Desk) -> None:
    """Not quoted: its editors are asked, the customer is told so, and reads the answer here when they have looked."""
    answer = found(desk)
    assert answer is not None
    for old in {one["article"]: one for one in answer["old"]}.values():
        check = checks.row(asked(desk), old)
        desk.checks.append(check)
        desk.ports.note("check-page", check["article"], {"version": check["version"]})
    slots, facts = age_of(desk, answer)
    desk.say("stale.check", **slots).facts.append(facts)


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
    Node("search", Kind.LOOK, "Look for passages", search, writes=("quoted", "issue"), tools=("search_knowledge",)),
    Node("issue", Kind.SAY, "Tell of a known issue", tell_issue, reads=("issue",)),
    Node("quote", Kind.SAY, "Quote the passage", tell, reads=("quoted",)),
    Node("tell_stale", Kind.ASK, "Quote it with its date and offer to confirm", tell_stale, writes=("answer",)),
    Node("check", Kind.SAY, "Have the page checked, and say so", have_checked, reads=("quoted",)),
    Node("gap", Kind.ASK, "Say that there is no reliable answer and offer a person", offer_person, writes=("answer",)),
)
EDGES: Final = (
    ("search", "search_failed", "handoff:search-failed"),
    ("search", "known_issue", "issue"),
    ("search", "check_first", "check"),
    ("search", "stale", "tell_stale"),
    ("search", "trusted", "quote"),
    ("search", "unsourced_sensitive", "handoff:low-retrieval-confidence-sensitive-topic"),
    ("search", "otherwise", "gap"),
    ("issue", "otherwise", "done"),
    ("quote", "otherwise", "done"),
    ("check", "otherwise", "done"),
    ("tell_stale", "accepted", "handoff:stale-knowledge"),
    ("tell_stale", "otherwise", "leave_it"),
    ("gap", "accepted", "handoff:no-reliable-answer"),
    ("gap", "otherwise", "leave_it"),
)
CONDITIONS: Final = {
    "search_failed": lambda d: not d.results["search_knowledge"].ok,
    "known_issue": known_issue,
    "check_first": check_first,
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
