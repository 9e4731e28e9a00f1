"""What the shop's endpoints answer, as far as the pack relies on it: a new field there breaks nothing here."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Cents = Annotated[int, Field(strict=True)]


class Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class CustomerAnswer(Answer):
    id: str
    email: str
    first_name: str
    last_name: str
    tier: str
    address: dict[str, str] = Field(default_factory=dict)
    phone: str = ""
    closed_at: datetime | None = None


class SubscriptionAnswer(Answer):
    plan: str
    status: str
    renews_on: date


class ItemAnswer(Answer):
    line: int
    item_id: str = ""
    product_id: str = ""
    name: str
    options: dict[str, str]
    quantity: int
    unit_price_cents: Cents
    state: str


class OrderAnswer(Answer):
    id: str
    customer_id: str
    placed_at: datetime
    status: str
    fulfilment: str
    partner: str | None
    note: str
    address: dict[str, str] = Field(default_factory=dict)
    open_for_shipping: bool = True
    currency: str
    total_cents: Cents
    items: list[ItemAnswer]


class OrdersAnswer(Answer):
    orders: list[OrderAnswer]


class ScanAnswer(Answer):
    at: datetime
    place: str
    note: str


class ParcelAnswer(Answer):
    tracking_ids: list[str] = Field(min_length=1)
    lines: list[int]
    carrier: str
    status: str
    expected_on: date | None
    delivered_at: datetime | None
    scans: list[ScanAnswer]


class ParcelsAnswer(Answer):
    parcels: list[ParcelAnswer]


class PaymentAnswer(Answer):
    kind: str
    amount_cents: Cents
    currency: str
    at: datetime
    reference: str
    method_id: str = ""
    source: str | None
    brand: str | None
    last_four: str | None
    lines: list[int] = Field(default_factory=list)
    key: str | None = None


class PaymentsAnswer(Answer):
    payments: list[PaymentAnswer]


class TicketAnswer(Answer):
    id: str


class TicketsAnswer(Answer):
    tickets: list[TicketAnswer]


class FlagAnswer(Answer):
    kind: str


class FlagsAnswer(Answer):
    flags: list[FlagAnswer]


class RefundAnswer(Answer):
    reference: str
    amount_cents: Cents
    currency: str


class ClawBackAnswer(Answer):
    reference: str
    amount_cents: Cents
    partner: str


class StopAnswer(Answer):
    partner: str | None
    stopped: bool


class OpenedAnswer(Answer):
    id: str


class EffectAnswer(Answer):
    endpoint: str
    answer: dict[str, Any]


class MethodAnswer(Answer):
    id: str
    source: str
    brand: str | None
    last_four: str | None
    balance_cents: Cents | None


class MethodsAnswer(Answer):
    payment_methods: list[MethodAnswer]


class VariantAnswer(Answer):
    id: str
    options: dict[str, str]
    available: bool
    price_cents: Cents


class ProductAnswer(Answer):
    id: str
    variants: list[VariantAnswer]


class ChangedAnswer(Answer):
    """What a change of an order, a return, a credit or an account is called afterwards."""

    reference: str
    until: date | None = None


class StockAnswer(Answer):
    reference: str


class SentAnswer(Answer):
    reference: str
    sent_to: str
