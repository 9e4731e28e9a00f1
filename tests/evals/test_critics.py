"""The Critic's exam: the one that ships passes it, and the exam tells one that waves everything through or nothing."""

from __future__ import annotations

import pytest

from approvals.critic import Critic
from approvals.rules_critic import rules_critic
from evals.suites import critics
from evals.suites.carrying_out import House
from evals.suites.critic_faults import YES, says
from tools import pack
from tools.kinds import WriteKind

# Between two kinds the house forgets, and a transaction that holds deferred checks can't.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("fresh_shop")]
WAVES = Critic("waves everything through", says(YES))
NO = Critic("refuses everything", says({"verdict": "rejected", "confidence": 1000, "reasons": ["mood"]}))


def kinds(*names: str) -> list[WriteKind]:
    return [kind for kind in pack.active().kinds if kind.name in names]


def test_the_rules_critic_stops_every_wrong_one_and_no_right_one() -> None:
    """S4-24, S4-25: it reads the records and the words, and is examined itself."""
    found = critics.run(kinds=kinds("refund: ours", "order: address", "account: email"))
    assert found["right"] == {"approved": 3, "of": 3}, found["needless"]
    assert found["wrong"]["stopped"] == found["wrong"]["of"] == 20, found["false_approvals"]
    assert set(found["by_fault"]) == set(critics.FAULTS), "each way of being wrong was posed"


def test_who_waves_everything_through_is_told_and_can_overrule_nobody() -> None:
    """A model Critic's yes counts only beside the rules Critic's."""
    some = kinds("order: address")
    alone = critics.run([WAVES], some)
    assert alone["wrong"]["stopped"] == 0
    assert {one["fault"] for one in alone["false_approvals"]} == set(alone["by_fault"])
    both = critics.run([WAVES, rules_critic(House().terms.refunds)], some)
    assert both["wrong"]["stopped"] == both["wrong"]["of"] > 0
    assert both["right"] == {"approved": 1, "of": 1}


def test_who_refuses_everything_is_told_as_well() -> None:
    found = critics.run([NO, rules_critic(House().terms.refunds)], kinds("refund: ours"))
    assert found["right"] == {"approved": 0, "of": 1}
    assert found["needless"] == [{"kind": "refund: ours", "why": "critic-rejected, mood"}]
    assert found["wrong"]["stopped"] == found["wrong"]["of"]
