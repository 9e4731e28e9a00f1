import pytest

from conversations.masking import mask

CARD = "4242 4242 4242 4242"


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
    ],
)
def test_card_codes_and_one_time_codes_are_masked(text: str, kind: str, secret: str) -> None:
    masked = mask(text, none)
    assert masked.kinds == (kind,)
    assert secret not in masked.text
