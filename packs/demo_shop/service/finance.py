"""The finance system: what was paid, what went back, with which means, and the invoices."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .answers import ShopError, answer, missing, now, pool
from .database import row, rows
from .once import Line, Wish, once
from .orders import known_lines, locked_order

ADVANCE_PERCENT: Final = 70  # of the price goes to the brand when the order is placed

PAYMENT: Final = """
    SELECT p.order_id, p.n, p.kind, p.amount_cents, s.currency, p.at, p.reference, p.method_id, p.lines, p.key,
           m.source, m.brand, m.last_four
    FROM payments p CROSS JOIN shop s JOIN orders o ON o.id = p.order_id
    LEFT JOIN payment_methods m ON m.customer_id = o.customer_id AND m.id = p.method_id
"""


async def of_order(request: Request) -> Response:
    """GET /finance/orders/{id}/payments: payments and refunds of an order, in the order they were made."""
    which = request.path_params["id"]
    return answer({"payments": await rows(pool(request), PAYMENT + "WHERE p.order_id = %(id)s ORDER BY p.n", id=which)})


async def last_payment(request: Request) -> Response:
    """GET /finance/customers/{id}/last-payment: the newest payment, refunds not counted."""
    found = await row(
        pool(request),
        PAYMENT + "WHERE o.customer_id = %(id)s AND p.kind = 'payment' ORDER BY p.at DESC, p.reference DESC LIMIT 1",
        id=request.path_params["id"],
    )
    if found is None:
        raise missing("payment")
    return answer(found)


async def methods(request: Request) -> Response:
    """GET /finance/customers/{id}/payment-methods: cards by their last four digits, gift cards with their balance."""
    found = await rows(
        pool(request),
        """
        SELECT id, source, brand, last_four, balance_cents FROM payment_methods
        WHERE customer_id = %(id)s ORDER BY place
        """,
        id=request.path_params["id"],
    )
    return answer({"payment_methods": found})


async def invoices(request: Request) -> Response:
    """GET /finance/customers/{id}/invoices, newest first, at most 100."""
    found = await rows(
        pool(request),
        """
        SELECT id, order_id, amount_cents, issued_at FROM invoices
        WHERE customer_id = %(id)s ORDER BY issued_at DESC, id DESC LIMIT 100
        """,
        id=request.path_params["id"],
    )
    return answer({"invoices": found})


class RefundWish(Wish):
    amount_cents: Annotated[int, Field(gt=0, le=100_000_000)]
    lines: Annotated[list[int], Field(min_length=1, max_length=100)]
    reason: Annotated[str, Field(min_length=1, max_length=60)]


class ClawBackWish(Wish):
    lines: Annotated[list[int], Field(min_length=1, max_length=100)]
    reason: Annotated[str, Field(min_length=1, max_length=60)]


async def refund(request: Request) -> Response:
    """POST /finance/orders/{id}/refunds: back to where it was paid from; never more than was paid, no line twice."""
    return await once(request, RefundWish, _refund)


async def _refund(connection: Line, request: Request, wish: RefundWish, key: UUID) -> dict[str, Any]:
    order = await locked_order(connection, request.path_params["id"])
    await known_lines(connection, order["id"], wish.lines)
    made = await (await connection.execute(PAYMENT + "WHERE p.order_id = %s ORDER BY p.n", [order["id"]])).fetchall()
    paid = [one for one in made if one["kind"] == "payment"]
    back = [one for one in made if one["kind"] == "refund"]
    left = sum(one["amount_cents"] for one in paid) - sum(one["amount_cents"] for one in back)
    if any(set(one["lines"]) & set(wish.lines) for one in back):
        raise ShopError(409, "refused", "One of these lines has been refunded already.")
    if not paid or wish.amount_cents > left:
        raise ShopError(409, "refused", "That is more than what is left of the payment.")
    return await _pay_back(connection, request, wish, key, paid[0], len(made) + 1)


async def _pay_back(
    connection: Line, request: Request, wish: RefundWish, key: UUID, paid: dict[str, Any], n: int
) -> dict[str, Any]:
    reference, at = f"RF-{str(key)[:8].upper()}", now(request)
    await connection.execute(
        """
        INSERT INTO payments (order_id, n, kind, amount_cents, method_id, at, reference, lines, key)
        VALUES (%s, %s, 'refund', %s, %s, %s, %s, %s, %s)
        """,
        [paid["order_id"], n, wish.amount_cents, paid["method_id"], at, reference, wish.lines, key],
    )
    await connection.execute(
        """
        UPDATE payment_methods m SET balance_cents = balance_cents + %s FROM orders o
        WHERE o.id = %s AND m.customer_id = o.customer_id AND m.id = %s AND m.balance_cents IS NOT NULL
        """,
        [wish.amount_cents, paid["order_id"], paid["method_id"]],
    )
    return {
        "reference": reference,
        "amount_cents": wish.amount_cents,
        "currency": paid["currency"],
        "at": at.isoformat(),
    }


async def claw_back(request: Request) -> Response:
    """POST /finance/orders/{id}/claw-backs: the advance that a brand got for these lines comes back, once."""
    return await once(request, ClawBackWish, _claw_back)


async def _claw_back(connection: Line, request: Request, wish: ClawBackWish, key: UUID) -> dict[str, Any]:
    order = await locked_order(connection, request.path_params["id"])
    if order["fulfilment"] != "brand_consignment":
        raise ShopError(409, "refused", "Nobody was paid an advance for this order.")
    prices = await known_lines(connection, order["id"], wish.lines)
    again = await connection.execute(
        "SELECT 1 FROM claw_backs WHERE order_id = %s AND line = ANY(%s)", [order["id"], wish.lines]
    )
    if await again.fetchone() is not None:
        raise ShopError(409, "refused", "The advance for one of these lines has come back already.")
    reference = f"CB-{str(key)[:8].upper()}"
    advances = {line: price * ADVANCE_PERCENT // 100 for line, price in prices.items()}
    for line, cents in advances.items():
        await connection.execute(
            "INSERT INTO claw_backs VALUES (%s, %s, %s, %s, %s)", [order["id"], line, cents, reference, now(request)]
        )
    return {"reference": reference, "amount_cents": sum(advances.values()), "partner": order["partner"]}


ROUTES: Final = [
    Route("/finance/orders/{id}/refunds", refund, methods=["POST"]),
    Route("/finance/orders/{id}/claw-backs", claw_back, methods=["POST"]),
    Route("/finance/orders/{id}/payments", of_order),
    Route("/finance/customers/{id}/last-payment", last_payment),
    Route("/finance/customers/{id}/payment-methods", methods),
    Route("/finance/customers/{id}/invoices", invoices),
]
