"""Other houses' business: nobody's flight is cancelled here, and nothing is begun that could end in a write."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from agents.intents import taxonomy
from agents.intents.memory import Latest, Remembering
from agents.intents.taxonomy import Taxonomy
from knowledge import embeddings
from tests.agents.test_intents_cascade import CLINC, TAXONOMY, names, read

# What a shop's customers say too; of all other intents no message may begin a write.
SHARED = {
    "account_blocked", "are_you_a_bot", "cancel", "change_user_name", "freeze_account", "goodbye", "greeting",
    "how_are_you", "maybe", "no", "order", "order_status", "repeat", "report_fraud", "thank_you",
    "what_can_i_ask_you", "yes",
}  # fmt: skip


@pytest.mark.parametrize(
    ("abroad", "here"),
    [
        ("cancel my flight", "cancel my lamp order"),
        ("I want a refund from my landlord", "I want a refund for the rug"),
        ("return my library books", "return my boots"),
        ("close my bank account", "close my account"),
        ("reset my wifi password", "reset my password"),
        ('how do you say "cancel my order" in French', "cancel my order"),
    ],
)
def test_another_houses_matter_begins_nothing_and_ours_does(abroad: str, here: str) -> None:
    assert not [name for name in names(read(abroad)) if TAXONOMY[name].acts]
    assert [name for name in names(read(here)) if TAXONOMY[name].acts]


def test_what_says_that_it_is_ours_counts_and_what_is_quoted_does_not() -> None:
    words = Taxonomy(version=1, intents=(), elsewhere=("flight", "driver's licence"), ours=("my order",))
    assert words.is_elsewhere("two flights")
    assert words.is_elsewhere("a new driver's licence")
    assert not words.is_elsewhere("lightest")
    assert not words.is_elsewhere("my order missed its flight")
    assert not words.is_elsewhere("the flight of AB-10482")
    assert words.is_elsewhere('"my order" on a flight')


def test_a_company_says_what_is_its_own(tmp_path: Path) -> None:
    pack = tmp_path / "intents.yaml"
    pack.write_text("ours: [flight]\nelsewhere: [submarine]\n")
    words = taxonomy.load(pack)
    assert not words.is_elsewhere("cancel my flight")
    assert words.is_elsewhere("cancel my submarine")
    assert taxonomy.load().is_elsewhere("cancel my flight")


@pytest.mark.slow
def test_no_unrelated_message_begins_a_write() -> None:
    """The test rows of clinc150, which nothing here was made with."""
    if not CLINC.exists():
        pytest.skip("needs the public data beside the checkout")
    rows = [json.loads(line) for line in CLINC.read_text("utf-8").splitlines()]
    texts = [row["text"] for row in rows if row["split"] in ("test", "oos_test") and row["intent"] not in SHARED]
    assert len(texts) > 4_000
    begun = [text for text in texts if any(TAXONOMY[name].acts for name in names(read(text)))]
    assert len(begun) <= 2, begun  # "i need to update my address": a shop hears that too


def test_what_was_computed_is_kept_for_the_next_taxonomy(tmp_path: Path) -> None:
    file = tmp_path / "examples.npz"
    first = Remembering(embeddings)
    first.recall(file)
    first.keep(file, ["where is my lamp", "where is my rug"])

    class Nobody:
        def features(self, texts: list[str], /) -> np.ndarray:
            raise AssertionError(f"computed again: {texts}")

    second = Remembering(Nobody())
    second.recall(file)
    assert np.array_equal(second.features(["where is my rug"]), first.features(["where is my rug"]))
    with pytest.raises(AssertionError, match="computed again"):
        second.features(["where is my tent"])


def test_the_latest_results_are_kept_and_no_more() -> None:
    kept: Latest[list[int]] = Latest()
    for key in range(9):
        kept.of(key, partial(list, [key]))
    assert kept.of(8, list) == [8]
    assert kept.of(0, list) == []
