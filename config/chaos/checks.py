"""The count: six checkers over our rows and the company's ledger. Each story ends as if nothing had happened."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from agents import voice
from approvals.models import ApprovalRequest, Vote
from conversations import events
from conversations.models import Conversation, Event, Message
from tools import pack
from tools.models import Effect, OrderMoney, ToolCall

from .scenarios import SCENARIOS, Scenario
from .stories import Story, client_id

DUPLICATE, LOST, UNAUDITED, OTHER = "duplicates", "lost", "unaudited", "other"
WORDS: Final = re.compile(r"[\w.+-]+@[\w.-]+\w|\$[\d,.]*\d|\bNr \d+|\b[A-Z]{1,3}-[0-9A-Z]{4,}")
# Ends of endpoints that pay money back, under the effect's own key.
PAYING: Final = frozenset({"refunds", "cancel"})


@dataclass(frozen=True)
class Problem:
    checker: str
    harm: str
    text: str

    def __str__(self) -> str:
        return f"{self.checker}: {self.text}"


@dataclass(frozen=True)
class Books:
    """What the company's systems have done for each order, and which words belong to which story."""

    stories: list[Story]
    ledger: dict[str, list[dict[str, Any]]]
    owners: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, stories: list[Story]) -> Books:
        operations = pack.active().operations
        assert operations is not None
        rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in operations.ledger():
            rows[str(row["order_id"])].append(row)
        owners: dict[str, set[str]] = defaultdict(set)
        books = cls(stories, rows, owners)
        for story in stories:
            for word in books.canaries(story):
                owners[word].add(story.order)
        return books

    def canaries(self, story: Story) -> set[str]:
        """What nobody else may read: order, address, name, amount, and the company's own references."""
        number = story.order.split("-9", 1)[-1]
        amount = f"${story.cents // 100:,}.{story.cents % 100:02d}"
        return {story.order, story.email, f"Nr {number}", amount, *self.references(story)}

    def references(self, story: Story) -> set[str]:
        answers = [row["answer"] or {} for row in self.ledger.get(story.order, [])]
        return {str(answer[key]) for answer in answers for key in ("reference", "id") if key in answer}


@dataclass(frozen=True)
class Facts:
    """The rows of one story."""

    story: Story
    books: Books

    @property
    def scenario(self) -> Scenario:
        return SCENARIOS[self.story.scenario]

    @cached_property
    def talk(self) -> Conversation:
        return Conversation.objects.get(pk=self.story.conversation)

    @cached_property
    def messages(self) -> list[Message]:
        return list(Message.objects.filter(conversation=self.talk).order_by("seq"))

    @cached_property
    def calls(self) -> list[ToolCall]:
        return list(ToolCall.objects.filter(conversation=self.talk))

    @cached_property
    def effects(self) -> list[Effect]:
        return list(Effect.objects.filter(call__in=self.calls).select_related("call"))

    @cached_property
    def requests(self) -> list[ApprovalRequest]:
        return list(ApprovalRequest.objects.filter(call__in=self.calls))

    def ending(self) -> str:
        """How the conversation stands, for whoever reads a problem when its database is gone."""
        turns = list(self.talk.turns.values_list("outcome", flat=True))
        reasons = list(self.talk.handoffs.values_list("reason", flat=True))
        return f"{self.talk.status}, turns {turns}, handoffs {reasons}"


Found = Iterator[tuple[str, str]]  # harm, text


def bank(facts: Facts) -> Found:
    """The company's ledger and our confirmed effects are the same, row by row; nobody got more than was paid."""
    wanted = Counter(facts.scenario.ledger)
    rows = facts.books.ledger.get(facts.story.order, [])
    done = Counter(end_of(row) for row in rows)
    if done - wanted:
        yield DUPLICATE, f"the company did {dict(done - wanted)} too much"
    if wanted - done:
        yield LOST, f"the company never did {dict(wanted - done)}"
    if [effect.status for effect in facts.effects] != ["confirmed"] * bool(wanted):
        yield (DUPLICATE if len(facts.effects) > 1 else LOST), f"effects {[e.status for e in facts.effects]}"
    ours = {(str(effect.key), effect.call.amount_cents) for effect in facts.effects if PAYING & set(wanted)}
    theirs = {(str(row["key"]), row["amount_cents"]) for row in rows if end_of(row) in PAYING}
    if ours != theirs:
        yield OTHER, f"ours {ours} is not theirs {theirs}"
    yield from money(facts)


def end_of(row: dict[str, Any]) -> str:
    return str(row["endpoint"]).rsplit("/", 1)[-1]


def money(facts: Facts) -> Found:
    taken = sum(effect.call.amount_cents for effect in facts.effects if effect.status != "refused")
    row = OrderMoney.objects.filter(order_ref=facts.story.order).first()
    if (row.taken_cents if row else 0) != taken:
        yield OTHER, f"{row} is not {taken}"
    if row is not None and (row.taken_cents + row.outside_cents > row.paid_cents or taken != facts.story.cents):
        yield DUPLICATE, f"{taken} went back of {facts.story.cents}"


def stored(facts: Facts) -> Found:
    """Each message once, in the order in which it was said, numbered without gaps; each end told once."""
    numbers = [message.seq for message in facts.messages]
    if numbers != list(range(1, facts.talk.last_seq + 1)):
        yield LOST, f"the numbers have gaps: {numbers}"
    said = [message.client_id for message in facts.messages if message.author == "customer"]
    meant = [client_id(facts.story, step.name) for step in facts.scenario.steps if step.name in ("ask", "yes")]
    if said != meant:
        yield (DUPLICATE if len(said) > len(meant) else LOST), f"{len(said)} messages for {len(meant)} that were sent"
    yield from answered(facts)


def answered(facts: Facts) -> Found:
    """The question once; behind the yes perhaps also that it waits, and that the company hasn't answered yet. On a slow
    machine a turn may have said that it is still at it."""
    messages = [message for message in facts.messages if message.text not in still_at_it()]
    authors = [message.author for message in messages]
    heard = authors.index("customer", 1) if authors.count("customer") > 1 else len(authors)
    if heard != 2:
        yield (DUPLICATE if heard > 2 else LOST), f"the question has {heard - 1} answers"
    answers = [message.text for message in messages if message.author in ("agent", "system")]
    if len(set(answers)) != len(answers):
        yield DUPLICATE, f"the same words twice: {answers}"
    told = [text for text in answers if any(mark in text for mark in facts.books.references(facts.story))]
    if len(told) != bool(facts.scenario.ledger):
        yield (DUPLICATE if len(told) > 1 else LOST), f"the end was told {len(told)} times"


def still_at_it() -> tuple[str, ...]:
    return voice.lines(pack.active().voice).variants("working")


def unique(facts: Facts) -> Found:
    """One proposal, one decision about it, one vote of each."""
    if len(facts.calls) != bool(facts.scenario.ledger):
        yield (DUPLICATE if len(facts.calls) > 1 else LOST), f"{len(facts.calls)} proposals"
    if [request.status for request in facts.requests] != ["approved"] * bool(facts.scenario.people):
        yield OTHER, f"requests {[request.status for request in facts.requests]}"
    votes = Vote.objects.filter(request__in=facts.requests).values_list("operator__username", flat=True)
    if sorted(votes) != sorted(facts.scenario.people):
        yield OTHER, f"votes of {sorted(votes)}"


def trace(facts: Facts) -> Found:
    """Proposal, review and approval stand before each effect, by the order of the database."""
    for effect in facts.effects:
        call = effect.call
        born = first(f"effect:{effect.pk}", "created")
        before = {
            "proposed": first(f"toolcall:{call.pk}", "created"),
            "cleared": first(f"toolcall:{call.pk}", "cleared"),
        }
        for request in facts.requests:
            before["approved"] = first(f"approvalrequest:{request.pk}", "approved")
        for what, event in before.items():
            if born is None or event is None or event > born:
                yield UNAUDITED, f"the effect was not {what} before it was made"
        if first(f"effect:{effect.pk}", effect.status) is None:
            yield UNAUDITED, f"nothing says that the effect was {effect.status}"
        reviewed = call.reviews.filter(verdict="approved", args_hash=effect.args_hash, at__lte=effect.created_at)
        if not reviewed.exists():
            yield UNAUDITED, "no Critic approved it before"
        if facts.scenario.people and not any(one.args_hash == effect.args_hash for one in facts.requests):
            yield UNAUDITED, "what was approved is not what was done"


def first(stream: str, verb: str) -> int | None:
    """The number of the event in the whole database."""
    pk: int | None = Event.objects.filter(stream=stream, verb=verb).order_by("pk").values_list("pk", flat=True).first()
    return pk


def quiet(facts: Facts) -> Found:
    """Nothing is left over: done, refused, or with a person."""
    if facts.talk.status == "active" and (facts.talk.wake != facts.talk.done or facts.talk.lease_until is not None):
        yield LOST, "work is left over"
    for call in facts.calls:
        if call.status == "proposed" or not call.told:
            yield LOST, f"a write stays {call.status}, {'' if call.told else 'un'}told"


def foreign(facts: Facts) -> Found:
    """No reply holds an id, an address, a name or an amount of somebody else's."""
    for message in facts.messages:
        for word in WORDS.findall(message.text) if message.author != "customer" else ():
            owners = facts.books.owners.get(word)
            if owners and facts.story.order not in owners:
                yield OTHER, f"it reads {word}"


CHECKERS: Final[dict[str, Callable[[Facts], Found]]] = {
    "bank": bank,
    "set": stored,
    "unique": unique,
    "trace": trace,
    "quiet": quiet,
    "foreign": foreign,
}


def problems(stories: list[Story]) -> list[Problem]:
    books = Books.read(stories)
    found = [Problem("trace", UNAUDITED, text) for text in events.verify().problems]
    for story in stories:
        facts = Facts(story, books)
        told = [(name, harm, text) for name, check in CHECKERS.items() for harm, text in check(facts)]
        found += [Problem(name, harm, f"{story}: {text} ({facts.ending()})") for name, harm, text in told]
    strangers = set(books.ledger) - {story.order for story in stories}
    return found + [Problem("bank", DUPLICATE, f"the company did something for {order}") for order in strangers]
