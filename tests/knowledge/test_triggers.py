"""The phrases of the policy's triggers: what they mean, and what is refused with line and column."""

from __future__ import annotations

import re

import pytest

from knowledge import phrases
from knowledge.looser import looser
from knowledge.policy import Policy
from knowledge.triggers import shipped
from knowledge.yamltext import YamlTextError
from tests.knowledge.test_policy import BODY

GROUPS = {"kin": ("mother", "father")}
UNLESS = 'unless: ["fire pit", "smoke grey"]'


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("sue you", "I'll SUE  you", True),
        ("sue you", "tissue you", False),
        ("sue you", "sue young Tom", False),
        ("sue you|them", "sue them", True),
        ("take legal? action", "take action", True),
        ("take legal? action", "take legal, action", True),
        ("hospital*", "hospitalised", True),
        ("hospital*", "hospital", True),
        ("cut my _ hand", "cut my left hand", True),
        ("cut my _ hand", "cut my hand", False),
        ("<kin> ... died", "my mother, in May, died", True),
        ("<kin> ... died", "my mother came. The lamp died", False),
        ("don't want", "dont want", True),
        ("don't want", "don’t want", True),
        ("side-effect", "side effect", True),
        ("side-effect", "sideeffect", True),
        ("only? 13 years", "13 years", True),
        ("i'm 13 .", "hi, i'm 13", True),
        ("i'm 13 .", "i'm 13, hello", True),
        ("i'm 13 .", "i'm 13 miles away", False),
        ("i'm 13 .", "i'm 13% sure", False),
        ("хочу умереть", "Я хочу умереть.", True),
    ],
)
def test_a_phrase_means_whole_words(phrase: str, text: str, found: bool) -> None:
    assert (re.search(phrases.pattern(phrase, GROUPS), text, re.IGNORECASE) is not None) is found


@pytest.mark.parametrize(
    "phrase", ["", "...", "... a", "a ...", "a?", "_", "ab*", "[a-z]+", "(a", "a||b", "<kith> died", "x" * 201]
)
def test_a_phrase_that_cannot_be_read_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        phrases.pattern(phrase, GROUPS)


@pytest.mark.parametrize(
    ("written", "sentence", "column"),
    [
        ('unless: ["fire pit", "("]', "'(' can't be used in a phrase", 28),
        ('add: ["..."]', "begins or ends with '...'", 13),
        ('add: ["x*"]', "would be found in any text", 13),
        ('add: ["<kith> died"]', "there is no group <kith>", 13),
        ('remove: ["nope"]', "isn't a shipped phrase of safety", None),
        ("unles: []", "this key isn't known", 7),
    ],
)
def test_a_bad_phrase_is_refused_with_line_and_column(written: str, sentence: str, column: int | None) -> None:
    """S1-51"""
    assert UNLESS in BODY
    with pytest.raises(YamlTextError) as caught:
        Policy.parse(BODY.replace(UNLESS, written))
    assert sentence in str(caught.value)
    if column is not None:
        line = BODY[: BODY.index(UNLESS)].count("\n") + 1
        assert (caught.value.line, caught.value.column) == (line, column)


def test_a_queue_that_nobody_described_is_refused() -> None:
    with pytest.raises(YamlTextError, match="human-queue-nowhere, the queue of loss, isn't described"):
        Policy.parse(BODY.replace("loss: {queue: human-queue-care}", "loss: {queue: human-queue-nowhere}"))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (UNLESS, "remove: [explosion]\n      " + UNLESS, "'explosion' no longer brings a person (safety)."),
        (
            UNLESS,
            'unless: ["fire pit", "smoke grey", "hot pot"]',
            "'hot pot' is cut out before a text is read for safety.",
        ),
        ("open_usd: 10000", "open_usd: 20000", "Who has on its way $10000 has a person from $20000 on."),
        ("    open_usd: 10000\n", "", "Who has on its way $10000 has a person no more."),
    ],
)
def test_a_reviewer_reads_what_no_longer_brings_a_person(old: str, new: str, says: str) -> None:
    """S1-51, and the way back says nothing."""
    assert old in BODY
    before, after = Policy.parse(BODY), Policy.parse(BODY.replace(old, new))
    assert looser(before, after) == [says]
    assert looser(after, before) == []


def test_every_shipped_phrase_can_be_read() -> None:
    groups, triggers = shipped()
    for words in triggers.values():
        for phrase in (*words.phrases, *words.unless):
            re.compile(phrases.pattern(phrase, groups))
            assert "?" not in phrase.split()[-1] or len(phrase.split()) > 1


def test_a_policy_without_triggers_has_the_shipped_ones() -> None:
    bare = Policy.parse(BODY[: BODY.index("\n# What calls for a person at once")])
    assert bare.triggers.patterns("legal")[0] == Policy.parse(BODY).triggers.patterns("legal")[0]
