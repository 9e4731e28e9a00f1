"""The exam of whole conversations: a right one passes, and whatever is otherwise is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from conversations.command import BadInputError
from evals.suites import conversations

# Between two cases the house forgets, and a transaction that holds deferred checks can't.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("fresh_shop")]
CANCEL: Final[dict[str, Any]] = {
    "id": "cancel",
    "as": "alice@example.com",
    "lines": [
        {"say": "please cancel FW-10488, I ordered it by mistake", "expect": [r"79\.00"], "never": ["colleague"]},
        {"say": "yes", "expect": ["cancelled"]},
    ],
    "end": {
        "status": "active",
        "writes": ["change_order: confirmed"],
        "asked": ["/orders/FW-10488/cancel"],
        "changed": {"orders/FW-10488": {"status": "cancelled"}},
    },
}
PEOPLE: Final[dict[str, Any]] = {
    "id": "people",
    "as": "{A.email}",
    "setup": {"orders": {"A": {"like": "FW-10465", "cents": 12000}}},
    "lines": [
        {"say": "{A} arrived broken, I want my money back", "expect": ["{A}"]},
        {"say": "yes", "operators": [{"who": "operator", "do": "approve"}], "then": [r"120\.00"]},
    ],
    "end": {
        "writes": ["process_refund: confirmed"],
        "asked": ["/finance/orders/{A}/refunds"],
        "changed": {"orders/{A}": {}},
    },
}


ACCOUNT: Final[dict[str, Any]] = {
    "id": "account",
    "as": "alice@example.com",
    "lines": [{"say": "please cancel my Plus membership"}, {"say": "{code}"}, {"say": "yes"}],
    "end": {
        "writes": ["update_account: confirmed"],
        "asked": ["/platform/customers/C-1001/codes", "/platform/subscriptions/C-1001"],
        "account": {"subscription_status": "cancelled"},
    },
}
OWN: Final[dict[str, Any]] = {
    "id": "own",
    "as": "{A.email}",
    "setup": {"orders": {"A": {"like": "FW-10465", "cents": 62000}}},
    "lines": [
        {
            "say": "a person please, {A} is broken",
            "operators": [
                {"do": "take_over"},
                {"do": "write", "capability": "process_refund", "args": {"order_id": "{A}", "reason_code": "damaged"}},
                {"who": "billing_specialist", "do": "approve"},
            ],
            "then": ["joined"],
        }
    ],
    "end": {
        "status": "human",
        "writes": ["process_refund: confirmed"],
        "asked": ["/finance/orders/{A}/refunds"],
        "changed": {"orders/{A}": {}},
    },
}


def test_codes_and_what_people_do_themselves_are_played(tmp_path: Path) -> None:
    """Each with a twin that says something else of the end."""
    (line,) = OWN["lines"]
    twins = {
        "account differs": without(ACCOUNT, end={**ACCOUNT["end"], "account": {"subscription_status": "active"}}),
        "no code": without(ACCOUNT, lines=[{"say": "{code}"}]),
        "above the limit": without(OWN, lines=[{**line, "operators": line["operators"][:2]}]),
        "not theirs": without(OWN, lines=[{**line, "operators": line["operators"][1:]}]),
    }
    found = told(tmp_path, ACCOUNT, OWN, *(without(case, id=name) for name, case in twins.items()))
    why = {one["id"]: one["why"] for one in found["results"]}
    assert (why["account"], why["own"]) == ("", "")
    for name, words in {
        "account differs": "the account has subscription_status 'cancelled', not 'active'",
        "no code": "no code was mailed",
        "above the limit": "the writes are []",
        "not theirs": "it broke off",
    }.items():
        assert words in why[name], name


def told(folder: Path, *cases: dict[str, Any]) -> dict[str, Any]:
    file = folder / "cases.jsonl"
    file.write_text("\n".join(map(json.dumps, cases)), encoding="utf-8")
    return conversations.run(file)


def without(case: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {**case, **changed}


def test_what_is_right_passes_and_what_isnt_is_named(tmp_path: Path) -> None:
    """Each twin differs from the right case in one thing."""
    end, (first, second) = CANCEL["end"], CANCEL["lines"]
    twins = {
        "never said": without(CANCEL, lines=[{**first, "expect": ["unicorn"]}, second]),
        "said": without(CANCEL, lines=[first, {**second, "never": ["cancelled"]}]),
        "status": without(CANCEL, end={**end, "status": "escalated"}),
        "reason": without(CANCEL, end={**end, "reason": "tool-failed"}),
        "writes": without(CANCEL, end={**end, "writes": []}),
        "asked": without(CANCEL, end={**end, "asked": []}),
        "changed": without(CANCEL, end={**end, "changed": {}}),
        "value": without(CANCEL, end={**end, "changed": {"orders/FW-10488": {"status": "pending"}}}),
        "nobody asked": without(CANCEL, lines=[first, {**second, "operators": [{"do": "approve"}]}]),
    }
    found = told(tmp_path, CANCEL, PEOPLE, *(without(case, id=name) for name, case in twins.items()))
    why = {one["id"]: one["why"] for one in found["results"]}
    assert (found["n"], found["passed"], why["cancel"], why["people"]) == (11, 2, "", "")
    for name, words in {
        "never said": "without 'unicorn'",
        "said": "with 'cancelled'",
        "status": "the conversation is active, not escalated",
        "reason": "it was handed over for nothing, not for tool-failed",
        "writes": "the writes are ['change_order: confirmed'], not []",
        "asked": "asked for ['/orders/FW-10488/cancel'], not []",
        "changed": "orders/FW-10488 has changed",
        "value": "orders/FW-10488 has status 'cancelled', not 'pending'",
        "nobody asked": "nothing waits for operator to approve",
    }.items():
        assert words in why[name], name


def test_the_case_brings_its_faults_its_articles_and_its_time(tmp_path: Path) -> None:
    page = "---\ntitle: Shipping to Iceland\ntopic: shipping\naudience: public\nreviewed_days_ago: 1\n---\nParcels to Iceland take 17 business days by boat.\n"
    found = told(
        tmp_path,
        {
            **CANCEL,
            "setup": {"faults": "refuse;path=/cancel"},
            "end": {"status": "escalated", "reason": "write-refused", "writes": ["change_order: refused"]},
            "lines": [CANCEL["lines"][0], {"say": "yes"}],
        },
        {"id": "article", "as": None, "setup": {"articles": {"shipping-to-iceland": page}},
         "lines": [{"say": "how long does shipping to Iceland take?", "expect": ["17 business days"]}]},
        {"id": "no article", "as": None, "lines": [{"say": "how long does shipping to Iceland take?", "never": ["17 business days"]}]},
        {"id": "later", "as": "alice@example.com", "setup": {"clock": "2031-05-05T12:00:00+00:00"},
         "lines": [{"say": "cancel FW-10488"}, {"say": "no"}]},
    )  # fmt: skip
    assert [one["why"] for one in found["results"]] == ["", "", "", ""]


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ({**CANCEL, "lines": []}, "lines: Tuple should have at least 1 item"),
        ({**CANCEL, "moods": "angry"}, "moods: Extra inputs are not permitted"),
        ({**CANCEL, "as": "nobody@example.com"}, "no customer has the address nobody@example.com"),
        ({**CANCEL, "lines": [{"say": "hi", "expect": ["("]}]}, "is no pattern"),
        ({**CANCEL, "setup": {"clock": "soon"}}, "'soon' is no moment"),
        ({**CANCEL, "setup": {"articles": {"a": "no front matter"}}}, "The article a.md can't be used"),
        ({"id": "x"}, "as"),
    ],
)
def test_a_case_that_cant_be_played_is_one_sentence(tmp_path: Path, case: dict[str, Any], why: str) -> None:
    with pytest.raises(BadInputError, match=r".*") as error:
        told(tmp_path, case)
    assert why in str(error.value)
    assert "\n" not in str(error.value)


def test_an_id_stands_for_one_case(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cancel twice"):
        told(tmp_path, CANCEL, CANCEL)
