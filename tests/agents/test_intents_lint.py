"""S4-17: what the linter finds, each with its twin that passes, and that what is shipped is clean."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

from agents.intents import lint, taxonomy
from agents.intents.taxonomy import Taxonomy
from agents.workflows import WORKFLOWS

SAID = ["my lamp broke", "a b", "c d", "e f", "g h", "i j", "k l", "m n"]


def made(*intents: dict[str, Any]) -> Taxonomy:
    facts = {"title": "t", "category": "general", "description": "d", "workflow": "handoff"}
    return Taxonomy.model_validate({"version": 1, "intents": [{**facts, **intent} for intent in intents]})


def entry(name: str, said: list[str], *rules: tuple[str, int], **more: Any) -> dict[str, Any]:
    patterns = [{"pattern": pattern, "priority": priority} for pattern, priority in rules]
    return {"name": name, "examples": said, "rules": patterns, **more}


def kinds(words: Taxonomy, rows: list[tuple[str, str]] | None = None) -> list[tuple[str, str]]:
    return [(one.kind, one.intent) for one in lint.lint(words, WORKFLOWS, rows or [])]


OTHER = [f"x{text}" for text in SAID]


def test_what_is_shipped_is_clean() -> None:
    assert lint.lint(taxonomy.load(), WORKFLOWS) == []
    assert lint.lint(taxonomy.load(settings.BASE_DIR / "packs" / "demo_shop" / "intents.yaml"), WORKFLOWS) == []


@pytest.mark.parametrize(("priority", "found"), [(50, [("conflict", "one")]), (49, [])])
def test_two_rules_that_decide_nothing_are_named(priority: int, found: list[tuple[str, str]]) -> None:
    words = made(entry("one", SAID, ("lamp", 50)), entry("two", [*OTHER[1:], "x"], ("broke|xa b", priority)))
    assert kinds(words) == found


@pytest.mark.parametrize(("pattern", "found"), [("lamp", [("claim", "two")]), ("xa b", [])])
def test_a_rule_that_takes_anothers_example_is_named(pattern: str, found: list[tuple[str, str]]) -> None:
    assert kinds(made(entry("one", SAID), entry("two", OTHER, (pattern, 50)))) == found


def test_a_held_back_row_counts_like_an_example() -> None:
    words = made(entry("one", SAID), entry("two", OTHER, ("horse|xa b", 50)))
    assert kinds(words) == []
    assert kinds(words, [("my horse", "one")]) == [("claim", "two")]


def test_a_rule_that_nothing_matches_is_named_until_it_says_what_it_is_for() -> None:
    words = made(entry("one", SAID, ("horse", 50)))
    assert kinds(words) == [("unmatched", "one")]
    assert kinds(words, [("my horse", "one")]) == []
    explained = entry("one", SAID) | {"rules": [{"pattern": "horse", "such_as": ["my horse"]}]}
    assert kinds(made(explained)) == []
    wrong = entry("one", SAID) | {"rules": [{"pattern": "horse", "such_as": ["my cow"]}]}
    assert kinds(made(wrong)) == [("such_as", "one"), ("unmatched", "one")]


def test_the_same_words_in_two_intents_are_named() -> None:
    assert kinds(made(entry("one", SAID), entry("two", ["My  lamp broke", *OTHER]))) == [("duplicate", "one")]
    assert kinds(made(entry("one", SAID), entry("two", OTHER))) == []


def test_too_few_examples_and_a_workflow_that_nobody_has_are_named() -> None:
    assert kinds(made(entry("one", SAID[:7]))) == [("few_examples", "one")]
    assert kinds(made(entry("one", SAID, workflow="refunt"))) == [("no_workflow", "one")]
    assert kinds(made(entry("one", SAID, workflow="refund"))) == []


@pytest.mark.parametrize("pattern", [r"(?:\w+\s?)+$", r"(a+)+$", r"(?:my|order|\s)+x\s+y$"])
def test_a_pattern_that_hangs_is_named(pattern: str) -> None:
    assert lint.hangs_at(pattern) > 0


@pytest.mark.parametrize("pattern", [r"\bmy\s+(?:\w+\s+){0,2}order\b", r"^a+b$", r"lamp[^.?!]{0,40}broke"])
def test_a_pattern_that_stays_quick_is_not(pattern: str) -> None:
    assert lint.hangs_at(pattern) == 0
