"""The finance system: what was paid, what went back, with which means, and the invoices."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .answers import answer, missing, pool
from .database import row, rows

PAYMENT: Final = """
    SELECT p.order_id, p.n, p.kind, p.amount_cents, s.currency, p.at, p.reference, p.method_id,
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


ROUTES: Final = [
    Route("/finance/orders/{id}/payments", of_order),
    Route("/finance/customers/{id}/last-payment", last_payment),
    Route("/finance/customers/{id}/payment-methods", methods),
    Route("/finance/customers/{id}/invoices", invoices),
]
