"""The taxonomy is strict, a pack's file lies over the base, and the rules index never loses a match."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agents.intents import embedding, logistic, needles, rules, taxonomy
from agents.intents.taxonomy import Category, Taxonomy
from agents.workflow import WRITES
from agents.workflows import WORKFLOWS as WORKFLOWS_BY_NAME

BASE = taxonomy.load()
NEEDED = {
    "order_status", "returns_policy", "talk_to_person", "small_talk", "refund_request", "return_request", "exchange_request", "cancel_order",
    "change_address", "missing_or_damaged", "billing_dispute", "account_change", "password_reset", "close_account", "subscription_change",
    "invoice_copy", "complaint", "security_report",
}  # fmt: skip
WORKFLOWS = {
    "order_status", "account_change", "answer_question", "talk_to_person", "small_talk", "refund", "cancel_order", "change_address",
    "replace_items", "resend_confirmation", "invoice_copy",
    "change_payment", "return_items", "exchange_items", "security_report", "password_reset",
    "subscription_change", "close_account", "billing_dispute", "technical_help", "refund_status", "subscription_status", "page_or_person", "suggestion", "handoff",
}  # fmt: skip


def test_the_shipped_intents_are_there_and_complete() -> None:
    """S1-01 S4-16"""
    assert set(BASE.by_name) >= NEEDED
    for intent in BASE.intents:
        assert intent.workflow in WORKFLOWS
        assert len(intent.examples) >= 7, f"{intent.name} has too few examples to learn from"
        assert intent.title
        assert intent.description
    assert {intent.category for intent in BASE.intents} == set(Category)
    assert len(BASE.intents) == 36


def test_what_a_person_carries_out_says_so() -> None:
    assert BASE["complaint"].handed_over
    assert not BASE["return_request"].handed_over
    assert not BASE["refund_request"].handed_over
    assert not BASE["order_status"].handed_over
    assert BASE["security_report"].urgency == "critical"


def test_what_ends_in_a_write_takes_an_authority_and_nothing_else_does() -> None:
    for intent in BASE.intents:
        served = {intent.workflow, *intent.by_reason.values()} & set(WORKFLOWS_BY_NAME)
        writes = any(node.kind in WRITES for name in served for node in WORKFLOWS_BY_NAME[name].nodes)
        assert intent.acts is writes, intent.name


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_a_pack_adds_replaces_and_switches_off(tmp_path: Path) -> None:
    own = write(
        tmp_path / "intents.yaml",
        "without: [technical_help]\nintents:\n  - {name: order_status, title: a parcel, examples: [where be me loot]}\n",
    )
    merged = taxonomy.load(own)
    assert merged["order_status"].title == "a parcel"
    assert merged["order_status"].examples == (*BASE["order_status"].examples, "where be me loot")
    assert merged["order_status"].rules == BASE["order_status"].rules
    assert "technical_help" not in merged


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("intents: [{name: order_status, exampels: []}]", "exampels"),
        ("intents: [{name: order_status, category: parcels}]", "category"),
        ("intents: [{name: Order Status, title: x}]", "name"),
        ("intents: [{name: order_status, rules: [{pattern: '('}]}]", "not a regular expression"),
        ("intents: [{name: order_status, rules: [{pattern: x, priority: 200}]}]", "priority"),
        ("intents: [{name: brand_new}]", "title"),
        ("without: [no_such_intent]", "no_such_intent"),
    ],
)
def test_a_wrong_taxonomy_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises((ValidationError, ValueError), match=complaint):
        taxonomy.load(write(tmp_path / "intents.yaml", text))


def test_an_intent_named_twice_is_refused() -> None:
    doubled = [*BASE.model_dump()["intents"], BASE.model_dump()["intents"][0]]
    with pytest.raises(ValidationError, match="named twice"):
        Taxonomy.model_validate({"version": 1, "intents": doubled})


def test_a_taxonomy_survives_being_written_down() -> None:
    assert Taxonomy.model_validate_json(BASE.model_dump_json()) == BASE


TEXTS = [text for text, _ in BASE.training]


@pytest.mark.parametrize(
    "change", [str, str.upper, lambda text: f"hi, {text}, thanks", lambda text: text.replace("'", "")]
)
def test_looking_for_needles_first_loses_no_rule(change: object) -> None:
    """Every pattern that matches is among the candidates of the index."""
    assert callable(change)
    for text in map(change, TEXTS):
        matching = {number for number, (_, _, pattern) in enumerate(BASE.patterns) if pattern.search(text)}
        assert matching <= set(BASE.needles.candidates(text)), text


@given(st.text(alphabet="abcdef gh", max_size=30))
def test_needles_never_exclude_a_match(text: str) -> None:
    patterns = [
        "abc",
        "a|bc",
        "(?:ab|cd)e?f",
        "ab?c",
        "a{2}b",
        "(?=ab)a",
        "[ab]cd",
        "(abc)?d",
        "^ab.*gh$",
        "(?<!a)bcd",
        "ab\\s+cd",
        "(?i:AB)c",
    ]
    index = needles.index(patterns)
    matching = {number for number, pattern in enumerate(patterns) if re.search(pattern, text, re.IGNORECASE)}
    assert matching <= set(index.candidates(text))


def test_most_rules_are_spared_by_their_needles() -> None:
    assert len(BASE.needles.always) <= 0.05 * len(BASE.patterns)


def test_equal_priorities_are_listed_and_not_decided() -> None:
    clash = Taxonomy.model_validate(
        {
            "version": 1,
            "intents": [
                {
                    "name": name,
                    "title": name,
                    "category": "general",
                    "description": name,
                    "workflow": "handoff",
                    "rules": [{"pattern": "parcel"}],
                }
                for name in ("one", "two")
            ],
        }
    )
    assert {hit.priority for hit in rules.hits("my parcel", clash)} == {50}
    assert len(rules.hits("my parcel", clash)) == 2


class Letters:
    """A stand-in for the embedder: letter counts, three times over, so that training is exact and quick."""

    def features(self, texts: list[str], /) -> np.ndarray:
        counts = np.array([[text.count(chr(97 + i)) for i in range(26)] for text in texts], np.float32) + 0.01
        unit = counts / np.linalg.norm(counts, axis=1, keepdims=True)
        return np.hstack([unit, unit, unit])


ROWS = [f"{'a' * n} b" for n in range(1, 9)] + [f"{'z' * n} y" for n in range(1, 9)]
LABELS = ["first"] * 8 + ["last"] * 8


def test_a_class_of_many_examples_need_not_pull_the_few() -> None:
    """Between the two, a row goes to the class of many; evened, to neither more than to the other."""
    rows = np.array([[1.0, 0.0, 1.0]] * 20 + [[0.0, 1.0, 1.0]] * 2)
    labels = np.array([0] * 20 + [1] * 2)
    between = np.array([[0.5, 0.5, 1.0]])
    plain, even = (logistic.softmax(between @ logistic.fit(rows, labels, 2, 1.0, balance))[0] for balance in (0.0, 1.0))
    assert plain[0] > 0.6
    assert abs(even[0] - 0.5) < 0.01


def test_the_classifier_learns_ranks_and_knows_what_is_far_away() -> None:
    model = embedding.train(ROWS, LABELS, Letters())
    near, far = model.read(["aaaa b", "qqqq kkkk mmmm"], Letters())
    assert near.ranked[0][0] == "first"
    assert near.ranked[0][1] > 0.9
    assert near.margin > 0 > far.margin
    assert near.nearest in ROWS


def test_training_gives_the_same_classifier_every_time() -> None:
    one, two = (embedding.train(ROWS, LABELS, Letters()) for _ in range(2))
    assert np.array_equal(one.weights, two.weights)
    assert (one.temperature, one.threshold) == (two.temperature, two.threshold)


def test_a_kept_classifier_answers_like_the_trained_one(tmp_path: Path) -> None:
    model = embedding.train(ROWS, LABELS, Letters())
    embedding._save(model, tmp_path / "kept.npz")
    kept = embedding._load(tmp_path / "kept.npz")
    assert kept.read(["zz y"], Letters()) == model.read(["zz y"], Letters())
    assert [path.name for path in tmp_path.iterdir()] == ["kept.npz"]


def test_a_changed_taxonomy_is_learnt_anew(tmp_path: Path) -> None:
    def made(extra: str) -> Taxonomy:
        entry = {"category": "general", "description": "d", "workflow": "handoff"}
        return Taxonomy.model_validate(
            {
                "version": 1,
                "intents": [
                    {"name": "first", "title": "f", "examples": [*ROWS[:8], extra], **entry},
                    {"name": "last", "title": "l", "examples": ROWS[8:], **entry},
                ],
            }
        )

    letters = Letters()
    embedding.classifier(made("ab"), letters, tmp_path)
    embedding.classifier(made("ab"), letters, tmp_path)
    assert len(list(tmp_path.glob("intents-*"))) == 1
    embedding.classifier(made("abb"), letters, tmp_path)
    assert len(list(tmp_path.glob("intents-*"))) == 2


def test_the_optimum_is_an_optimum() -> None:
    """The slope of the penalised loss vanishes, in the span of the rows as in the whole space."""
    rng = np.random.default_rng(1)
    for shape in ((30, 50), (60, 10)):
        rows, labels = rng.standard_normal(shape), rng.integers(0, 3, shape[0])
        weights = logistic.fit(rows, labels, 3, 2.0, iterations=500)
        slope = weights + 2.0 * rows.T @ (logistic.softmax(rows @ weights) - np.eye(3)[labels])
        assert np.abs(slope).max() < 0.2
