"""Send the customer something again, to the address or the number that the company has: never to one just named."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from tools.capabilities.get_order import OrderId
from tools.contract import Arguments, Capability, Idempotency, Kind, Proof, Retry, Risk
from tools.shapes import Shape


class Notice(StrEnum):
    ORDER_CONFIRMATION = "order_confirmation"
    INVOICE = "invoice"
    RETURN_LABEL = "return_label"
    DELIVERY = "delivery"


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"


class SendNotice(Arguments):
    order_id: OrderId
    notice: Annotated[Notice, Field(strict=False)]
    channel: Annotated[Channel, Field(strict=False)] = Channel.EMAIL


class NoticeOutcome(Shape):
    """`sent_to` is masked: enough for its owner to know it."""

    success: bool
    reference: str
    sent_to: str


CAPABILITY: Final = Capability(
    name="send_notice",
    called="Message",
    summary="Send a confirmation, an invoice, a return label or a delivery notice again, by e-mail or text.",
    kind=Kind.WRITE,
    risk=Risk.LOW,
    input=SendNotice,
    output=NoticeOutcome,
    proof=Proof.SIGNED_IN,
    attempt_seconds=6.0,
    total_seconds=8.0,
    rules=tuple(f"NOT-{number}" for number in range(1, 7)),
    retry=Retry.NEVER,
    idempotency=Idempotency.KEY,
)
