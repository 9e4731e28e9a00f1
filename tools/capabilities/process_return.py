"""Goods that come back: a return, an exchange for another article of the same product, or a replacement."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from tools.capabilities.change_order import ItemId, MethodId
from tools.capabilities.get_order import OrderId
from tools.capabilities.process_refund import ReasonCode
from tools.contract import Arguments, Capability, Filled, Idempotency, Kind, Proof, Retry, Risk
from tools.shapes import Shape


class ReturnKind(StrEnum):
    RETURN = "return"
    EXCHANGE = "exchange"
    REPLACEMENT = "replacement"


NEEDS: Final[dict[ReturnKind, frozenset[str]]] = {
    ReturnKind.RETURN: frozenset({"method_id"}),
    ReturnKind.EXCHANGE: frozenset({"new_items", "method_id"}),
    ReturnKind.REPLACEMENT: frozenset(),
}


class ProcessReturn(Arguments):
    """`lines` of the order; `new_items` at their places for an exchange; `method_id` for what is paid or paid back.

    A replacement sends the same again and takes neither.
    """

    order_id: OrderId
    kind: Annotated[ReturnKind, Field(strict=False)]
    lines: Annotated[list[str], Field(max_length=100), Filled.LINES]
    reason_code: Annotated[ReasonCode, Field(strict=False)] = ReasonCode.OTHER
    new_items: Annotated[list[ItemId], Field(max_length=100), Filled.ITEMS] | None = None
    method_id: MethodId | None = None

    @model_validator(mode="after")
    def _just_what_it_needs(self) -> Self:
        if (self.new_items is not None) != (self.kind is ReturnKind.EXCHANGE):
            raise ValueError("new_items belong to an exchange, and an exchange to new_items")
        if (self.method_id is None) != (self.kind is ReturnKind.REPLACEMENT):
            raise ValueError("a return and an exchange take method_id, a replacement doesn't")
        return self


class ReturnOutcome(Shape):
    """`reference` is what the company calls it; `label`: a return label goes to the customer by e-mail."""

    success: bool
    reference: str
    label: bool = False


CAPABILITY: Final = Capability(
    name="process_return",
    called="Goods back",
    summary="Take goods back for money, for another article, or for the same again.",
    kind=Kind.WRITE,
    risk=Risk.HIGH,
    input=ProcessReturn,
    output=ReturnOutcome,
    proof=Proof.SIGNED_IN,
    attempt_seconds=6.0,
    total_seconds=8.0,
    rules=tuple(f"RET-{number}" for number in range(1, 20)),
    retry=Retry.NEVER,
    idempotency=Idempotency.KEY,
    variant="kind",
    needs=NEEDS,
)
