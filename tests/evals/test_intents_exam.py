"""`manage.py evaluate intents`: figures that can be checked by hand, bad files refused, and the floor on public data."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from agents.intents.answer import Tier
from evals.suites import intents
from evals.suites.intents import Guess, Row

CLINC = Path(__file__).resolve().parents[3] / "shared" / "data" / "clinc150" / "clinc150.jsonl"
PARCELS = ("where is my parcel", "has my parcel been sent", "when does the parcel come", "track my parcel please",
           "is the parcel on its way", "the parcel has not arrived", "parcel still missing", "any news of the parcel")  # fmt: skip
PIANOS = ("tune my piano", "the piano sounds off", "book a tuner for the piano", "my piano needs tuning",
          "who tunes a grand piano", "piano strings are out of tune", "a tuning for our piano", "tuner for a piano")  # fmt: skip


def written(path: Path, rows: list[tuple[str, str]]) -> Path:
    path.write_text("".join(json.dumps({"text": text, "intent": intent}) + "\n" for text, intent in rows), "utf-8")
    return path


def asked(*arguments: object) -> dict[str, Any]:
    out = StringIO()
    call_command("evaluate", "intents", *map(str, arguments), "--json", stdout=out)
    result: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return result


def test_each_figure_is_what_a_hand_counts() -> None:
    """S4-15: two intents, one row answered rightly, one wrongly, one not at all, and two of nobody's business."""
    rows = [Row("a", "one"), Row("b", "one"), Row("c", "two"), Row("d", "two"), Row("e", "oos"), Row("f", "oos")]
    found = [
        Guess(Tier.RULES, "one", 0.95, inside=True, sure=True),
        Guess(Tier.EMBEDDING, "two", 0.7, inside=True, sure=True),
        Guess(Tier.UNKNOWN, "two", 0.4, inside=False, sure=False),
        Guess(Tier.EMBEDDING, "two", 0.9, inside=True, sure=True),
        Guess(Tier.UNKNOWN, "one", 0.3, inside=False, sure=False),
        Guess(Tier.EMBEDDING, "one", 0.65, inside=True, sure=True),
    ]
    figures = intents.figures(rows, found)
    assert figures["n"] == 6
    assert figures["accuracy"] == 0.75
    assert figures["coverage"] == 0.75
    assert figures["precision"] == 0.5
    assert figures["tier_share"] == {"embedding": 0.5, "rules": 0.1667, "unknown": 0.3333}
    assert figures["tier_accuracy"] == {"embedding": 0.3333, "rules": 1.0}
    assert figures["oos"] == {"n": 2, "recall": 0.5, "in_scope_kept": 0.75}
    assert figures["at_precision"] == {"0.95": 0.5, "0.98": 0.5, "0.99": 0.5}
    assert figures["by_intent"]["one"] == {"n": 2, "right": 1, "wrong": 1}


def test_a_file_of_labelled_rows_is_learnt_and_measured(tmp_path: Path) -> None:
    training = [(text, "parcel") for text in PARCELS] + [(text, "piano") for text in PIANOS]
    train = written(tmp_path / "train.jsonl", training)
    test = written(tmp_path / "test.jsonl", [
        ("did my parcel get sent out", "parcel"), ("could somebody tune the old piano", "piano"),
        ("what is the capital of France", "oos"), ("how tall is a giraffe", "oos")])  # fmt: skip
    figures = asked("--train", train, "--test", test)
    assert figures["accuracy"] == 1.0
    assert figures["oos"]["n"] == 2
    assert figures["oos"]["recall"] == 1.0
    assert set(figures["latency_ms"]) <= {"embedding", "unknown"}


def test_the_companys_own_cascade_is_measured_without_a_training_file(tmp_path: Path) -> None:
    test = written(tmp_path / "test.jsonl", [
        ("where is my order", "order_status"), ("I would like to talk to a human", "talk_to_person"),
        ("what is the capital of France", "oos")])  # fmt: skip
    figures = asked("--test", test)
    assert figures["accuracy"] == 1.0
    assert figures["coverage"] == 1.0
    assert figures["oos"] == {"n": 1, "recall": 1.0, "in_scope_kept": 1.0}
    assert figures["tier_accuracy"]["rules"] == 1.0
    assert figures["latency_ms"]["rules"]["p95"] < 50  # wall time: a bound for a busy machine


@pytest.mark.parametrize(
    ("train", "test", "says"),
    [
        ([("a b", "one")], [("a b", "one")], "fewer than two intents"),
        ([("a b", "one"), ("c d", "two")], [("a b", "three")], "wants 'three'"),
        ([("a b", "one"), ("c d", "two")], [(" ", "one")], "a row without words"),
        ([("a b", "one"), ("c d", "two")], [("a b", "oos")], "no row with an intent"),
        ([("a b", "one"), ("c d", "two")], [], "is empty"),
    ],
)
def test_a_bad_file_is_one_sentence(
    train: list[tuple[str, str]], test: list[tuple[str, str]], says: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    files = ["--train", written(tmp_path / "train.jsonl", train), "--test", written(tmp_path / "test.jsonl", test)]
    with pytest.raises(SystemExit) as ended:
        call_command("evaluate", "intents", *map(str, files))
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


@pytest.mark.skipif(not CLINC.exists(), reason="the public data set is not on this machine")
def test_the_embedding_tier_holds_its_floor_on_public_data(tmp_path: Path) -> None:
    """A fifth of the intents: enough to notice when a change of the recipe costs something."""
    rows = [json.loads(line) for line in CLINC.read_text("utf-8").splitlines()]
    some = set(sorted({row["intent"] for row in rows} - {"oos"})[::5])
    train = [(row["text"], row["intent"]) for row in rows if row["split"] == "train" and row["intent"] in some]
    inside = [(row["text"], row["intent"]) for row in rows if row["split"] == "test" and row["intent"] in some]
    outside = [(row["text"], "oos") for row in rows if row["split"] == "oos_test"][::3]
    figures = asked("--train", written(tmp_path / "a.jsonl", train),
                    "--test", written(tmp_path / "b.jsonl", inside + outside))  # fmt: skip
    assert figures["accuracy"] >= 0.97
    assert figures["oos"]["recall"] >= 0.94
    assert figures["oos"]["in_scope_kept"] >= 0.88
    assert figures["at_precision"]["0.98"] >= 0.95
