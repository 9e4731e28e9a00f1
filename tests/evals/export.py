"""A small shop's export of our own making: two customers, two products, seven orders, and what should come of acts."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any, Final

ANA, BEN = "ana_test_1", "ben_test_2"
LAMP, KETTLE = "7000000001", "7000000002"
L1, L2, L3, K1, K2 = "1000000001", "1000000002", "1000000003", "2000000001", "2000000002"
CARD, GIFT, PAYPAL = "credit_card_1", "gift_card_1", "paypal_2"
HOME: Final = {"address1": "1 Main St", "address2": "", "city": "Troy", "state": "NY", "country": "USA", "zip": "12180"}
NEW: Final = {"address1": "2 Oak St", "address2": "Apt 3", "city": "Utica", "state": "NY", "country": "USA",
              "zip": "13501"}  # fmt: skip
PRICES: Final = {L1: 30.0, L2: 35.5, L3: 33.0, K1: 20.0, K2: 15.25}
PRODUCT_OF: Final = {L1: LAMP, L2: LAMP, L3: LAMP, K1: KETTLE, K2: KETTLE}
Row = dict[str, Any]


def user(name: str, methods: dict[str, Row], orders: list[str]) -> Row:
    first, last, _ = name.split("_")
    return {"id": name, "name": {"first_name": first.title(), "last_name": last.title()}, "address": HOME,
            "email": f"{first}@example.com", "payment_methods": methods, "orders": orders}  # fmt: skip


USERS: Final = [
    user(ANA, {CARD: {"source": "credit_card", "brand": "visa", "last_four": "4242", "id": CARD},
               GIFT: {"source": "gift_card", "balance": 100, "id": GIFT}},
         ["#W1000001", "#W1000002", "#W1000003", "#W1000004"]),
    user(BEN, {PAYPAL: {"source": "paypal", "id": PAYPAL}}, ["#W2000001", "#W2000002", "#W2000003"]),
]  # fmt: skip


def variant(item: str) -> Row:
    return {"item_id": item, "options": {"model": item[-1]}, "available": item != L3, "price": PRICES[item]}


PRODUCTS: Final = [
    {"product_id": LAMP, "name": "Lamp", "variants": {item: variant(item) for item in (L1, L2, L3)}},
    {"product_id": KETTLE, "name": "Kettle", "variants": {item: variant(item) for item in (K1, K2)}},
]


def order(number: str, owner: str, status: str, items: list[str], method: str) -> Row:
    sent = [{"tracking_id": [f"9{number[2:]}"], "item_ids": items}] if status == "delivered" else []
    lines = [{"name": "Lamp" if PRODUCT_OF[item] == LAMP else "Kettle", "product_id": PRODUCT_OF[item],
              "item_id": item, "price": PRICES[item], "options": {"model": item[-1]}} for item in items]  # fmt: skip
    return {"order_id": number, "user_id": owner, "address": HOME, "items": lines, "fulfillments": sent,
            "status": status, "payment_history": [paid(sum(PRICES[item] for item in items), method)]}  # fmt: skip


def paid(amount: float, method: str, kind: str = "payment") -> Row:
    return {"transaction_type": kind, "amount": amount, "payment_method_id": method}


ORDERS: Final = [
    order("#W1000001", ANA, "pending", [L1, K1], CARD),
    order("#W1000002", ANA, "pending", [L1], GIFT),
    order("#W1000003", ANA, "delivered", [L1, K1], CARD),
    order("#W1000004", ANA, "delivered", [L1, L2], GIFT),
    order("#W2000001", BEN, "pending", [L1], PAYPAL),
    order("#W2000002", BEN, "processed", [K1], PAYPAL),
    order("#W2000003", BEN, "delivered", [K1], PAYPAL),
]


def act(name: str, **args: Any) -> Row:
    return {"name": name, "args": args, "write": True, "result": "ok"}


def place(order_id: str, **changed: str) -> Row:
    return act("modify_pending_order_address", order_id=order_id, **{**NEW, **changed})


CANCEL: Final = act("cancel_pending_order", order_id="#W1000001", reason="no longer needed")
CANCELLED: Final = {"#W1000001": {"status": ["pending", "cancelled"], "cancel_reason": [None, "no longer needed"],
                                  "payment_history": [[paid(50.0, CARD)], [paid(50.0, CARD), paid(50.0, CARD, "refund")]]}}  # fmt: skip
REPAY: Final = act("modify_pending_order_payment", order_id="#W1000001", payment_method_id=GIFT)
SWAP: Final = act("modify_pending_order_items", order_id="#W1000002", item_ids=[L1], new_item_ids=[L2],
                  payment_method_id=GIFT)  # fmt: skip
RETURN: Final = act("return_delivered_order_items", order_id="#W1000003", item_ids=[K1], payment_method_id=CARD)
EXCHANGE: Final = act("exchange_delivered_order_items", order_id="#W1000004", item_ids=[L1], new_item_ids=[L2],
                      payment_method_id=GIFT)  # fmt: skip


def holds(before: float, after: float) -> Row:
    """The gift card of Ana's."""
    kept = copy.deepcopy(USERS[0]["payment_methods"])
    return {
        ANA: {"payment_methods": [{**kept, GIFT: {**kept[GIFT], "balance": balance}} for balance in (before, after)]}
    }


def task(name: str, who: str, expected: Row, *actions: Row) -> Row:
    return {"id": name, "user_id": who, "actions": list(actions), "expected_diff": expected}


TASKS: Final = [
    task("cancel", ANA, {"orders": CANCELLED}, CANCEL),
    task("address", BEN, {"orders": {"#W2000001": {"address": [HOME, NEW]}}}, place("#W2000001")),
    task("payment", ANA, {"users": holds(100, 50), "orders": {"#W1000001": {"payment_history": [
        [paid(50.0, CARD)], [paid(50.0, CARD), paid(50.0, GIFT), paid(50.0, CARD, "refund")]]}}}, REPAY),
    task("items", ANA, {"users": holds(100, 94.5), "orders": {"#W1000002": {
        "status": ["pending", "pending (item modified)"],
        "items": [ORDERS[1]["items"], [{**ORDERS[1]["items"][0], "item_id": L2, "price": 35.5, "options": {"model": "2"}}]],
        "payment_history": [[paid(30.0, GIFT)], [paid(30.0, GIFT), paid(5.5, GIFT)]]}}}, SWAP),
    task("return", ANA, {"orders": {"#W1000003": {
        "status": ["delivered", "return requested"], "return_items": [None, [K1]],
        "return_payment_method_id": [None, CARD]}}}, RETURN),
    task("exchange", ANA, {"orders": {"#W1000004": {
        "status": ["delivered", "exchange requested"], "exchange_items": [None, [L1]], "exchange_new_items": [None, [L2]],
        "exchange_payment_method_id": [None, GIFT], "exchange_price_difference": [None, 5.5]}}}, EXCHANGE),
    task("refused", BEN, {}, act("cancel_pending_order", order_id="#W2000003", reason="no longer needed")),
    task("nothing", BEN, {}, {"name": "get_order_details", "args": {"order_id": "#W2000003"}, "write": False}),
    task("two", BEN, {"orders": {"#W2000001": {"address": [HOME, NEW]}, "#W2000003": {
        "status": ["delivered", "return requested"], "return_items": [None, [K1]],
        "return_payment_method_id": [None, PAYPAL]}}},
        place("#W2000001"),
        act("return_delivered_order_items", order_id="#W2000003", item_ids=[K1], payment_method_id=PAYPAL)),
]  # fmt: skip


def attempt(rule: str, action: Row, *, expect: str = "block", who: str | None = ANA, owner: str = ANA,
            confirmed: bool = True, setup: tuple[Row, ...] = (), expected: Row | None = None) -> Row:  # fmt: skip
    return {"id": rule, "rule": rule, "authenticated_user": who, "authenticated": who is not None,
            "confirmed_by_customer": confirmed, "order_owner": owner, "setup": list(setup), "action": action,
            "expect": expect, "expected_diff": expected or {}}  # fmt: skip


ATTEMPTS: Final = [
    attempt("ok_cancel", CANCEL, expect="allow", expected={"orders": CANCELLED}),
    attempt("bad_reason", act("cancel_pending_order", order_id="#W1000001", reason="found cheaper")),
    attempt("other_customer", CANCEL, who=BEN),
    attempt("unauthenticated", CANCEL, who=None),
    attempt("not_confirmed", CANCEL, confirmed=False),
    attempt("twice", CANCEL, setup=(CANCEL,)),
    attempt("processed", act("cancel_pending_order", order_id="#W2000002", reason="no longer needed"), who=BEN, owner=BEN),
    attempt("sold_out", {**SWAP, "args": {**SWAP["args"], "new_item_ids": [L3]}}),
    attempt("other_product", {**SWAP, "args": {**SWAP["args"], "new_item_ids": [K1]}}),
    attempt("others_method", {**SWAP, "args": {**SWAP["args"], "payment_method_id": PAYPAL}}),
    attempt("not_bought", {**RETURN, "args": {**RETURN["args"], "item_ids": [L2]}}),
]  # fmt: skip


def write(folder: Path, **rows: list[Row]) -> Path:
    """The export's three files, and one more for each name."""
    for name, some in {"users": USERS, "orders": ORDERS, "products": PRODUCTS, **rows}.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in some), encoding="utf-8")
    return folder
