"""What counts as a specific."""

from __future__ import annotations

import pytest

from knowledge.specifics import find


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It costs $1,299.50 or €5.", [("money", "$1,299.50"), ("money", "€5")]),
        ("25 USD, 3 dollars", [("money", "25 USD"), ("money", "3 dollars")]),
        ("10% off, 5 percent", [("percent", "10%"), ("percent", "5 percent")]),
        ("until January 15, on 2026-03-01", [("date", "January 15"), ("date", "2026-03-01")]),
        ("on 3rd May 2026", [("date", "3rd May 2026")]),
        ("within 14 days", [("duration", "14 days")]),
        ("3 to 5 business days", [("duration", "3 to 5 business days")]),
        ("two years, a 30-day window", [("duration", "two years"), ("duration", "30-day")]),
        ("9 a.m. to 17:30", [("time", "9 a.m."), ("time", "17:30")]),
        ("4.6 pounds, 85 °F, 100 Wh", [("measure", "4.6 pounds"), ("measure", "85 °F"), ("measure", "100 Wh")]),
        ("Call +1 802 555 0148", [("phone", "+1 802 555 0148")]),
        ("write to help@fernway.example", [("email", "help@fernway.example")]),
        ("nothing in particular, at once", []),
        ("orders of the day", []),
    ],
)
def test_specifics_are_found_with_their_kind(text: str, expected: list[tuple[str, str]]) -> None:
    found = find(text)
    assert [(specific.kind, specific.text) for specific in found] == expected
    assert all(text[specific.start : specific.end] == specific.text for specific in found)
