"""Every kind of write at the demo shop, for drills: on a copy of which of its orders, with which arguments, and through
which of its endpoints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tools.capabilities.open_ticket import TicketKind
from tools.capabilities.send_notice import Notice
from tools.contract import Proof
from tools.kinds import Goods, WriteKind

DELIVERED, PENDING, LATE, PAUSED = "FW-10465", "FW-10488", "FW-10467", "FW-10469"
TRANSFER, CONSIGNMENT = "FW-10457", "FW-10476"
IN_STOCK: Final = (DELIVERED, "FW-10459", "FW-10466", "FW-10464", "FW-10462")  # twenty of each
ADDRESS: Final = {"first": "5 Quarry Road", "second": "", "city": "Boulder", "region": "CO", "country": "USA",
                  "postcode": "80301"}  # fmt: skip


def kind(
    name: str,
    capability: str,
    args: Callable[[Goods], dict[str, Any]],
    steps: tuple[str, ...],
    likes: tuple[str, ...] = (DELIVERED,),
    proof: Proof = Proof.SIGNED_IN,
) -> WriteKind:
    return WriteKind(name, capability, args, steps, likes, proof)


def number(goods: Goods) -> str:
    return goods.order.removeprefix("FW-")


def card(goods: Goods) -> str:
    return f"card_{number(goods)}"


def refund(goods: Goods) -> dict[str, Any]:
    return {"order_id": goods.order, "reason_code": "damaged", "lines": ["1"]}


def back(how: str, **more: Any) -> Callable[[Goods], dict[str, Any]]:
    def args(goods: Goods) -> dict[str, Any]:
        method = {} if how == "replacement" else {"method_id": card(goods)}
        return {"order_id": goods.order, "kind": how, "lines": ["1"], "reason_code": "damaged", **method, **more}

    return args


def changed(change: str, **more: Any) -> Callable[[Goods], dict[str, Any]]:
    return lambda goods: {"order_id": goods.order, "change": change, **more}


def account(change: str, step: str, like: str = DELIVERED, **more: Any) -> WriteKind:
    return kind(f"account: {change}", "update_account", lambda _: {"change": change, **more}, (step,), (like,),
                Proof.ONE_TIME_CODE)  # fmt: skip


def about(**more: Any) -> Callable[[Goods], dict[str, Any]]:
    return lambda goods: {"order_id": goods.order, **more}


KINDS: Final = (
    kind("refund: ours", "process_refund", refund, ("/refunds",)),
    kind("refund: transfer", "process_refund", refund, ("/refunds", "/tickets"), (TRANSFER,)),
    kind("refund: consignment", "process_refund", refund, ("/stop-shipment", "/claw-backs", "/tickets"),
         (CONSIGNMENT,)),
    kind("return", "process_return", back("return"), ("/returns", "/notices")),
    kind("exchange", "process_return", back("exchange", new_items=["V-40501"]), ("/exchanges", "/notices")),
    kind("replacement", "process_return", back("replacement"), ("/replacements", "/stock"), IN_STOCK),
    kind("order: cancel", "change_order", changed("cancel", reason_code="no_longer_needed"), ("/cancel",), (PENDING,)),
    kind("order: address", "change_order", changed("address", address=ADDRESS), ("/address",), (PENDING,)),
    kind("order: payment", "change_order",
         lambda goods: {"order_id": goods.order, "change": "payment", "method_id": f"paypal_{number(goods)}"},
         ("/payment-method",), (PENDING,)),
    kind("order: items", "change_order",
         lambda goods: {"order_id": goods.order, "change": "items", "lines": ["2"], "new_items": ["V-40501"],
                        "method_id": card(goods)},
         ("/items",), (PENDING,)),
    account("address", "/profile", address=ADDRESS),
    kind("account: email", "update_account", lambda goods: {"change": "email", "email": f"new.{goods.email}"},
         ("/profile",), proof=Proof.ONE_TIME_CODE),
    account("cancel_subscription", "/subscriptions/"),
    account("resume_subscription", "/subscriptions/", PAUSED),
    account("password_reset", "/password-reset"),
    account("close", "/close", PAUSED),
    kind("credit", "apply_credit", about(reason_code="late_delivery"), ("/credits",), (LATE,)),
    *(kind(f"notice: {one}", "send_notice", about(notice=one.value), ("/notices",)) for one in Notice),
    *(kind(f"ticket: {one}", "open_ticket", about(kind=one.value, summary="Look at it."), ("/tickets",))
      for one in TicketKind),
)  # fmt: skip
