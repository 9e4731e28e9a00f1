"""Money back for an order or some of its lines. The amount is computed by rule code and is never an argument."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from tools.capabilities.get_order import OrderId
from tools.contract import Arguments, Capability, Filled, Idempotency, Kind, Proof, Retry, Risk
from tools.shapes import Fulfilment, Shape


class ReasonCode(StrEnum):
    """Why, as the customer says it; the first five are faults of ours or of the goods."""

    DAMAGED = "damaged"
    DEFECTIVE = "defective"
    WRONG_ITEM = "wrong_item"
    NOT_AS_DESCRIBED = "not_as_described"
    MISSING = "missing"
    LATE = "late"
    DOES_NOT_FIT = "does_not_fit"
    ORDERED_BY_MISTAKE = "ordered_by_mistake"
    NO_LONGER_NEEDED = "no_longer_needed"
    OTHER = "other"


class ProcessRefund(Arguments):
    """`lines`: the order's line ids; None means everything of it that hasn't been refunded."""

    order_id: OrderId
    reason_code: Annotated[ReasonCode, Field(strict=False)]
    lines: Annotated[list[str], Filled.LINES] | None = None


ROUTES: Final = {
    Fulfilment.PLATFORM_OWNED: "Our own goods: finance pays it back.",
    Fulfilment.BRAND_CONSIGNMENT: "A brand's consignment: shipment stopped, advance clawed back, a ticket; no payment.",
    Fulfilment.TRANSFER: "Made by a partner, sold by us: finance pays it back, a ticket books it to the partner.",
}


class RefundOutcome(Shape):
    """S4-28. `ticket_id` when people carry on from here, `escalation_reason` why they do."""

    success: bool
    ticket_id: str | None = None
    escalation_reason: str | None = None


CAPABILITY: Final = Capability(
    name="process_refund",
    called="Refund",
    summary="Refund an order, or some of its lines, by the route of its tier.",
    kind=Kind.WRITE,
    risk=Risk.HIGH,
    input=ProcessRefund,
    output=RefundOutcome,
    proof=Proof.SIGNED_IN,
    attempt_seconds=6.0,
    total_seconds=8.0,
    rules=tuple(f"REF-{number}" for number in range(1, 16)),
    retry=Retry.NEVER,
    idempotency=Idempotency.KEY,
    routes=ROUTES,
)
