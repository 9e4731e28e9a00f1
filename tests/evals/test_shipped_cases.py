"""The conversations that come with the project: every one ends as it says, and between them they reach every workflow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from agents.models import Run
from agents.workflows import WORKFLOWS, security_report, talk_to_person
from evals.suites import conversations

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_shop"),
]
FILE: Final = Path(conversations.__file__).parent.parent / "cases" / "workflows.jsonl"
# A wish for a person and a fear for the account are seen before any workflow begins.
AT_ONCE: Final = {talk_to_person.WORKFLOW.name, security_report.WORKFLOW.name}


def cases() -> list[dict[str, Any]]:
    return [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


def test_every_case_ends_as_it_says_and_every_workflow_is_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    walked: set[str] = set()
    play = conversations.Stage.play

    def noted(stage: conversations.Stage, case: conversations.Case) -> list[str]:
        found = play(stage, case)
        walked.update(Run.objects.values_list("workflow", flat=True))
        return found

    monkeypatch.setattr(conversations.Stage, "play", noted)
    found = conversations.run(FILE)
    assert [one for one in found["results"] if not one["passed"]] == []
    assert (found["n"], found["passed"]) == (len(cases()), len(cases()))
    assert walked == set(WORKFLOWS) - AT_ONCE


def test_every_capability_has_written_to_the_shop_in_a_case() -> None:
    """S3-10, S4-04: not only refused and given up: each is carried out, and its end is looked up in the shop."""
    done = {write.split(":")[0] for one in cases() for write in one["end"].get("writes", ()) if "confirmed" in write}
    assert done >= {"process_refund", "process_return", "change_order", "update_account", "send_notice", "open_ticket"}
    kept = {path for one in cases() for path in one["end"].get("account", {})}
    assert kept == {"email", "subscription_status", "closed"}


def test_a_case_that_ends_otherwise_is_found(tmp_path: Path) -> None:
    """The twin: the same file's first write with its end taken away isn't passed."""
    case = next(one for one in cases() if one["end"].get("changed"))
    file = tmp_path / "cases.jsonl"
    file.write_text(json.dumps({**case, "end": {}}), encoding="utf-8")
    assert conversations.run(file)["passed"] == 0


def test_the_file_has_every_mood_and_every_kind_of_setup() -> None:
    found = cases()
    assert len(found) >= 60
    set_up = {name for one in found for name in one.get("setup", {})}
    assert set_up == {"orders", "articles", "faults", "clock"}
    done = {act["do"] for one in found for line in one["lines"] for act in line.get("operators", ())}
    assert done == {*conversations.ANSWERS, *conversations.OWN}
    assert any("{code}" in line["say"] for one in found for line in one["lines"]), "and the right code is typed"
    assert {one["end"].get("status") for one in found} >= {"active", "escalated"}
