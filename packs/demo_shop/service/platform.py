"""The e-commerce platform: customers, their subscriptions, and the catalogue."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .answers import answer, missing, now, pool
from .database import row, rows

CUSTOMER: Final = "SELECT id, email, first_name, last_name, address, tier, phone, closed_at FROM customers "


async def customer(request: Request) -> Response:
    """GET /platform/customers/{id}."""
    found = await row(pool(request), CUSTOMER + "WHERE id = %(id)s", id=request.path_params["id"])
    if found is None:
        raise missing("customer")
    return answer(found)


async def customer_by_email(request: Request) -> Response:
    """GET /platform/customers?email=ADDRESS: nobody when two customers share the address."""
    email = request.query_params.get("email", "").strip()
    found = await row(pool(request), CUSTOMER + "WHERE lower(email) = lower(%(email)s)", email=email)
    if found is None:
        raise missing("customer")
    return answer(found)


async def subscription(request: Request) -> Response:
    """GET /platform/subscriptions/{customer}: active, cancelled (runs until renews_on) or ended."""
    found = await row(
        pool(request),
        "SELECT plan, price_cents, renews_on, cancelled_at FROM subscriptions WHERE customer_id = %(id)s",
        id=request.path_params["customer"],
    )
    if found is None:
        raise missing("subscription")
    ended = found["renews_on"] <= now(request).date()
    found["status"] = "active" if found["cancelled_at"] is None else "ended" if ended else "cancelled"
    return answer(found)


async def products(request: Request) -> Response:
    """GET /platform/products: names and departments."""
    return answer({"products": await rows(pool(request), "SELECT id, name, department FROM products ORDER BY name")})


async def product(request: Request) -> Response:
    """GET /platform/products/{id}: a product with its variants."""
    which = request.path_params["id"]
    found = await row(pool(request), "SELECT id, name, department FROM products WHERE id = %(id)s", id=which)
    if found is None:
        raise missing("product")
    found["variants"] = await rows(
        pool(request),
        """
        SELECT id, options, available AND stock > 0 AS available, price_cents
        FROM variants WHERE product_id = %(id)s ORDER BY place
        """,
        id=which,
    )
    return answer(found)


async def variant(request: Request) -> Response:
    """GET /platform/variants/{id}: one article as it can be bought, with the product that it belongs to."""
    found = await row(
        pool(request),
        """
        SELECT id, product_id, options, available AND stock > 0 AS available, price_cents
        FROM variants WHERE id = %(id)s
        """,
        id=request.path_params["id"],
    )
    if found is None:
        raise missing("variant")
    return answer(found)


ROUTES: Final = [
    Route("/platform/customers", customer_by_email),
    Route("/platform/customers/{id}", customer),
    Route("/platform/subscriptions/{customer}", subscription),
    Route("/platform/products", products),
    Route("/platform/products/{id}", product),
    Route("/platform/variants/{id}", variant),
]
