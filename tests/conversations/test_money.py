import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.money import CurrencyMismatchError, Money

cents = st.integers(-(10**9), 10**9)


@given(cents, cents)
def test_adding_and_taking_away_loses_no_cent(a: int, b: int) -> None:
    assert (Money(a) + Money(b) - Money(b)) == Money(a)


@given(cents)
def test_an_amount_survives_json(a: int) -> None:
    assert Money.from_json(Money(a, "EUR").to_json()) == Money(a, "EUR")


@pytest.mark.parametrize("text", ["12,50", "1e3", "1.234", "", "NaN", "1e309", " 1", "１２", "0x1", "-", "12.5.0"])
def test_a_text_that_is_no_plain_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Money.parse(text)


@pytest.mark.parametrize(("text", "expected"), [("12", 1200), ("12.5", 1250), ("12.05", 1205), ("-0.99", -99)])
def test_a_plain_amount_is_read_to_the_cent(text: str, expected: int) -> None:
    assert Money.parse(text).cents == expected


def test_two_currencies_do_not_add_up() -> None:
    with pytest.raises(CurrencyMismatchError):
        Money(1, "USD") + Money(1, "EUR")


@pytest.mark.parametrize("value", [1.0, "1", None, True])
def test_only_whole_numbers_are_cents(value: object) -> None:
    with pytest.raises(TypeError):
        Money(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value", [{"cents": 1}, {"cents": 1, "currency": "USD", "x": 1}, {"cents": 1.5, "currency": "USD"}]
)
def test_json_that_is_not_exactly_money_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Money.from_json(value)


def test_amounts_read_as_customers_write_them() -> None:
    assert [str(Money(129900)), str(Money(-5)), str(Money(1234, "EUR")), str(Money(100, "CHF"))] == [
        "$1,299.00",
        "-$0.05",
        "€12.34",
        "1.00 CHF",
    ]
