"""Option values and means of payment in a customer's own words: what is wanted, what isn't, and what is only said."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.grammar import Context, fill, options
from agents.workflows import means
from conversations.money import Money
from tools.shapes import PaymentMethod

JACKET = {"color": ["yellow", "forest green", "green"], "size": ["S", "M", "L", "XL"]}
HAS = {"color": "yellow", "size": "M"}
PAN = {"size": ["20 cm", "26 cm", "30 cm"]}
KETTLE = {"capacity": ["1.2 l", "1.8 l"], "color": ["sage", "cream"]}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("the green one please", {"color": "green"}),
        ("forest green", {"color": "forest green"}),
        ("size L", {"size": "L"}),
        ("L", {"size": "L"}),
        ("l", {"size": "L"}),
        ("in size xl", {"size": "XL"}),
        ("can I have a large", {"size": "L"}),
        ("extra large in green", {"size": "XL", "color": "green"}),
        ("swap the yellow M for a green S", {"color": "green", "size": "S"}),
        ("green instead of yellow", {"color": "green"}),
        ("not green, forest green", {"color": "forest green"}),
        ("not the S but the L", {"size": "L"}),
        ("it's too small", {}),
        ("it is too small, a size up", {"size": "L"}),
        ("one size smaller", {"size": "S"}),
        ("I'm sure that it's fine", {}),
        ("green or forest green", {}),
        ("yellow", {}),
        ("yellowish greenery", {}),
        ("the purple one", {}),
        ("", {}),
    ],
)
def test_what_the_words_want_of_a_jacket(text: str, wanted: dict[str, str]) -> None:
    assert options.wanted(text, JACKET, HAS) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("26cm", "26 cm"),
        ("the 30 cm one", "30 cm"),
        ("30 centimetres", "30 cm"),
        ("bigger", "26 cm"),
        ("smaller", None),
    ],
)
def test_what_the_words_want_of_a_pan(text: str, wanted: str | None) -> None:
    """The smallest has no smaller one."""
    assert options.wanted(text, PAN, {"size": "20 cm"}).get("size") == wanted


@pytest.mark.parametrize(
    ("text", "wanted"), [("1.8 litres", "1.8 l"), ("1.8l", "1.8 l"), ("11.8 l", None), ("a larger one", "1.8 l")]
)
def test_what_the_words_want_of_a_kettle(text: str, wanted: str | None) -> None:
    assert options.wanted(text, KETTLE, {"capacity": "1.2 l", "color": "sage"}).get("capacity") == wanted


ARTICLES = [dict(zip(JACKET, pair, strict=True)) for pair in product(*JACKET.values())]


def test_what_is_not_spoken_of_stays_as_it_is() -> None:
    assert options.fitting({"color": "green"}, HAS, ARTICLES) == [{"color": "green", "size": "M"}]
    without_m = [one for one in ARTICLES if one["size"] != "M"]
    assert len(options.fitting({"color": "green"}, HAS, without_m)) == 3


@given(st.text(max_size=80))
def test_only_what_there_is_can_be_wanted_and_never_what_they_have(text: str) -> None:
    found = options.wanted(text, JACKET, HAS)
    assert all(value in JACKET[name] and value != HAS[name] for name, value in found.items())


NAMES = Context(names=("navy", "gift card", "Trail Pack Pro", "4242"))


@pytest.mark.parametrize(
    ("text", "named"),
    [("the navy one", "navy"), ("on my gift card", "gift card"), ("the trail pack", "Trail Pack Pro"), ("the one ending 4242", "4242"),
     ("what is your policy", None), ("a navyish one", None)],
)  # fmt: skip
def test_what_the_open_question_is_about_is_heard_by_name(text: str, named: str | None) -> None:
    found = fill(text, NAMES).get("named")
    assert (found.value if found else None) == named


def test_without_an_open_question_nothing_is_heard_by_name() -> None:
    assert "named" not in fill("the navy one on my gift card")


CARD = PaymentMethod(method_id="a", label="Visa ending 4242", is_gift_card=False)
OTHER = PaymentMethod(method_id="b", label="Visa ending 1881", is_gift_card=False)
PAYPAL = PaymentMethod(method_id="c", label="PayPal", is_gift_card=False)
GIFT = PaymentMethod(method_id="d", label="gift card", is_gift_card=True, balance=Money(500))


@pytest.mark.parametrize(
    ("text", "methods", "ids"),
    [
        ("with paypal", [CARD, PAYPAL, GIFT], "c"),
        ("my gift card", [CARD, PAYPAL, GIFT], "d"),
        ("a gift voucher of mine", [CARD, GIFT], "d"),
        ("my card please", [CARD, PAYPAL, GIFT], "a"),
        ("my card please", [CARD, OTHER], ""),
        ("the Visa", [CARD, OTHER], "ab"),
        ("the visa ending in 1881", [CARD, OTHER], "b"),
        ("another way", [CARD, OTHER, PAYPAL], ""),
    ],
)
def test_means_of_payment_in_words(text: str, methods: list[PaymentMethod], ids: str) -> None:
    """Two that could be meant are both named, and then it is asked which."""
    assert "".join(one.method_id for one in means.named(text, methods)) == ids


@pytest.mark.parametrize(
    ("text", "reason", "other"),
    [
        ("I need a different size", None, True),
        ("I ordered the wrong size", "ordered_by_mistake", None),
        ("they sent me a different colour", "wrong_item", True),
        ("can I exchange it for the grey one", None, True),
        ("it came broken, please exchange it", "damaged", None),
    ],
)
def test_another_kind_is_no_wrong_delivery(text: str, reason: str | None, other: bool | None) -> None:
    found = fill(text)
    assert (found["reason"].value if "reason" in found else None) == reason
    assert (found["other"].value if "other" in found else None) == other
