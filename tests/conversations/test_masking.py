import time

import pytest

from conversations.masking import mask

CARD = "4242 4242 4242 4242"


WRITTEN = {
    "full width": "４２４２ ４２４２ ４２４２ ４２４２",
    "Arabic digits": "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢",
    "over two lines": "4242 4242\n4242 4242",
    "one group a line": "4242\n4242\n4242\n4242",
    "its date beside": "4242 4242 4242 4242 12/29",
    "its code beside": "4242 4242 4242 4242 123",
    "a date before": "12/29 4242 4242 4242 4242",
    "a word glued on": "card4242424242424242",
    "a word behind": "4242424242424242visa",
    "a number sign": "card #4242424242424242",
    "a dash at the end": "4242-4242-4242-4242-",
    "slashes": "4242/4242/4242/4242",
    "underscores": "4242_4242_4242_4242",
    "commas": "4242,4242,4242,4242",
    "invisible marks": "4242\u200b4242\u200b4242\u200b4242",
    "wide blanks": "4242\u30004242\u30004242\u30004242",
    "tabs": "4242\t4242\t4242\t4242",
    "spaced dashes": "4242  -  4242 - 4242 - 4242",
    "digit by digit": "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2",
    "in pairs": "42 42 42 42 42 42 42 42",
    "words between": "4242 then 4242 then 4242 then 4242",
    "words between, Amex": "3782 then 822463 then 10005",
    "Amex in its groups": "3782 822463 10005",
    "nineteen digits": "6304 0000 0000 0000 000",
    "thirteen digits": "4222222222222",
    "Mastercard's new range": "2223 0031 2200 3222",
    "in an address": "https://a.example/?card=4242424242424242&x=1",
    "two cards": "4111 1111 1111 1111 and 5555 5555 5555 4444",
}


def none() -> set[str]:
    return set()


@pytest.mark.parametrize(
    "text",
    [
        CARD,
        "4242-4242-4242-4242",
        "4242424242424242",
        "my amex is 378282246310005 ok?",
        "5555.5555.5555.4444",
        "4242 4242 4242 4242, exp 12/29",
        "card:4242\u00a04242\u00a04242\u00a04242",
    ],
)
def test_a_card_number_in_any_spelling_is_masked(text: str) -> None:
    masked = mask(text, none)
    assert masked.kinds == ("card",)
    assert "[card number removed]" in masked.text
    assert "4242" not in masked.text
    assert "78282246310005" not in masked.text


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN.keys())
def test_no_spelling_hides_a_card_number(text: str) -> None:
    masked = mask(text, none)
    assert masked.kinds == ("card",)
    assert sum(c.isdecimal() for c in masked.text) <= 4
    assert mask(masked.text, none).text == masked.text


@pytest.mark.parametrize(
    "text",
    [
        "+4915123456786",
        "+49 1512 3456786",
        "2024-11-05 14:30, 2024-11-06 15:30",
        "4 cups, 12 plates, 16 bowls, 20 forks, 20 knives, 4 pans",
        "JD014600006281230704",
        "1Z999AA10123456784",
        "9400 1000 0000 0000 0000 00",
        "order 4242 and order 4243",
        "my CVV for order 1234?",
        "the tan chair FW-10482",
        "pin it on FW-10482",
    ],
)
def test_what_only_looks_alike_stays(text: str) -> None:
    assert mask(text, none).text == text


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("parcel 4242424242424242", "4242424242424242"),
        ("parcel 4242 4242 4242 4242", "4242424242424242"),
        ("parcel 4242424242424242 and 12", "4242424242424242"),
        ("42424242424242424242", "42424242424242424242"),
        ("otp 482913?", "482913"),
        ("my cvv order 1234", "1234"),
        ("orders 4242 then 4242 then 4242 then 4242", "4242"),
    ],
)
def test_own_numbers_are_never_masked(text: str, own: str) -> None:
    assert mask(text, lambda: {own}).text == text


HOSTILE = {
    "blanks": "cvv" + " " * 100_000 + "x",
    "digits": "4" * 100_000,
    "digit by digit": "4 " * 50_000,
    "pairs": "44 " * 33_000,
    "threes": "444 " * 25_000,
    "fours": "4444 " * 20_000,
    "fours and words": "4444 and then " * 7_000,
    "dashes": "4-" * 50_000 + "x",
    "codes": "cvv " * 25_000,
    "codes and words": "cvv is the my card " * 5_000,
    "one time": "one-time " * 11_000,
    "answers": "1234 is my " * 9_000,
    "full width": "４ " * 50_000,
    "cards": "4242424242424242 " * 6_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_text_makes_it_slow(text: str) -> None:
    """Twenty times what a message may have; a quadratic pattern takes a minute of the processor here."""
    began = time.thread_time()
    mask(text, none)
    assert time.thread_time() - began < 3


def test_own_numbers_are_asked_for_once() -> None:
    asked: list[int] = []

    def own() -> set[str]:
        asked.append(1)
        return set()

    mask(f"{CARD} and 5555 5555 5555 4444, cvv 123", own)
    assert asked == [1]


@pytest.mark.parametrize(
    "text", ["4242 4242 4242 4243", "order FW-10482", "call +44 20 7946 0958", "1234567890123456", "my id is #W2611340"]
)
def test_other_long_numbers_stay(text: str) -> None:
    assert mask(text, none) == mask(text, none).__class__(text, ())


def test_the_customers_own_parcel_number_is_no_card() -> None:
    assert mask(f"where is {CARD}", lambda: {"4242424242424242"}).kinds == ()


def test_own_numbers_are_only_asked_for_when_something_looks_like_a_card() -> None:
    def never() -> set[str]:
        raise AssertionError("asked without need")

    mask("where is my order FW-10482?", never)


@pytest.mark.parametrize(
    ("text", "kind", "secret"),
    [
        ("cvv 123", "cvv", "123"),
        ("CVC: 9876", "cvv", "9876"),
        ("my otp is 482913", "code", "482913"),
        ("verification code 11223344", "code", "11223344"),
        ("my cvv is: 123", "cvv", "123"),
        ("security code number is 123", "cvv", "123"),
        ("the security code on the back of my card is 123", "cvv", "123"),
        ("123 is my cvv", "cvv", "123"),
        ("cvv １２３", "cvv", "１２３"),
        ("cvv 1 2 3", "cvv", "1 2 3"),
        ("otp 482 913", "code", "482 913"),
        ("pin code: 1234", "code", "1234"),
    ],
)
def test_card_codes_and_one_time_codes_are_masked(text: str, kind: str, secret: str) -> None:
    masked = mask(text, none)
    assert masked.kinds == (kind,)
    assert secret not in masked.text
