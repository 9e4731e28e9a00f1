"""Changes of orders that haven't been sent, and goods that come back: the order system's writing endpoints.

An order without payments, or in another state than the change needs, is refused with 409 and nothing changes. What the
file format of a shop keeps beside an order (a cancel reason, the items of a return) stands in the order's `extra`.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .answers import ShopError, now
from .once import Line, Wish, once
from .orders import locked_order

Text = Annotated[str, Field(min_length=1, max_length=60)]
Lines = Annotated[list[int], Field(min_length=1, max_length=100)]
Items = Annotated[list[Text], Field(min_length=1, max_length=100)]
PENDING: Final = "pending"
DELIVERED: Final = "delivered"
CHANGED: Final = "pending (item modified)"


class CancelWish(Wish):
    reason: Text


class AddressWish(Wish):
    address: dict[str, Annotated[str, Field(max_length=120)]]


class PaymentWish(Wish):
    method: Text


class ItemsWish(Wish):
    lines: Lines
    items: Items
    method: Text


class ReturnWish(Wish):
    lines: Lines
    method: Text


def change(shape: type[Any], act: Any) -> Any:
    """An endpoint: the wish, once under its key."""

    async def endpoint(request: Request) -> Response:
        return await once(request, shape, act)

    endpoint.__doc__ = act.__doc__
    return endpoint


async def cancel(connection: Line, request: Request, wish: CancelWish, key: UUID) -> dict[str, Any]:
    """POST /orders/{id}/cancel: what is left of what was paid goes back to where it came from."""
    order = await in_state(connection, request, PENDING)
    amount = 0
    for payment in await left_by_method(connection, order["id"]):
        await book(connection, request, order, "refund", payment["left"], payment["method_id"], key)
        amount += payment["left"]
    await put(connection, order["id"], "cancelled", cancel_reason=wish.reason)
    return {**called("CN", key), "amount_cents": amount}


async def readdress(connection: Line, request: Request, wish: AddressWish, key: UUID) -> dict[str, Any]:
    """POST /orders/{id}/address: where a pending order goes."""
    order = await in_state(connection, request, PENDING)
    await connection.execute("UPDATE orders SET address = %s WHERE id = %s", [json.dumps(wish.address), order["id"]])
    return called("AD", key)


async def repay(connection: Line, request: Request, wish: PaymentWish, key: UUID) -> dict[str, Any]:
    """POST /orders/{id}/payment-method: paid anew with another means, and the first payment goes back."""
    order = await in_state(connection, request, PENDING)
    made = await payments_of(connection, order["id"])
    if len(made) != 1 or made[0]["kind"] != "payment":
        raise ShopError(409, "refused", "A pending order has exactly one payment.")
    if made[0]["method_id"] == wish.method:
        raise ShopError(409, "refused", "It was paid with this means.")
    await method_of(connection, order["customer_id"], wish.method, made[0]["amount_cents"])
    await book(connection, request, order, "payment", made[0]["amount_cents"], wish.method, key)
    await book(connection, request, order, "refund", made[0]["amount_cents"], made[0]["method_id"], key)
    return called("PM", key)


async def swap(connection: Line, request: Request, wish: ItemsWish, key: UUID) -> dict[str, Any]:
    """POST /orders/{id}/items: other articles of the same products; the difference is paid or paid back."""
    order = await in_state(connection, request, PENDING)
    pairs = await paired(connection, order, wish.lines, wish.items)
    difference = sum((new["price_cents"] - old["unit_price_cents"]) * old["quantity"] for old, new in pairs)
    await method_of(connection, order["customer_id"], wish.method, difference)
    kind = "payment" if difference > 0 else "refund"
    await book(connection, request, order, kind, abs(difference), wish.method, key)
    for old, new in pairs:
        await connection.execute(
            "UPDATE order_items SET item_id = %s, price_cents = %s, options = %s WHERE order_id = %s AND line = %s",
            [new["id"], new["price_cents"], json.dumps(new["options"]), order["id"], old["line"]],
        )
    await put(connection, order["id"], CHANGED)
    return {**called("IT", key), "amount_cents": abs(difference)}


async def take_back(connection: Line, request: Request, wish: ReturnWish, key: UUID) -> dict[str, Any]:
    """POST /orders/{id}/returns: goods of a delivered order come back; their money follows when they are here."""
    order = await in_state(connection, request, DELIVERED)
    items = [item["item_id"] for item in bought(order, wish.lines)]
    method = await method_of(connection, order["customer_id"], wish.method, 0)
    made = await payments_of(connection, order["id"])
    if method["source"] != "gift_card" and (not made or made[0]["method_id"] != wish.method):
        raise ShopError(409, "refused", "The money goes to where it was paid from, or on a gift card.")
    await put(connection, order["id"], "return requested", return_items=sorted(items),
              return_payment_method_id=wish.method)  # fmt: skip
    return await kept(connection, request, order, "return", wish.lines, [], wish.method, key)


async def exchange(connection: Line, request: Request, wish: ItemsWish, key: UUID) -> dict[str, Any]:
    """POST /orders/{id}/exchanges: goods of a delivered order for other articles of the same products."""
    order = await in_state(connection, request, DELIVERED)
    pairs = await paired(connection, order, wish.lines, wish.items)
    difference = sum((new["price_cents"] - old["unit_price_cents"]) * old["quantity"] for old, new in pairs)
    await method_of(connection, order["customer_id"], wish.method, difference)
    await put(
        connection,
        order["id"],
        "exchange requested",
        exchange_items=sorted(old["item_id"] for old, _ in pairs),
        exchange_new_items=sorted(wish.items),
        exchange_payment_method_id=wish.method,
        exchange_price_difference=difference / 100,
    )
    return await kept(connection, request, order, "exchange", wish.lines, wish.items, wish.method, key)


class ReplaceWish(Wish):
    lines: Lines
    reason: Text


async def replace(connection: Line, request: Request, wish: ReplaceWish, key: UUID) -> dict[str, Any]:
    """POST /orders/{id}/replacements: the same again; what is taken from stock is the warehouse's own change."""
    order = await locked_order(connection, request.path_params["id"])
    bought(order, wish.lines)
    again = await connection.execute(
        "SELECT 1 FROM returns WHERE order_id = %s AND kind = 'replacement' AND lines && %s::integer[]",
        [order["id"], wish.lines],
    )
    if await again.fetchone() is not None:
        raise ShopError(409, "refused", "One of these lines has been replaced already.")
    return await kept(connection, request, order, "replacement", wish.lines, [], None, key)


async def in_state(connection: Line, request: Request, status: str) -> dict[str, Any]:
    order = await locked_order(connection, request.path_params["id"])
    if order["status"] != status or (status == PENDING and not order["open_for_shipping"]):
        raise ShopError(409, "refused", f"The order is {order['status']}.")
    return order


def bought(order: dict[str, Any], lines: list[int]) -> list[dict[str, Any]]:
    """The named lines, in the order in which they were named; each there, and once."""
    known = {item["line"]: item for item in order["items"]}
    if len(set(lines)) != len(lines) or not set(lines) <= set(known):
        raise ShopError(409, "refused", "The order has no such line.")
    return [known[line] for line in lines]


async def paired(
    connection: Line, order: dict[str, Any], lines: list[int], items: list[str]
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Line by line the article that takes its place: of the same product, and to be had."""
    if len(lines) != len(items):
        raise ShopError(409, "refused", "Name one new article for each line.")
    found = []
    for old, item in zip(bought(order, lines), items, strict=True):
        query = "SELECT id, options, price_cents FROM variants WHERE id = %s AND product_id = %s AND available"
        new = await (await connection.execute(query, [item, old["product_id"]])).fetchone()
        if new is None:
            raise ShopError(409, "refused", "An article is of another product, or not to be had.")
        found.append((old, dict(new)))
    return found


async def method_of(connection: Line, customer: str, method: str, cents: int) -> dict[str, Any]:
    """The customer's own means of payment; a gift card must hold the sum."""
    query = "SELECT id, source, balance_cents FROM payment_methods WHERE customer_id = %s AND id = %s FOR UPDATE"
    found = await (await connection.execute(query, [customer, method])).fetchone()
    if found is None:
        raise ShopError(409, "refused", "The customer has no such means of payment.")
    if found["balance_cents"] is not None and found["balance_cents"] < cents:
        raise ShopError(409, "refused", "The gift card doesn't hold enough.")
    return dict(found)


async def payments_of(connection: Line, order: str) -> list[dict[str, Any]]:
    query = "SELECT kind, amount_cents, method_id FROM payments WHERE order_id = %s ORDER BY n"
    return [dict(one) for one in await (await connection.execute(query, [order])).fetchall()]


async def left_by_method(connection: Line, order: str) -> list[dict[str, Any]]:
    """What of the order's money still lies with the shop, by the means that it came from, first paid first."""
    query = """
        SELECT method_id, sum(CASE kind WHEN 'payment' THEN amount_cents ELSE -amount_cents END)::integer AS "left"
        FROM payments WHERE order_id = %s GROUP BY method_id ORDER BY min(n)
    """
    return [dict(one) for one in await (await connection.execute(query, [order])).fetchall() if one["left"] > 0]


async def book(
    connection: Line, request: Request, order: dict[str, Any], kind: str, cents: int, method: str, key: UUID
) -> None:
    """A payment or a refund under the change's key; a gift card's balance follows."""
    count = await connection.execute("SELECT count(*) AS n FROM payments WHERE order_id = %s", [order["id"]])
    number = (await count.fetchone() or {"n": 0})["n"] + 1
    await connection.execute(
        """
        INSERT INTO payments (order_id, n, kind, amount_cents, method_id, at, reference, key)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [order["id"], number, kind, cents, method, now(request), f"{order['id']}-{number}-{str(key)[:8].upper()}", key],
    )
    await connection.execute(
        """
        UPDATE payment_methods SET balance_cents = balance_cents + %s
        WHERE customer_id = %s AND id = %s AND balance_cents IS NOT NULL
        """,
        [cents if kind == "refund" else -cents, order["customer_id"], method],
    )


async def put(connection: Line, order: str, status: str, **extra: Any) -> None:
    """The order's new status, and what is kept beside it."""
    await connection.execute(
        "UPDATE orders SET status = %s, extra = (extra::jsonb || %s::jsonb)::json WHERE id = %s",
        [status, json.dumps(extra), order],
    )


async def kept(
    connection: Line,
    request: Request,
    order: dict[str, Any],
    kind: str,
    lines: list[int],
    items: list[str],
    method: str | None,
    key: UUID,
) -> dict[str, Any]:
    done = called({"return": "RT", "exchange": "EX", "replacement": "RP"}[kind], key)
    await connection.execute(
        "INSERT INTO returns VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [done["reference"], order["id"], kind, lines, items, method, now(request)],
    )
    return done


def called(prefix: str, key: UUID) -> dict[str, Any]:
    return {"reference": f"{prefix}-{str(key)[:8].upper()}"}


ROUTES: Final = [
    Route("/orders/{id}/cancel", change(CancelWish, cancel), methods=["POST"]),
    Route("/orders/{id}/address", change(AddressWish, readdress), methods=["POST"]),
    Route("/orders/{id}/payment-method", change(PaymentWish, repay), methods=["POST"]),
    Route("/orders/{id}/items", change(ItemsWish, swap), methods=["POST"]),
    Route("/orders/{id}/returns", change(ReturnWish, take_back), methods=["POST"]),
    Route("/orders/{id}/exchanges", change(ItemsWish, exchange), methods=["POST"]),
    Route("/orders/{id}/replacements", change(ReplaceWish, replace), methods=["POST"]),
]
