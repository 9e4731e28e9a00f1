"""A fear for the account or the card is a person's at once, in the security team's line, with the policy's sentence."""

from __future__ import annotations

import pytest

from agents import triage
from agents.intents.taxonomy import load
from conversations.models import Handoff
from tests.agents.test_talk_edges import walked
from tests.house import House
from tools.models import ToolCall

WORDS = "somebody hacked my account"
SENTENCE = "For your security, I'm connecting you with a specialist right now."


def test_a_concern_is_handed_over_with_the_policys_sentence_and_nothing_else(small_house: House) -> None:
    """S1-49, D6."""
    row, answers = small_house.ask(small_house.alice(), WORDS)
    said = "\n".join(answers[0])
    assert SENTENCE in said
    assert "?" not in said
    handoff = Handoff.objects.get(conversation=row)
    assert (handoff.reason, handoff.queue) == ("account-security-concern", "human-queue-security")
    assert (row.turns.get().figures["tools"], ToolCall.objects.count()) == ([], 0)


def test_what_escalation_lets_through_goes_the_same_way(small_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the hard trigger blind, the workflow alone brings the same person with the same sentence."""
    seen = triage.triage
    monkeypatch.setattr("agents.hearing.triage", lambda *a, **k: seen(*a, **k).model_copy(update={"security": False}))
    row, answers = small_house.ask(small_house.alice(), WORDS)
    assert "security_report: alarm --otherwise--> handoff:account-security-concern" in walked(row)
    assert SENTENCE in "\n".join(answers[0])
    handoff = Handoff.objects.get(conversation=row)
    assert (handoff.reason, handoff.queue) == ("account-security-concern", "human-queue-security")


def test_the_intent_names_the_workflow() -> None:
    assert load()["security_report"].workflow == "security_report"
