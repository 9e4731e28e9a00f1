"""What the README tells a visitor to say, said."""

from __future__ import annotations

import re
from pathlib import Path

from tests.house import House

README = Path(__file__).resolve().parents[2] / "README.md"

# What Alice says, and what she reads when it is as the README says.
TOUR = (
    ("Where is FW-10482?", "https://track."),
    ("And FW-10488?", "hasn't been packed"),
    ("Where is my stuff?", "FW-10488"),
    ("The kettle", "FW-10482|Kettle"),
    ("What is your returns policy?", r"14 days from the day of delivery.+\[1\]"),
    ("Where is FW-10467?", "hand it over|colleague"),
    ("yes please", "colleague"),
)


def test_the_tour_of_the_readme_is_this_one() -> None:
    said = README.read_text(encoding="utf-8").split("As Alice, say:")[1].split("\n## ")[0]
    phrases = re.findall(r"(?<!\*)\*([^*\n]+)\*", said)
    assert phrases == [*[text for text, _ in TOUR], "I want to talk to a person."]


def test_the_tour_goes_as_the_readme_says(house: House) -> None:
    """S0-01, the part without writes."""
    row, answers = house.ask(house.alice(), *[text for text, _ in TOUR])
    for (text, wanted), said in zip(TOUR, answers, strict=True):
        assert re.search(wanted, " ".join(said)), (text, said)
    assert (row.status, row.handoffs.get().reason) == ("escalated", "delivery-problem")


def test_a_person_is_there_without_a_question(house: House) -> None:
    row, [[said]] = house.ask(house.alice(), "I want to talk to a person.")
    assert row.status == "escalated"
    assert "person" in said
    assert "?" not in said
