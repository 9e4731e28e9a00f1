"""Never trap a user (S3-18): whoever says nothing that anybody understands has a person before the limits are passed."""

from __future__ import annotations

import random
from collections import Counter

from agents.escalation import Limits
from agents.models import Step
from conversations.models import Handoff, Message
from tests.house import House

CONVERSATIONS = 200
LIMITS = Limits()
SYLLABLES = ("blo", "fri", "gna", "zzk", "wob", "plu", "qua", "xim", "tro", "dup", "ske", "vra", "mmf", "oot")
MIXED = (
    "?",
    "...",
    "yes",
    "no",
    "ok",
    "hm",
    "42",
    "👍",
    "and then",
    "what",
    "the thing",
    "hello",
    "it is green on sundays",
)


def nonsense(dice: random.Random) -> str:
    if dice.random() < 0.25:
        return dice.choice(MIXED)
    return " ".join("".join(dice.choices(SYLLABLES, k=dice.randint(1, 3))) for _ in range(dice.randint(1, 6)))


def test_two_hundred_conversations_of_nonsense_end_with_a_person(small_house: House) -> None:
    """S3-18: within the limits, and never the same words three times."""
    dice = random.Random(71)
    turns = Counter[int]()
    for number in range(CONVERSATIONS):
        row, count = None, 0
        who = small_house.visitor()
        while row is None or row.status == "active":
            assert count <= LIMITS.conversation_turns, f"conversation {number} goes on: {said(row)}"
            row, _ = small_house.ask(who, nonsense(dice), into=row)
            count += 1
        turns[count] += 1
        assert row.handoffs.count() == 1
        assert max(Counter(said(row)).values(), default=0) < 3, said(row)
    assert sum(turns.values()) == CONVERSATIONS
    assert max(turns) <= LIMITS.conversation_turns + 1
    reasons = Counter(Handoff.objects.values_list("reason", flat=True))
    assert reasons["not-understood"] > CONVERSATIONS / 2, reasons


def said(row: object) -> list[str]:
    rows = Message.objects.filter(conversation=row, author=Message.Author.AGENT)
    return list(rows.order_by("seq").values_list("text", flat=True))


def test_somebody_who_only_chats_has_a_person_in_the_end(small_house: House) -> None:
    """S2-15, S3-18: the eleventh turn is the last."""
    who, row, count = small_house.visitor(), None, 0
    while row is None or row.status == "active":
        row, _ = small_house.ask(who, ("hello", "how are you", "nice day", "you are funny")[count % 4], into=row)
        count += 1
        assert count <= 11
    assert row.handoffs.get().reason in ("conversation-turns-reached", "history-full")


def test_a_miss_is_counted_and_an_understood_message_begins_anew(small_house: House) -> None:
    """S3-18: the twin of the two misses in a row is one, an understood message, and one more."""
    row, _ = small_house.ask(small_house.alice(), "blorp gnarf zzk", "where is FW-10482", "wibble trop snee")
    assert row.status == "active"
    row, _ = small_house.ask(small_house.visitor(), "blorp gnarf zzk", "wibble trop snee")
    assert row.handoffs.get().reason == "not-understood"
    assert Step.objects.filter(kind="escalation", name="not-understood").count() == 1
