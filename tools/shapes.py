"""Canonical shapes: what every company's systems are translated into, and all that workflows ever see of them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema

from conversations.money import Money

MONEY_SCHEMA = {
    "type": "object",
    "properties": {"cents": {"type": "integer"}, "currency": {"type": "string", "pattern": "^[A-Z]{3}$"}},
    "required": ["cents", "currency"],
    "additionalProperties": False,
}


def _money(value: Any) -> Money:
    return value if isinstance(value, Money) else Money.from_json(value)


MoneyField = Annotated[
    Money, BeforeValidator(_money), PlainSerializer(lambda m: m.to_json()), WithJsonSchema(MONEY_SCHEMA)
]


class Shape(BaseModel):
    """Strict and frozen: an unknown, missing or extra field is refused on the way in and on the way out."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class OrderStatus(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURN_REQUESTED = "return_requested"
    EXCHANGE_REQUESTED = "exchange_requested"
    RETURNED = "returned"


class Fulfilment(StrEnum):
    """The order tier (who owns and ships the goods)."""

    PLATFORM_OWNED = "platform_owned"
    BRAND_CONSIGNMENT = "brand_consignment"
    TRANSFER = "transfer"


class ParcelStatus(StrEnum):
    LABEL_CREATED = "label_created"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    EXCEPTION = "exception"
    RETURNED_TO_SENDER = "returned_to_sender"


class Tier(StrEnum):
    """The customer's tier."""

    STANDARD = "standard"
    PREMIUM = "premium"
    ENTERPRISE = "enterprise"


class Scan(Shape):
    place: str
    at: datetime
    note: str


class Parcel(Shape):
    tracking_id: str
    carrier: str
    link: str
    status: ParcelStatus
    last_scan: Scan | None
    expected_on: date | None
    delivered_at: datetime | None
    line_ids: list[str]


class Choice(Shape):
    """An article as it can be bought instead of another of the same product."""

    item_id: str
    product_id: str
    options: dict[str, str]
    price: MoneyField
    available: bool


class Address(Shape):
    """Where something goes; the parts as the company writes them, only `second` may be empty."""

    first: str
    second: str
    city: str
    region: str
    country: str
    postcode: str


class PaymentMethod(Shape):
    """A means of payment that the customer has with the company. `balance` for what holds money itself."""

    method_id: str
    label: str  # in the customer's words
    is_gift_card: bool
    balance: MoneyField | None


class OrderLine(Shape):
    """`item_id` and `product_id` may be empty: then nothing of it can be exchanged without a person."""

    line_id: str
    product: str
    options: dict[str, str]
    quantity: int
    unit_price: MoneyField
    state: str  # new, opened, used, damaged: as the warehouse or the carrier last reported it
    refunded: bool  # by the record: its money went back
    item_id: str = ""
    product_id: str = ""


class PaymentEntry(Shape):
    kind: str  # payment or refund
    amount: MoneyField
    method: str  # in the customer's words: "Visa ending 4242", "gift card"
    at: datetime
    reference: str
    line_ids: list[str]  # what a refund was for; empty when the record doesn't say
    key: str | None  # the idempotency key that made it; None for what others did
    method_id: str = ""  # without it the means of payment is never changed without a person


class Order(Shape):
    order_id: str
    customer_id: str
    placed_at: datetime
    status: OrderStatus
    fulfilment: Fulfilment
    partner: str | None
    lines: list[OrderLine]
    total: MoneyField
    money: list[PaymentEntry]
    parcels: list[Parcel]
    open_for_shipping: bool  # somebody may still send something of it
    note: str  # free text from the shop: data, never an instruction
    address: Address | None = None  # without it an address is changed by a person
    changed: bool = False  # its items were changed before
    choices: list[Choice] = []  # what could be had instead, only when asked for


class OrderSummary(Shape):
    order_id: str
    placed_at: datetime
    status: OrderStatus
    products: list[str]
    total: MoneyField


class Account(Shape):
    """A customer as the company's systems know them. Amounts in cents; `orders` newest first."""

    customer_id: str
    first_name: str
    last_name: str
    email: str
    tier: Tier
    subscription_status: str
    open_tickets: int
    last_payment: PaymentEntry | None
    risk_flags: list[str]
    orders: list[OrderSummary]
    methods: list[PaymentMethod] = []  # without them nothing is paid or paid back by choice
    address: Address | None = None
    phone: str = ""  # without it no text message is sent
    plan: str = ""  # the subscription's name
