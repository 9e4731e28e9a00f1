"""How the shop's six systems fulfil the contracts: ask the endpoints, then say it in the canonical shapes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, TypeVar
from uuid import UUID

from conversations.money import Money
from packs.demo_shop import refunds, writes
from packs.demo_shop.addresses import canonical
from packs.demo_shop.answers import (
    CustomerAnswer,
    FlagsAnswer,
    ItemAnswer,
    MethodAnswer,
    MethodsAnswer,
    OrderAnswer,
    OrdersAnswer,
    ParcelAnswer,
    ParcelsAnswer,
    PaymentAnswer,
    PaymentsAnswer,
    ProductAnswer,
    SentAnswer,
    SubscriptionAnswer,
    TicketsAnswer,
)
from packs.demo_shop.connections import at, find, get, post
from tools.capabilities.get_customer import GetCustomer
from tools.capabilities.get_order import GetOrder
from tools.contract import Caller, ErrorCode, Fulfil, Proof, ToolError
from tools.shapes import (
    Account,
    Choice,
    Fulfilment,
    Order,
    OrderLine,
    OrderStatus,
    OrderSummary,
    Parcel,
    ParcelStatus,
    PaymentEntry,
    PaymentMethod,
    Scan,
    Tier,
)

V = TypeVar("V")

STATUSES: Final = {
    "pending": OrderStatus.PENDING,
    "pending (item modified)": OrderStatus.PENDING,
    "pending (items modified)": OrderStatus.PENDING,
    "processed": OrderStatus.PROCESSING,
    "shipped": OrderStatus.SHIPPED,
    "delivered": OrderStatus.DELIVERED,
    "cancelled": OrderStatus.CANCELLED,
    "return requested": OrderStatus.RETURN_REQUESTED,
    "exchange requested": OrderStatus.EXCHANGE_REQUESTED,
    "returned": OrderStatus.RETURNED,
}
CHANGED: Final = frozenset({"pending (item modified)", "pending (items modified)"})
LINKS: Final = {
    "Packhorse": "https://track.packhorse.example/{}",
    "Swiftlane": "https://swiftlane.example/follow/{}",
}
METHODS: Final = {"paypal": "PayPal", "gift_card": "gift card"}
BRANDS: Final = {"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express"}
NO_PLAN: Final = "none"
CURRENCY: Final = "USD"


def get_order(args: GetOrder, caller: Caller) -> Order:
    """The order, if it is the caller's; else NOT_FOUND after the same calls, whether it exists or not."""
    owner = _owner(args, caller)
    found = find(at("/orders/{}", args.order_id), OrderAnswer, caller)
    if found is None or not (found.customer_id == owner or _went_to(found, args, caller)):
        raise ToolError(ErrorCode.NOT_FOUND)
    payments = get(at("/finance/orders/{}/payments", found.id), PaymentsAnswer, caller).payments
    parcels = get(at("/logistics/orders/{}/parcels", found.id), ParcelsAnswer, caller).parcels
    gone = {str(line) for payment in payments if payment.kind == "refund" for line in payment.lines}
    return Order(
        order_id=found.id,
        customer_id=found.customer_id,
        placed_at=found.placed_at,
        status=_known(STATUSES, found.status),
        fulfilment=Fulfilment(found.fulfilment),
        partner=found.partner,
        lines=[_line(item, found.currency, gone) for item in found.items],
        total=Money(found.total_cents, found.currency),
        money=[_payment(payment) for payment in payments],
        parcels=[one for parcel in parcels for one in _parcels(parcel)],
        open_for_shipping=found.open_for_shipping,
        note=found.note,
        address=canonical(found.address),
        changed=found.status in CHANGED,
        choices=_choices(found, caller) if args.choices else [],
    )


def get_customer(args: GetCustomer, caller: Caller) -> Account:
    """The signed-in customer's account."""
    if caller.signed_in_as is None:
        raise ToolError(ErrorCode.PROOF_NEEDED)
    return _account(get(at("/platform/customers/{}", caller.signed_in_as), CustomerAnswer, caller), caller)


def find_customer(email: str) -> Account | None:
    """Whoever the shop knows by this address; it proves nothing about who is asking."""
    caller = Caller(None, Proof.NONE, "find_customer", frozenset(), datetime.now(UTC))
    found = _by_email(email, caller)
    return None if found is None else _account(found, caller)


def send_code(code: str, key: UUID, caller: Caller) -> str:
    """Mail a one-time code to the signed-in customer's address on record; the address, masked."""
    if caller.signed_in_as is None:
        raise ToolError(ErrorCode.PROOF_NEEDED)
    path = at("/platform/customers/{}/codes", caller.signed_in_as)
    return post(path, SentAnswer, caller, key, {"code": code}).sent_to


WRITERS: Final = {**refunds.WRITERS, **writes.WRITERS}
FULFIL: Final[Mapping[str, Fulfil]] = {"get_order": get_order, "get_customer": get_customer}


def _owner(args: GetOrder, caller: Caller) -> str | None:
    """Whose orders may be seen: the session's customer, and only without a session the one with the address named."""
    if caller.signed_in_as is not None or args.contact is None:
        return caller.signed_in_as
    found = _by_email(args.contact, caller)  # a zip code is nobody's address, and costs the same question
    return None if found is None else found.id


def _went_to(order: OrderAnswer, args: GetOrder, caller: Caller) -> bool:
    """Without a session the zip code that the order went to opens it as well."""
    named, written = _zip(args.contact or ""), _zip(order.address.get("zip", ""))
    return caller.signed_in_as is None and bool(named) and named == written


def _zip(text: str) -> str:
    """Without the four digits of a zip code that few people know, and without what may stand between."""
    return re.sub(r"^(\d{5})-?\d{4}$", r"\1", "".join(text.split()).upper())


def _by_email(email: str, caller: Caller) -> CustomerAnswer | None:
    return find("/platform/customers", CustomerAnswer, caller, email=email)


def _account(customer: CustomerAnswer, caller: Caller) -> Account:
    tickets = get("/tickets", TicketsAnswer, caller, customer=customer.id).tickets
    orders = get("/orders", OrdersAnswer, caller, customer=customer.id).orders
    plan = find(at("/platform/subscriptions/{}", customer.id), SubscriptionAnswer, caller)
    return Account(
        customer_id=customer.id,
        first_name=customer.first_name,
        last_name=customer.last_name,
        email=customer.email,
        tier=Tier(customer.tier),
        subscription_status=plan.status if plan else NO_PLAN,
        open_tickets=len(tickets),
        last_payment=_last_payment(customer.id, caller),
        risk_flags=[flag.kind for flag in get(at("/risk/customers/{}/flags", customer.id), FlagsAnswer, caller).flags],
        orders=[_summary(order) for order in orders],
        methods=_methods(customer.id, orders, caller),
        address=canonical(customer.address),
        phone=customer.phone,
        plan=plan.plan if plan else "",
        plan_until=plan.renews_on if plan else None,
        closed=customer.closed_at is not None,
    )


def _choices(order: OrderAnswer, caller: Caller) -> list[Choice]:
    """What could be had instead: every variant of the products of the order."""
    wanted = dict.fromkeys(item.product_id for item in order.items if item.product_id)
    found = (find(at("/platform/products/{}", product), ProductAnswer, caller) for product in wanted)
    return [
        Choice(item_id=one.id, product_id=product.id, options=one.options,
               price=Money(one.price_cents, order.currency), available=one.available)
        for product in found if product is not None for one in product.variants
    ]  # fmt: skip


def _methods(customer_id: str, orders: list[OrderAnswer], caller: Caller) -> list[PaymentMethod]:
    """The means of payment on record; a gift card with what it holds."""
    found = get(at("/finance/customers/{}/payment-methods", customer_id), MethodsAnswer, caller).payment_methods
    currency = orders[0].currency if orders else CURRENCY
    return [
        PaymentMethod(method_id=one.id, label=_label(one), is_gift_card=one.source == "gift_card",
                      balance=None if one.balance_cents is None else Money(one.balance_cents, currency))
        for one in found
    ]  # fmt: skip


def _last_payment(customer_id: str, caller: Caller) -> PaymentEntry | None:
    found = find(at("/finance/customers/{}/last-payment", customer_id), PaymentAnswer, caller)
    return None if found is None else _payment(found)


def _summary(order: OrderAnswer) -> OrderSummary:
    return OrderSummary(
        order_id=order.id,
        placed_at=order.placed_at,
        status=_known(STATUSES, order.status),
        products=[item.name for item in order.items],
        total=Money(order.total_cents, order.currency),
    )


def _line(item: ItemAnswer, currency: str, gone: set[str]) -> OrderLine:
    return OrderLine(
        line_id=str(item.line),
        product=item.name,
        options=item.options,
        quantity=item.quantity,
        unit_price=Money(item.unit_price_cents, currency),
        state=item.state,
        refunded=str(item.line) in gone,
        item_id=item.item_id,
        product_id=item.product_id,
    )


def _payment(payment: PaymentAnswer) -> PaymentEntry:
    return PaymentEntry(
        kind=payment.kind,
        amount=Money(payment.amount_cents, payment.currency),
        method=_label(payment),
        at=payment.at,
        reference=payment.reference,
        line_ids=[str(line) for line in payment.lines],
        key=payment.key,
        method_id=payment.method_id,
    )


def _label(payment: PaymentAnswer | MethodAnswer) -> str:
    """In the customer's words: "Visa ending 4242", "PayPal", "gift card"."""
    if payment.source == "credit_card" and payment.last_four:
        return f"{BRANDS.get(payment.brand or '', 'card')} ending {payment.last_four}"
    return METHODS.get(payment.source or "", "original payment method")


def _parcels(parcel: ParcelAnswer) -> list[Parcel]:
    """One for each tracking id; they share what the carrier says about them."""
    last = max(parcel.scans, key=lambda scan: scan.at, default=None)
    return [
        Parcel(
            tracking_id=tracking_id,
            carrier=parcel.carrier,
            link=_known(LINKS, parcel.carrier).format(tracking_id),
            status=ParcelStatus(parcel.status),
            last_scan=None if last is None else Scan(place=last.place, at=last.at, note=last.note),
            expected_on=parcel.expected_on,
            delivered_at=parcel.delivered_at,
            line_ids=[str(line) for line in parcel.lines],
        )
        for tracking_id in parcel.tracking_ids
    ]


def _known(table: Mapping[str, V], word: str) -> V:
    """A word of the shop's in our vocabulary; a word that we don't know is an answer outside the contract."""
    if word not in table:
        raise ToolError(ErrorCode.INVALID_ANSWER)
    return table[word]
