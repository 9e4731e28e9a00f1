"""`manage.py evaluate pii`: figures that a hand can count, bad files refused, and the finder on texts from elsewhere."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from conversations import pii
from evals.suites import personal
from evals.suites.personal import Row, Span, figures

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def test_each_figure_is_what_a_hand_counts() -> None:
    """G12"""
    rows = [
        Row("to a@b.example", (Span("EMAIL_ADDRESS", 3, 14),)),
        Row("to a@b.example or a at b", (Span("EMAIL_ADDRESS", 3, 14), Span("EMAIL_ADDRESS", 18, 24))),
        Row("+44 20 7946 0958", (Span("PHONE_NUMBER", 0, 16), Span("PERSON", 0, 3))),
        Row("see a@b.example", ()),
    ]
    result = figures([(row, pii.find(row.text)) for row in rows])
    assert result["n"] == 4
    assert result["recall"] == {**dict.fromkeys(pii.KINDS), "EMAIL_ADDRESS": 0.6667, "PHONE_NUMBER": 1.0}
    assert result["precision"] == {**dict.fromkeys(pii.KINDS), "EMAIL_ADDRESS": 0.6667, "PHONE_NUMBER": 1.0}
    assert result["not_looked_for"] == {"PERSON": 1}


def test_a_part_of_it_is_not_found() -> None:
    row = Row("+44 20 7946 0958 ext 12", (Span("PHONE_NUMBER", 0, 23),))
    part = pii.Pii(kind="PHONE_NUMBER", start=0, end=16, raw="+44 20 7946 0958")
    assert figures([(row, [part])])["recall"]["PHONE_NUMBER"] == 0.0
    assert figures([(row, pii.find(row.text))])["recall"]["PHONE_NUMBER"] == 1.0


def test_a_labelled_file_is_measured_without_a_database(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"text": "my card 4111 1111 1111 1111", "spans": [["CREDIT_CARD", 8, 27]]},
        {"text": "hello", "spans": []},
    ]
    out = StringIO()
    call_command("evaluate", "pii", "--file", str(written(tmp_path / "f.jsonl", rows)), "--json", stdout=out)
    result = json.loads(out.getvalue().splitlines()[-1])
    assert result["recall"]["CREDIT_CARD"] == result["precision"]["CREDIT_CARD"] == 1.0


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"text": "a"}, "has no spans"),
        ({"text": "a", "spans": [["X", 0]]}, "a span is [TYPE, start, end]"),
        ({"text": "a", "spans": [["X", 0, 2]]}, "doesn't stand in the text"),
        ({"text": 7, "spans": []}, "doesn't stand in the text"),
    ],
)
def test_a_bad_file_is_one_sentence(
    row: dict[str, Any], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("evaluate", "pii", "--file", str(written(tmp_path / "bad.jsonl", [row])))
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


def test_personal_data_of_elsewhere_is_found() -> None:
    """G12"""
    path = DATA / "presidio_pii" / "synth_v2.jsonl"
    if not path.exists():
        pytest.skip("needs the public data beside the checkout")
    recall = personal.run(path)["recall"]
    assert set(recall) == {"CREDIT_CARD", "EMAIL_ADDRESS", "PHONE_NUMBER", "IBAN_CODE", "US_SSN"}
    assert min(recall.values()) >= 0.98, recall


def test_everyday_talk_holds_none() -> None:
    """D5"""
    path = DATA / "clinc150" / "clinc150.jsonl"
    if not path.exists():
        pytest.skip("needs the public data beside the checkout")
    texts = [json.loads(line)["text"] for line in path.read_text("utf-8").splitlines()]
    assert len(texts) > 20_000
    assert [text for text in texts if pii.find(text)] == []
