"""The exams of the tool layer: a right shop is all equal, and whatever isn't is named."""

from __future__ import annotations

import copy
import json
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pytest

from conversations.command import BadInputError
from evals.suites import actions
from tests.evals.export import ANA, ATTEMPTS, BEN, CANCEL, CANCELLED, TASKS, attempt, write
from tests.shopserver import ShopServer

RETAIL: Final = Path(__file__).resolve().parents[3] / "shared" / "data" / "tau_retail"
THERE: Final = pytest.mark.skipif(not RETAIL.is_dir(), reason=f"the retail export isn't in {RETAIL}")
FIRST: Final = 150
# Between two rounds the house forgets, and a transaction that holds deferred checks can't.
ROUNDS: Final = pytest.mark.django_db(transaction=True)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_shop")]


def tasks(folder: Path, rows: list[dict[str, Any]]) -> dict[str, Any]:
    write(folder, tasks=rows)
    return actions.tasks(folder, folder / "tasks.jsonl")


def attempts(folder: Path, rows: list[dict[str, Any]]) -> dict[str, Any]:
    write(folder, attempts=rows)
    return actions.attempts(folder, folder / "attempts.jsonl")


@ROUNDS
def test_every_task_leaves_the_shop_as_it_should_be(tmp_path: Path) -> None:
    """S4-29: through rules, Critic, gate and effect, read from the shop's own books."""
    assert tasks(tmp_path, TASKS) == {"n": len(TASKS), "equal": len(TASKS), "failures": []}


@pytest.mark.parametrize("spoilt", [task["id"] for task in TASKS])
def test_a_wrong_expectation_is_reported(tmp_path: Path, spoilt: str) -> None:
    """The twin: each task alone, with one thing wrong in what should come of it."""
    task = copy.deepcopy(next(one for one in TASKS if one["id"] == spoilt))
    orders = task["expected_diff"].setdefault("orders", {})
    first = next(iter(orders), "#W2000003")
    orders.setdefault(first, {})["note"] = [None, "planted"]
    found = tasks(tmp_path, [task])
    assert (found["n"], found["equal"], [one["id"] for one in found["failures"]]) == (1, 0, [spoilt])
    assert "the shop differs by" in found["failures"][0]["why"]


def test_a_cent_too_much_is_reported(tmp_path: Path) -> None:
    task = copy.deepcopy(TASKS[0])
    task["expected_diff"]["orders"]["#W1000001"]["payment_history"][1][1]["amount"] = 50.01
    assert tasks(tmp_path, [task])["equal"] == 0


def test_a_task_that_leaves_out_what_happened_is_reported(tmp_path: Path) -> None:
    task = {**TASKS[0], "expected_diff": {}}
    assert [one["id"] for one in tasks(tmp_path, [task])["failures"]] == [task["id"]]


@ROUNDS
def test_every_attempt_ends_as_it_should(tmp_path: Path) -> None:
    found = attempts(tmp_path, ATTEMPTS)
    assert (found["n"], found["wrong"]) == (len(ATTEMPTS), [])
    assert (found["allowed"], found["blocked"]) == ({"n": 1, "of": 1}, {"n": 10, "of": 10})
    assert found["by_rule"] == {
        "ORD-11": 2, "ORD-1": 1, "ORD-3": 1, "ORD-4": 1, "ORD-5": 2, "ORD-7": 1, "ORD-12": 1, "RET-6": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("planted", "got"),
    [
        (attempt("planted", CANCEL, who=BEN, expect="allow"), "block not_found"),
        (attempt("planted", CANCEL, confirmed=False, expect="allow"), "block not-confirmed"),
        (attempt("planted", CANCEL, expected={"orders": CANCELLED}), "allow confirmed done"),
    ],
)
def test_an_attempt_with_the_wrong_end_is_named(tmp_path: Path, planted: dict[str, Any], got: str) -> None:
    wrong = attempts(tmp_path, [planted])["wrong"]
    assert [one["got"] for one in wrong if one["id"] == "planted"] == [got]


@ROUNDS
def test_a_shop_that_differs_though_the_end_was_right_is_named(tmp_path: Path) -> None:
    """Allowed as it should be, with another difference than expected; and one where nothing should have changed."""
    other = {"#W1000001": {**CANCELLED["#W1000001"], "cancel_reason": [None, "ordered by mistake"]}}
    for expected in ({"orders": other}, {}):
        wrong = attempts(tmp_path, [attempt("planted", CANCEL, expect="allow", expected=expected)])["wrong"]
        assert [(one["id"], one["rule"]) for one in wrong] == [("#W1000001", "difference")]


def test_what_is_done_before_an_attempt_must_be_possible(tmp_path: Path) -> None:
    impossible = {**CANCEL, "args": {**CANCEL["args"], "order_id": "#W1000003"}}
    with pytest.raises(BadInputError, match="planted: what was to be done before it was refused"):
        attempts(tmp_path, [attempt("planted", CANCEL, setup=(impossible,))])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("{", "line 1 is not JSON"),
        ("[]", "line 1 has no id"),
        ('{"id": 1, "user_id": "x", "actions": []}', "line 1 has no expected_diff"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_so(tmp_path: Path, text: str, says: str) -> None:
    (write(tmp_path) / "tasks.jsonl").write_text(text)
    with pytest.raises(BadInputError, match=says):
        actions.tasks(tmp_path, tmp_path / "tasks.jsonl")
    with pytest.raises(BadInputError, match="can't be read"):
        actions.tasks(tmp_path, tmp_path / "nowhere.jsonl")


def test_a_shop_that_cannot_be_loaded_is_said_so(tmp_path: Path) -> None:
    write(tmp_path, tasks=TASKS)
    (tmp_path / "users.jsonl").write_text("{}")
    with pytest.raises(BadInputError, match=r"users\.jsonl"):
        actions.tasks(tmp_path, tmp_path / "tasks.jsonl")


def test_rounds_keep_owners_apart() -> None:
    """Each owner's goods change once in a round; what changes nothing is asked in the first, before them."""
    rows = [attempt(f"a{n}", CANCEL, expect="allow") for n in range(3)] + [
        attempt("b", CANCEL, owner=BEN, expect="allow")
    ]
    still = [attempt("still", CANCEL)]
    found = [[row["id"] for row in batch] for batch in actions.rounds([*rows, *still])]
    assert found == [["still", "a0", "b"], ["a1"], ["a2"]]
    assert len(actions.apart(TASKS, lambda row: [row["user_id"]])[0]) == len({ANA, BEN})


def test_sums_are_equal_to_a_hundredth_of_a_cent() -> None:
    assert actions.near({"a": [12.34]}, {"a": [12.340000000000002]})
    assert not actions.near({"a": [12.34]}, {"a": [12.35]})
    assert not actions.near(True, 1.0000001)
    assert not actions.near([1], [1, 2])


@THERE
@ROUNDS
def test_the_retail_tasks_are_all_equal(shop: ShopServer) -> None:
    """S4-29 on somebody else's ground truth."""
    found = actions.tasks(RETAIL, RETAIL / "tasks_dev.jsonl")
    assert found["n"] == 20
    assert (found["failures"], found["equal"]) == ([], 20)


@THERE
@ROUNDS
def test_the_first_retail_attempts_end_as_they_should(shop: ShopServer, tmp_path: Path) -> None:
    with (RETAIL / "write_attempts.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in islice(lines, FIRST)]
    (tmp_path / "attempts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = actions.attempts(RETAIL, tmp_path / "attempts.jsonl")
    assert found["n"] == FIRST
    assert found["wrong"] == []
    assert found["blocked"]["n"] == found["blocked"]["of"] > 0
    assert found["allowed"]["n"] == found["allowed"]["of"] > 0
