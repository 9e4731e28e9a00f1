"""One customer with one order, and what becomes of them; enough of it on a command line for another process."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass

from config.seed import seed_customers
from conversations import inbox
from conversations.channels import web
from conversations.models import Conversation, Customer


@dataclass
class Story:
    """`conversation` is 0 until the first message is stored; a crash may lose the number, never the message."""

    scenario: str
    email: str
    order: str
    cents: int
    conversation: int = 0

    def __str__(self) -> str:
        return f"{self.scenario} {self.order}"

    def to_json(self) -> str:
        return json.dumps(asdict(self))


def known(story: Story) -> Customer:
    """The customer's row, made when there is none yet."""
    held = Customer.objects.filter(email=story.email, external_ref__isnull=False).first()
    if held is None:
        seed_customers(story.email)
        held = Customer.objects.get(email=story.email, external_ref__isnull=False)
    return held


def client_id(story: Story, step: str) -> str:
    """The same for the same message: a page sends again what was not acknowledged."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{story.order} {step}").hex


def say(story: Story, step: str, text: str) -> int:
    talk = Conversation.objects.get(pk=story.conversation).public_id if story.conversation else None
    frame = {"client_id": client_id(story, step), "text": text}
    return inbox.receive(web.adapt(frame, known(story).pk, talk)).conversation_id
