"""Messy conversations, kept word for word: what is said stands in transcripts/, read from start to end by people.

The day, the shop's data and each conversation's id are fixed, so that the same words give the same answers. After a
change that is meant, `RENEW_TRANSCRIPTS=1 pytest tests/agents/test_transcripts.py` writes them anew; read the difference.
"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents import runner
from approvals import deciding
from approvals.models import ApprovalRequest
from conversations.clock import at
from conversations.models import Conversation, Message
from tests import cast
from tests.house import House, opened
from tests.shopserver import ShopServer
from tools import pack

FOLDER = Path(__file__).with_name("transcripts")
DAY = datetime(2026, 5, 12, 14, 30, tzinfo=UTC)
VISITOR = "a visitor"
SPEAKS = {Message.Author.AGENT: "", Message.Author.SYSTEM: "— ", Message.Author.OPERATOR: "Olga: "}
CODE = re.compile(r"\b\d{6}\b")
REFERENCE = re.compile(r"\b([A-Z]{2})-[0-9A-F]{8}\b")  # of a write: made of its key
DECIDES = {"approves": True, "refuses": False}


@pytest.fixture
def that_day(db: None, shop: ShopServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """The house with all its articles, on a day that stands still."""
    with at(DAY):
        shop.reset(DAY)
        yield from opened(shop, monkeypatch, pack.active().articles)
    shop.reset()


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.txt")))
def test_a_messy_conversation_reads_as_it_was_kept(that_day: House, name: str) -> None:
    path = FOLDER / f"{name}.txt"
    kept = path.read_text(encoding="utf-8")
    had = Telling(that_day, name, kept).told()
    if os.environ.get("RENEW_TRANSCRIPTS"):
        path.write_text(had, encoding="utf-8")
    assert had == kept


def test_there_are_twenty_of_them() -> None:
    assert len(list(FOLDER.glob("*.txt"))) >= 20


class Telling:
    """A transcript had once more. A line that begins with > is the customer's, with * what somebody else does
    ("* bill approves"); the rest is what was answered, and is replaced by what is answered now."""

    def __init__(self, house: House, name: str, kept: str) -> None:
        self.house = house
        head, *blocks = kept.split("\n\n> ")
        self.head = head.rstrip("\n")
        self.blocks = [f"> {block}" for block in blocks]
        who = self.head.splitlines()[0].removeprefix("As ")
        self.customer = house.visitor() if who == VISITOR else house.customer(who)
        self.place = uuid.uuid5(uuid.NAMESPACE_URL, name)
        self.row: Conversation | None = None

    def told(self) -> str:
        return "\n\n".join([self.head, *map(self.block, self.blocks), self.end()]) + "\n"

    def block(self, text: str) -> str:
        lines = text.splitlines()
        said = [line for line in lines if line.startswith("> ")]
        acts = [line for line in lines if line.startswith("* ")]
        parts = ["\n".join(said), self.say([line.removeprefix("> ") for line in said])]
        for act in acts:
            parts += [act, self.act(act)]
        return "\n\n".join(part for part in parts if part)

    def say(self, burst: list[str]) -> str:
        """Several lines are one burst: all are written before the agent reads."""
        before = 0
        for line in burst:
            received = cast.says(self.customer, self.spelt(line), self.row.public_id if self.row else None)
            if self.row is None:
                Conversation.objects.filter(pk=received.conversation_id).update(public_id=self.place)
                self.row = Conversation.objects.get(pk=received.conversation_id)
            before = before or received.seq
        return self.worked(before)

    def act(self, act: str) -> str:
        assert self.row is not None
        who, does = re.fullmatch(r"\* (\w+) (\w+)", act).groups()  # type: ignore[union-attr]
        people = {"olga": cast.in_group("olga", "Olga", "Operators"), "bill": cast.bill(), "max": cast.manager()}
        request = ApprovalRequest.objects.get(call__conversation=self.row, status=ApprovalRequest.Status.PENDING)
        before = self.last()
        deciding.decide(request.public_id, people[who], yes=DECIDES[does], reason="looked at it")
        return self.worked(before)

    def worked(self, after: int) -> str:
        assert self.row is not None
        for _ in range(3):
            runner.work_until_quiet(self.row.pk)
            runner.sweep()
        rows = Message.objects.filter(conversation=self.row, seq__gt=after).exclude(author=Message.Author.CUSTOMER)
        said = "\n\n".join(f"{SPEAKS[row.author]}{row.text}" for row in rows.order_by("seq"))
        return REFERENCE.sub(r"\1-…", said)

    def spelt(self, line: str) -> str:
        """{code} is the one that was sent by e-mail last."""
        if "{code}" not in line:
            return line
        path = f"/admin/mails?customer={self.customer.external_ref}"
        mails = self.house.shop.ask("GET", path, X_Now=DAY.isoformat()).json()["mails"]
        codes = [found[0] for mail in mails if (found := CODE.search(mail["body"]))]
        return line.replace("{code}", codes[0])

    def last(self) -> int:
        assert self.row is not None
        return int(Conversation.objects.values_list("last_seq", flat=True).get(pk=self.row.pk))

    def end(self) -> str:
        row = Conversation.objects.get(pk=self.row.pk)  # type: ignore[union-attr]
        handoff = row.handoffs.order_by("-pk").first()
        return f"({row.status}{f', {handoff.reason}' if handoff else ''})"
