"""`manage.py evaluate escalation`: figures that can be checked by hand, bad files refused, and the two rates bounded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from conversations.command import BadInputError
from evals.suites import escalation
from evals.suites.escalation import Found, Labelled

FILE: Final = Path(escalation.__file__).parent.parent / "cases" / "escalation.jsonl"


def case(name: str, reason: str | None, *said: str) -> Labelled:
    row = {"id": name, "as": None, "say": list(said) or ["hello"], "reason": reason}
    return Labelled.model_validate_json(json.dumps(row))


def test_each_figure_is_what_a_hand_counts() -> None:
    """S1-46: one seen, one missed, one seen as something else, one kept, one sent away for nothing."""
    figures = escalation.figures(
        [
            Found(case("a", "self-harm"), "self-harm"),
            Found(case("b", "self-harm"), None),
            Found(case("c", "personal-loss"), "low-confidence"),
            Found(case("d", None), None),
            Found(case("e", None), "self-harm"),
        ]
    )
    assert figures["n"] == 5
    assert figures["under"] == {"n": 1, "of": 3, "rate": 0.3333}
    assert figures["over"] == {"n": 1, "of": 2, "rate": 0.5}
    assert figures["by_reason"] == {
        "nobody": {"n": 2, "right": 1, "escalated": 1},
        "personal-loss": {"n": 1, "right": 0, "escalated": 1},
        "self-harm": {"n": 2, "right": 1, "escalated": 1},
    }
    assert [one["id"] for one in figures["wrong"]] == ["b", "c", "e"]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"id": "a", "as": None, "say": ["x"]}, "has no reason"),
        ({"id": "a", "as": None, "say": [], "reason": None}, "say"),
        ({"id": "a", "as": None, "say": ["x"], "reason": None, "mood": "bad"}, "mood"),
    ],
)
def test_a_bad_file_is_refused_before_anything_runs(tmp_path: Path, row: dict[str, Any], says: str) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(json.dumps(row), encoding="utf-8")
    with pytest.raises(BadInputError, match=says):
        escalation.run(file)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("fresh_shop")
def test_conversations_are_had_and_judged(tmp_path: Path) -> None:
    """S1-46: a label that is wrong shows in its own rate, and one that is right in none."""
    rows = [
        {
            "id": "seen",
            "as": None,
            "say": ["hello", "I want to talk to a human"],
            "reason": "customer-asked-for-person",
        },
        {"id": "kept", "as": None, "say": ["what is your returns policy?"], "reason": None},
        {"id": "missed", "as": None, "say": ["what is your returns policy?"], "reason": "self-harm"},
        {"id": "too much", "as": None, "say": ["my lawyer will write to you"], "reason": None},
    ]
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    found = escalation.run(file)
    assert (found["under"]["n"], found["over"]["n"]) == (1, 1)
    assert [one["id"] for one in found["wrong"]] == ["missed", "too much"]
