"""Money is integer cents and a currency; no float is ever stored, compared or hashed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}


class CurrencyMismatchError(ValueError):
    """Two amounts in different currencies were added or compared."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount: `cents` in the currency's smallest unit, `currency` an ISO 4217 code."""

    cents: int
    currency: str = "USD"

    def __post_init__(self) -> None:
        if type(self.cents) is not int:
            raise TypeError(f"cents is a whole number, not {type(self.cents).__name__}")
        if not re.fullmatch(r"[A-Z]{3}", self.currency):
            raise ValueError(f"{self.currency!r} is not an ISO 4217 code")

    @classmethod
    def parse(cls, text: str, currency: str = "USD") -> Money:
        """Read '12', '12.5' or '12.50'; raise ValueError for anything else, commas and exponents included."""
        if not re.fullmatch(r"-?[0-9]+(\.[0-9]{1,2})?", text):
            raise ValueError(f"{text!r} is not an amount like 12.50")
        return cls(int(Decimal(text) * 100), currency)

    @classmethod
    def from_json(cls, value: dict[str, object]) -> Money:
        """The inverse of `to_json`; extra keys are refused."""
        cents, currency = value.get("cents"), value.get("currency")
        if set(value) != {"cents", "currency"} or type(cents) is not int or not isinstance(currency, str):
            raise ValueError("money is {cents, currency}")
        return cls(cents, currency)

    def to_json(self) -> dict[str, int | str]:
        return {"cents": self.cents, "currency": self.currency}

    def __add__(self, other: Money) -> Money:
        return Money(self.cents + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.cents - self._same(other), self.currency)

    def __mul__(self, count: int) -> Money:
        return Money(self.cents * count, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.cents < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.cents <= self._same(other)

    def __str__(self) -> str:
        whole, part = divmod(abs(self.cents), 100)
        sign, symbol = "-" if self.cents < 0 else "", SYMBOLS.get(self.currency)
        return f"{sign}{symbol}{whole:,}.{part:02d}" if symbol else f"{sign}{whole:,}.{part:02d} {self.currency}"

    def _same(self, other: Money) -> int:
        if self.currency != other.currency:
            raise CurrencyMismatchError(f"{self.currency} and {other.currency} do not add up")
        return other.cents
