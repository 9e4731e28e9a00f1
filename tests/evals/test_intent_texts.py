"""The taxonomy's text out and in again: the same words, a draft at most, and a bad one refused with its place."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from agents import releases, seed
from knowledge.models import ConfigVersion

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company() -> None:
    seed.seed()


def live() -> ConfigVersion:
    version = releases.live_version(ConfigVersion.Kind.TAXONOMY)
    assert version is not None
    return version


def said(*arguments: object) -> str:
    out = StringIO()
    call_command("intents", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_what_goes_out_comes_in_as_a_draft(tmp_path: Path) -> None:
    file = tmp_path / "intents.yaml"
    assert said("export") == live().body
    said("export", "--to", file)
    assert file.read_text("utf-8") == live().body
    before = live()
    told = json.loads(said("import", file, "--json").splitlines()[-1])
    draft = ConfigVersion.objects.get(kind="taxonomy", number=before.number + 1)
    assert (told, draft.status, draft.digest) == ({"draft": str(draft)}, "draft", before.digest)
    assert live() == before


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("version: 1\nintents: []\nthreshold: {}\n", "threshold: this key isn't known"),
        ("version: [\n", "isn't YAML"),
        ("version: 1\nintents: []\nthresholds:\n  floor: 500\n", "thresholds.floor: input should be"),
    ],
)
def test_a_bad_file_changes_nothing_and_is_told_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    file = tmp_path / "intents.yaml"
    file.write_text(text)
    before = ConfigVersion.objects.count()
    with pytest.raises(SystemExit, match="2"):
        said("import", file)
    error = capsys.readouterr().err
    assert told in error
    assert "(line " in error
    assert error.count("\n") == 1
    assert ConfigVersion.objects.count() == before


def test_the_linter_runs_on_the_live_text_and_on_a_file(tmp_path: Path) -> None:
    """S4-17"""
    assert json.loads(said("lint", "--json")) == {"clean": True, "problems": []}
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"text": "where is my package", "intent": "returns_policy"}\n')
    out = StringIO()
    with pytest.raises(SystemExit, match="1"):
        call_command("intents", "lint", "--rows", str(rows), "--json", stdout=out)
    assert [one["kind"] for one in json.loads(out.getvalue())["problems"]] == ["claim"]
