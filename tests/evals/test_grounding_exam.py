"""`manage.py evaluate grounding`: changed figures are stopped and true ones aren't, on pages of our own and of others."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from agents.guards.receipts import Receipts
from agents.guards.repeats import Repeats
from evals.suites import grounding
from evals.suites.grounding import Figure, changed, in_sentence, result

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
PAGE = (
    "You have 14 days from delivery to send a mug back. Returns by members may take 15 days. The fee is $5.95. "
    "The office opens on March 3. A parcel weighs 4 pounds at most. See step [3]."
)


def figures(passage: str = PAGE) -> list[Figure]:
    parts = [part if part.endswith(".") else f"{part}." for part in passage.split(". ")]
    return [figure for part in parts for figure in in_sentence("page", passage, part)]


def test_every_figure_but_a_mark_is_drawn() -> None:
    assert [figure.text for figure in figures()] == ["14", "15", "5.95", "3", "4"]
    step = "1. Wait two weeks, one by one."
    assert [figure.text for figure in in_sentence("page", step, step)] == ["two"]


def test_the_six_changes() -> None:
    made = {change: text for figure in figures() for change, text in changed(figure)}
    assert made["plus one"] == "A parcel weighs 5 pounds at most."
    assert made["digit swapped"] == "A parcel weighs 9 pounds at most."
    assert made["unit changed"] == "A parcel weighs 4 ounces at most."
    assert made["currency changed"] == "The fee is €5.95."
    assert made["date shifted"] == "The office opens on April 3."
    assert dict(changed(figures()[0]))["minus one"] == "You have 13 days from delivery to send a mug back."
    assert dict(changed(figures()[2]))["digit swapped"] == "The fee is $5.59."
    assert set(made) == set(grounding.CHANGES)


def test_a_figure_of_another_sentence_is_no_excuse() -> None:
    """D5: fifteen days stand on the page, and not in this sentence."""
    found = result(figures())
    assert found["originals_stopped"]["n"] == 0
    assert found["changed_stopped"]["n"] == found["changed_stopped"]["of"] > 12
    assert found["slipped"] == []


def test_without_the_look_at_whole_sentences_it_would_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Receipts, "repeats", lambda *_: Repeats.NOTHING)
    assert {
        "change": "plus one",
        "page": "page",
        "text": "You have 15 days from delivery to send a mug back.",
    } in result(figures())["slipped"]


def test_the_command_asks_the_guard_without_a_database(tmp_path: Path) -> None:
    file = tmp_path / "pages.jsonl"
    rows = [{"id": "a", "title": "Returns", "content": " ".join(f"Item {n} has {n + 2} days." for n in range(200))}]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    out = StringIO()
    call_command("evaluate", "grounding", "--docs", str(file), "--docs", str(file), "--json", stdout=out)
    found = json.loads(out.getvalue().splitlines()[-1])
    assert found["n"] == 500
    assert set(found) == {
        "n", "originals_stopped", "changed_stopped", "by_change", "stopped_otherwise", "slipped"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"title": "a"}, "has no content"),
        ({"title": "a", "content": 7}, "title and content are texts"),
        ({"title": "a", "content": "Nothing here."}, "hold 0 figures; 500 are drawn"),
    ],
)
def test_a_bad_file_is_one_sentence(
    row: dict[str, Any], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text(json.dumps(row))
    with pytest.raises(SystemExit) as ended:
        call_command("evaluate", "grounding", "--docs", str(file))
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


def test_pages_of_elsewhere_with_a_figure_changed_are_stopped_and_as_they_are_never() -> None:
    """D5"""
    files = [DATA / "help_pages" / "docs.jsonl", DATA / "moj_dated_kb" / "pages.jsonl"]
    if not all(file.exists() for file in files):
        pytest.skip("needs the public data beside the checkout")
    found = grounding.run(files)
    assert found["originals_stopped"] == {"n": 0, "of": 500, "rate": 0.0}
    assert found["changed_stopped"]["of"] > 1_500
    assert found["slipped"] == []
