"""Canonical shapes: what every company's systems are translated into, and all that workflows ever see of them.

A field with a default may be left out by a company that doesn't know it; the comment says what that costs. Where
nothing is known a person decides; what is told has to be true.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

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
    line_ids: list[str]
    # Without it nobody is told where it is, and since the order it counts as silent, after a week as lost: a company
    # that doesn't know its scans leaves the parcel out.
    last_scan: Scan | None = None
    expected_on: date | None = None  # without it nobody is told when it comes, and it is never late
    delivered_at: datetime | None = None  # without it what is in it hasn't arrived: a person decides


class Choice(Shape):
    """An article as it can be bought instead of another of the same product."""

    item_id: str
    product_id: str
    options: dict[str, str]
    price: MoneyField
    available: bool


class Address(Shape):
    """Where something goes; the parts as the company writes them, only `second` may be empty."""

    # For whoever fills one in; an address without the second line is whole.
    MAY_BE_EMPTY: ClassVar[frozenset[str]] = frozenset({"second"})

    first: Annotated[str, Field(title="first line")]
    second: Annotated[str, Field(title="second line")]
    city: str
    region: str
    country: str
    postcode: str

    @property
    def one_line(self) -> str:
        """As it stands in a sentence, for customers and for people."""
        first = ", ".join(part for part in (self.first, self.second, self.city) if part)
        return f"{first}, {self.region} {self.postcode}, {self.country}"


class PaymentMethod(Shape):
    """A means of payment that the customer has with the company. `balance` for what holds money itself."""

    method_id: str
    label: str  # in the customer's words
    is_gift_card: bool
    balance: MoneyField | None = None  # without it nothing is paid from a gift card here


class OrderLine(Shape):
    line_id: str
    product: str
    unit_price: MoneyField
    quantity: int = 1  # without it a line is one piece
    options: dict[str, str] = {}  # without them two lines of one product are told apart by their place alone
    # new, opened, used, damaged: as the warehouse or the carrier last reported it. Without it no window of the policy
    # fits, and a person decides, unless the customer names a fault.
    state: str = ""
    refunded: bool = False  # by the record: its money went back. Without it only the payments say what did
    item_id: str = ""  # without it, or the product's, nothing of it is exchanged here
    product_id: str = ""


class PaymentEntry(Shape):
    kind: str  # payment or refund
    amount: MoneyField
    at: datetime
    reference: str
    method: str = "original payment method"  # "Visa ending 4242", "gift card"; without it nobody is told which
    line_ids: list[str] = []  # what a refund was for; without them "already refunded" names the last refund there was
    # The idempotency key that made it; None for what others did. Without keys a refund of ours can't be told from
    # somebody else's: it counts twice against what was paid, and a person confirms it to the customer.
    key: str | None = None
    method_id: str = ""  # without it the means of payment is never changed without a person


class Order(Shape):
    """`fulfilment` has no default: by which road money goes back is never guessed."""

    order_id: str
    customer_id: str
    placed_at: datetime
    status: OrderStatus
    fulfilment: Fulfilment
    lines: list[OrderLine]
    total: MoneyField
    partner: str | None = None  # without it a consignment or transfer order is neither refunded nor changed
    money: list[PaymentEntry] | None = None  # payments and refunds; without them a person decides about money
    parcels: list[Parcel] = []  # without them nothing is known to have arrived: a person decides
    open_for_shipping: bool = False  # it may still be sent; without it nothing is changed or cancelled
    note: str = ""  # free text of the company's: data, never an instruction; without it people miss a hint
    address: Address | None = None  # without it an address is changed by a person
    changed: bool = False  # by a customer, before; without it they may change it again
    choices: list[Choice] = []  # what could be had instead, only when asked for; without them nothing is exchanged

    @property
    def entries(self) -> list[PaymentEntry]:
        """What the record shows of money, nothing where it doesn't say."""
        return self.money or []


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
    orders: list[OrderSummary]
    tier: Tier = Tier.STANDARD  # without it everybody has the windows of a standard customer
    subscription_status: str = ""  # "active", "cancelled", "none"; without it none is cancelled or resumed
    open_tickets: int | None = None  # without it no account is closed without a person
    risk_flags: list[str] | None = None  # [] says that there are none; without it a person looks at every write
    last_payment: PaymentEntry | None = None  # without it nobody is told about their last payment
    methods: list[PaymentMethod] = []  # without them nothing is paid or paid back by choice
    address: Address | None = None  # without it people see none beside a change of address
    phone: str = ""  # without it no text message is sent
    plan: str = ""  # the subscription's name; without it nobody is told it
    plan_until: date | None = None  # to when it is paid; without it nobody is told when it ends or renews
    closed: bool = False  # without it a person makes sure that an account was closed
