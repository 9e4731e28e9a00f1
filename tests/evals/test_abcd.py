"""The page on the 55 sub-flows names all of them, each once, with a workflow that there is."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from agents.workflows import WORKFLOWS
from agents.workflows.prepare import WORKFLOW as PREPARE

ROOT: Final = Path(__file__).resolve().parents[2]
DATA: Final = ROOT.parent / "shared" / "data" / "abcd_flows" / "ontology.json"
ROW: Final = re.compile(r"^\| (\w+) \| (whole|part|no) \| `(\w+)` \|(.*)\|$", re.MULTILINE)


def rows() -> list[tuple[str, str, str, str]]:
    return ROW.findall((ROOT / "docs" / "abcd.md").read_text(encoding="utf-8"))


def test_every_sub_flow_has_one_row_with_a_workflow_of_ours() -> None:
    found = rows()
    assert (len(found), max(Counter(name for name, *_ in found).values())) == (55, 1)
    assert {workflow for _, _, workflow, _ in found} <= set(WORKFLOWS)


def test_what_is_not_whole_says_why_and_what_is_not_ours_goes_to_a_person() -> None:
    for name, how_far, workflow, why in rows():
        assert (workflow == PREPARE.name) == (how_far == "no"), name
        assert how_far == "whole" or why.strip(), name


def test_the_rows_are_those_of_the_data() -> None:
    if not DATA.is_file():
        pytest.skip(f"the data isn't there: {DATA.name} of asappresearch/abcd")
    flows = json.loads(DATA.read_text(encoding="utf-8"))["intents"]["subflows"]
    assert sorted(name for name, *_ in rows()) == sorted(name for names in flows.values() for name in names)
