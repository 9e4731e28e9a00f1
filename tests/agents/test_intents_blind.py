"""Messages whose writer knew the intents' names, titles and descriptions and nothing else: how many are read rightly.

They are never examples, and no rule is written for one of them; what they say is measured, not mended row by row.
"""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings

from agents.intents.cascade import classify
from knowledge import embeddings
from tests.agents.test_intents_cascade import TAXONOMY

ROWS = [json.loads(line) for line in Path(__file__).with_name("blind_intents.jsonl").read_text("utf-8").splitlines()]
NOBODYS = "oos"
RIGHT, ALONE, TRUE = 0.78, 0.79, 0.87  # floors: answered rightly, left alone, right among what was answered


def test_blind_messages_are_read_as_well_as_they_were() -> None:
    got = [classify(row["text"], [], TAXONOMY, embeddings, folder=settings.HANDRAIL_MODELS_DIR).best for row in ROWS]
    pairs = [(row["intent"], best) for row, best in zip(ROWS, got, strict=True)]
    ours, others = [p for p in pairs if p[0] != NOBODYS], [p for p in pairs if p[0] == NOBODYS]
    answered = [p for p in pairs if p[1] is not None]
    assert sum(want == best for want, best in ours) / len(ours) >= RIGHT
    assert sum(best is None for _, best in others) / len(others) >= ALONE
    assert sum(want == best for want, best in answered) / len(answered) >= TRUE


def test_there_are_six_of_each_intent_and_hardly_one_is_an_example_by_chance() -> None:
    examples = {text for text, _ in TAXONOMY.training}
    assert len(examples & {row["text"] for row in ROWS}) <= 3
    counts = [sum(row["intent"] == intent.name for row in ROWS) for intent in TAXONOMY.intents]
    assert counts == [6] * len(counts)
