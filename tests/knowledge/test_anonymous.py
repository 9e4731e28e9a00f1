"""A message without the person: what is replaced, what is left out, and what stays as it is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from knowledge import anonymous, traces
from knowledge.anonymous import Anonymiser, person

PERSONAL = Path(__file__).resolve().parents[2].parent / "shared/data/presidio_pii/synth_v2.jsonl"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("My name is crystal minh and it broke", "My name is [name] and it broke"),
        ("Hi Aoife, thanks!", "Hi [name], thanks!"),
        ("It is for Mr. John Smith, please", "It is for Mr. [name], please"),
        ("Best regards,\nMaria de la Cruz", "Best regards,\n[name]"),
        ("my husband Tariq paid", "my husband [name] paid"),
        ("write to jo.doe+1@mail.example.com", "write to [e-mail address]"),
        ("call +49 30 1234567 please", "call [phone number] please"),
        ("my card 4242 4242 4242 4242 was charged", "my card [card number] was charged"),
        ("the CVV is 123", "the CVV is [code]"),
        ("from DE89 3704 0044 0532 0130 00", "from [account number]"),
        ("ssn 460-89-9847", "ssn [identity number]"),
        ("ship it to 12 Long Meadow Road, Apt 4, Springfield, IL 62704", "ship it to [address]"),
        ("it went to Hauptstraße 12", "it went to [address]"),
        ("order 3348917502 is late", "order [order number] is late"),
        ("where is AB-10482?", "where is [order number]?"),
        ("order number: x9k2, and #48213", "order number: [order number], and [order number]"),
        ("see https://shop.example.com/o?token=abc", "see [link]"),
        ("it came on 2026-01-31", "it came on [date]"),
        ("it came on May 3, 2026", "it came on [date]"),
        ("I'm 34 years old", "I'm [age]"),
        ("I am @crystal_m there", "I am [name] there"),
        ("from 192.168.10.24", "from [number]"),
        ("my login is cminh730", "my login is [number]"),
        ("J\u200bo.doe@mail.example.com", "[e-mail address]"),
    ],
)
def test_what_is_surely_personal_becomes_a_placeholder(text: str, left: str) -> None:
    assert Anonymiser().replaced(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "I have 14 days, and it cost $1,234.50 with 20% off in 2026.",
        "It shows error 403 after a 30-day trial, 5kg.",
        "Is that a FAQ of UPS? I will ask in May.",
        "THANKS A LOT, IT WORKS NOW",
        "Hi there! Thank you. Please wait.",
    ],
)
def test_what_says_nothing_of_anybody_stays(text: str) -> None:
    """The twin: a message without a person is kept word for word."""
    found = Anonymiser().text(text)
    assert (found.text, found.why) == (text, "")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Then Brannigan told me to wait", "a word with a capital may be a name"),
        ("then sergio told me to wait", "a name may remain"),
        ("THEN SERGIO TOLD ME TO WAIT", "a name may remain"),
        ("I asked Rose about it", "a name may remain"),
        ("i live in springfield", "an address may remain"),
        ("it is jo at mail dot com", "an e-mail address may remain"),
        ("the code was four two four two one", "a spoken number may remain"),
        ("my date of birth is in spring", "a date of birth, a document or a login may remain"),
        ("city: boston", "a name or an address may remain"),
    ],
)
def test_a_message_in_which_more_may_remain_is_left_out(text: str, why: str) -> None:
    assert Anonymiser().text(text).why == why


def test_the_record_s_own_names_and_numbers_are_looked_for() -> None:
    who = person(["Will Quibble", "wquibble@mail.example.com"], ["77 12", "boston"])
    said = "Will here. will it come to boston? wquibble, 77 12, QUIBBLE's"
    assert Anonymiser().replaced(said, who) == "[name] here. will it come to [removed]? [name], [removed], [name]'s"


def test_a_word_that_the_export_writes_small_is_no_name() -> None:
    reader = Anonymiser(ours=frozenset({"hearth"}))
    assert reader.text("Widgets come in a Hearth box").why
    reader.learn("two widgets came")
    assert not reader.text("Widgets come in a Hearth box").why
    reader.learn("one told Widgets so")
    assert reader.text("Widgets come in a Hearth box").why


@pytest.mark.parametrize(
    ("text", "is_asking"),
    [
        ("May I have your full name?", True),
        ("Please provide your zip code", True),
        ("Who am I speaking with?", True),
        ("Did you try to restart it?", False),
        ("Your parcel is on its way.", False),
    ],
)
def test_a_question_for_something_personal_is_known(text: str, is_asking: bool) -> None:
    assert anonymous.asks(text) is is_asking


def test_the_lists_of_names_hold_each_word_once() -> None:
    assert len(traces.names()) > 1000
    assert not traces.names() & traces.shared()
    assert not traces.names() & traces.plain()


@pytest.mark.skipif(not PERSONAL.exists(), reason="the labelled sentences aren't beside the checkout")
def test_hardly_a_labelled_person_is_left_in_what_is_kept() -> None:
    """S3-08: 1,500 sentences with their personal data marked; every other one has a name."""
    rows = [json.loads(line) for line in PERSONAL.read_text(encoding="utf-8").splitlines()]
    reader = Anonymiser()
    for row in rows:
        reader.learn(reader.replaced(row["text"]))
    left, labels = dict[str, int](), dict[str, int]()
    for row in rows:
        found = reader.text(row["text"])
        for kind, start, end in row["spans"]:
            stays = not found.why and re.search(rf"(?<!\w){re.escape(row['text'][start:end])}(?!\w)", found.text)
            labels[kind] = labels.get(kind, 0) + 1
            left[kind] = left.get(kind, 0) + bool(stays)
    for kind in ("CREDIT_CARD", "EMAIL_ADDRESS", "PHONE_NUMBER", "IBAN_CODE", "US_SSN", "IP_ADDRESS", "ZIP_CODE"):
        assert left[kind] == 0 < labels[kind]
    assert left["PERSON"] <= 0.015 * labels["PERSON"]
    assert left["STREET_ADDRESS"] <= 0.01 * labels["STREET_ADDRESS"]
