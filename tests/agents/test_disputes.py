"""A disputed payment above the policy's threshold goes to a billing specialist, at it or below it as any other."""

from __future__ import annotations

import pytest

from agents import kits, releases
from agents.disputes import disputed_cents
from agents.intents.answer import IntentAnswer, IntentCandidate, Tier
from conversations.access import SYSTEM
from conversations.models import Handoff
from knowledge.models import ConfigVersion
from knowledge.seed import seed_config
from tests.house import House

REASON = "payment-dispute-over-threshold"


def answer(*names: str) -> IntentAnswer:
    named = tuple(IntentCandidate(name=name, confidence=950) for name in names)
    return IntentAnswer(intents=named, tier=Tier.RULES, cost=0, explanation="")


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("I dispute the charge of $500.00", 50_000),
        ("I dispute the charge of $500.01", 50_001),
        ("you took 1,299.50 USD instead of $12", 129_950),
        ("you charged me $20 and then €700", 70_000),
        ("I was charged twice for order FW-90000", 0),
        ("I was charged 3 times", 0),
    ],
)
def test_the_largest_amount_that_is_named_is_disputed(text: str, cents: int) -> None:
    assert disputed_cents(text, answer("billing_dispute")) == cents
    assert disputed_cents(text, answer("order_status", "billing_dispute")) == cents


def test_an_amount_in_another_matter_is_not_disputed() -> None:
    assert disputed_cents("where is my $900 sofa", answer("order_status")) == 0
    assert disputed_cents("where is my $900 sofa", answer()) == 0


@pytest.mark.parametrize(("amount", "escalated"), [("$499.99", False), ("$500.00", False), ("$500.01", True)])
def test_the_threshold_itself_is_not_above_it(small_house: House, amount: str, escalated: bool) -> None:
    """S1-49: 500.00 and 500.01, in a customer's words."""
    row, _ = small_house.ask(small_house.alice(), f"I want to dispute a charge of {amount} on my card")
    found = list(Handoff.objects.filter(conversation=row).values_list("reason", "queue"))
    assert found == ([(REASON, "human-queue-billing")] if escalated else [])


def test_threshold_and_queue_are_the_policys(small_house: House) -> None:
    """S1-49, S1-51: another number and another queue, released while the house runs."""
    release(("threshold_usd: 500", "threshold_usd: 80"),
            ("action: escalate_to_billing_specialist\n    queue: human-queue-billing",
             "action: escalate_to_billing_specialist\n    queue: human-queue-priority"))  # fmt: skip
    row, _ = small_house.ask(small_house.alice(), "I want to dispute a charge of $80.01 on my card")
    assert Handoff.objects.values_list("reason", "queue").get(conversation=row) == (REASON, "human-queue-priority")
    row, _ = small_house.ask(small_house.bob(), "I want to dispute a charge of $80.00 on my card")
    assert not Handoff.objects.filter(conversation=row).exists()


def release(*swaps: tuple[str, str]) -> None:
    standing, words = releases.live_version("policy"), releases.live_version("taxonomy")
    assert standing is not None
    assert words is not None
    body = standing.body
    for old, new in swaps:
        assert old in body
        body = body.replace(old, new, 1)
    releases.take_live(seed_config(ConfigVersion.Kind.POLICY, body), SYSTEM, "test")
    assert kits.load(releases.live().pk).policy != kits.policy_of(standing.body)  # type: ignore[union-attr]
