"""The output guard: prohibited topics and phrases, personal data, and every specific that owes a receipt."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.guards import claims
from agents.guards.output import SpeechRules, Verdict, check
from agents.guards.phrases import PHRASES
from agents.guards.sentences import sentences
from agents.voice import wording
from conversations.money import Money

NOW = datetime(2026, 3, 5, 17, 0, tzinfo=ZoneInfo("America/New_York"))
ORDER = {
    "order_id": "AB-10482",
    "total": {"cents": 4950, "currency": "USD"},
    "placed_at": "2026-02-24T15:00:00+00:00",
    "parcels": [{"tracking_id": "1Z999AA10123456784", "expected_on": "2026-03-10", "link": "https://track.example/1Z999AA10123456784"}],
}  # fmt: skip
PASSAGE = "You can return most items within 30 days. Refunds take five to seven business days. A fee of 10% applies to sale items over $200."


def verdict(text: str, facts: list[Any] | None = None, **more: Any) -> Verdict:
    return check(text, [ORDER, PASSAGE] if facts is None else facts, now=NOW, **more)


@pytest.mark.parametrize(
    "text",
    [
        "Order AB-10482 comes on Tuesday 10 March.",
        "It arrives on March 10th, that is 2026-03-10.",
        "The total is $49.50.",
        "You placed it 9 days ago, on Tuesday 24 February.",
        "Follow it here: https://track.example/1Z999AA10123456784",
        "You have 30 days to return it [1].",
        "Refunds take 5 to 7 business days.",
        "A 10 percent fee applies above $200.00.",
        "It's due on Tuesday.",
        "1. Pack it.\n2. Send it.",
        "There is 1 parcel.",
        "Thanks, I'll check that with you.",
    ],
)
def test_what_the_facts_hold_may_be_said(text: str) -> None:
    assert verdict(text).violations == ()


@pytest.mark.parametrize(
    "text",
    [
        "Order AB-10483 is on its way.", "It comes on Wednesday 11 March.", "It comes on Monday 10 March.", "It comes on Tuesday 10 March 2027.",
        "The total is $49.51.", "The total is €49.50.", "You have 31 days to return it.", "Refunds take 5 to 8 business days.",
        "You have 30 weeks to return it." , "A fee of 11% applies.", "It's due on Friday.", "Follow it here: https://track.example/other",
        "It arrives tomorrow.", "You have thirty-one days.", "Be there at 14:30.", "Your code is ZX81-4477.", "That's half price.", "It costs 50 dollars.",
        "You placed it 8 days ago.",
    ],
)  # fmt: skip
def test_what_no_fact_holds_is_stopped(text: str) -> None:
    """S1-52"""
    assert "ungrounded_specific_claim" in verdict(text).violations


def test_a_number_without_a_receipt_is_stopped() -> None:
    """Law 4"""
    assert verdict("You're number 17 in line.").violations == ("no_figure_without_receipt",)
    assert verdict("You're number 17 in line.", [{"position": 17}]).passed


def test_dates_are_read_on_the_shops_clock() -> None:
    late = {"scanned_at": datetime(2026, 3, 4, 3, 30, tzinfo=UTC).isoformat()}
    assert verdict("It was scanned on Tuesday 3 March at 22:30.", [late]).passed
    assert not verdict("It was scanned on Wednesday 4 March.", [late]).passed


def test_tomorrow_is_a_date() -> None:
    assert verdict("It arrives tomorrow.", [{"expected_on": "2026-03-06"}]).passed
    assert not verdict("It arrives tomorrow.", [{"expected_on": "2026-03-07"}]).passed


@given(st.dates(min_value=date(1970, 1, 1)), st.integers(0, 10**7), st.integers(1, 400))
def test_whatever_wording_makes_of_a_fact_is_covered_by_it(day: Any, cents: int, days: int) -> None:
    said = f"{wording.day(day, NOW)}, {wording.money(Money(cents))} and {wording.count(days, 'day')}."
    facts = [{"on": day.isoformat(), "amount": {"cents": cents, "currency": "USD"}, "window_days": days}]
    assert check(said, facts, now=NOW).passed


@given(st.integers(0, 10**6), st.integers(1, 10**5))
def test_another_amount_is_never_covered(cents: int, difference: int) -> None:
    facts = [{"amount": {"cents": cents, "currency": "USD"}}]
    assert not check(f"That's {Money(cents + difference)}.", facts).passed


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("competitor_product_comparison", "Ours is better than Amazon's."),
        ("competitor_product_comparison", "Unlike other shops we test them."),
        ("unreleased_features", "A new version is on our roadmap."),
        ("unreleased_features", "The blue one will be released in spring."),
        ("internal_tooling_names", "I'll open it in Zendesk for you."),
        ("internal_tooling_names", "Our internal dashboard shows it."),
        ("pricing_not_in_catalog", "I can offer you a discount."),
        ("pricing_not_in_catalog", "It costs $12.34."),
        ("legal_advice", "You could sue the carrier."),
        ("legal_advice", "By law you are entitled to a refund."),
    ],
)
def test_prohibited_topics_are_stopped_by_name(topic: str, text: str) -> None:
    """S1-47"""
    assert f"prohibited_topic:{topic}" in verdict(text).violations
    allowed = SpeechRules(prohibited_topics=())
    assert f"prohibited_topic:{topic}" not in check(text, [ORDER], allowed, now=NOW).violations


@pytest.mark.parametrize("phrase", PHRASES)
def test_prohibited_phrases_are_stopped_in_any_case(phrase: str) -> None:
    """S1-50"""
    for said in (phrase, phrase.upper(), phrase.replace("'", "’")):
        assert f"prohibited_phrase:{phrase}" in verdict(f"Well. {said} today.").violations


def test_the_disclosure_is_required_and_never_flagged() -> None:
    """D20"""
    disclosure = "I'm an AI assistant. For complex issues, I can connect you with a specialist."
    assert verdict(f"Hi Alice. {disclosure}").passed
    assert "prohibited_phrase:I'm just an AI" in verdict("Sorry, I'm just an AI.").violations
    assert "banned_word" in verdict("As an AI I have no hands.").violations


@pytest.mark.parametrize("word", ["Unfortunately it's late.", "Kindly wait.", "Sorry for the inconvenience.", "Rest assured.", "It comes soon.", "A representative calls.", "Feel free to ask."])  # fmt: skip
def test_banned_words_are_stopped(word: str) -> None:
    assert verdict(word).violations == ("banned_word",)


def test_as_soon_as_names_an_event() -> None:
    assert verdict("I'll write as soon as it's decided.").passed


def test_a_quoted_passage_keeps_its_own_manner_but_not_its_own_rules() -> None:
    quote = "Unfortunately, we do not ship to islands."
    assert verdict(quote, quoted=[quote]).passed
    assert not verdict(quote).passed
    worse = "Unfortunately, I cannot help you."
    assert not verdict(worse, quoted=[worse]).passed


@pytest.mark.parametrize(
    "text",
    ["Write to bob@example.com.", "Call +44 20 7946 0958.", "The card is 4111 1111 1111 1111.", "Her number: 219-09-9999.", "To GB82 WEST 1234 5698 7654 32."],
)  # fmt: skip
def test_personal_data_is_stopped(text: str) -> None:
    """S1-52"""
    assert "potential_pii_leakage" in verdict(text, [text]).violations


def test_the_customers_own_address_may_be_said() -> None:
    assert verdict("I'll write to alice@example.com.", may_name=["alice@example.com"]).passed


def test_a_tracking_number_is_no_card() -> None:
    luhn_valid = "4111111111111111"
    assert verdict(f"Tracking number {luhn_valid}.", [{"tracking_id": luhn_valid}]).passed


def test_every_violation_is_named_once_with_its_detail() -> None:
    """S1-53"""
    result = verdict("Unfortunately it costs $1.00 and $2.00.")
    assert result.passed is False
    assert result.violations == ("prohibited_topic:pricing_not_in_catalog", "banned_word", "ungrounded_specific_claim")
    assert len(result.details) == 5
    assert Verdict.model_validate_json(result.model_dump_json()) == result


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("It costs $1.50. Dr. Smith agrees. Yes?", ("It costs $1.50.", "Dr. Smith agrees.", "Yes?")),
        ("You have 30 days [1]. Then not.", ("You have 30 days [1].", "Then not.")),
        ("- one\n- two", ("- one", "- two")),
        ("Write to help@shop.example today.", ("Write to help@shop.example today.",)),
        ("", ()),
    ],
)
def test_sentences_end_where_sentences_end(text: str, parts: tuple[str, ...]) -> None:
    assert sentences(text) == parts


@given(st.text())
def test_reading_specifics_never_fails(text: str) -> None:
    for claim in claims.read(text):
        assert text[claim.start : claim.end] == claim.raw
    check(text, [text], now=NOW)
