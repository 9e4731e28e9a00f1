"""How a reply is put and what it promises: a table of good and bad ones, the guard sentence by sentence, and the turn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from agents import replay, trace, voice, words
from agents.guards import manner, promises
from agents.guards.output import check, check_manner, guard_of
from agents.guards.promises import Backing
from agents.guards.sentences import sentences
from agents.models import Step, Turn
from agents.voice.lines import worst_case
from tests.house import House, shop, small_house

__all__ = ["shop", "small_house"]

TABLE: dict[str, dict[str, list[dict[str, Any]]]] = yaml.safe_load(Path(__file__).with_name("manners.yaml").read_text())
CASES = [(fault, kind, case) for fault, kinds in TABLE.items() for kind, cases in kinds.items() for case in cases]
AI = "I'm an AI assistant. For complex issues, I can connect you with a specialist."
DATA = "I'll need to access your account information to help with this."


@pytest.mark.parametrize(("fault", "kind", "case"), CASES, ids=[f"{f} {k} {c['say'][:40]}" for f, k, c in CASES])
def test_a_reply_breaks_a_check_or_keeps_it(fault: str, kind: str, case: dict[str, Any]) -> None:
    """S1-19 S1-52 S2-19"""
    backing = Backing(deed=case.get("deed", False), record=case.get("record", False))
    found = {
        *check(case["say"], [], backing=backing).violations,
        *check_manner(case["say"], case.get("mood", 0)).violations,
    }
    assert (fault in found) is (kind == "bad"), found


def test_every_promise_stands_in_the_table_both_ways() -> None:
    told = {f"unbacked_promise:{name}" for name, *_ in promises.PROMISES}
    assert told <= set(TABLE)
    assert all(kinds["bad"] and kinds["good"] for kinds in TABLE.values())


def test_no_line_of_the_voice_promises_what_no_record_shows() -> None:
    lines = voice.lines()
    for key, variants in lines.table.items():
        for sentence in [one for text in variants for one in sentences(worst_case(text, lines))]:
            found = [name for name, _ in promises.unbacked(sentence, Backing(record=True))]
            assert not found, (key, sentence)


def test_a_page_that_is_quoted_promises_nothing_of_this_reply() -> None:
    page = "We'll send you a label, and a refund is on its way when it's back."
    assert check(f"{page} [1]", [], quoted=[page], backing=Backing()).passed
    assert not check(page, [], backing=Backing()).passed


def test_a_reply_is_read_sentence_by_sentence_while_it_is_written() -> None:
    guard = guard_of(["It costs $5.00. It takes 3 days."])
    pieces = ["It co", "sts $5", ".00. It takes", " 3 days. It is fr", "ee on Sunday. More."]
    seen = list(guard.stream(pieces))
    assert [text for text, _ in seen] == ["It costs $5.00.", "It takes 3 days.", "It is free on Sunday."]
    assert [verdict.passed for _, verdict in seen] == [True, True, False]
    assert [text for text, _ in guard.stream(["One", " more", ""])] == ["One more"]
    assert list(guard.stream([])) == []


def test_disclosures_are_said_once_at_their_trigger(small_house: House) -> None:
    """S1-48 D20"""
    row, answers = small_house.ask(
        small_house.visitor(), "hello", "where is my order?", "it's FW-99999", "how long do I have to return something?"
    )
    said = [text for texts in answers for text in texts]
    assert [text.count(AI) for text in said] == [1] + [0] * (len(said) - 1)
    assert [text.count(DATA) for text in said] == [0, 1] + [0] * (len(said) - 2)
    assert said == small_house.said(row)


def test_somebody_upset_reads_first_that_it_was_seen_and_only_once(small_house: House) -> None:
    """S1-19"""
    row, answers = small_house.ask(
        small_house.alice(), "this is ridiculous, I'm fed up, how long do I have to return something??"
    )
    _, mine, *answer = answers[0][0].split("\n\n")
    assert mine in voice.lines().variants(words.FELT)
    assert "14 days" in " ".join(answer) or "30 days" in " ".join(answer)
    _, again = small_house.ask(small_house.alice(), "still ridiculous, what does shipping cost?", into=row)
    assert not any(variant in text for text in again[0] for variant in voice.lines().variants(words.FELT))


def test_somebody_calm_reads_the_answer_first(small_house: House) -> None:
    _, answers = small_house.ask(small_house.alice(), "how long do I have to return something?")
    assert not manner.feels(answers[0][0].split("\n\n")[1])


def test_what_was_stopped_stands_in_the_trace_and_a_person_takes_over(
    small_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S1-53: nothing failing reaches the customer."""
    monkeypatch.setattr(
        words, "worded", lambda t, line: "I've refunded it." if line.key != "blocked" else "A colleague."
    )
    row, answers = small_house.ask(small_house.alice(), "thanks")
    turn = Turn.objects.get(conversation=row)
    checks = Step.objects.filter(turn_id=turn.pk, kind="check", data__passed=False)
    assert "unbacked_promise:have-done" in turn.figures["violations"]
    assert checks.exists()
    assert trace.shown(turn)["violations"] == turn.figures["violations"]
    assert not any("refunded" in text for text in answers[0])
    assert row.handoffs.get().reason == "reply-blocked"


def test_a_turn_that_says_it_kindly_replays(small_house: House) -> None:
    row, _ = small_house.ask(small_house.alice(), "this is ridiculous, I'm fed up, what does shipping cost??")
    assert replay.replay(Turn.objects.get(conversation=row)).identical
