"""Words that call for a person (S3-22, S1-43): each trigger found in plain talk, and not in what only sounds like it."""

from __future__ import annotations

import pytest

from agents import lexicon
from agents.escalation import HARD, REASONS
from agents.handing import LINES
from agents.lexicon import NAMES, Lexicon
from knowledge.triggers import Trigger, Triggers

FOUND = {
    "self_harm": (
        "I want to die", "I don't want to live any more", "thinking of killing myself", "I can't go on any more",
        "what's the point, I'm going to end it all", "I've been hurting myself", "je veux mourir", "quiero morirme",
    ),
    "safety": (
        "the heater caught fire", "I got an electric shock from the lamp", "my son swallowed a part", "it exploded",
        "the tent pole snapped and cut my hand", "the chair collapsed and I hurt my back", "there was smoke coming out",
        "sparks came out of the plug", "the battery is swollen", "it burned through the table", "she had an allergic reaction",
    ),
    "medical_advice": (
        "is it safe while I'm pregnant?", "I'm diabetic, can I use the foot bath?", "can I take it with my medication?",
        "what dose should I take?", "does the lamp help against migraine? I mean is it good for a migraine",
    ),
    "legal": (
        "I will sue you", "my solicitor will write to you", "see you in court", "I'll take legal action",
        "you are in breach of contract", "this is illegal", "they want to sue", "I'll bring it before court",
    ),
    "regulatory": ("I'm reporting you to trading standards", "this breaks the GDPR", "the ombudsman will hear of it",
        "I'll do a chargeback", "I am disputing the charge with my bank", "my bank can reverse the payment", "I'm going to the press",
        "I will tell the newspapers", "I write for the local paper, I'm a journalist", "I'm going public with this",
    ),
    "legal_advice": ("what are my legal options?", "is that clause in the contract valid?", "can I claim compensation?"),
    "loss": (
        "my husband passed away last week", "it was for my mother's funeral", "my father is dying",
        "I'm writing for my late wife", "my dad died in May",
    ),
    "minors": (
        "I'm 13 years old", "i am only fifteen", "my son ordered it without asking", "I'm a minor",
        "my 9 year old ordered it", "i am 8", "Hi, I'm 10! where is my tent", "im 9", "I'm 11 yo", "my age is 12",
        "hello i'm 9, can I buy a lantern?", "I just turned 13", "I'm 12 my mum doesn't know", "I'm just a kid",
        "my son is 9 and he ordered a tent", "our nephew, who is 12, has used my card", "my daughter, 11, bought two lamps",
    ),
    "sensitive_data": (
        "I'm HIV positive", "my passport number is C01X00T47", "my ex was violent and must not find the address",
        "there's a restraining order", "I was in a mental health clinic",
    ),
    "conflict": (
        "your driver insulted me", "that's racist", "one of your staff offered me cash", "I was harassed by the courier",
        "is this made with child labour?", "your employee threatened me",
    ),
}  # fmt: skip
HARMLESS = (
    "this lamp is to die for", "my phone died", "kill the order", "sue is my wife's name, ship it to Sue",
    "Sue Miller here, where is my parcel", "can Sue pick it up?", "send it to Sue the next day, please", "the battery died",
    "is the fire pit in stock", "I smoke salmon at home", "do you have court shoes", "an issue with my order", "I'd pursue it",
    "the tissue box is missing", "free shipping code please", "my husband's phone died", "my son wants a tent",
    "I'm dying to know when it comes", "is the jacket killing it or what", "do you sell smoke detectors?",
    "is it for children of 10?", "I'm 12 minutes away from the shop", "size 12 please", "I ordered 13 years ago",
    "what is the minimum age for the knife?", "a minor scratch on the lid", "do you have a passport holder?",
    "my daughter is ten, which size?", "does the bottle have a voltage regulator?", "is the discount code valid?",
    "the colour is a crime", "my friend recommended you", "are your socks ethically made?", "the charger doesn't work",
    "I hung it up myself", "a band aid, please", "the pot gets hot on the stove", "what should I take on the trek?",
    "my wife must find it under the tree", "where's my late order?", "he's late, my husband ordered it",
    "can I claim the discount twice?", "hand wash or machine?", "please end the subscription", "the cap hurts a bit",
    "what do you charge for delivery to the media centre", "press the power button", "I was charged back in May",
    "the charger plug and my bank card are in the bag", "wrapped in newspaper", "do you sell a french press",
    "send it to the newspaper shop next door", "go to the paper goods page", "my bank shows the payment",
    "I am 8 days late with the mug", "I'm 8 months pregnant", "I am 8th in line", "I'm 10 miles from the pickup point",
    "I'm 12 in shoes", "I'm 10% sure", "I'm 10 out of 10 happy", "I'm 9 to 5 at the office", "I am 80", "I'm number 8 in line",
    "I am 10 and a half hours behind you", "my son is 12 and I ordered a tent for him", "my son is 9 and he loves the tent",
    "my sister is 17 weeks pregnant and she ordered a tent", "I'm a kid at heart", "we are 9", "I was 12 when I first bought here",
    "the terminal at the airport", "is the mattress good for my back?", "does the child seat fit?",
)  # fmt: skip


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in FOUND.items() for text in texts])
def test_a_trigger_is_found(name: str, text: str) -> None:
    """S3-22 S1-43"""
    assert name in lexicon.shipped().named(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_sounds_like_a_trigger_is_none(text: str) -> None:
    """S3-22 S1-46"""
    assert lexicon.shipped().named(text) == frozenset()


def test_every_trigger_has_words_a_hard_reason_and_a_sentence() -> None:
    """S3-22: named, unconditional, in words of its own."""
    assert set(FOUND) == set(NAMES)
    lines = []
    for name in set(NAMES) - {"regulatory"}:  # legal's
        assert REASONS[name] in HARD
        lines.append(LINES[REASONS[name]])
    assert len(set(lines)) == len(lines)


def test_a_policy_adds_and_takes_away() -> None:
    """S1-51: the default as the twin of each change."""
    own = Lexicon(
        Triggers(
            words={
                "conflict": Trigger(add=("rude ... driver",), remove=("unethical|immoral",), unless=("sexist joke",))
            }
        )
    )
    for text, before, after in (
        ("a rude and loud driver", False, True),
        ("this is immoral", True, False),
        ("a sexist joke on a mug", True, False),
        ("a sexist remark", True, True),
    ):
        assert ("conflict" in lexicon.shipped().named(text)) is before, text
        assert ("conflict" in own.named(text)) is after, text
