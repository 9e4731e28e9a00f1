"""Customers who answer in a word, say several things at once, or want back what is done: what is heard of it."""

from __future__ import annotations

from tests.agents.talks import VISITOR, says, talk, walk
from tests.house import House

KETTLE = r"Packhorse.*kettle|kettle.*Packhorse"
WHICH = r"FW-10488.*FW-10482.*FW-10467"
ITEMS = r"Trail Daypack and Merino Base Layer"

BRIEF = (
    talk("a number in words", says("where's my order", WHICH), says("two please", KETTLE)),
    talk("an ordinal with thanks", says("where's my order", WHICH), says("2nd, thanks", KETTLE)),
    talk("digits only", says("where's my order", WHICH), says("10482", KETTLE)),
    talk("past the list", says("where's my order", WHICH), says("7", r"FW-10488", lacks=["colleague"])),
    talk("the item to refund", says("refund FW-10473, it came broken", ITEMS), says("2", r"\$72\.00 for the Merino Base Layer")),
    talk("the item to send back", says("I want to return FW-10473", ITEMS), says("the second", r"Merino Base Layer.*\$72\.00", lacks=["Daypack"])),
    talk("the item to exchange", says("exchange FW-10473", ITEMS), says("number one", r"Instead of the Trail Daypack")),
    talk(
        "the item past the list",
        says("I want to return FW-10473", ITEMS),
        says("number 5", ITEMS, lacks=[r"\$"]),
        says("the last", r"Merino Base Layer.*\$72\.00"),
    ),
    talk(
        "one of two meanings",
        says("where's my order", WHICH),
        says("never mind"),
        says("i am 8 days late sending the mug back", r"where a refund is, or a refund"),
        says("2", r"FW-10476", lacks=["FW-10482 hasn't"]),
    ),
    talk("a child", says("i am 9. can you send it", r"parent or guardian", lacks=[r"\?"]), reason="minor-involved", who=VISITOR),
    talk("a child who ordered", says("my son is 9 and he ordered a tent", r"parent or guardian"), reason="minor-involved"),
    talk("no child", says("I'm 8 months pregnant and the parcel is late", WHICH)),
)  # fmt: skip


def test_a_number_a_place_or_an_age_is_heard_as_what_it_is(house: House) -> None:
    """S3-22"""
    walk(house, BRIEF)
