"""Thresholds belong to the taxonomy: checked, used by the cascade, chosen from rows, and written as a draft only."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from pydantic import ValidationError

from agents import releases, seed, texts
from agents.intents import editing, taxonomy
from agents.intents.cascade import classify
from agents.intents.embedding import classifier
from agents.intents.taxonomy import Taxonomy, Thresholds
from evals.suites import thresholds
from evals.suites.intents import Row
from evals.suites.thresholds import Claim
from knowledge import embeddings
from knowledge.models import ConfigVersion

SHOP = settings.BASE_DIR / "packs" / "demo_shop" / "intents.yaml"
HELD_OUT = settings.BASE_DIR / "tests" / "agents" / "heldout_intents.txt"
OURS = taxonomy.load(SHOP)


def with_numbers(**numbers: int) -> Taxonomy:
    return OURS.model_copy(update={"thresholds": Thresholds(**numbers)})


def read(text: str, words: Taxonomy) -> str | None:
    return classify(text, (), words, embeddings, folder=Path(settings.HANDRAIL_MODELS_DIR)).best


@pytest.mark.parametrize("numbers", [{"floor": 599}, {"floor": 800}, {"keep": 400}, {"sure": 1001}, {"floors": 700}])
def test_a_threshold_that_no_company_may_set_is_refused(numbers: dict[str, int]) -> None:
    """D2: the floor is never below 600, and nothing is below the floor."""
    with pytest.raises(ValidationError):
        Thresholds(**numbers)


def test_other_thresholds_are_taken() -> None:
    assert Thresholds(floor=700, sure=800, part=900, keep=950).floor == 700
    assert OURS.thresholds == Thresholds(floor=600, sure=720, part=850, keep=920)


def test_the_cascade_uses_the_taxonomys_own_thresholds() -> None:
    text = "do you know if the box will make it before Saturday"
    assert read(text, OURS) == "order_status"
    assert read(text, with_numbers(floor=999, sure=999, part=999)) is None


def test_how_much_is_let_through_belongs_to_the_taxonomy() -> None:
    few, most = (
        classifier(with_numbers(keep=keep), embeddings, Path(settings.HANDRAIL_MODELS_DIR)) for keep in (500, 999)
    )
    (near,), (far,) = (model.read(["it never came"], embeddings) for model in (most, few))
    assert near.margin > far.margin


def test_a_pack_sets_its_own(tmp_path: Path) -> None:
    own = tmp_path / "intents.yaml"
    own.write_text("thresholds: {sure: 800}\n")
    assert taxonomy.load(own).thresholds == Thresholds(sure=800)
    assert taxonomy.load(SHOP, own).thresholds == Thresholds(sure=800)


def claim(chance: int, right: bool) -> Claim:
    return Claim("order_status", chance, 1.0, right, True)


def test_the_lowest_line_that_is_right_enough_is_chosen() -> None:
    claims = [claim(650, False)] * 10 + [claim(800, True)] * 30
    assert thresholds.lowest(claims, 0.98, 600, 720) == (660, "")
    assert thresholds.lowest(claims, 0.70, 600, 720) == (600, "")


def test_too_few_rows_or_none_right_enough_change_nothing() -> None:
    assert thresholds.lowest([claim(800, True)] * 5, 0.98, 600, 720) == (720, "only 5 rows decide it")
    assert thresholds.lowest([claim(800, False)] * 30, 0.98, 600, 720) == (720, "no line reaches the precision")


def test_a_row_is_always_on_the_same_side_and_no_example_is_a_row() -> None:
    rows = [Row(f"where is parcel {n}", "order_status") for n in range(200)]
    one, other = thresholds.halves(rows)
    again = thresholds.halves(reversed(rows))
    assert set(one) == set(again[0])
    assert 60 < len(one) < 140
    assert not set(one) & set(other)
    assert thresholds.fresh([*rows[:1], *rows[:1], Row("Where is my  package", "order_status")], OURS) == rows[:1]


def labelled(folder: Path) -> Path:
    lines = [line.split(" | ", 1) for line in HELD_OUT.read_text("utf-8").splitlines() if line and line[0] != "#"]
    rows = [{"text": text, "intent": "oos" if want == "unknown" else want} for want, text in lines if "+" not in want]
    file = folder / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return file


def ran(*arguments: object) -> dict[str, Any]:
    out = StringIO()
    call_command("intents", *map(str, arguments), "--json", stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return found


@pytest.mark.django_db
def test_what_is_chosen_becomes_a_draft_and_nothing_goes_live(tmp_path: Path) -> None:
    """S4-18: the figures are of rows that didn't choose."""
    seed.seed()
    live = releases.live_version(ConfigVersion.Kind.TAXONOMY)
    found = ran("thresholds", "--file", labelled(tmp_path), "--precision", "0.95", "--write")
    assert found["chosen_on"] + found["measured_on"] == found["n"]
    assert found["thresholds"]["floor"]["chosen"] >= 600
    draft = ConfigVersion.objects.get(kind="taxonomy", status="draft", number__gt=live.number if live else 0)
    assert found["draft"] == str(draft)
    chosen = {name: one["chosen"] for name, one in found["thresholds"].items()}
    assert texts.taxonomy(draft.body).thresholds == Thresholds(**chosen) != OURS.thresholds
    assert releases.live_version(ConfigVersion.Kind.TAXONOMY) == live


@pytest.mark.django_db
def test_without_being_told_nothing_is_written(tmp_path: Path) -> None:
    seed.seed()
    before = ConfigVersion.objects.count()
    assert "draft" not in ran("thresholds", "--file", labelled(tmp_path))
    assert ConfigVersion.objects.count() == before


@pytest.mark.django_db
def test_an_unknown_label_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seed.seed()
    file = tmp_path / "rows.jsonl"
    file.write_text('{"text": "my horse is ill", "intent": "horses"}\n')
    with pytest.raises(SystemExit, match="2"):
        call_command("intents", "thresholds", "--file", str(file))
    assert "wants 'horses', which the taxonomy doesn't know." in capsys.readouterr().err


BODY = """# ours
version: 1
intents:
  - name: one  # the first
    examples:
      - a b

      - 'c: d'
    title: t
  - {name: two, examples: [x]}
outside:
  - z
"""


def test_an_edit_leaves_the_other_lines_alone() -> None:
    longer = editing.with_examples(BODY, "one", ["yes", "e: f"])
    assert longer == BODY.replace("'c: d'\n", "'c: d'\n      - 'yes'\n      - 'e: f'\n")
    numbers = editing.with_thresholds(longer, Thresholds(sure=800))
    assert numbers.startswith(longer)
    assert editing.with_thresholds(numbers, Thresholds()) == numbers.replace("sure: 800", "sure: 720")
    added = editing.with_intent(BODY, {"name": "three", "examples": ["k"]})
    assert added == BODY.replace("outside:", "  - name: three\n    examples:\n    - k\noutside:")


def test_an_entry_on_one_line_is_written_anew() -> None:
    assert "- x\n  - y" in editing.with_examples(BODY, "two", ["y"])
    with pytest.raises(KeyError):
        editing.with_examples(BODY, "four", ["y"])
