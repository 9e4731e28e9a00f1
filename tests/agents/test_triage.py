"""Triage: the contract's enums, the routing table in full, and the signs that make a matter complex or urgent."""

from __future__ import annotations

import ast
import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

import agents
from agents.escalation import EscalationInputs, decide
from agents.grammar import Context, fill
from agents.intents import taxonomy
from agents.intents.answer import IntentAnswer, IntentCandidate, Tier
from agents.intents.taxonomy import Category, Urgency
from agents.triage import Complexity, Sentiment, TriageResult, intensity, route, triage
from tools import pack

TAXONOMY = taxonomy.load()


def answer(*names: str) -> IntentAnswer:
    candidates = tuple(IntentCandidate(name=name, confidence=950) for name in names)
    return IntentAnswer(intents=candidates, tier=Tier.RULES, cost=1, explanation="")


def read(text: str, *names: str, history: tuple[str, ...] = ()) -> TriageResult:
    return triage(text, history, answer(*names), TAXONOMY)


def test_the_enums_are_the_contracts() -> None:
    """S1-08 S1-09 S1-10 S1-12"""
    assert {c.value for c in Category} == {"billing", "technical", "account", "shipping", "returns", "general"}
    assert {u.value for u in Urgency} == {"critical", "high", "normal", "low"}
    assert {s.value for s in Sentiment} == {"frustrated", "neutral", "positive"}
    assert {c.value for c in Complexity} == {"simple", "moderate", "complex", "unknown"}


@pytest.mark.parametrize(("urgency", "complexity", "category"), list(itertools.product(Urgency, Complexity, Category)))
def test_every_cell_of_the_routing_table(urgency: Urgency, complexity: Complexity, category: Category) -> None:
    """S1-14, all 4 x 4 x 6 cells."""
    if urgency is Urgency.CRITICAL:
        expected = "human-queue-priority"
    elif complexity is Complexity.COMPLEX:
        expected = "human-queue-standard"
    elif category in (Category.BILLING, Category.ACCOUNT):
        expected = "resolution-agent-authenticated"
    else:
        expected = "resolution-agent-general"
    assert route(urgency, complexity, category) == expected


@pytest.mark.parametrize(
    ("text", "accounts", "orders", "products"),
    [
        ("where is FW-10482", (), ("FW-10482",), ()),
        ("FW-10482 and FW-10467, please", (), ("FW-10482", "FW-10467"), ()),
        ("it's under ann@example.org, zip 80302", ("ann@example.org", "80302"), (), ()),
        ("what is your returns policy", (), (), ()),
    ],
)
def test_entities_are_read(
    text: str, accounts: tuple[str, ...], orders: tuple[str, ...], products: tuple[str, ...]
) -> None:
    """S1-11: account identifiers, order numbers, product names."""
    seen = triage(text, (), answer("order_status"), TAXONOMY, fill(text, Context(order_ids=pack.active().order_ids)))
    found = seen.entities
    assert (found.account_identifiers, found.order_numbers, found.product_names) == (accounts, orders, products)


def test_anger_and_legal_words_have_fields_of_their_own() -> None:
    """D14: "angry" is an intensity and "legal" a flag; neither joins the contract's enums."""
    seen = read("this is a disgusting scam, you liars, I'll see you in court", "complaint")
    assert (seen.sentiment, seen.sentiment_intensity, seen.legal) == (Sentiment.FRUSTRATED, 3, True)
    assert "angry" not in {*Sentiment}
    assert "legal" not in {*Category}


@pytest.mark.parametrize(("tier", "reason"), [("enterprise", "enterprise-billing-policy"), ("standard", None)])
def test_hard_triggers_come_before_the_route(tier: str, reason: str | None) -> None:
    """D19: the table would leave billing to the agent; an enterprise customer's goes to a person first."""
    seen = read("was the coupon used on my invoice", "billing_dispute")
    assert route(seen.urgency, Complexity.SIMPLE, seen.intent_category) == "resolution-agent-authenticated"
    found = decide(EscalationInputs(950, 1, seen.sentiment, seen.intent_category, tier, seen.legal, None))
    assert (found.reason if found else None) == reason


def test_a_complaint_that_mentions_legal_action_is_a_persons() -> None:
    """S2-14, and its twin without."""
    for text, expected in (("I complain formally and will take legal action", True), ("I complain formally", False)):
        seen = read(text, "complaint")
        found = decide(EscalationInputs(1000, 0, seen.sentiment, seen.intent_category, "standard", seen.legal, None))
        assert (found is not None and found.reason == "legal-language-detected") is expected


def test_a_result_survives_json_through_the_strict_schema() -> None:
    """S1-13"""
    result = read("I was charged twice and this is unacceptable", "billing_dispute")
    assert TriageResult.model_validate_json(result.model_dump_json()) == result


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda d: d | {"urgency": "urgent"},
        lambda d: d | {"sentiment_intensity": 4},
        lambda d: d | {"note": "the customer sounds nice"},
        lambda d: {key: value for key, value in d.items() if key != "complexity_signal"},
        lambda d: d | {"legal": "no"},
    ],
)
def test_a_malformed_result_is_refused(spoiled: Callable[[dict[str, object]], dict[str, object]]) -> None:
    """S1-13: never guessed at."""
    good = read("hi", "small_talk").model_dump(mode="json")
    TriageResult.model_validate_json(json.dumps(good))
    with pytest.raises(ValidationError):
        TriageResult.model_validate_json(json.dumps(spoiled(good)))


def test_triage_has_no_tools() -> None:
    """S1-07: neither triage nor what it leans on imports a tool."""
    folder = Path(agents.__file__).parent
    files = [folder / "triage.py", folder / "signals.py", folder / "escalation.py", *(folder / "grammar").glob("*.py")]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            names = (
                [a.name for a in node.names] if isinstance(node, ast.Import) else [getattr(node, "module", "") or ""]
            )
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert not any(name.split(".")[0] == "tools" for name in names), f"{file.name} imports {names}"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("I'll talk to my lawyer about this order", ("order_status",)),
        ("this is the third time I'm writing about it", ("order_status",)),
        ("I want to make a complaint and where is my other order", ("complaint", "order_status")),
        ("WHERE IS MY ORDER YOU LIARS THIS IS A SCAM", ("order_status",)),
    ],
)
def test_each_complexity_signal_makes_the_matter_complex(text: str, names: tuple[str, ...]) -> None:
    """S1-15, before any resolution is tried."""
    result = read(text, *names)
    assert result.complexity_signal is Complexity.COMPLEX
    assert route(Urgency.NORMAL, result.complexity_signal, result.intent_category) == "human-queue-standard"


def test_two_matters_that_the_agent_may_finish_are_not_complex() -> None:
    """D22"""
    both = read("where is my order and what is your return policy", "order_status", "returns_policy")
    assert both.complexity_signal is Complexity.MODERATE
    assert read("where is my order", "order_status").complexity_signal is Complexity.SIMPLE
    assert read("asdf qwer").complexity_signal is Complexity.UNKNOWN


@pytest.mark.parametrize(
    "text",
    ["I will sue you", "my solicitor will write to you", "see you in court", "I'm reporting you to trading standards", "this breaks the GDPR", "I'll take legal action"],
)  # fmt: skip
def test_legal_and_regulatory_words_raise_the_flag(text: str) -> None:
    assert read(text, "complaint").legal


@pytest.mark.parametrize(
    "text",
    ["Sue Miller here, where is my parcel", "do you have court shoes", "an issue with my order", "the tissue box is missing", "I'd pursue it"],
)  # fmt: skip
def test_look_alikes_of_legal_words_do_not(text: str) -> None:
    assert not read(text, "order_status").legal


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("someone hacked my account", "security"), ("there are orders I never placed", "security"), ("somebody logged into my profile", "security"),
        ("the heater caught fire", "safety"), ("I got an electric shock from the lamp", "safety"), ("my son swallowed a part", "safety"),
        ("the tent pole snapped and cut my hand", "safety"), ("the chair collapsed and I hurt my back", "safety"),
        ("my husband passed away last week", "loss"), ("it was for my mother's funeral", "loss"),
    ],
)  # fmt: skip
def test_grave_words_raise_their_flag(text: str, flag: str) -> None:
    result = read(text, "order_status")
    assert getattr(result, flag)
    assert (result.urgency is Urgency.CRITICAL) is (flag in ("security", "safety"))


@pytest.mark.parametrize(
    "text", ["is the fire pit in stock", "the battery died", "free shipping code please", "I smoke salmon at home"]
)
def test_harmless_words_raise_no_flag(text: str) -> None:
    result = read(text, "product_question")
    assert (result.safety, result.security, result.loss) == (False, False, False)


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("where is my order", Sentiment.NEUTRAL), ("hi there", Sentiment.NEUTRAL), ("I'm still waiting for my lamp", Sentiment.NEUTRAL),
        ("thanks, that's great", Sentiment.POSITIVE), ("you're so helpful", Sentiment.POSITIVE),
        ("this is ridiculous, where is my order", Sentiment.FRUSTRATED), ("worst service ever", Sentiment.FRUSTRATED),
        ("thanks for nothing, I'm fed up", Sentiment.FRUSTRATED), ("I'm so frustrated", Sentiment.FRUSTRATED),
        ("WHERE IS MY PARCEL IT IS LATE!!!", Sentiment.FRUSTRATED), ("WTF is going on", Sentiment.FRUSTRATED),
    ],
)  # fmt: skip
def test_the_mood_is_read(text: str, sentiment: Sentiment) -> None:
    assert read(text, "order_status").sentiment is sentiment


def test_the_trend_counts_and_not_only_the_level() -> None:
    """S1-44"""
    souring = ("where is my parcel", "still waiting, this is annoying")
    assert read("this is ridiculous", "order_status", history=souring).sentiment_rising
    assert not read("this is ridiculous", "order_status", history=("you idiots, this is a scam",)).sentiment_rising
    assert not read("thank you", "small_talk", history=souring).sentiment_rising


def test_intensity_rises_from_calm_to_angry() -> None:
    calm, displeased, frustrated, angry = (
        "where is my order", "I'm disappointed", "this is unacceptable", "this is a disgusting scam, you liars",
    )  # fmt: skip
    assert [intensity(text) for text in (calm, displeased, frustrated, angry)] == [0, 1, 2, 3]
