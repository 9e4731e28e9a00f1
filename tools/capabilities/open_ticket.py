"""A matter for the company's own people, with the facts: what was promised to be looked at stands somewhere."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from tools.capabilities.get_order import OrderId
from tools.contract import Arguments, Capability, Filled, Idempotency, Kind, Proof, Retry, Risk
from tools.shapes import Shape


class TicketKind(StrEnum):
    MISSING_PARCEL = "missing_parcel"
    DAMAGED_GOODS = "damaged_goods"
    BILLING_DISPUTE = "billing_dispute"
    QUESTION = "question"


class OpenTicket(Arguments):
    """`summary` is the customer's own words, kept as data; without an order it is about the customer's account."""

    kind: Annotated[TicketKind, Field(strict=False)]
    summary: Annotated[str, Field(min_length=1, max_length=2000), Filled.WORDS]
    order_id: OrderId | None = None


class TicketOutcome(Shape):
    success: bool
    ticket_id: str


CAPABILITY: Final = Capability(
    name="open_ticket",
    called="Ticket",
    summary="Open a ticket with the company's people, about an order or about none.",
    kind=Kind.WRITE,
    risk=Risk.LOW,
    input=OpenTicket,
    output=TicketOutcome,
    proof=Proof.SIGNED_IN,
    attempt_seconds=6.0,
    total_seconds=8.0,
    rules=tuple(f"TIC-{number}" for number in range(1, 6)),
    retry=Retry.NEVER,
    idempotency=Idempotency.KEY,
)
