"""What the README tells a visitor to say, said."""

from __future__ import annotations

import re
from pathlib import Path

from tests.house import House

README = Path(__file__).resolve().parents[2] / "README.md"

# What Alice says, and what she reads, whichever variant of a line she gets and at whatever hour.
TOUR = (
    ("Where is FW-10482?", "https://track."),
    ("And FW-10488?", "FW-10488.+[Pp]ack"),
    ("Where is my stuff?", "FW-10488"),
    ("The kettle", "Kettle.+https://track."),
    ("What is your returns policy?", r"14 days from the day of delivery.+\[1\]"),
    ("Where is FW-10467?", r"Buffalo.+colleague.+\?$"),
    ("yes please", "number 1|back on"),
)
# What Bob says; an order's own figures stand in what he reads.
REFUNDS = (
    ("My espresso maker FW-10453 arrived broken, I want my money back.", r"\$37\.00.+\?$"),
    ("yes", r"\$37\.00.+RF-"),
    ("My blender arrived broken too", r"\$120\.00.+\?$"),
    ("yes", "colleague"),
    ("stop", "FW-10452"),
)


def test_the_tour_of_the_readme_is_this_one() -> None:
    said = README.read_text(encoding="utf-8").split("As Alice, say:")[1].split("\n## ")[0]
    phrases = [" ".join(phrase.split()) for phrase in re.findall(r"(?<!\*)\*([^*]+)\*", said)]
    assert phrases == [*[text for text, _ in (*TOUR, *REFUNDS)], "I want to talk to a person."]


def test_the_tour_goes_as_the_readme_says(house: House) -> None:
    """S0-01, the part without writes."""
    row, answers = house.ask(house.alice(), *[text for text, _ in TOUR])
    for (text, wanted), said in zip(TOUR, answers, strict=True):
        assert re.search(wanted, " ".join(said), re.DOTALL), (text, said)
    assert (row.status, row.handoffs.get().reason) == ("escalated", "delivery-problem")


def test_the_refunds_go_as_the_readme_says(house: House) -> None:
    house.shop.reset()
    _, answers = house.ask(house.bob(), *[text for text, _ in REFUNDS])
    for (text, wanted), said in zip(REFUNDS, answers, strict=True):
        assert re.search(wanted, " ".join(said), re.DOTALL), (text, said)
    house.shop.reset()


def test_a_person_is_there_without_a_question(house: House) -> None:
    row, [[said]] = house.ask(house.alice(), "I want to talk to a person.")
    assert (row.status, row.handoffs.get().reason) == ("escalated", "customer-asked-for-person")
    assert "?" not in said
