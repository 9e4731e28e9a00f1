"""What a call costs, in whole millionths of a dollar, by the price list of the day: genai-prices, read offline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from functools import cache
from importlib.metadata import version
from typing import Final

from genai_prices import Usage as Counted
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelInfo, Provider

from conversations.logs import Log, log

from .shapes import Usage

LIST: Final = f"genai-prices {version('genai-prices')}"


@dataclass(frozen=True)
class Price:
    """`known`: the list has the model; else this is its provider's dearest, so that nobody spends unseen."""

    micros: int
    known: bool


def price(provider: str, model: str, usage: Usage, at: datetime) -> Price:
    """Of one call, by the prices in force at `at`. Rounded up: a call never costs nothing."""
    found = _listed(provider, model)
    if found is not None:
        return Price(_micros(*found, usage, at), known=True)
    log(Log.MODEL_PRICE_UNKNOWN, provider=provider, model=model)
    return Price(max(_micros(house, one, usage, at) for house, one in _rivals(provider)), known=False)


def _listed(provider: str, model: str) -> tuple[Provider, ModelInfo] | None:
    house = _house(provider)
    return next(((house, one) for one in house.models if one.is_match(model)), None) if house else None


def _rivals(provider: str) -> Iterator[tuple[Provider, ModelInfo]]:
    """The models of this provider that are paid by the token; of every provider when this one isn't known."""
    known = _house(provider)
    for house in [known] if known else get_snapshot().providers:
        yield from ((house, one) for one in house.models)


@cache
def _house(provider: str) -> Provider | None:
    return next((one for one in get_snapshot().providers if one.id == provider), None)


def _micros(house: Provider, model: ModelInfo, usage: Usage, at: datetime) -> int:
    counted = Counted(
        input_tokens=usage.input + usage.cache_read + usage.cache_write,
        cache_read_tokens=usage.cache_read,
        cache_write_tokens=usage.cache_write,
        output_tokens=usage.output,
    )
    total = model.calc_price(counted, house, genai_request_timestamp=at).total_price
    return int((Decimal(total) * 1_000_000).to_integral_value(ROUND_CEILING))
