"""Customers who answer in a word, say several things at once, or want back what is done: what is heard of it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.agents.talks import VISITOR, Talk, says, talk, walk
from tests.house import House
from tools.models import ToolCall

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


NOTED = r"noted"
PLATES = r"FW-10476.*149\.00|149\.00.*FW-10476"
LANTERN = r"FW-10488.*\$79\.00.*\?$"
SEVERAL = (
    talk("a membership and a refund", says("cancel my plus membership and refund FW-10476", r"six-digit code", r"a refund.*noted|noted a refund")),
    talk(
        "a refund and an address",
        says("refund the lamp and change my address to 5 Elm Street, Burlington VT 05401", NOTED, r"\$129\.00 for the Harbor Floor Lamp.*\?$"),
        says("no", r"5 Elm Street, Burlington, VT 05401.*\?$"),
    ),
    talk("a thing in plain words and an order", says("track my kettle and cancel FW-10488", KETTLE, LANTERN)),
    talk("a comma between two acts", says("cancel the lantern, refund FW-10476", NOTED, LANTERN), says("no", r"a refund", r"FW-10476")),
    talk("then", says("where's my lamp, then send me the invoice for FW-10476", r"Buffalo", r"invoice|\?"), says("no", r"invoice.*FW-10476")),
    talk(
        "each has its own order and its own reason",
        says("cancel FW-10488 and refund FW-10476, it came chipped", NOTED, LANTERN),
        says("no", PLATES, r"\?$"),
        says("no", r"as it is"),
    ),
    talk("the reason stays with the last one named", says("where is FW-10482, and refund FW-10476, the plates came chipped", KETTLE, PLATES)),
    talk(
        "three, one after the other",
        says("where is FW-10482, cancel FW-10488 and send me the invoice for FW-10476", KETTLE, NOTED, LANTERN),
        says("no", r"invoice for order FW-10476.*\?$"),
        says("no", r"as it is"),
    ),
    talk("a matter that turns into another is still asked about", says("cancel FW-10488, refund the mug", NOTED), says("no", r"FW-10488.*\?$"), says("no", r"as it is")),
    talk("the money comes with it", says("cancel FW-10488 and refund me", LANTERN, lacks=[NOTED]), says("no", r"as it is", lacks=["about a refund|to a refund"])),
    talk("so it does with a return", says("return the daypack and get a refund", r"FW-10473.*96\.00", lacks=[NOTED])),
    talk("an address with an and in it", says("change my address to 12 Oak and Pine Street, Burlington VT 05401", r"12 Oak and Pine Street", lacks=[NOTED])),
    talk("two things of one order", says("return the daypack and the base layer", r"Trail Daypack and Merino Base Layer", lacks=[NOTED])),
)  # fmt: skip


def test_several_things_in_one_breath_are_all_heard(house: House) -> None:
    """S2-02, S3-14, S4-13, D22"""
    walk(house, SEVERAL)


CANCELLED = (says("cancel FW-10488", LANTERN), says("yes", r"is cancelled"))
STANDS = r"(?:can't be|can't stop).*FW-10488 is cancelled.*(?:order|goods).*(?:colleague|person)"
DEEDS = ("cancel", "return", "refund", "send")
REGRETS = (
    talk("don't do it", *CANCELLED, says("wait, don't do it", STANDS, lacks=[r"\?"]), says("yes please"), reason="customer-asked-for-person"),
    talk("a change of mind", *CANCELLED, says("hold on, I've changed my mind", STANDS), says("stop!", STANDS), says("no", lacks=["colleague"])),
    talk("undo", *CANCELLED, says("please undo that", STANDS), says("where is FW-10482", KETTLE)),
    talk("to keep it", *CANCELLED, says("I'd rather keep it", STANDS)),
    talk("a mistake", *CANCELLED, says("oh no, that was a mistake", STANDS)),
    talk(
        "a return",
        says("return the daypack, doesn't fit", r"\?$"),
        says("yes", r"label"),
        says("no wait, I want to keep it", r"can't.*return for order FW-10473", lacks=["cancel"]),
        says("yes"),
        reason="customer-asked-for-person",
    ),
    talk("what waits is stopped", says("refund the base layer of FW-10473, it came torn"), says("yes", r"colleague"), says("stop the refund please", r"nothing is refunded|won't go out")),
    talk("another matter behind it", *CANCELLED, says("I changed my mind, where is FW-10482?", KETTLE, lacks=["can't be taken back"])),
    talk("another order", *CANCELLED, says("don't do it, cancel FW-10466 instead", r"FW-10466", lacks=["FW-10488"])),
    talk("a mail is nobody's loss", says("send me the invoice for FW-10476"), says("yes", r"on its way|sent"), says("stop", lacks=["can't"])),
    talk("an offer is only dropped", says("cancel FW-10488", LANTERN), says("wait, don't do it", lacks=["can't", "is cancelled"])),
)  # fmt: skip


@pytest.mark.parametrize("one", REGRETS, ids=lambda one: one.name)
def test_what_is_done_is_not_undone_by_a_stop_and_is_said_to_be_done(small_house: House, one: Talk) -> None:
    """S2-02. Each has the shop to itself: what is done in one talk is done in the next."""
    calls = ToolCall.objects.count()
    walk(small_house, [one])
    wrote = sum("yes" in line.text and before.text.startswith(DEEDS) for before, line in pairwise(one.lines))
    assert ToolCall.objects.count() - calls == wrote, "nothing is proposed to undo it"
