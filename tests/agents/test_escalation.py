"""The escalation list: each reason at its boundary, the order of the list, and hard triggers that nothing outvotes."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.escalation import HARD, PREDICATES, Escalation, EscalationInputs, Flags, Limits, decide
from agents.intents import taxonomy
from agents.intents.taxonomy import Category
from agents.memory import Memory
from agents.triage import Sentiment
from agents.workflow import Kind
from agents.workflows import WORKFLOWS
from approvals import ladder
from knowledge.policy import Policy
from tools import pack

CALM = EscalationInputs(
    agent_confidence=950,
    turn_count=1,
    customer_sentiment=Sentiment.NEUTRAL,
    intent_category=Category.SHIPPING,
    account_tier="standard",
    has_legal_language=False,
    retrieval_confidence=900,
)


def reason(inputs: EscalationInputs = CALM, limits: Limits | None = None, **changes: Any) -> str | None:
    flags = {key: changes.pop(key) for key in list(changes) if key in {f.name for f in fields(Flags)}}
    found = decide(replace(inputs, flags=replace(inputs.flags, **flags), **changes), limits)
    return found.reason if found else None


def test_the_seven_inputs_are_the_contracts() -> None:
    """S1-35"""
    names = [field.name for field in fields(EscalationInputs)]
    assert names[:7] == [
        "agent_confidence", "turn_count", "customer_sentiment", "intent_category", "account_tier", "has_legal_language", "retrieval_confidence",
    ]  # fmt: skip


def test_a_calm_matter_stays_with_the_agent() -> None:
    assert reason() is None


def test_an_explicit_wish_for_a_person_is_granted() -> None:
    """S2-12"""
    assert reason(wants_person=True) == "customer-asked-for-person"


def test_legal_language_escalates_at_full_confidence() -> None:
    """S1-36"""
    assert reason(has_legal_language=True, agent_confidence=1000) == "legal-language-detected"


def test_enterprise_billing_escalates_at_full_confidence() -> None:
    """S1-37"""
    billed = {"intent_category": Category.BILLING, "agent_confidence": 1000}
    assert reason(account_tier="enterprise", **billed) == "enterprise-billing-policy"
    assert reason(account_tier="premium", **billed) is None
    assert reason(account_tier="enterprise") is None


@pytest.mark.parametrize(("turns", "expected"), [(2, None), (3, "sentiment-degradation")])
def test_frustration_escalates_from_the_third_turn(turns: int, expected: str | None) -> None:
    """S1-38"""
    assert reason(customer_sentiment=Sentiment.FRUSTRATED, turn_count=turns) == expected
    assert reason(turn_count=turns) is None


def test_rising_frustration_escalates_before_the_third_turn() -> None:
    """S1-44"""
    assert reason(customer_sentiment=Sentiment.FRUSTRATED, sentiment_rising=True) == "sentiment-degradation"
    assert reason(sentiment_rising=True) is None


@pytest.mark.parametrize(("turns", "expected"), [(3, None), (4, "max-turns-reached")])
def test_four_unresolved_turns_are_enough(turns: int, expected: str | None) -> None:
    """S1-39"""
    assert reason(turn_count=turns) == expected


@pytest.mark.parametrize(("turns", "expected"), [(10, None), (11, "conversation-turns-reached")])
def test_more_than_ten_turns_without_a_solution_are_too_many(turns: int, expected: str | None) -> None:
    """S2-15, D3"""
    assert reason(conversation_turns=turns) == expected


@pytest.mark.parametrize(("entries", "expected"), [(20, None), (21, "history-full")])
def test_a_history_of_more_than_twenty_entries_is_full(entries: int, expected: str | None) -> None:
    """S2-15, D3: results of tools are entries too."""
    assert reason(history_entries=entries) == expected


def test_entries_count_from_the_last_solution() -> None:
    """D3: two messages, an answer and a tool's result are four; a solution begins anew."""
    memory = Memory()
    memory.hear(counts=True, understood=True, intensity=0)
    memory.answer(4)
    assert memory.entries == 4
    memory.settle()
    memory.answer(2)
    assert memory.entries == 0


@pytest.mark.parametrize(
    ("confidence", "changes", "expected"),
    [
        (599, {}, "low-confidence"),
        (600, {}, None),
        (719, {}, None),
        (719, {"may_clarify": False}, "low-confidence"),
        (719, {"sensitive": True}, "low-confidence"),
        (720, {"sensitive": True, "may_clarify": False}, None),
        (None, {}, None),
    ],
)
def test_the_confidence_bands(confidence: int | None, changes: dict[str, Any], expected: str | None) -> None:
    """S1-18 S1-40 S2-13 D2"""
    assert reason(agent_confidence=confidence, **changes) == expected


def test_a_policy_cannot_lower_the_floor() -> None:
    """D2"""
    assert reason(limits=Limits(confidence=100), agent_confidence=599) == "low-confidence"
    assert reason(limits=Limits(confidence=100), agent_confidence=600, may_clarify=False) is None


@pytest.mark.parametrize(
    ("confidence", "expected"), [(499, "low-retrieval-confidence-sensitive-topic"), (500, None), (None, None)]
)
def test_thin_sources_escalate_where_the_topic_is_sensitive(confidence: int | None, expected: str | None) -> None:
    """S1-41"""
    assert reason(retrieval_confidence=confidence, intent_category=Category.BILLING) == expected
    assert reason(retrieval_confidence=confidence) is None


@pytest.mark.parametrize(("cents", "expected"), [(50_000, None), (50_001, "payment-dispute-over-threshold")])
def test_a_dispute_above_the_threshold_goes_to_billing(cents: int, expected: str | None) -> None:
    """S1-49: 500.00 and 500.01."""
    assert reason(disputed_cents=cents) == expected


@pytest.mark.parametrize(("count", "expected"), [(1, None), (2, "not-understood")])
def test_twice_not_understood_is_enough(count: int, expected: str | None) -> None:
    """S3-18"""
    assert reason(not_understood=count, agent_confidence=None) == expected


@pytest.mark.parametrize(("count", "expected"), [(1, None), (2, "repeated-failure")])
def test_repeated_failure_ends_with_a_person(count: int, expected: str | None) -> None:
    assert reason(failures=count) == expected


@pytest.mark.parametrize(
    ("flag", "expected", "queue"),
    [
        ("safety", "safety-concern", "human-queue-priority"),
        ("security", "account-security-concern", "human-queue-security"),
        ("loss", "personal-loss", "human-queue-priority"),
        ("wants_person", "customer-asked-for-person", "human-queue-standard"),
    ],
)
def test_grave_signs_have_their_queue(flag: str, expected: str, queue: str) -> None:
    """S1-43 S1-49 S3-22"""
    assert decide(replace(CALM, flags=Flags(**{flag: True}))) == Escalation(expected, queue)


def test_enterprise_customers_wait_in_their_own_queue() -> None:
    """S1-45"""
    stuck = replace(CALM, turn_count=9)
    assert decide(stuck) == Escalation("max-turns-reached", "human-queue-standard")
    assert decide(replace(stuck, account_tier="enterprise")) == Escalation(
        "max-turns-reached", "human-queue-enterprise"
    )


def test_the_first_hit_of_the_list_wins() -> None:
    everything = replace(
        CALM,
        turn_count=99,
        has_legal_language=True,
        agent_confidence=0,
        flags=Flags(wants_person=True, security=True, safety=True, loss=True, failures=9, not_understood=9),
    )
    assert decide(everything) == Escalation("safety-concern", "human-queue-priority")
    assert len({name for name, _, _ in PREDICATES}) == len(PREDICATES)


inputs = st.builds(
    EscalationInputs,
    agent_confidence=st.none() | st.integers(0, 1000),
    turn_count=st.integers(0, 50),
    customer_sentiment=st.sampled_from(Sentiment),
    intent_category=st.sampled_from(Category),
    account_tier=st.sampled_from(["standard", "premium", "enterprise"]),
    has_legal_language=st.booleans(),
    retrieval_confidence=st.none() | st.integers(0, 1000),
    flags=st.builds(
        Flags, **{f.name: st.booleans() if f.type == "bool" else st.integers(0, 60_000) for f in fields(Flags)}
    ),
)


@given(inputs)
def test_every_escalation_has_a_reason_code_and_a_queue(given_inputs: EscalationInputs) -> None:
    """S1-42"""
    found = decide(given_inputs)
    assert found is None or (
        found.reason in {name for name, _, _ in PREDICATES} and found.queue.startswith("human-queue-")
    )


@given(inputs)
def test_no_combination_outvotes_a_hard_trigger(given_inputs: EscalationInputs) -> None:
    """S1-43"""
    flags = given_inputs.flags
    is_hard = (
        given_inputs.has_legal_language
        or flags.safety
        or flags.security
        or flags.loss
        or flags.wants_person
        or (given_inputs.account_tier == "enterprise" and given_inputs.intent_category is Category.BILLING)
    )
    found = decide(given_inputs)
    assert found is None or (found.reason and found.queue)
    if is_hard:
        assert found is not None
        assert found.reason in HARD


@pytest.mark.parametrize(("cents", "role"), [(50_000, "operator"), (50_001, "billing_specialist")])
def test_a_refund_above_500_is_a_specialists(cents: int, role: str) -> None:
    """S2-14, S1-49: 500.00 and 500.01."""
    refunds = Policy.parse(pack.active().policy.read_text("utf-8")).refunds
    assert ladder.rung(cents, refunds).role == role


def test_high_priority_intents_end_with_people_or_behind_a_gate() -> None:
    """S2-16, D6: leaving, a fear for the account, a billing problem; each write waits at the gate."""
    known = taxonomy.load(pack.active().intents)
    assert known["security_report"].workflow == "security_report"
    assert {edge.target for edge in WORKFLOWS["security_report"].edges} == {"handoff:account-security-concern"}
    for intent in ("close_account", "subscription_change", "billing_dispute"):
        assert known[intent].sensitive
        kinds = {node.kind for node in WORKFLOWS[known[intent].workflow].nodes}
        assert kinds >= {Kind.PROPOSE, Kind.GATE}, intent
