"""Made-up rows for the page that shows every component. Nothing here touches the database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString

from ..models import Conversation, Customer
from . import packet
from .inbox import TABS, Listing
from .thread import Line

PACKET: dict[str, Any] = {
    "brief": "Wants a person about a late parcel. Next: look at the carrier's claim form. Calm, but it is a gift.",
    "customer": ["Alice Moore, standard tier", "Second conversation this month"],
    "issue": ["“It was a birthday present and the tracking hasn't moved for nine days.”"],
    "tried": ["Looked the order up: last scan nine days ago"],
    "knowledge": ["Late parcels (page is 210 days old)"],
    "next_steps": ["Ask the carrier", "Offer what the rules allow"],
    "tone": ["Worried, polite"],
}
TURN: dict[str, Any] = {
    "n": 2,
    "latency_ms": 184,
    "path": [
        {"node": "find_order", "edge": "found", "kind": "look", "ms": 41, "detail": {"slots": ["order_id"]}},
        {"node": "say_status", "edge": "done", "kind": "say", "ms": 12, "detail": {}},
    ],
    "outcome": "Answered",
    "intents": {"best": "order_status", "tier": "rules", "confidence": 970},
    "triage": {"urgency": "normal", "sentiment": "neutral", "complexity": 1},
    "escalation": "none",
    "tools": ["get_order"],
    "guard": {"input": "clean", "output": "passed"},
    "trace": {"request_id": "req_77", "steps": 4, "escalated_to_human": False},
}
WORDS = (
    ("customer", "Alice Moore", "<p>Where is my order? It was due on Monday.</p>"),
    (
        "agent",
        "Agent",
        "<p>It is on its way; the carrier scanned it this morning <a class='cite' href='/help/'>[1]</a>.</p>",
    ),
    ("activity", "The agent", "The agent asked for a person: customer asked"),
    ("operator", "Olga", "<p>Hello Alice, I have your order in front of me.</p>"),
    ("agent", "Agent", "<p>It is with the carrier's depot in Leipzig.</p>"),
)


def context() -> dict[str, Any]:
    now = timezone.now()
    rows = [row(number, now - timedelta(minutes=7 * number)) for number in range(1, 501)]
    lines = [
        Line(
            now - timedelta(minutes=9 - n),
            kind,
            name,
            SafeString(html),
            seq=n,
            citations=CITED if kind == "agent" else (),
            unfinished=n == len(WORDS),
        )
        for n, (kind, name, html) in enumerate(WORDS, 1)
    ]
    return {
        "lines": lines,
        "brief": packet.as_lines(PACKET["brief"]),
        "sections": packet.sections(PACKET),
        "turns": [{**TURN, "at": now}],
        "inbox": Listing(TABS["waiting"], "", rows, [(tab, "12") for tab in TABS.values()], None),
        "statuses": Conversation.Status.choices,
        "soon": now - timedelta(minutes=4),
    }


CITED = ({"n": 1, "title": "Delivery times", "url": "/help/", "age_days": 400, "stale": True},)


def row(number: int, moment: Any) -> Conversation:
    name = ("Alice", "Bob", "Mallory")[number % 3]
    made = Conversation(
        pk=number,
        customer=Customer(first_name=name, email=f"{name.lower()}@example.com"),
        last_seq=number,
        status="escalated",
    )
    made.moved_at = made.last_activity_at = moment
    made.last_text, made.last_author = f"Message number {number}: where is the parcel?", "customer"  # type: ignore[attr-defined]
    made.queue, made.reason = "general", "customer-asked"  # type: ignore[attr-defined]
    return made
