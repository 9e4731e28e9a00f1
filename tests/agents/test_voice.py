"""The voice: every line keeps the manners and passes the output guard, no sentence twice, and no line with a hole in it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import voice
from agents.guards import claims
from agents.guards.output import SpeechRules, check
from agents.guards.sentences import sentences
from agents.voice import wording
from agents.voice.lines import BadLineError, Lines, lint, load, worst_case
from conversations.money import Money

LINES = voice.lines()
RULES = SpeechRules(disclosures=tuple(LINES.defaults.values()))
EVERY = [(key, text) for key, variants in LINES.table.items() for text in variants]
MAY_NAME = (LINES.worst["masked_email"], LINES.worst["email"])
AI = "I'm an AI assistant. For complex issues, I can connect you with a specialist."
DATA = "I'll need to access your account information to help with this."
SECURITY = "For your security, I'm connecting you with a specialist right now."
# What is said more than once in a conversation as a rule.
REPEATED = ["status.moving", "unclear.first", "small.thanks", "small.greeting", "queue.again", "ask_order.known", "out_of_scope", "gap.offer", "working", "order_not_found"]  # fmt: skip


@pytest.mark.parametrize(("key", "text"), EVERY)
def test_every_line_with_worst_case_slots_passes_the_output_guard(key: str, text: str) -> None:
    """S1-53"""
    verdict = check(worst_case(text, LINES), [dict(LINES.worst)], RULES, may_name=MAY_NAME)
    assert verdict.passed, verdict.details


@pytest.mark.parametrize("key", sorted(LINES.table))
def test_every_line_keeps_the_manners(key: str) -> None:
    assert list(lint(key, LINES)) == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("Your parcel arrives in 3 days.", "figure outside a slot"),
        ("All done!", "exclamation"),
        ("Done. 🙂", "emoji"),
        ("Which one? The mug?", "more than one question"),
        ("Unfortunately that went wrong.", "banned word"),
        ("We'll be back shortly.", "banned word"),
        ("It comes soon.", "banned word"),
        ("I'm just an AI, sorry.", "prohibited phrase"),
        ("That's not something I can help with.", "prohibited phrase"),
        ("word " * 61, "words"),
        ("Hello {nobody_knows_me}.", "no worst case"),
    ],
)
def test_a_line_without_manners_is_refused(line: str, problem: str) -> None:
    spoiled = Lines({"x": (line,)}, LINES.defaults, LINES.worst)
    assert any(problem in found for found in lint("x", spoiled))


def test_a_packs_voice_overrides_by_key_and_is_held_to_the_same_manners(tmp_path: Path) -> None:
    own = tmp_path / "voice.yaml"
    own.write_text("lines:\n  small.thanks: My pleasure.\n")
    assert voice.say("small.thanks", conversation="c", pack=own) == "My pleasure."
    assert voice.say("honest", conversation="c", pack=own) in LINES.variants("honest")
    bad = tmp_path / "bad.yaml"
    bad.write_text("lines:\n  small.thanks: Great!!\n")
    with pytest.raises(BadLineError, match=r"small\.thanks: an exclamation mark"):
        load(voice.BASE, bad)
    bad.write_text("linse: {}\n")
    with pytest.raises(BadLineError, match="linse"):
        load(voice.BASE, bad)


def test_a_pack_without_a_voice_file_speaks_with_the_base_lines(tmp_path: Path) -> None:
    assert voice.say("honest", conversation="c", pack=tmp_path / "none.yaml") in LINES.variants("honest")


def test_a_missing_or_empty_slot_is_refused() -> None:
    with pytest.raises(voice.MissingSlotError, match="order"):
        voice.say("later.why", {}, conversation="c")
    with pytest.raises(voice.MissingSlotError, match="empty"):
        voice.say("later.why", {"order": "  "}, conversation="c")
    with pytest.raises(voice.MissingSlotError):
        voice.say("later.why", {"order": None}, conversation="c")
    with pytest.raises(KeyError, match="no line 'nothing'"):
        voice.say("nothing", conversation="c")


def test_a_slots_braces_are_words_and_not_a_slot() -> None:
    said = voice.say("later.why", {"order": "{brand}"}, conversation="c")
    assert "{brand}" in said


@given(st.text(min_size=1), st.sampled_from(sorted(LINES.table)))
def test_no_variant_comes_twice_while_others_are_left(conversation: str, key: str) -> None:
    variants = LINES.variants(key)
    said = [voice.variant(variants, conversation, key, count) for count in range(2 * len(variants))]
    assert set(said[: len(variants)]) == set(variants)
    assert len(variants) == 1 or all(a != b for a, b in pairwise(said))


@pytest.mark.parametrize("key", REPEATED)
def test_lines_that_recur_have_variants_without_a_shared_sentence(key: str) -> None:
    fixed = {*sentences(AI), DATA, SECURITY}
    said = [set(sentences(worst_case(text, LINES))) - fixed for text in LINES.variants(key)]
    assert len(said) >= 2
    assert all(not (a & b) for i, a in enumerate(said) for b in said[i + 1 :])


def test_replay_says_the_same_words() -> None:
    slots = {"first_name": "Alice", "brand": "Shop"}
    assert voice.say("hello", slots, conversation="8c1", count=0) == voice.say(
        "hello", slots, conversation="8c1", count=0
    )


def test_two_customers_are_not_all_greeted_with_the_same_words() -> None:
    slots = {"first_name": "Alice", "brand": "Shop"}
    openings = [voice.say("hello", slots, conversation=f"conversation {i}") for i in range(30)]
    assert len(set(openings)) == len(LINES.variants("hello"))


@pytest.mark.parametrize(
    ("key", "sentence"),
    [("hello", AI), ("hello.unknown", AI), ("hello.answer", AI), ("hello.answer.unknown", AI), ("ask_order.unknown", DATA), ("security", SECURITY)],
)  # fmt: skip
def test_required_sentences_stand_in_their_line_exactly_once(key: str, sentence: str) -> None:
    """S1-48 S1-49"""
    for text in LINES.variants(key):
        assert worst_case(text, LINES).count(sentence) == 1
    others = [text for other, text in EVERY if other.split(".")[0] != key.split(".")[0]]
    assert not any(sentence in worst_case(text, LINES) for text in others)


def test_the_security_line_begins_with_the_policys_sentence() -> None:
    """S1-49"""
    assert all(worst_case(text, LINES).startswith(SECURITY) for text in LINES.variants("security"))


def test_a_policy_with_other_words_is_repeated_exactly() -> None:
    """S1-51"""
    said = voice.say(
        "hello.answer", {"first_name": "Alice", "ai_disclosure": "A machine writes here."}, conversation="c"
    )
    assert said.endswith("A machine writes here.")


def test_asking_for_a_person_is_never_answered_with_a_question() -> None:
    for key in ("handoff.asked", "handoff.asked.no_wait", "handoff.asked.closed"):
        assert not any("?" in text for text in LINES.variants(key))


def test_the_answer_is_not_on_the_customer() -> None:
    blame = re.compile(
        r"\byou (?:entered|typed|gave|made|wrote) (?:a |the |an )?(?:wrong|incorrect|mistake|invalid)", re.IGNORECASE
    )
    assert not [text for _, text in EVERY if blame.search(text)]


def perturbed(text: str) -> list[tuple[str, str]]:
    """The text with each of its specifics changed by one, one at a time, with what was changed."""
    found = []
    for claim in claims.read(text):
        for match in re.finditer(r"\d", claim.raw):
            at = claim.start + match.start()
            digit = str((int(text[at]) + 1) % 10)
            found.append((claim.raw, text[:at] + digit + text[at + 1 :]))
    return found


@pytest.mark.parametrize(
    ("key", "text"), [(key, text) for key, text in EVERY if re.search(r"\d", worst_case(text, LINES))]
)
def test_changing_any_digit_of_a_line_is_caught(key: str, text: str) -> None:
    """S1-52: a figure that no fact holds never passes."""
    good = worst_case(text, LINES)
    facts = [value for slot, value in LINES.worst.items() if f"{{{slot}}}" in text]
    assert check(good, facts, RULES, may_name=MAY_NAME).passed
    for raw, bad in perturbed(good):
        if bad != good and not check(bad, facts, RULES, may_name=MAY_NAME).passed:
            continue
        assert value_still_true(bad, facts), f"{raw!r} changed to {bad!r} and nobody noticed"


def value_still_true(text: str, facts: list[str]) -> bool:
    """A changed digit may turn one true figure into another one of the same facts; then it is true."""
    known = {claim.key for fact in facts for claim in claims.read(fact)}
    return all(claim.key in known for claim in claims.read(text))


NOW = datetime(2026, 3, 5, 12, 0, tzinfo=ZoneInfo("America/New_York"))


def test_dates_read_as_people_say_them() -> None:
    assert wording.day(date(2026, 3, 3), NOW) == "Tuesday 3 March"
    assert wording.day(date(2025, 12, 31), NOW) == "Wednesday 31 December 2025"


def test_a_moment_is_read_on_the_shops_clock() -> None:
    late = datetime(2026, 3, 4, 3, 30, tzinfo=UTC)
    assert wording.day(late, NOW) == "Tuesday 3 March"
    assert wording.clock(late, NOW) == "22:30"


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=5), "just now"), (timedelta(seconds=-5), "just now"), (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=90), "1 hour ago"), (timedelta(hours=2), "2 hours ago"), (timedelta(days=1), "1 day ago"), (timedelta(days=9, hours=23), "9 days ago"),
    ],
)  # fmt: skip
def test_time_passed_is_told_in_its_largest_unit(passed: timedelta, words: str) -> None:
    assert wording.ago(NOW - passed, NOW) == words


def test_days_between_counts_calendar_days() -> None:
    assert wording.days_between(NOW.replace(hour=23) - timedelta(days=1), NOW.replace(hour=1)) == 1
    assert wording.days_between(date(2026, 2, 24), NOW) == 9


@pytest.mark.parametrize(
    ("items", "words"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists_read_as_sentences(items: list[str], words: str) -> None:
    assert wording.listing(items) == words


def test_counts_money_and_addresses() -> None:
    assert (wording.count(1, "parcel"), wording.count(2, "parcel"), wording.count(2, "box", "boxes")) == (
        "1 parcel",
        "2 parcels",
        "2 boxes",
    )
    assert wording.money(Money(123456)) == "$1,234.56"
    assert wording.masked_email("alice@example.com") == "a•••@example.com"


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (k, t)
        for k, t in EVERY
        if k.split(".")[0] in {"status", "gap", "later", "handoff", "queue", "unhelped", "safety"}
    ],
)
def test_no_line_in_use_promises_what_nothing_backs(key: str, text: str) -> None:
    """No mail is sent, no link is mailed and no question is filed yet: a line says so only when a tool does it."""
    promise = (
        r"by e-?mail|tracking link|\{masked_email\}|put your question|is with the team now|I'll (?:write|send|call)"
    )
    assert not re.search(promise, text, re.IGNORECASE)
