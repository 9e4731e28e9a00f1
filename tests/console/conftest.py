"""Alice waits for a person; Olga and Max are signed in."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from conversations import lifecycle, outbox
from conversations.access import AGENT
from conversations.models import Conversation, Handoff, Message
from tests import cast

PACKET = {
    "brief": ["Late parcel", "Ask the carrier"],
    "customer": ["Alice Moreau, standard customer"],
    "issue": ["“Where is it?”"],
    "tried": ["Looked the order up"],
    "knowledge": ["Late parcels (300 days old, STALE)"],
    "next_steps": ["Ask the carrier"],
    "tone": ["Worried"],
}


def handed_over(who: Any, text: str, reason: str = "customer-asked-for-person", packet: Any = None) -> Conversation:
    """`who` wrote, the agent answered and gave up."""
    received = cast.says(who, text)
    outbox.append(received.conversation_id, Message.Author.AGENT, "A colleague takes it from here.")
    moved = lifecycle.move(Conversation, received.conversation_id, "hand_off", AGENT, reason)
    Handoff.objects.create(conversation=moved, queue="general", reason=reason, packet=packet or PACKET)
    return moved


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def waiting(db: None) -> Conversation:
    return handed_over(cast.alice(), "Where is my order?")


@pytest.fixture
def olga(db: None) -> Client:
    return signed_in(cast.olga())


@pytest.fixture
def max_(db: None) -> Client:
    return signed_in(cast.max_())


def reply_form(text: str, client_id: str | None = None) -> dict[str, str]:
    return {"text": text, "client_id": client_id or str(uuid.uuid4())}
