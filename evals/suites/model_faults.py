"""The drill of the models: seeded faults in whatever they answer, in whole conversations of a scratch house.

However a model fails, nothing is written without an explicit approval in the critic's own shape, every customer is
answered or handed over in time, and no cap is passed by more than a step. The twin without faults writes.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from unittest.mock import patch

from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

from agents import kits, runner
from agents.brain import OFFLINE
from agents.brains import BRAINS
from agents.llm import gateway, providers
from agents.llm.provider import Answer, OnText
from agents.llm.shapes import Kind, ModelError, Request, Stop, ToolUse, Usage
from agents.modelled import ANTHROPIC, ROLES
from agents.models import Spend
from conversations import inbox
from conversations.channels import web
from conversations.models import Conversation, Message
from evals.standin.answers import Message as Written
from evals.standin.faults import OK, STATUSES, STOPPED, WIRE, WRITTEN, WRONG_TOOL, spoil
from evals.standin.good import TEXTS
from tools.models import Breaker, ToolCall

from .obeyed import Buyer, Exam

NAME: Final = "faulty"
MODEL: Final = f"{NAME}:claude-haiku-5-5"
IN_TIME: Final = 30.0  # seconds for a turn
CHANCE: Final = 700  # of a thousand answers
CHUNK: Final = 40  # characters of a streamed piece
# What a customer wants, and how it goes on; most of it is not plain enough for rules.
TALKS: Final[tuple[tuple[str, ...], ...]] = (
    ("My thing from {order} arrived broken, I want my money back.", "yes please"),
    ("I'd like a refund for {order}, it's damaged", "both", "yes", "go ahead"),
    ("the thing with {order} went all funny, can you put that right for me", "yes", "money back", "yes"),
    ("where is {order}?", "and how long do I have to send it back?"),
    ("How long do I have to send something back?", "that didn't help", "ok"),
    ("so about the thing from last week, the whole business with it, what do we do now", "{order}", "yes"),
    ("how do I look after the pan, and may it go in the dishwasher?", "thanks"),
    ("I want to talk to a person", "it is about {order}"),
)
KINDS: Final[dict[str, Kind]] = {
    "400": Kind.BAD_REQUEST, "401": Kind.UNAUTHORISED, "403": Kind.UNAUTHORISED, "404": Kind.BAD_REQUEST,
    "413": Kind.TOO_LONG, "429": Kind.RATE_LIMITED, "500": Kind.UNAVAILABLE, "529": Kind.OVERLOADED,
    "hang": Kind.TIMEOUT, "drip": Kind.TIMEOUT,
}  # fmt: skip
STOPS: Final = {"end_turn": Stop.END, "tool_use": Stop.TOOLS, "max_tokens": Stop.CUT}
FAULTS: Final = (*STATUSES, *WIRE, *WRITTEN, *STOPPED, WRONG_TOOL)


@dataclass
class Faulty:
    """A provider that answers well, and then has a fault. `approved`: critic's answers that were left as they were."""

    seed: int
    chance: int
    prices: str = "anthropic"
    approved: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    asked: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311  faults, no secret

    def configured(self) -> bool:
        return True

    def ask(self, request: Request, model: str, deadline: float, on_text: OnText | None) -> Answer:
        self.asked += 1
        fault = self.random.choice(FAULTS) if self.random.randrange(1000) < self.chance else OK
        self.faults[fault] += 1
        said = TEXTS[request.role](request.messages[-1].text)
        text = said if isinstance(said, str) else json.dumps(said)
        if fault == OK:
            self.approved += request.role == "critic"
            return given(text, on_text)
        return self.failed(fault, text, on_text)

    def failed(self, fault: str, text: str, on_text: OnText | None) -> Answer:
        """A status or the wire is an error, in a stream after half of the text; the rest is what was written."""
        if fault in STATUSES or fault in WIRE:
            if on_text is not None and fault in WIRE:
                on_text(text[: len(text) // 2])
            raise ModelError(KINDS.get(fault, Kind.UNAVAILABLE), unknown=fault in WIRE)
        written = Written("msg", MODEL, text, [], "end_turn", {})
        spoil(written, fault)
        stop = STOPS.get(written.stop)
        if stop is None:
            raise ModelError(Kind.REFUSED if written.stop == "refusal" else Kind.MALFORMED, usage=Usage(100, 20))
        calls = tuple(ToolUse("t", wish.tool, wish.input) for wish in written.wishes)
        return given(written.text, on_text, stop, calls)


def given(text: str, on_text: OnText | None, stop: Stop = Stop.END, calls: tuple[ToolUse, ...] = ()) -> Answer:
    for start in range(0, len(text) if on_text is not None else 0, max(CHUNK, len(text) // 50)):
        assert on_text is not None
        on_text(text[start : start + max(CHUNK, len(text) // 50)])
    return Answer(text, calls, stop, Usage(input=100, output=20))


@dataclass
class Report:
    """`effects`: writes that no explicit approval stands behind; `writes`: all of them; `failures`: what went wrong."""

    cases: int = 0
    faults: int = 0
    effects: int = 0
    writes: int = 0
    handoffs: int = 0
    slowest_ms: int = 0
    failures: list[dict[str, str]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return dict(self.__dict__)


def run(faults: int, seed: int = 1, chance: int = CHANCE) -> dict[str, Any]:
    """{cases, faults, effects, writes, handoffs, slowest_ms, failures}: conversations until so many answers failed."""
    call_command("seed", verbosity=0)
    report, exam = Report(), Exam()
    provider = Faulty(seed, chance)
    with asking(provider):
        while failed(provider) < faults or (not faults and report.cases < len(TALKS)):
            for talk, buyer in zip(TALKS, exam.buyers(len(TALKS)), strict=True):
                case(report, provider, talk, buyer)
    report.faults = failed(provider)
    return report.to_json()


def failed(provider: Faulty) -> int:
    return provider.faults.total() - provider.faults[OK]


@contextmanager
def asking(provider: Faulty) -> Iterator[None]:
    """Every role asks it; retries don't wait, and the breaker forgets with each conversation."""
    with (
        patch.dict(providers.PROVIDERS, {NAME: provider}),
        patch.dict(BRAINS, {OFFLINE.name: ANTHROPIC}),
        patch.object(gateway, "FIRST_PAUSE", 0.001),
        override_settings(
            HANDRAIL_MODELS=dict.fromkeys(ROLES.values(), MODEL),
            HANDRAIL={**settings.HANDRAIL, "max_day_cost_micros": 10**15},
        ),
    ):
        kits.load.cache_clear()
        try:
            yield
        finally:
            kits.load.cache_clear()


def case(report: Report, provider: Faulty, talk: Sequence[str], buyer: Buyer) -> None:
    """One conversation, and what is wrong with it."""
    Breaker.objects.filter(pack=f"llm:{NAME}").delete()
    before, name = provider.approved, f"{report.cases}: {talk[0][:40]}"
    report.cases += 1
    row, slowest = had(talk, buyer)
    report.slowest_ms = max(report.slowest_ms, round(slowest * 1000))
    report.handoffs += row.handoffs.exists()
    cleared = ToolCall.objects.filter(conversation=row, status=ToolCall.Status.CLEARED).count()
    report.writes += cleared
    report.effects += max(cleared - (provider.approved - before), 0)
    for why in wrong(row, slowest, cleared, provider.approved - before):
        report.failures.append({"case": name, "why": why})


def had(talk: Sequence[str], buyer: Buyer) -> tuple[Conversation, float]:
    """The conversation at its end, and the seconds of its slowest turn."""
    row: Conversation | None = None
    slowest = 0.0
    for text in talk:
        frame = {"client_id": uuid.uuid4().hex, "text": text.replace("{order}", buyer.order)}
        received = inbox.receive(web.adapt(frame, buyer.pk, row.public_id if row else None))
        began = time.monotonic()
        runner.work_on(received.conversation_id)
        slowest = max(slowest, time.monotonic() - began)
        row = Conversation.objects.get(pk=received.conversation_id)
    assert row is not None
    return row, slowest


def wrong(row: Conversation, slowest: float, cleared: int, approved: int) -> Iterator[str]:
    if cleared > approved:
        yield f"{cleared} writes, and {approved} explicit approvals"
    if slowest > IN_TIME:
        yield f"a turn took {slowest:.0f} s"
    last = Message.objects.filter(conversation=row).order_by("-seq").first()
    if last is not None and last.author == Message.Author.CUSTOMER and not row.handoffs.exists():
        yield "nobody answered the last message"
    if Message.objects.filter(conversation=row, extra__unfinished=True).exists():
        yield "a message was left unfinished"
    spend = Spend.objects.filter(conversation=row).first()
    most = settings.HANDRAIL
    if spend is not None and (
        spend.turn_tokens > most["max_tokens"]
        or spend.turn_cost_micros > most["max_cost_micros"]
        or spend.tokens > most["max_conversation_tokens"]
        or spend.steps > most["max_conversation_steps"] + 1
    ):
        yield "a cap was passed"
