"""What a reviewer is told of a new policy: everything that it lets go, and nothing that it tightens."""

from __future__ import annotations

import pytest

from knowledge import difference
from knowledge.looser import looser
from knowledge.policy import Policy
from tests.knowledge.test_policy import BODY

OLD = Policy.parse(BODY)
LADDER = BODY[BODY.index("  approvals:\n") : BODY.index("  # Nobody decided")]
HOURS = '      monday: "09:00-18:00"\n'

CHANGES = (
    (("automatic_usd: 50", "automatic_usd: 80", "above_usd: 50,", "above_usd: 80,"),
     ["The policy alone refunds up to $80, not $50."]),
    (("automatic_per_customer_usd: 100", "automatic_per_customer_usd: 200"),
     ["One customer gets up to $200 by the policy alone in 30 days, not $100."]),
    (("automatic_per_day_usd: 500", "automatic_per_day_usd: 501"),
     ["Up to $501 go back by the policy alone in a day, not $500."]),
    (("automatic_cancel_usd: 500", "automatic_cancel_usd: 501"),
     ["The policy alone cancels orders up to $501, not $500."]),
    (("late_delivery: 5,", "late_delivery: 7,"), ["The standard credit for late delivery is $7, not $5."]),
    (("approval_hours: 48", "approval_hours: 72"), ["A request may wait 72 hours for a decision, not 48."]),
    (("offer_minutes: 60", "offer_minutes: 90"), ["A yes counts for 90 minutes after the offer, not 60."]),
    (("turns_per_matter: 4", "turns_per_matter: 5"), ["A person comes after 5 unsolved turns on a matter, not 4."]),
    (("stale_days: 90", "stale_days: 365"), ["A page counts as fresh for 365 days, not 90."]),
    (("threshold_usd: 500", "threshold_usd: 900"),
     ["A disputed payment goes to a specialist above $900, not above $500."]),
    (("proceed: 720", "proceed: 700"), ["The agent proceeds from a confidence of 700, not 720."]),
    (("critic: 850", "critic: 800"), ["The second review of a write is content with 800, not 850."]),
    (("retrieval: 500", "retrieval: 1"), ["A passage about money or law counts from 1, not 500."]),
    (("above_usd: 500, role", "above_usd: 700, role"),
     ["Refunds above $500 and up to $700 need an operator, not a billing specialist."]),
    (("role: manager, people: 2", "role: manager, people: 1"),
     ["Refunds above $1000 need a manager, not 2 people, one of them a manager."]),
    ((LADDER, "  approvals:\n    - {above_usd: 50, role: operator, people: 1}\n"),
     ["Refunds above $500 and up to $1000 need an operator, not a billing specialist.",
      "Refunds above $1000 need an operator, not 2 people, one of them a manager."]),
    (("customers: [standard], states: [new, opened], days: 14", "customers: [standard], states: [new, opened], days: 21"),
     ["The refund window of platform owned / standard / new, opened is 21 days, not 14.",
      "The refund window of transfer / standard / new, opened is 21 days, not 14."]),
    (("  - legal_advice\n", ""), ["The topic legal_advice is no longer prohibited."]),
    (('    - "I\'m just an AI"\n', ""), ["The phrase “I'm just an AI” is no longer prohibited."]),
    (("action: escalate_immediately", "action: escalate_to_billing_specialist"),
     ["account_security_concern leads to escalate_to_billing_specialist, not to escalate_immediately."]),
    ((HOURS, ""), ["The queue human-queue-billing has nobody on monday any more."]),
)  # fmt: skip


@pytest.mark.parametrize(("swaps", "told"), CHANGES)
def test_what_gets_looser_is_told_and_the_way_back_is_not(swaps: tuple[str, ...], told: list[str]) -> None:
    """S1-51"""
    body = BODY
    for old, new in zip(swaps[::2], swaps[1::2], strict=True):
        assert old in body
        body = body.replace(old, new, 1)
    assert looser(OLD, Policy.parse(body)) == told
    assert looser(Policy.parse(body), OLD) == []


@pytest.mark.parametrize(
    ("now", "then", "told"),
    [
        ("off", "dry_run", ["is written down and not sent; so far it is off"]),
        ("dry_run", "people", ["always goes to people; so far it is written down and not sent"]),
        (
            "people",
            "auto",
            ["goes as the ladder says, small sums by the policy alone; so far it always goes to people"],
        ),
        ("auto", "off", []),
        ("auto", "people", []),
    ],
)
def test_a_capability_that_reaches_further_is_told(now: str, then: str, told: list[str]) -> None:
    before, after = (
        Policy.parse(BODY.replace("change_order: auto", f'change_order: "{mode}"')) for mode in (now, then)
    )
    assert looser(before, after) == [f"change_order {sentence}." for sentence in told]


def test_a_disclosure_that_is_gone_is_told() -> None:
    notice = BODY[BODY.index("  - id: data_collection_notice") : BODY.index("sensitive:")]
    told = looser(OLD, Policy.parse(BODY.replace(notice, "\n")))
    assert told == ["Nothing has to be disclosed at account_data_requested any more."]


def test_the_same_policy_is_not_looser() -> None:
    assert looser(OLD, OLD) == []


def test_a_difference_has_its_lines_and_their_kinds() -> None:
    found = difference.lines("a: 1\nb: 2\nc: 3\n", "a: 1\nb: 4\nc: 3\n")
    assert [(line.kind, line.text) for line in found] == [
        ("place", "@@ -1,3 +1,3 @@"),
        ("same", " a: 1"),
        ("removed", "-b: 2"),
        ("added", "+b: 4"),
        ("same", " c: 3"),
    ]
    assert difference.counts(found) == (1, 1)
    assert difference.lines("a: 1", "a: 1\n") == []
