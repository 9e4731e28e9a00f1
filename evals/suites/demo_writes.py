"""Every kind of write at the demo shop, for drills: on a copy of which of its orders, with which arguments, and through
which of its endpoints. The one place that knows both; another company is drilled by another such table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tools.capabilities.open_ticket import TicketKind
from tools.capabilities.send_notice import Notice
from tools.contract import Proof

DELIVERED, PENDING, LATE, PAUSED = "FW-10465", "FW-10488", "FW-10467", "FW-10469"
TRANSFER, CONSIGNMENT = "FW-10457", "FW-10476"
IN_STOCK: Final = (DELIVERED, "FW-10459", "FW-10466", "FW-10464", "FW-10462")  # twenty of each
ADDRESS: Final = {"first": "5 Quarry Road", "second": "", "city": "Boulder", "region": "CO", "country": "USA",
                  "postcode": "80301"}  # fmt: skip


@dataclass(frozen=True)
class Goods:
    """What one case has for itself: an order and its buyer."""

    order: str
    email: str

    @property
    def number(self) -> str:
        return self.order.removeprefix("FW-")

    @property
    def customer(self) -> str:
        return f"C-{self.number}"

    @property
    def card(self) -> str:
        return f"card_{self.number}"

    def is_on(self, row: dict[str, Any]) -> bool:
        """Whether a row of the shop's ledger is about these goods or their buyer."""
        return row["order_id"] == self.order or f"/{self.customer}" in f"{row['endpoint']}"


@dataclass(frozen=True)
class Kind:
    """`steps`: the ends of the endpoints that it goes through, in order; `likes`: the orders that are copied."""

    name: str
    capability: str
    args: Callable[[Goods], dict[str, Any]]
    steps: tuple[str, ...]
    likes: tuple[str, ...] = (DELIVERED,)
    proof: Proof = Proof.SIGNED_IN


def refund(goods: Goods) -> dict[str, Any]:
    return {"order_id": goods.order, "reason_code": "damaged", "lines": ["1"]}


def back(kind: str, **more: Any) -> Callable[[Goods], dict[str, Any]]:
    def args(goods: Goods) -> dict[str, Any]:
        method = {} if kind == "replacement" else {"method_id": goods.card}
        return {"order_id": goods.order, "kind": kind, "lines": ["1"], "reason_code": "damaged", **method, **more}

    return args


def changed(change: str, **more: Any) -> Callable[[Goods], dict[str, Any]]:
    return lambda goods: {"order_id": goods.order, "change": change, **more}


def account(change: str, step: str, like: str = DELIVERED, **more: Any) -> Kind:
    return Kind(f"account: {change}", "update_account", lambda _: {"change": change, **more}, (step,), (like,),
                Proof.ONE_TIME_CODE)  # fmt: skip


def about(**more: Any) -> Callable[[Goods], dict[str, Any]]:
    return lambda goods: {"order_id": goods.order, **more}


KINDS: Final = (
    Kind("refund: ours", "process_refund", refund, ("/refunds",)),
    Kind("refund: transfer", "process_refund", refund, ("/refunds", "/tickets"), (TRANSFER,)),
    Kind("refund: consignment", "process_refund", refund, ("/stop-shipment", "/claw-backs", "/tickets"),
         (CONSIGNMENT,)),
    Kind("return", "process_return", back("return"), ("/returns", "/notices")),
    Kind("exchange", "process_return", back("exchange", new_items=["V-40501"]), ("/exchanges", "/notices")),
    Kind("replacement", "process_return", back("replacement"), ("/replacements", "/stock"), IN_STOCK),
    Kind("order: cancel", "change_order", changed("cancel", reason_code="no_longer_needed"), ("/cancel",), (PENDING,)),
    Kind("order: address", "change_order", changed("address", address=ADDRESS), ("/address",), (PENDING,)),
    Kind("order: payment", "change_order",
         lambda goods: {"order_id": goods.order, "change": "payment", "method_id": f"paypal_{goods.number}"},
         ("/payment-method",), (PENDING,)),
    Kind("order: items", "change_order",
         lambda goods: {"order_id": goods.order, "change": "items", "lines": ["2"], "new_items": ["V-40501"],
                        "method_id": goods.card},
         ("/items",), (PENDING,)),
    account("address", "/profile", address=ADDRESS),
    Kind("account: email", "update_account", lambda goods: {"change": "email", "email": f"new.{goods.email}"},
         ("/profile",), proof=Proof.ONE_TIME_CODE),
    account("cancel_subscription", "/subscriptions/"),
    account("resume_subscription", "/subscriptions/", PAUSED),
    account("password_reset", "/password-reset"),
    account("close", "/close"),
    Kind("credit", "apply_credit", about(reason_code="late_delivery"), ("/credits",), (LATE,)),
    *(Kind(f"notice: {one}", "send_notice", about(notice=one.value), ("/notices",)) for one in Notice),
    *(Kind(f"ticket: {one}", "open_ticket", about(kind=one.value, summary="Look at it."), ("/tickets",))
      for one in TicketKind),
)  # fmt: skip
