"""Writes that nothing speaks against: Alice's goods, account and means of payment. Tests change one thing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from conversations.money import Money
from tests.tools.refund_cases import NOW, REFUNDS, entry, line, order, parcel, usd
from tools.account_case import AccountCase, CreditCase, NoticeCase, OwnCase, TicketCase
from tools.capabilities.apply_credit import ApplyCredit
from tools.capabilities.change_order import ChangeOrder
from tools.capabilities.open_ticket import OpenTicket
from tools.capabilities.process_return import ProcessReturn
from tools.capabilities.send_notice import SendNotice
from tools.capabilities.update_account import UpdateAccount
from tools.contract import Arguments, Proof
from tools.order_case import ChangeCase
from tools.return_case import ReturnCase
from tools.shapes import (
    Account,
    Address,
    Choice,
    Fulfilment,
    Order,
    OrderLine,
    OrderStatus,
    OrderSummary,
    Parcel,
    ParcelStatus,
    PaymentMethod,
    Scan,
    Tier,
)

DAY: Final = timedelta(days=1)
SECOND: Final = timedelta(seconds=1)
EUR: Final = Money(3000, "EUR")
CONSIGNED: Final = {"fulfilment": Fulfilment.BRAND_CONSIGNMENT, "partner": "Halden"}
PASSED_ON: Final = {"fulfilment": Fulfilment.TRANSFER, "partner": "Northgate"}
HOME: Final = Address(first="1 Main St", second="", city="Troy", region="NY", country="USA", postcode="12180")
CARD: Final = PaymentMethod(method_id="card", label="Visa ending 4242", is_gift_card=False, balance=None)
OTHER_CARD: Final = PaymentMethod(method_id="paypal", label="PayPal", is_gift_card=False, balance=None)


def gift(cents: int) -> PaymentMethod:
    return PaymentMethod(method_id="gift", label="gift card", is_gift_card=True, balance=usd(cents))


def choice(item: str, cents: int = 3000, product: str = "P-1", **changed: Any) -> Choice:
    facts = {"item_id": item, "product_id": product, "options": {}, "price": usd(cents), "available": True}
    return Choice(**{**facts, **changed})


def goods(number: str = "1", cents: int = 3000, **changed: Any) -> OrderLine:
    """A line of which other variants are to be had."""
    return line(number, cents, **{"item_id": f"I-{number}", "product_id": f"P-{number}", "state": "new", **changed})


CHOICES: Final = [choice("I-1"), choice("I-1b", 3500), choice("I-1c", 2000), choice("I-1gone", available=False),
                  choice("I-2", 1000, "P-2"), choice("I-2b", 1200, "P-2"), choice("I-9", 100, "P-9")]  # fmt: skip


def bought(**changed: Any) -> Order:
    lines = changed.get("lines", [goods("1"), goods("2", 1000)])
    total = sum(one.unit_price.cents * one.quantity for one in lines)
    facts = {"lines": lines, "money": [entry("payment", total, method_id="card")], "choices": CHOICES, "address": HOME}
    return order(**{**facts, **changed})


def unsent(**changed: Any) -> Order:
    return bought(**{"status": OrderStatus.PENDING, "open_for_shipping": True, "parcels": [], **changed})


def moving(*lines: str, quiet_for: timedelta | None, status: ParcelStatus = ParcelStatus.IN_TRANSIT) -> Parcel:
    """A parcel on its way that was scanned so long ago; None for one that nobody has scanned."""
    scan = None if quiet_for is None else Scan(place="Troy", at=NOW - quiet_for, note="")
    return parcel(*lines, arrived=None).model_copy(update={"last_scan": scan, "status": status})


def of_alice(**changed: Any) -> Account:
    facts: dict[str, Any] = {
        "customer_id": "alice", "first_name": "Alice", "last_name": "M", "email": "a@example.com",
        "tier": Tier.STANDARD, "subscription_status": "none", "open_tickets": 0, "last_payment": None,
        "risk_flags": [], "orders": [], "methods": [CARD, OTHER_CARD, gift(10_000)], "address": HOME,
        "phone": "+1 555 0100", "plan": "Fernway Plus",
    }  # fmt: skip
    return Account(**{**facts, **changed})


def flagged(**changed: Any) -> Account:
    return of_alice(risk_flags=["chargeback"], **changed)


def with_order(status: OrderStatus) -> Account:
    seen = OrderSummary(order_id="A-1", placed_at=NOW, status=status, products=["Kettle"], total=usd(1))
    return of_alice(orders=[seen])


def facts_of(args: Any, held: Order | None, changed: dict[str, Any]) -> dict[str, Any]:
    facts = {"order": held, "account": of_alice(), "args": args, "refunds": REFUNDS, "now": NOW,
             "customer_ref": "alice", "proof": Proof.SIGNED_IN, "currency": "USD", "confirmed": True}  # fmt: skip
    return {**facts, **changed}


# orders that haven't been sent -------------------------------------------------------------------------------------


def cancelling(reason: str = "no_longer_needed") -> ChangeOrder:
    return ChangeOrder(order_id="A-1", change="cancel", reason_code=reason)


def readdressing(**changed: Any) -> ChangeOrder:
    return ChangeOrder(order_id="A-1", change="address", address=HOME.model_copy(update=changed))


def repaying(method: str = "paypal") -> ChangeOrder:
    return ChangeOrder(order_id="A-1", change="payment", method_id=method)


def swapping(lines: tuple[str, ...] = ("1",), items: tuple[str, ...] = ("I-1b",), method: str = "card") -> ChangeOrder:
    return ChangeOrder(
        order_id="A-1", change="items", lines=list(lines), new_items=list(items), method_id=method
    )  # fmt: skip


def change(args: ChangeOrder | None = None, **changed: Any) -> ChangeCase:
    return ChangeCase(**facts_of(args or cancelling(), unsent(), changed))


# goods that come back -----------------------------------------------------------------------------------------------


def returning(lines: tuple[str, ...] = ("1",), method: str = "card", reason: str = "does_not_fit") -> ProcessReturn:
    return ProcessReturn(order_id="A-1", kind="return", lines=list(lines), method_id=method, reason_code=reason)


def exchanging(
    lines: tuple[str, ...] = ("1",), items: tuple[str, ...] = ("I-1b",), method: str = "card"
) -> ProcessReturn:
    return ProcessReturn(order_id="A-1", kind="exchange", lines=list(lines), new_items=list(items), method_id=method)


def replacing(lines: tuple[str, ...] = ("1",), reason: str = "damaged") -> ProcessReturn:
    return ProcessReturn(order_id="A-1", kind="replacement", lines=list(lines), reason_code=reason)


def goods_back(args: ProcessReturn | None = None, **changed: Any) -> ReturnCase:
    return ReturnCase(**facts_of(args or returning(), bought(), changed))


# account, credit, notice, ticket ------------------------------------------------------------------------------------


def update(what: str = "password_reset", **changed: Any) -> AccountCase:
    """`address` and `email` go with the wish, the rest is the case's."""
    named = {name: changed.pop(name) for name in ("address", "email") if name in changed}
    args = UpdateAccount(change=what, **named)
    return AccountCase(**facts_of(args, None, {"proof": Proof.ONE_TIME_CODE, **changed}))


def late(by: timedelta = DAY) -> Order:
    """Expected on a day, delivered so much later."""
    arrived = NOW - 3 * DAY
    return order(parcels=[parcel("1", "2", arrived=arrived).model_copy(update={"expected_on": (arrived - by).date()})])


def credit(reason: str = "late_delivery", **changed: Any) -> CreditCase:
    return CreditCase(**facts_of(ApplyCredit(order_id="A-1", reason_code=reason), late(), changed))


def notice(channel: str = "email", **changed: Any) -> NoticeCase:
    args = SendNotice(order_id="A-1", notice="invoice", channel=channel)
    return NoticeCase(**facts_of(args, bought(), changed))


def ticket(kind: str = "question", **changed: Any) -> TicketCase:
    about = changed.pop("order_id", "A-1")
    args = OpenTicket(order_id=about, kind=kind, summary="Where is it?")
    return TicketCase(**facts_of(args, bought() if about else None, changed))


class Anything(Arguments):
    """Of a write that one company alone has."""

    order_id: str | None = None


def own(**changed: Any) -> OwnCase:
    about = changed.pop("order_id", None)
    needs = changed.pop("needs", Proof.SIGNED_IN)
    return OwnCase(**facts_of(Anything(order_id=about), bought() if about else None, changed), needs=needs)
