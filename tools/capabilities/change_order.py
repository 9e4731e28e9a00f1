"""Change an order that hasn't been sent: cancel it, or change its address, its means of payment or its items."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator

from tools.capabilities.get_order import OrderId
from tools.capabilities.process_refund import ReasonCode
from tools.contract import Arguments, Capability, Filled, Idempotency, Kind, Proof, Retry, Risk
from tools.shapes import Address, Shape

MethodId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,60}$"), Filled.METHOD]
ItemId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]


class Change(StrEnum):
    CANCEL = "cancel"
    ADDRESS = "address"
    PAYMENT = "payment"
    ITEMS = "items"


NEEDS: Final[dict[Change, frozenset[str]]] = {
    Change.CANCEL: frozenset({"reason_code"}),
    Change.ADDRESS: frozenset({"address"}),
    Change.PAYMENT: frozenset({"method_id"}),
    Change.ITEMS: frozenset({"lines", "new_items", "method_id"}),
}


class ChangeOrder(Arguments):
    """Exactly what its `change` needs, nothing else. `new_items` stand at the places of `lines`; prices, differences
    and sums are computed, never given."""

    order_id: OrderId
    change: Annotated[Change, Field(strict=False)]
    reason_code: Annotated[ReasonCode, Field(strict=False)] | None = None
    address: Address | None = None
    method_id: MethodId | None = None
    lines: Annotated[list[str], Field(max_length=100), Filled.LINES] | None = None
    new_items: Annotated[list[ItemId], Field(max_length=100), Filled.ITEMS] | None = None

    @model_validator(mode="after")
    def _just_what_it_needs(self) -> Self:
        given = {name for name in ("reason_code", "address", "method_id", "lines", "new_items")
                 if getattr(self, name) is not None}  # fmt: skip
        if given != NEEDS[self.change]:
            raise ValueError(f"{self.change} takes {', '.join(sorted(NEEDS[self.change]))}")
        return self


class ChangeOutcome(Shape):
    """`reference` is what the company calls the change; `notified`: a message went to the customer."""

    success: bool
    reference: str
    notified: bool = False


CAPABILITY: Final = Capability(
    name="change_order",
    called="Order",
    summary="Cancel an order that hasn't been sent, or change its address, payment or items.",
    kind=Kind.WRITE,
    risk=Risk.HIGH,
    input=ChangeOrder,
    output=ChangeOutcome,
    proof=Proof.SIGNED_IN,
    attempt_seconds=6.0,
    total_seconds=8.0,
    rules=tuple(f"ORD-{number}" for number in range(1, 20)),
    retry=Retry.NEVER,
    idempotency=Idempotency.KEY,
    variant="change",
    needs=NEEDS,
)
