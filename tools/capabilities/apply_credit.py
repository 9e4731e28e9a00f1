"""A standard credit: the policy's table says how much for what, nobody's words do."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from tools.capabilities.get_order import OrderId
from tools.contract import Arguments, Capability, Idempotency, Kind, Proof, Retry, Risk
from tools.shapes import Shape


class CreditReason(StrEnum):
    LATE_DELIVERY = "late_delivery"
    SERVICE_FAILURE = "service_failure"


class ApplyCredit(Arguments):
    """The order that the credit is for."""

    order_id: OrderId
    reason_code: Annotated[CreditReason, Field(strict=False)]


class CreditOutcome(Shape):
    success: bool
    reference: str


CAPABILITY: Final = Capability(
    name="apply_credit",
    called="Credit",
    summary="Give the policy's standard credit for a late or failed delivery.",
    kind=Kind.WRITE,
    risk=Risk.LOW,
    input=ApplyCredit,
    output=CreditOutcome,
    proof=Proof.SIGNED_IN,
    attempt_seconds=6.0,
    total_seconds=8.0,
    rules=tuple(f"CRE-{number}" for number in range(1, 9)),
    retry=Retry.NEVER,
    idempotency=Idempotency.KEY,
)
