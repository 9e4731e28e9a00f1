"""The whole house for tests: the real shop, the pack's own articles, a live release. Nothing in it is a stand-in.

Import in a conftest: `from tests.house import house, moving_house, small_house`. Vectors of equal texts are computed once a process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest

from agents import kits, runner
from conversations import faults, identity
from conversations.inbox import Received
from conversations.models import Conversation, Customer, Message
from knowledge import embeddings
from knowledge.policy import Queue
from tests import cast
from tests.seeded import seeded
from tests.shopserver import ShopServer, shop
from tools import pack

__all__ = ["House", "house", "moving_house", "shop", "small_house"]

# Behind a done write, whichever of its lines says so.
TOO_LATE = re.compile(r"can't (?:stop it any more|be (?:called|taken) back|be undone)")
FEW_ARTICLES = ("return-windows.md", "shipping-times-and-costs.md")
_vectors: dict[tuple[str, bool], Any] = {}
_encode, _features = embeddings.Embedder.encode, embeddings.Embedder.features
_read: dict[str, embeddings.Vectors] = {}


def _remembered(self: embeddings.Embedder, texts: Sequence[str], *, keep_end: bool = False) -> embeddings.Vectors:
    missing = [text for text in dict.fromkeys(texts) if (text, keep_end) not in _vectors]
    if missing:
        _vectors.update(zip([(t, keep_end) for t in missing], _encode(self, missing, keep_end=keep_end), strict=True))
    return np.stack([_vectors[(text, keep_end)] for text in texts])


def _known(self: embeddings.Embedder, texts: Sequence[str]) -> embeddings.Vectors:
    missing = [text for text in dict.fromkeys(texts) if text not in _read]
    if missing:
        _read.update(zip(missing, _features(self, missing), strict=True))
    return np.stack([_read[text] for text in texts])


class House:
    """What a test does: somebody writes, the agent works, and the answers are read. `shop` where the company is one."""

    def __init__(self, shop: ShopServer | None = None) -> None:
        self._shop = shop

    @property
    def shop(self) -> ShopServer:
        assert self._shop is not None
        return self._shop

    def alice(self) -> Customer:
        return self.customer("alice@example.com")

    def bob(self) -> Customer:
        return self.customer("bob@example.com")

    def customer(self, email: str) -> Customer:
        """As the company's systems know them."""
        if self._shop is None:
            from config.seed import seed_customers

            seed_customers(email)
        else:
            known_in(self._shop, email)
        return Customer.objects.get(email=email, external_ref__isnull=False)

    def visitor(self) -> Customer:
        return Customer.objects.create()

    def ask(self, who: Customer, *texts: str, into: Conversation | None = None) -> tuple[Conversation, list[list[str]]]:
        """`who` writes each text in turn and waits for the answer."""
        answers: list[list[str]] = []
        row = into
        for text in texts:
            received = cast.says(who, text, row.public_id if row else None)
            runner.work_on(received.conversation_id)
            row = Conversation.objects.get(pk=received.conversation_id)
            answers.append(self.said(row, after=received.seq))
        assert row is not None
        return row, answers

    def said(self, row: Conversation, after: int = 0) -> list[str]:
        found = Message.objects.filter(conversation=row, seq__gt=after, author=Message.Author.AGENT)
        return list(found.order_by("seq").values_list("text", flat=True))

    def says(self, who: Customer, text: str, row: Conversation | None = None) -> Received:
        return cast.says(who, text, row.public_id if row else None)


def known_in(shop: ShopServer, email: str) -> None:
    """What `seed_customers` does, by one question instead of the eight that make up an account."""
    found = shop.ask("GET", f"/platform/customers?{urlencode({'email': email})}")
    if found.status_code == 200:
        one = found.json()
        pk = identity.customer(identity.Known(one["id"], one["email"], f"{one['first_name']} {one['last_name']}"))
        Customer.objects.filter(pk=pk).update(tier=one["tier"])


@pytest.fixture(autouse=True)
def _no_fault_left_behind() -> Iterator[None]:
    yield
    faults.install(None)


@pytest.fixture
def house(db: None, shop: ShopServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Inside the test's transaction, with all the articles of the pack (filling them in takes a second and a half)."""
    yield from opened(shop, monkeypatch, pack.active().articles)


@pytest.fixture
def small_house(db: None, shop: ShopServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[House]:
    """Inside the test's transaction, with a few articles."""
    yield from opened(shop, monkeypatch, few_articles(tmp_path))


@pytest.fixture
def moving_house(
    transactional_db: None, shop: ShopServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[House]:
    """With real commits, for threads, crashes and counts, and with a few articles."""
    yield from opened(shop, monkeypatch, few_articles(tmp_path))


def few_articles(folder: Path) -> Path:
    for name in FEW_ARTICLES:
        (folder / name).write_text((pack.active().articles / name).read_text())
    return folder


def opened(shop: ShopServer | None, monkeypatch: pytest.MonkeyPatch, articles: Path) -> Iterator[House]:
    """A house of the active pack, with these articles."""
    monkeypatch.setattr(embeddings.Embedder, "encode", _remembered)
    monkeypatch.setattr(embeddings.Embedder, "features", _known)
    monkeypatch.setattr(Queue, "is_open", lambda *_: True)  # tests run at any hour; the closed ones have their own
    kits.load.cache_clear()
    seeded(articles)
    yield House(shop)
    kits.load.cache_clear()
    if shop is not None:
        shop.reset()  # what was written in this test is no other test's
