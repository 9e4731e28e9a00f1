"""What a customer reads when nobody is in: the day and hour from the queue's own clock, never a place in a line."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from conversations import clock
from knowledge.policy import Queue
from tests.house import House

NEW_YORK = ZoneInfo("America/New_York")
CASES = {
    "friday evening": (datetime(2030, 3, 1, 21, 0, tzinfo=NEW_YORK), "Saturday 2 March", "09:00"),
    "sunday noon": (datetime(2030, 3, 3, 12, 0, tzinfo=NEW_YORK), "Monday 4 March", "08:00"),
    "the minute before": (datetime(2030, 3, 4, 7, 59, tzinfo=NEW_YORK), "Monday 4 March", "08:00"),
}


@pytest.mark.parametrize("case", CASES)
def test_outside_the_hours_the_next_opening_is_said(
    small_house: House, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    moment, day, hour = CASES[case]
    monkeypatch.setattr(Queue, "is_open", lambda self, now: any(a <= now < b for a, b in self._spans(now)))
    with clock.at(moment):
        row, answers = small_house.ask(small_house.alice(), "I want to talk to a person")
    assert row.status == "escalated"
    assert day in answers[0][0]
    assert hour in answers[0][0]
    assert "number" not in answers[0][0]


def test_within_the_hours_the_place_in_the_line_is_said(small_house: House) -> None:
    with clock.at(datetime(2030, 3, 4, 8, 0, tzinfo=NEW_YORK)):
        _, answers = small_house.ask(small_house.alice(), "I want to talk to a person")
    assert "number 1" in answers[0][0]
