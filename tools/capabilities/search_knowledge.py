"""Passages that answer a question, with their source, their age and how sure the search is (S1-23). The house's own."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from knowledge import paths, search
from tools.contract import Arguments, Caller, Capability, Kind, Proof, Risk
from tools.shapes import Shape

Thousandths = Annotated[int, Field(ge=0, le=1000)]

Sentence = Annotated[list[int], Field(min_length=3, max_length=3)]  # start, stop, likeness in thousandths


class SearchKnowledge(Arguments):
    """`query` is the customer's last turn, `history` what was said before, oldest first; the node says who
    reads (`audience`), the policy from which age in days a page is stale."""

    query: Annotated[str, Field(max_length=20_000)]
    history: Annotated[list[str], Field(max_length=200)]
    audience: Literal["public", "premium", "enterprise", "internal"]
    stale_days: Annotated[int, Field(ge=1)]


class FoundPassage(Shape):
    """`article` and `version` name the source; `updated` is an ISO date; `stale`: old and on a topic that changes.

    `product` is the one that the page is about, `path` the way on which it was found (knowledge/paths.py).
    `sentences` are the parts of `text` with how alike each is to the question.
    """

    passage_id: int
    article: str
    version: int
    title: str
    heading: str
    text: str
    topic: str
    product: str
    audience: str
    path: str
    sentences: list[Sentence]
    score: Thousandths
    updated: str
    age_days: int
    changes: bool
    stale: bool


class KnownIssue(Shape):
    """What doesn't work at the moment, as an editor put it; `since` is an ISO moment."""

    id: int
    title: str
    product: str
    since: str
    status: str
    workaround: str


class Findings(Shape):
    """`confidence` in thousandths; `freshness_days`: the age of the newest passage, None without any; `issues`: the
    known ones that the question speaks of, for customers to read first."""

    confidence: Thousandths
    freshness_days: int | None
    passages: list[FoundPassage]
    issues: list[KnownIssue]


def _search(args: SearchKnowledge, caller: Caller) -> Findings:
    found = search.search(
        args.query, args.history, args.audience, caller.now, stale_days=args.stale_days, sentences=True
    )
    passages = [{**passage, "path": paths.path_of(args.query, passage)} for passage in found["passages"]]
    return Findings.model_validate({**found, "passages": passages}, strict=True)


CAPABILITY = Capability(
    name="search_knowledge",
    summary="Passages of the company's articles that may answer a question.",
    kind=Kind.READ,
    risk=Risk.NONE,
    input=SearchKnowledge,
    output=Findings,
    proof=Proof.NONE,
    attempt_seconds=3.0,
    total_seconds=7.0,
    fulfil=_search,
)
