"""Edges of what is answered from the pages, and of a person who is asked for: rare ones, walked by real turns."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agents import releases
from conversations.access import SYSTEM
from conversations.models import Conversation, Message
from knowledge.models import ConfigVersion, Incident, Topic
from knowledge.seed import seed_config
from tests.agents.talks import VISITOR
from tests.agents.test_talk_edges import ALICE, Patch, nothing, reasons, shut, walked
from tests.house import House
from tests.knowledge.shelf import publish_article
from tests.lines import wordings
from tools.models import ToolCall

HOW, TROUBLE, OVEN = (
    "how do I reset my password?",
    "the checkout page doesn't load",
    "can the Dutch oven go on induction?",
)
PASSWORD, TECHNICAL, ANSWER = "password_reset", "technical_help", "answer_question"
STALE = "search --stale--> tell_stale"
FIRST = "search --check_first--> check"
UNSOURCED = "low-retrieval-confidence-sensitive-topic"
Before = Callable[[Patch], None]


def page(title: str, body: str, days_ago: int = 1, topic: str = Topic.TECHNICAL) -> Before:
    return lambda _: void(publish_article("page", f"## {title}\n\n{body}", title=title, topic=topic, days_ago=days_ago))


def old_page(title: str, body: str) -> Before:
    """On something that changes, and nobody has looked at it for a long time."""
    return page(title, body, days_ago=300, topic=Topic.PRODUCT)


def priced_page(title: str, body: str) -> Before:
    """Old, and on something that nobody should count on unchecked."""
    return page(title, body, days_ago=300, topic=Topic.PRICING)


def known(title: str) -> Before:
    """Something that doesn't work at the moment, and that an editor has written down."""
    return lambda _: void(Incident.objects.create(title=title, workaround="Try another browser."))


def sensitive(name: str) -> Before:
    """A company may call any of its matters sensitive."""

    def releases_it(_: Patch) -> None:
        live = releases.live_version("taxonomy")
        assert live is not None
        head, found, rest = live.body.partition(f"name: {name}\n")
        assert found
        assert "sensitive: false" in rest
        body = head + found + rest.replace("sensitive: false", "sensitive: true", 1)
        releases.take_live(seed_config(ConfigVersion.Kind.TAXONOMY, body), SYSTEM, "test")

    return releases_it


def void(_: object) -> None: ...


RESET = ("Resetting your password", "To reset your password, choose *Forgot password* on the sign-in page.")
LOADS = (
    "The checkout page doesn't load",
    "When the checkout page doesn't load, empty the browser's cache and try again.",
)

CASES: list[tuple[str, str, str, tuple[str, ...], Before, tuple[str, ...], str | None, str]] = [
    # name, workflow, who, what is said, what comes before, edges, the reason of the handoff, what is said last
    ("no page, a colleague", PASSWORD, ALICE, (HOW, "yes please"), nothing, ("search --otherwise--> gap", "gap --accepted--> handoff:no-reliable-answer"), "no-reliable-answer", "handoff.queue.no_wait"),
    ("no page, left", PASSWORD, ALICE, (HOW, "no"), nothing, ("gap --otherwise--> leave_it", "leave_it --otherwise--> done"), None, "small.ok"),
    ("an old page, a colleague", PASSWORD, ALICE, (HOW, "yes please"), old_page(*RESET), (STALE, "tell_stale --accepted--> handoff:stale-knowledge"), "stale-knowledge", "handoff.queue.no_wait"),
    ("an old page, left", PASSWORD, ALICE, (HOW, "no"), old_page(*RESET), (STALE, "tell_stale --otherwise--> leave_it"), None, "small.ok"),
    ("a known issue", PASSWORD, ALICE, (HOW,), known("Reset password"), ("search --known_issue--> issue", "issue --otherwise--> done"), None, "issue.known.workaround"),
    ("an old page to be checked first", PASSWORD, ALICE, (HOW,), priced_page(*RESET), (FIRST, "check --otherwise--> done"), None, "stale.check"),
    ("the shelf is shut", PASSWORD, ALICE, (HOW,), shut("search"), ("search --search_failed--> handoff:search-failed",), "search-failed", "escalated"),
    ("no page, sensitive", PASSWORD, ALICE, (HOW,), sensitive(PASSWORD), (f"search --unsourced_sensitive--> handoff:{UNSOURCED}",), UNSOURCED, "escalated"),
    ("no page, left", TECHNICAL, VISITOR, (TROUBLE, "no"), nothing, ("search --otherwise--> gap", "gap --otherwise--> leave_it"), None, "small.ok"),
    ("no help, a visitor", TECHNICAL, VISITOR, (TROUBLE, "that didn't help", "yes please"), page(*LOADS), ("listen --not_helped_visitor--> gap", "gap --accepted--> handoff:no-reliable-answer"), "no-reliable-answer", "handoff.queue.no_wait"),
    ("an old page, a colleague", TECHNICAL, ALICE, (TROUBLE, "yes please"), old_page(*LOADS), (STALE, "tell_stale --accepted--> handoff:stale-knowledge"), "stale-knowledge", "handoff.queue.no_wait"),
    ("an old page, left", TECHNICAL, ALICE, (TROUBLE, "no"), old_page(*LOADS), (STALE, "tell_stale --otherwise--> leave_it"), None, "small.ok"),
    ("a known issue", TECHNICAL, VISITOR, (TROUBLE,), known("The checkout page doesn't load"), ("search --known_issue--> issue", "issue --otherwise--> done"), None, "issue.known.workaround"),
    ("an old page to be checked first", TECHNICAL, ALICE, (TROUBLE,), priced_page(*LOADS), (FIRST, "check --otherwise--> done"), None, "stale.check"),
    ("the shelf is shut", TECHNICAL, ALICE, (TROUBLE,), shut("search"), ("search --search_failed--> handoff:search-failed",), "search-failed", "escalated"),
    ("no page, sensitive", TECHNICAL, ALICE, (TROUBLE,), sensitive(TECHNICAL), (f"search --unsourced_sensitive--> handoff:{UNSOURCED}",), UNSOURCED, "escalated"),
    ("no page, sensitive", ANSWER, ALICE, (OVEN,), sensitive("product_question"), (f"search --unsourced_sensitive--> handoff:{UNSOURCED}",), UNSOURCED, "escalated"),
    ("a known issue", ANSWER, ALICE, (OVEN,), known("The Dutch oven cracks on induction"), ("search --known_issue--> issue", "issue --otherwise--> done"), None, "issue.known.workaround"),
    ("an old page to be checked first", ANSWER, ALICE, (OVEN,), priced_page("Dutch oven on induction", "The Dutch oven can go on induction hobs."), (FIRST, "check --otherwise--> done"), None, "stale.check"),
    ("a thing of theirs", "unknown", ALICE, ("that base layer I bought from you",), nothing, ("named --theirs--> done",), None, "status.delivered"),
    ("nothing of theirs", "unknown", ALICE, ("blorp the wibble",), nothing, ("named --otherwise--> clarify",), None, "unclear.first.open"),
    ("not heard twice", "order_status", ALICE, ("where is my lamp?", "blorp the wibble", "wibble the blorp"), nothing, ("tell --unheard--> handoff:offer-not-answered",), "offer-not-answered", "escalated"),
    ("who is asked", "talk_to_person", ALICE, ("is this handled by a human",), nothing, ("grant --otherwise--> handoff:customer-asked-for-person",), "customer-asked-for-person", "handoff.known.no_wait"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "flow", "who", "lines", "before", "edges", "reason", "says"),
    CASES,
    ids=[f"{case[1]}: {case[0]}" for case in CASES],
)
def test_a_question_walks_the_edge_and_ends_with_these_words(
    small_house: House,
    monkeypatch: Patch,
    name: str,
    flow: str,
    who: str,
    lines: tuple[str, ...],
    before: Before,
    edges: tuple[str, ...],
    reason: str | None,
    says: str,
) -> None:
    before(monkeypatch)
    row, answers = small_house.ask(small_house.customer(who) if who else small_house.visitor(), *lines)
    assert {f"{flow}: {edge}" for edge in edges} <= walked(row), (answers, walked(row))
    assert any(wording.search(text) for wording in wordings(says) for text in answers[-1]), answers
    assert reasons(row) == ([reason] if reason else [])
    assert not ToolCall.objects.filter(conversation=row).exists()


def last(row: Conversation) -> Message:
    return Message.objects.filter(conversation=row, author=Message.Author.AGENT).order_by("-seq")[0]


def test_an_old_page_is_quoted_with_its_date(small_house: House, monkeypatch: Patch) -> None:
    old_page(*LOADS)(monkeypatch)
    row, answers = small_house.ask(small_house.alice(), TROUBLE)
    assert "empty the browser's cache" in answers[0][0]
    assert "300 days" in answers[0][0]
    assert [one["stale"] for one in last(row).extra["citations"]] == [True]
