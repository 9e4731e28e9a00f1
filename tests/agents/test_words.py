"""How lines become one message: each sentence of an answer is said once in it."""

from __future__ import annotations

from typing import Any

from agents import words
from agents.desk import QUOTED, Line

CANADA = "Parcels to Canada take 6 to 9 business days and cost $19.95. [1]"
DUTIES = "Duties are worked out at the checkout. [1]"
STEPS = "1. Open Orders in your account.\n2. Pick the items that you send back. [1]"


def line(text: str, n: int = 1, url: str = "/a") -> Line:
    cited: list[dict[str, Any]] = [{"n": n, "url": url, "title": "A page"}]
    return Line(QUOTED, {"text": text}, citations=cited)


def texts(*lines: Line) -> list[str]:
    return [str(one.slots["text"]) for one in words.numbered(list(lines))]


def test_an_answer_that_was_said_isnt_said_again() -> None:
    """Whichever source it names: two questions may find one sentence twice."""
    assert texts(line(CANADA), line(DUTIES), line(CANADA.replace("[1]", "[2]"), n=2, url="/b")) == [CANADA, DUTIES]


def test_of_an_answer_only_what_is_new_is_said() -> None:
    assert texts(line(CANADA), line(f"{CANADA} {DUTIES}")) == [CANADA, DUTIES]
    both = words.numbered([line(CANADA), line(f"{CANADA.replace('[1]', '[2]')} Duties are ours.", n=2, url="/b")])
    assert [len(one.citations) for one in both] == [1, 0], "a source of nothing that is said isn't shown"


def test_what_was_not_said_stays_as_it_is() -> None:
    """The twin; lists keep their numbers and their lines."""
    assert texts(line(CANADA), line(STEPS), line(DUTIES)) == [CANADA, STEPS, DUTIES]
