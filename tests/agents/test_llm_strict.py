"""FAULTS D2: JSON that a model has written is read in one way, or not at all."""

from __future__ import annotations

import json
import random

import pytest

from agents.llm import strict

FIGURE = {
    "type": "object",
    "properties": {"amount": {"type": "integer", "minimum": 0, "maximum": 100_000}, "approved": {"type": "boolean"}},
    "required": ["amount"],
    "additionalProperties": False,
}


def test_five_thousand_broken_figures_are_none() -> None:
    """Whatever is done to the text of an answer: it is refused, or it is a whole number that was asked for."""
    chance = random.Random(7)
    good = json.dumps({"amount": 1250})
    refused = 0
    for _ in range(5000):
        text = mutated(good, chance)
        try:
            data = strict.parse(text)
            strict.check(data, FIGURE)
        except strict.UnreadableError:
            refused += 1
            continue
        assert set(data) <= {"amount", "approved"}
        assert type(data["amount"]) is int
        assert 0 <= data["amount"] <= 100_000
    assert 3000 < refused < 5000  # the twin: some are harmless


PIECES = ['"', "{", "}", ",", ":", "-", "0", "e309", "NaN", "null", "12,50", ".5", "\\u0000", " ", '"amount": 1, ', "١"]


def mutated(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 3)):
        at, act = chance.randrange(len(text) + 1), chance.randrange(3)
        if act == 0:
            text = text[:at] + chance.choice(PIECES) + text[at:]
        elif act == 1:
            text = text[:at] + text[at + 1 :]
        else:
            text = text[:at] + chance.choice(PIECES) + text[at + chance.randint(1, 4) :]
    return text


@pytest.mark.parametrize(
    "text",
    [
        '{"amount": 1} {"amount": 2}', '{"amount": 1, "amount": 2}', '{"amount": 1.0}', '{"amount": -0}', '{"amount": NaN}',
        '{"amount": 1e2}', '{"amount": 1e309}', '{"amount": "12,50"}', '{"amount": true}', '{"amount": null}', "{}", "",
        '```json\n{"amount": 1}\n```', '{"amount": 1,}', "{'amount': 1}", '{"amount": 9999999999999999999999}',
        '{"amount": -1}', '{"amount": 1, "\\u0061mount": 2}', "[" * 50_000,
    ],
)  # fmt: skip
def test_json_that_can_be_read_in_two_ways_is_not_read(text: str) -> None:
    with pytest.raises(strict.UnreadableError):
        strict.check(strict.parse(text), FIGURE)
