"""The grammar reads order ids, answers, ordinals, items, reasons, addresses and dates from a customer's own words."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.grammar import Context, KnownOrder, addresses, fill
from tools.pack import OrderIdFacts, OrderIdGrammar

IDS = OrderIdGrammar(
    OrderIdFacts.model_validate(
        {
            "example": "AB-00000",
            "in_text": [
                {"pattern": r"(?<![A-Z0-9])#?\s?AB\s?[-_–—.]?\s?([0-9]{5})(?![0-9])", "form": "AB-{0}"},
                {"pattern": r"(?<![A-Z0-9])#?W\s?-?([0-9]{7})(?![0-9])", "form": "#W{0}"},
            ],
            "as_answer": [
                {"pattern": "([0-9]{5})", "form": "AB-{0}"},
                {"pattern": "([0-9]{7})", "form": "#W{0}"},
            ],
        }
    )
)
ORDERS = (
    KnownOrder("AB-10482", ("Cast Iron Dutch Oven", "Stoneware Mug"), ("green",)),
    KnownOrder("AB-10311", ("Trail Tent 2", "Wool Throw Blanket")),
    KnownOrder("#W1234567", ("Desk Lamp",)),
)
CONTEXT = Context(
    order_ids=IDS, orders=ORDERS, offered=tuple(order.order_id for order in ORDERS), today=date(2026, 3, 3)
)


def value(text: str, slot: str, context: Context = CONTEXT) -> object:
    found = fill(text, context).get(slot)
    return found.value if found else None


@pytest.mark.parametrize(
    "text",
    [
        "ab10482",
        "AB-10482",
        "AB – 10482",
        "#AB 10482",
        "order number 10482",
        "my order no. is 10482 thanks",
        "order: 10482",
        "a b 1 0 4 8 2",
        "A B - 1 0 4 8 2",
        "it's AB 10 482",
        "where is ab_10482?",
        "ＡＢ－10482",
    ],
)
def test_an_order_id_is_read_in_any_spelling(text: str) -> None:
    assert value(text, "order_id") == "AB-10482"


@pytest.mark.parametrize("text", ["#W1234567", "w1234567", "order 1234567", "#1234567", "W - 1 2 3 4 5 6 7"])
def test_the_other_form_of_order_id_is_read_too(text: str) -> None:
    assert value(text, "order_id") == "#W1234567"


def test_bare_digits_are_an_order_only_when_asked_for_or_known() -> None:
    stranger = Context(order_ids=IDS)
    assert value("77777", "order_id", stranger) is None
    assert value("77777", "order_id", Context(order_ids=IDS, expecting="order_id")) == "AB-77777"
    assert value("10482", "order_id") == "AB-10482"


@pytest.mark.parametrize(
    "text", ["my zip is 05401", "I paid 129 for 2 of them", "call me on 555 0148", "in 2026", "hello"]
)
def test_other_numbers_are_no_order(text: str) -> None:
    assert value(text, "order_id") is None


def test_several_orders_keep_the_order_of_the_text() -> None:
    assert value("AB-10311 and also ab 10482, AB-10311 again", "order_ids") == ("AB-10311", "AB-10482")


@given(st.text(max_size=80))
def test_whatever_is_typed_spans_point_into_it(text: str) -> None:
    for slot in fill(text, CONTEXT).values():
        start, end = slot.source_span
        assert 0 <= start <= end <= len(text)


def test_a_slot_carries_the_words_it_was_read_from() -> None:
    slot = fill("hi, it's about fw, no: ab 10482 please", CONTEXT)["order_id"]
    assert (slot.raw, slot.source_span) == ("ab 10482", (23, 31))
    assert slot.model_validate_json(slot.model_dump_json()) == slot


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yes", "yes"), ("Yes please!", "yes"), ("yep", "yes"), ("sure, go ahead", "yes"), ("that's right", "yes"), ("ok", "yes"),
        ("exchange it, yes", "yes"), ("ok, refund it then, yes please", "yes"), ("send it out. go ahead", "yes"),
        ("yeah that's the one", "yes"), ("please do", "yes"), ("sounds good", "yes"), ("absolutely", "yes"), ("👍", "yes"),
        ("no", "no"), ("nope", "no"), ("no thanks", "no"), ("not really", "no"), ("please don't", "no"), ("nah", "no"), ("neither of them", "no"),
        ("yes but change the address first", "yes_but"), ("yes, if the blue one is in stock", "yes_but"), ("ok, but how long does it take?", "yes_but"),
        ("yes, what does it cost?", "yes_but"), ("no, the other one", "no_but"), ("no, I want my money", "no_but"),
        ("ok. it's too small", None), ("great. and if it doesn't come today?", None), ("ok nice. any discount codes?", None),
        ("great, thank you. bye", None), ("ok bye", None), ("ok. refund it please", "yes"), ("perfect. thanks!", "yes"), ("yes. it's too small", "yes"),
        ("exchange it for the blue one, yes", None), ("cancel it, yes", None), ("don't send it, yes", "no_but"),
        ("right now it says delivered", None), ("no idea", None), ("I don't know", None), ("please cancel my order", None),
        ("nobody answered", None), ("where is my parcel", None), ("never arrived", None), ("good morning", None), ("no tracking yet", None),
    ],
)  # fmt: skip
def test_only_a_plain_yes_is_a_yes(text: str, expected: str | None) -> None:
    assert value(text, "answer") == expected


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("the second one", "AB-10311"), ("the first order please", "AB-10482"), ("the last one", "#W1234567"), ("2", "AB-10311"),
        ("number 3", "#W1234567"), ("my last order", "AB-10482"), ("the most recent one", "AB-10482"), ("third", "#W1234567"),
        ("the one before, the second to last one", "AB-10311"), ("two", "AB-10311"), ("number two", "AB-10311"), ("2nd pls", "AB-10311"),
        ("#2, thanks", "AB-10311"), ("i think the third", "#W1234567"), ("option one please", "AB-10482"), ("ok, 3", "#W1234567"),
        ("the 2", "AB-10311"), ("no. two", "AB-10311"), ("it's the last", "#W1234567"), ("10311", "AB-10311"),
    ],
)  # fmt: skip
def test_an_ordinal_points_into_the_orders_offered(text: str, order: str) -> None:
    assert value(text, "order_id") == order


@pytest.mark.parametrize(
    "text",
    ["the fifth one", "7", "2 days late", "no one", "no two are alike", "one moment", "two of them came", "I ordered two", "second hand", "22"],
)  # fmt: skip
def test_an_ordinal_past_the_list_or_a_number_in_a_sentence_points_nowhere(text: str) -> None:
    assert value(text, "order_id") is None


@pytest.mark.parametrize(
    ("text", "item", "order"),
    [
        ("the mug", "Stoneware Mug", "AB-10482"),
        ("my stonewear mug", "Stoneware Mug", "AB-10482"),
        ("where are my lamps", "Desk Lamp", "#W1234567"),
        ("the dutch oven please", "Cast Iron Dutch Oven", "AB-10482"),
        ("it's about the blankt", "Wool Throw Blanket", "AB-10311"),
        ("the tent hasn't come", "Trail Tent 2", "AB-10311"),
    ],
)
def test_an_item_is_found_by_the_customers_noun(text: str, item: str, order: str) -> None:
    assert (value(text, "item"), value(text, "order_id")) == (item, order)


@pytest.mark.parametrize("text", ["the knife", "my stuff", "the iron", "hello there", "the order"])
def test_a_noun_that_nothing_bears_names_nothing(text: str) -> None:
    assert value(text, "item") is None


def test_two_equal_items_are_never_guessed_between() -> None:
    twins = Context(orders=(KnownOrder("AB-1", ("Blue Mug",)), KnownOrder("AB-2", ("Red Mug",))))
    assert value("the mug", "item", twins) is None
    assert value("the red mug", "item", twins) == "Red Mug"


def test_the_same_item_in_two_orders_names_the_item_but_no_order() -> None:
    twice = Context(orders=(KnownOrder("AB-1", ("Desk Lamp",)), KnownOrder("AB-2", ("Desk Lamp",))))
    assert value("the lamp", "item", twice) == "Desk Lamp"
    assert value("the lamp", "order_id", twice) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("it arrived in pieces", "damaged"), ("you sent the wrong size", "wrong_item"), ("I don't need it anymore", "no_longer_needed"),
        ("I ordered it by mistake", "ordered_by_mistake"), ("it never arrived", "missing"), ("it's taking forever", "late"),
        ("it doesn't fit", "does_not_fit"), ("the lamp won't turn on", "defective"), ("it's not as described", "not_as_described"),
        ("I changed my mind", "no_longer_needed"), ("there's a crack in it", "damaged"), ("I'd like a refund", None),
    ],
)  # fmt: skip
def test_a_reason_becomes_a_code(text: str, code: str | None) -> None:
    assert value(text, "reason") == code


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("I'm Alice@Example.com.", "alice@example.com"),
        ("alice at example dot com", "alice@example.com"),
        ("alice.b+shop@mail.example.co.uk is mine", "alice.b+shop@mail.example.co.uk"),
        ("meet me at noon", None),
    ],
)
def test_an_email_address_is_read(text: str, address: str | None) -> None:
    assert value(text, "email") == address


def test_a_zip_code_is_read_after_its_word_or_where_it_was_asked_for() -> None:
    assert value("zip code 05401", "zip") == "05401"
    assert value("my postcode is sw1a 1aa", "zip") == "SW1A 1AA"
    assert value("05401", "zip") is None
    assert value("05401", "zip", Context(expecting="zip")) == "05401"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("on 2026-02-28", "2026-02-28"), ("3 March", "2026-03-03"), ("December 30th", "2025-12-30"), ("yesterday", "2026-03-02"),
        ("last Tuesday", "2026-02-24"), ("on Monday", "2026-03-02"), ("by Friday", "2026-03-06"), ("31 February", None), ("soon", None),
    ],
)  # fmt: skip
def test_a_date_is_read_against_today(text: str, day: str | None) -> None:
    assert value(text, "date") == day


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("12 Elm Street, Boston, MA 02110", "12 Elm Street||Boston|MA|02110|USA"),
        ("to my office, 12 Elm Street, Boston MA 02110", "12 Elm Street||Boston|MA|02110|USA"),
        ("12 elm street boston ma 02110", "12 Elm Street||Boston|MA|02110|USA"),
        ("12 Elm St Apt 4B Boston, MA 02110", "12 Elm St|Apt 4B|Boston|MA|02110|USA"),
        ("12 Elm St, Apt 4B Boston MA 02110", "12 Elm St|Apt 4B|Boston|MA|02110|USA"),
        ("12 Elm Street St Louis MO 63101", "12 Elm Street||St Louis|MO|63101|USA"),
        ("12 St James Street Boston MA 02110", "12 St James Street||Boston|MA|02110|USA"),
        ("3 parcels to 1200 Highway 66, Santa Fe, NM 87501", "1200 Highway 66||Santa Fe|NM|87501|USA"),
        ("742 Evergreen Terrace, Springfield, Oregon 97477, USA", "742 Evergreen Terrace||Springfield|Oregon|97477|USA"),
        ("88 Birch Ave\nApt 3\nPortland, OR 97205\nthanks", "88 Birch Ave|Apt 3|Portland|OR|97205|USA"),
        ("111 Wellington St, Ottawa, ON K1A 0A9, Canada", "111 Wellington St||Ottawa|ON|K1A 0A9|Canada"),
        ("was 1 Oak Rd, Troy, NY 12180, now 2 Oak Rd, Troy, NY 12180", "2 Oak Rd||Troy|NY|12180|USA"),
        ("12 Elm Street, Boston", None),
        ("Elm Street, Boston MA 02110", None),
        ("10 Downing St, London SW1A 2AA", None),
        ("I paid 20 dollars and live in MA 02110", None),
        ("order 10488 or 12345", None),
    ],
)  # fmt: skip
def test_an_address_is_read_whole_or_not_at_all(text: str, found: str | None) -> None:
    parts = addresses.find(text, "USA")
    assert (None if parts is None else "|".join(parts.values())) == found
    assert addresses.find(text, "") is None or "Canada" in text or "USA" in text, "no country is made up"
