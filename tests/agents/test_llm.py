"""The one door to models: what leaves, what comes back, what is counted, and what is refused."""

from __future__ import annotations

import pytest

from agents.llm import gateway
from agents.llm.shapes import Account, Request, Said, Who
from agents.models import ModelCall
from tests.scripted import MODEL, scripted

pytestmark = pytest.mark.django_db


def request(**changes: object) -> Request:
    given = {
        "role": "resolution", "model": MODEL, "system": ("Be kind.",), "messages": (Said(Who.CUSTOMER, "Hello"),),
        "max_tokens": 100, "seconds": 5.0,
    }  # fmt: skip
    return Request(**(given | changes))  # type: ignore[arg-type]


def test_an_answer_is_written_down() -> None:
    with scripted("Good day.") as provider:
        reply = gateway.ask(request(), Account())
    assert reply.text == "Good day."
    assert len(provider.asked) == 1
    row = ModelCall.objects.get()
    assert (row.role, row.provider, row.input_tokens, row.output_tokens, row.error) == (
        "resolution",
        "scripted",
        100,
        20,
        "",
    )
    assert row.cost_micros == 20
