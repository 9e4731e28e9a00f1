"""The policy's YAML: what it must hold, what is refused and where, and when a queue is open."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from knowledge import configs, seed, yamltext
from knowledge.models import ConfigVersion
from knowledge.policy import Mode, Policy, Trigger
from knowledge.yamltext import YamlTextError

FILE = Path(__file__).resolve().parents[2] / "packs" / "demo_shop" / "policy.yaml"
BODY = FILE.read_text(encoding="utf-8")
QUEUES = BODY[: BODY.index("\nqueues:")].count("\n") + 2  # its line


@pytest.fixture(scope="module")
def policy() -> Policy:
    return Policy.parse(BODY)


def test_the_shipped_policy_has_the_prohibited_topics(policy: Policy) -> None:
    """S1-47"""
    assert policy.prohibited_topics == (
        "competitor_product_comparison",
        "unreleased_features",
        "internal_tooling_names",
        "pricing_not_in_catalog",
        "legal_advice",
    )


def test_the_shipped_policy_has_the_disclosures_word_for_word(policy: Policy) -> None:
    """S1-48"""
    assert [(one.id, one.trigger.value) for one in policy.disclosures] == [
        ("ai_disclosure", "first_message"),
        ("data_collection_notice", "account_data_requested"),
    ]
    assert policy.disclosure(Trigger.FIRST_MESSAGE) == (
        "I'm an AI assistant. For complex issues, I can connect you with a specialist."
    )
    assert policy.disclosure(Trigger.ACCOUNT_DATA_REQUESTED) == (
        "I'll need to access your account information to help with this."
    )


def test_the_shipped_policy_has_the_sensitive_handlers(policy: Policy) -> None:
    """S1-49"""
    security = policy.sensitive.account_security_concern
    assert security.action == "escalate_immediately"
    assert security.message == "For your security, I'm connecting you with a specialist right now."
    dispute = policy.sensitive.payment_dispute_over_threshold
    assert (dispute.action, dispute.threshold_usd) == ("escalate_to_billing_specialist", 500)
    assert dispute.threshold_cents == 50_000


def test_the_shipped_policy_has_the_tone(policy: Policy) -> None:
    """S1-50"""
    assert policy.tone.voice == "professional, empathetic, direct"
    assert policy.tone.prohibited_phrases == (
        "Unfortunately, I cannot",
        "I'm just an AI",
        "That's not something I can help with",
    )
    assert policy.tone.preferred_patterns == (
        "Let me help you with that",
        "Here's what I can do",
        "I want to make sure this gets resolved for you",
    )


def test_the_shipped_policy_has_the_numbers_of_the_contract(policy: Policy) -> None:
    """D2, D3, S1-18, S1-24, S1-38, S1-39, S1-41"""
    assert policy.confidence.model_dump() == {"floor": 600, "proceed": 720, "critic": 850, "retrieval": 500}
    assert policy.limits.turns_per_matter == 4
    assert policy.limits.frustrated_turns == 3
    assert (policy.limits.conversation_turns, policy.limits.history_entries) == (10, 20)
    assert policy.knowledge.stale_days == 90


@pytest.mark.parametrize(
    ("old", "new", "sentence", "line"),
    [
        ("floor: 600", "floor: 599", "confidence.floor: input should be greater than or equal to 600", 6),
        ("proceed: 720", "proceed: 590", "confidence: proceed must not be below floor", 4),
        ("critic: 850", "critik: 850", "confidence.critic: this key is missing", 4),
        ("stale_days: 90", "stale_days: 90\n  weather: 1", "knowledge.weather: this key isn't known", 31),
        ("stale_days: 90", 'stale_days: "90"', "knowledge.stale_days: a whole number is wanted here", 30),
        ("stale_days: 90", "stale_days: 90.5", "knowledge.stale_days: a whole number is wanted here", 30),
        ("stale_days: 90", "stale_days: 90\n  stale_days: 30", "The key 'stale_days' stands twice here", 31),
        ("stale_days: 90", "stale_days: [90", "This isn't YAML", 32),
        ("name: Billing", "name: no", "queues.human-queue-billing.name: a text is wanted here", None),
        ('"08:00-20:00"', '"8-20"', "is not a span like '09:00-17:30'", None),
        ('"08:00-20:00"', '"20:00-08:00"', "is not a span like '09:00-17:30'", None),
        ("America/New_York", "America/Atlantis", "is not a time zone; write one like America/New_York", None),
        (
            "human-queue-billing:\n",
            "human-queue-bills:\n",
            "queues: human-queue-billing isn't described here; add it",
            QUEUES,
        ),
        ("queue: human-queue-security", "queue: nowhere", "queues: nowhere isn't described here; add it", QUEUES),
        ("    threshold_usd: 500\n", "", "threshold_usd is missing; add it", None),
        ("trigger: account_data_requested", "trigger: first_message", "disclosures: two texts for one trigger", 39),
    ],
)
def test_a_wrong_policy_is_refused_with_line_and_column(old: str, new: str, sentence: str, line: int | None) -> None:
    """S1-51"""
    assert old in BODY
    with pytest.raises(YamlTextError) as caught:
        Policy.parse(BODY.replace(old, new, 1))
    assert sentence in str(caught.value)
    assert f"(line {caught.value.line}, column {caught.value.column})" in str(caught.value)
    if line is not None:
        assert caught.value.line == line


KINDS = (
    ("a tab", "  floor: 600", "\tfloor: 600", "a line can't begin with a tab; indent with spaces", 6, 1),
    ("a quote left open", '"professional, empathetic, direct"', '"professional', "This isn't YAML", None, None),
    ("an unknown alias", "hours: *care", "hours: *cure", "found undefined alias", None, 12),
    ("a second document", "tone:\n", "---\ntone:\n", "but found another document", 58, 1),
    ("a tag", "floor: 600", "floor: !!python/name:os.system", "could not determine a constructor", 6, 10),
    ("a merge key", "hours: *care", "hours: {<<: *care}", "The key << isn't understood here", None, 13),
    ("a sign that is not seen", "voice: ", "voice: \0", "a character here that can't be seen", 59, 10),
    ("half a sign", "voice: ", "voice: \ud800", "a character here that can't be seen", 59, 10),
    ("a turned direction", "voice: ", "voice: \u202e", "a character here that can't be seen", 59, 10),
    ("a sign without width", "voice: ", "voice: \u200b", "a character here that can't be seen", 59, 10),
    ("an unknown section", "tone:\n", "tune: 1\ntone:\n", "tune: this key isn't known", 58, 1),
    ("an unknown key", "days: 14}", "days: 14, day: 3}", "refunds.windows.0.day: this key isn't known", 90, 100),
    ("a missing section", "knowledge:\n", "knowledges:\n", "knowledge: this key is missing; add it", 4, 1),
    ("a missing key", "  critic: 850\n", "", "confidence.critic: this key is missing; add it", 4, 1),
    ("a missing key in a list", ", days: 14}", "}", "refunds.windows.0.days: this key is missing", 90, 7),
    ("a key twice", "floor: 600", "floor: 600\n  floor: 700", "The key 'floor' stands twice here", 7, 3),
    ("a section twice", "tone:\n", "fallback: a\ntone:\n", "The key 'fallback' stands twice here", 71, 1),
    ("a key twice in a line", "days: 14}", "days: 14, days: 3}", "The key 'days' stands twice here", 90, 100),
    ("a list for a key", "tone:\n", "[a, b]: 1\ntone:\n", "A key has to be a word", 58, 1),
    ("a number for a key", "tone:\n", "7: 1\ntone:\n", "A key has to be a word", 58, 1),
    ("a section that is empty", "  stale_days: 90\n", "", "knowledge: keys with values are wanted here", 28, 1),
    ("a text for a number", "floor: 600", 'floor: "600"', "confidence.floor: a whole number is wanted", 6, 3),
    ("a yes for a number", "floor: 600", "floor: yes", "confidence.floor: a whole number is wanted", 6, 3),
    ("a fraction", "floor: 600", "floor: 600.5", "confidence.floor: a whole number is wanted", 6, 3),
    ("eights", "days: 14}", "days: 014}", "This number isn't written plainly", 90, 96),
    ("hours and minutes", "floor: 600", "floor: 10:00", "This number isn't written plainly", 6, 10),
    ("a number without end", "floor: 600", f"floor: {'9' * 5000}", "This number isn't written plainly", 6, 10),
    ("a day that is none", "voice: ", "voice: 2026-13-41 #", "This value can't be read", 59, 10),
    ("a day for a text", "voice: ", "voice: 2026-01-01 #", "tone.voice: a text is wanted here", 59, 3),
    ("nothing for a text", "voice: ", 'voice: "" #', "tone.voice: this is empty; write something", 59, 3),
    ("a role that is none", "role: operator", "role: boss", "refunds.approvals.0.role: input should be 'oper", 80, 23),
    ("a text for a list", "states: [used]", "states: used", "refunds.windows.4.states: a list is wanted", 94, None),
)


@pytest.mark.parametrize(
    ("old", "new", "sentence", "line", "column"), [case[1:] for case in KINDS], ids=[case[0] for case in KINDS]
)
def test_every_kind_of_mistake_has_a_place(
    old: str, new: str, sentence: str, line: int | None, column: int | None
) -> None:
    """S1-51"""
    assert old in BODY
    with pytest.raises(YamlTextError) as caught:
        Policy.parse(BODY.replace(old, new, 1))
    assert sentence in str(caught.value)
    assert caught.value.line > 1
    assert (line or caught.value.line, column or caught.value.column) == (caught.value.line, caught.value.column)


@pytest.mark.parametrize("written", ["off", "Off", "'off'"])
def test_off_may_be_written_plainly(written: str) -> None:
    """YAML reads a plain `off` as no."""
    known = Policy.parse(BODY.replace("change_order: auto", f"change_order: {written}"))
    assert (known.mode("change_order"), known.mode("open_ticket")) == (Mode.OFF, Mode.AUTO)
    with pytest.raises(YamlTextError, match="'off', 'dry_run', 'people' or 'auto'"):
        Policy.parse(BODY.replace("change_order: auto", "change_order: on"))


def test_a_mode_is_given_only_to_a_write_that_there_is() -> None:
    with pytest.raises(YamlTextError, match=r"no write is called chnge_order; there are .*change_order.*column 3\)"):
        Policy.parse(BODY.replace("change_order: auto", "chnge_order: auto"))


def test_every_mistake_is_told_at_once() -> None:
    """S1-51"""
    wrong = BODY.replace("floor: 600", "floor: high").replace("stale_days: 90", "stale_day: 90")
    with pytest.raises(YamlTextError) as caught:
        Policy.parse(wrong)
    assert caught.value.sentences == (
        "confidence.floor: a whole number is wanted here, without quotes (line 6, column 3)",
        "knowledge.stale_days: this key is missing; add it (line 28, column 1)",
        "knowledge.stale_day: this key isn't known; check its spelling (line 30, column 3)",
    )
    assert str(caught.value) == caught.value.sentences[0]


@pytest.mark.parametrize(
    "text", ["", "- a", "just words", "a: !!python/object/apply:os.system [echo]", "&a [*a]", "a: \x07", "[" * 1500]
)
def test_text_that_is_no_policy_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(YamlTextError):
        Policy.parse(text)


def test_a_key_that_stands_twice_is_refused_at_any_depth() -> None:
    with pytest.raises(YamlTextError) as caught:
        yamltext.load("a:\n  - b: 1\n    c: 2\n    b: 3\n")
    assert (caught.value.line, caught.value.column) == (4, 5)
    assert yamltext.load("a:\n  - b: 1\n  - b: 2\n") == {"a": [{"b": 1}, {"b": 2}]}


def test_a_policy_can_not_be_changed_in_memory(policy: Policy) -> None:
    with pytest.raises(ValidationError):
        policy.limits.turns_per_matter = 9  # type: ignore[misc]


@pytest.mark.parametrize(
    ("moment", "is_open", "opens"),
    [
        (datetime(2026, 3, 2, 12, 59, tzinfo=UTC), False, "2026-03-02T08:00:00-05:00"),  # Monday, 7:59 there
        (datetime(2026, 3, 2, 13, 0, tzinfo=UTC), True, "2026-03-03T08:00:00-05:00"),
        (datetime(2026, 3, 3, 1, 0, tzinfo=UTC), False, "2026-03-03T08:00:00-05:00"),  # Monday, 20:00 there
        (datetime(2026, 3, 8, 15, 0, tzinfo=UTC), False, "2026-03-09T08:00:00-04:00"),  # Sunday; the clocks have moved
    ],
)
def test_a_queue_is_open_by_its_own_wall_clock(policy: Policy, moment: datetime, is_open: bool, opens: str) -> None:
    queue = policy.queue("human-queue-priority")
    assert queue.name == "Customer care"
    assert queue.is_open(moment) is is_open
    opening = queue.opens_at(moment)
    assert opening is not None
    assert opening.isoformat() == opens


def test_a_queue_that_never_closes_is_open_at_midnight(policy: Policy) -> None:
    queue = policy.queue("human-queue-security")
    assert all(queue.is_open(datetime(2026, 3, day, hour, tzinfo=UTC)) for day in range(1, 9) for hour in range(24))


def test_an_unknown_queue_is_the_standard_one(policy: Policy) -> None:
    assert policy.queue("nowhere") == policy.queues["human-queue-standard"]


@pytest.mark.django_db
def test_seeding_twice_gives_the_same_approved_version() -> None:
    first, again = seed.seed_policy(FILE), seed.seed_policy(FILE)
    assert first.pk == again.pk
    assert (first.status, first.number, first.digest) == ("approved", 1, configs.digest(BODY))
    assert Policy.parse(first.body) == Policy.parse(BODY)


@pytest.mark.django_db
def test_versions_are_numbered_by_kind() -> None:
    assert configs.write("policy", BODY).number == 1
    assert configs.write("taxonomy", "intents: []").number == 1
    assert configs.write("policy", BODY).number == 2
    with pytest.raises(YamlTextError):
        configs.write("policy", "a: 1")
    assert ConfigVersion.objects.count() == 3


def test_a_policy_that_says_nothing_of_refunds_lets_no_money_go_by_itself() -> None:
    """What was approved before there were refunds stays readable, and means none."""
    body = BODY[: BODY.index("# Money that goes back")] + BODY[BODY.index("queues:") :]
    assert "automatic_usd" not in body
    refunds = Policy.parse(body).refunds
    assert (refunds.automatic_usd, refunds.per_customer_cents, refunds.per_day_cents) == (0, 0, 0)
    assert {window.days for window in refunds.windows} == {0}
    assert (refunds.approvals[0].role, refunds.approvals[0].people) == ("manager", 2)
