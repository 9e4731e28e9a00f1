"""What every capability declares, and the names under which the contract knows them."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from tools import checks
from tools.contract import RETRYABLE, Capability, Idempotency, Kind, Proof, Retry
from tools.registry import CAPABILITIES, MOST_CAPABILITIES, NAMES

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "capabilities.md"
ROW = re.compile(r"^\| `(?P<name>\w+)` \| (?P<ids>[S0-9, -]+) \| `(?P<capability>\w+)` \| (?P<state>shipped|later) \|")

# Every tool that the contract names, by the row that names it.
NAMED = {
    "S0-26": {"lookup_order", "issue_refund"},
    "S1-16": {
        "knowledge_base_search", "get_customer_account", "get_order_status", "apply_standard_credit",
        "resend_confirmation",
    },
    "S1-22": {
        "vector_search_kb", "exact_search_policies", "get_product_documentation", "check_known_issues_feed",
    },
    "S2-08": {"lookup_account", "check_refund_policy", "escalate_to_human"},
    "S4-28": {"process_refund"},
}  # fmt: skip

READ = CAPABILITIES["get_order"]
WRITE = dataclasses.replace(
    READ, name="process_refund", kind=Kind.WRITE, rules=("REF-1",), retry=Retry.NEVER, idempotency=Idempotency.KEY,
    output=CAPABILITIES["process_refund"].output,
)  # fmt: skip


def rows() -> list[dict[str, str]]:
    return [match.groupdict() for line in DOCUMENT.read_text().splitlines() if (match := ROW.match(line))]


def test_every_tool_that_the_contract_names_is_one_of_ours() -> None:
    """S0-26, S1-16, S1-22, S2-08, S4-28: a mapping, not more tools."""
    documented = {(row["name"], one) for row in rows() for one in row["ids"].split(", ")}
    assert documented == {(name, row) for row, names in NAMED.items() for name in names}


def test_the_document_says_shipped_where_there_is_a_contract_and_only_there() -> None:
    for row in rows():
        assert row["capability"] in NAMES
        assert (row["state"] == "shipped") == (row["capability"] in CAPABILITIES), row


def test_the_document_lists_the_ten_names_with_their_state() -> None:
    listed = re.findall(r"^- `(\w+)` \((read|write), (shipped|later)\)", DOCUMENT.read_text(), re.MULTILINE)
    assert tuple(name for name, _, _ in listed) == NAMES
    assert {name for name, _, state in listed if state == "shipped"} == set(CAPABILITIES)
    assert all(CAPABILITIES[name].kind == kind for name, kind, state in listed if state == "shipped")


@pytest.mark.parametrize("capability", CAPABILITIES.values(), ids=list(CAPABILITIES))
def test_a_capability_is_complete(capability: Capability) -> None:
    """S4-27, S4-29: a contract says what it takes, gives, needs, and how long it may last."""
    assert CAPABILITIES[capability.name] is capability
    assert capability.input.model_config["extra"] == capability.output.model_config["extra"] == "forbid"
    assert capability.input.model_config["strict"]
    assert 0 < capability.attempt_seconds <= capability.total_seconds < 10
    assert (capability.proof is Proof.ORDER_AND_CONTACT) == bool(capability.proof_argument)
    assert not capability.proof_argument or capability.proof_argument in capability.input.model_fields
    if capability.kind is Kind.READ:
        assert capability.rules == ()
        assert capability.retry is Retry.TWICE


def test_no_more_than_ten_capabilities() -> None:
    """D16, S4-30."""
    assert len(NAMES) == MOST_CAPABILITIES == 10
    many = {f"read_{n}": dataclasses.replace(READ, name=f"read_{n}") for n in range(11)}
    assert "tools.E001" in {problem.id for problem in checks.problems(many)}
    assert list(checks.problems(CAPABILITIES)) == []


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({}, None),
        ({"rules": ()}, "tools.E003"),
        ({"retry": Retry.TWICE}, "tools.E004"),
        ({"idempotency": Idempotency.NATURAL}, "tools.E004"),
        ({"name": "delete_customer"}, "tools.E002"),
    ],
)
def test_a_write_without_rules_or_key_is_a_problem(changed: dict[str, object], problem: str | None) -> None:
    write = dataclasses.replace(WRITE, **changed)
    found = {one.id for one in checks.problems({write.name: write})}
    assert found == ({problem} if problem else set())


def test_only_what_says_nothing_about_the_world_is_tried_again() -> None:
    assert {code.value for code in RETRYABLE} == {"unavailable", "timeout"}
