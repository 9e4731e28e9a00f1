"""For runs that need many orders: copies of one that is there, each with a buyer, a price and a parcel of its own."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .answers import ShopError, answer, missing, pool

Cents = Annotated[int, Field(ge=1, le=100_000_000)]

# `n` numbers the copies: C-9<n> buys FW-9<n>, and pays `cents` for each line, once.
WANTED: Final = """
    WITH wanted AS (SELECT %(first)s::int + place::int - 1 AS n, cents
                    FROM unnest(%(prices)s::int[]) WITH ORDINALITY AS p(cents, place))
"""
COPIES: Final = (
    """
    INSERT INTO customers (id, email, first_name, last_name, address, tier, order_ids)
      SELECT 'C-9' || n, 'buyer' || n || '@example.com', 'Buyer', 'Nr ' || n, address, 'standard', array['FW-9' || n]
      FROM orders, wanted WHERE id = %(like)s
    """,
    """
    INSERT INTO payment_methods (customer_id, id, place, source, brand, last_four)
      SELECT 'C-9' || n, 'card_9' || n, 0, 'credit_card', 'visa', '4242' FROM wanted
      UNION ALL SELECT 'C-9' || n, 'paypal_9' || n, 1, 'paypal', NULL, NULL FROM wanted
    """,
    """
    INSERT INTO subscriptions (customer_id, plan, price_cents, renews_on, cancelled_at)
      SELECT 'C-9' || n, plan, price_cents, renews_on, cancelled_at
      FROM subscriptions s JOIN orders o ON o.customer_id = s.customer_id, wanted WHERE o.id = %(like)s
    """,
    """
    INSERT INTO orders (id, customer_id, placed_at, status, fulfilment, partner, address, note)
      SELECT 'FW-9' || n, 'C-9' || n, placed_at, status, fulfilment, partner, address, '' FROM orders, wanted
      WHERE id = %(like)s
    """,
    """
    INSERT INTO order_items (order_id, line, item_id, product_id, name, options, quantity, price_cents, state)
      SELECT 'FW-9' || n, line, item_id, product_id, name, options, 1, cents, state FROM order_items, wanted
      WHERE order_id = %(like)s
    """,
    """
    INSERT INTO parcels (order_id, n, tracking_ids, lines, carrier, status, expected_on, delivered_at)
      SELECT 'FW-9' || w.n, p.n, array['PH9' || w.n || p.n], lines, carrier, status, expected_on, delivered_at
      FROM parcels p, wanted w WHERE order_id = %(like)s
    """,
    """
    INSERT INTO payments (order_id, n, kind, amount_cents, method_id, at, reference)
      SELECT 'FW-9' || n, 1, 'payment', cents * (SELECT count(*) FROM order_items WHERE order_id = %(like)s),
             'card_9' || n, placed_at, 'PAY-9' || n
      FROM orders, wanted WHERE id = %(like)s
    """,
)


class Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    like: str
    first: Annotated[int, Field(ge=1000, le=999_999)]
    prices: Annotated[list[Cents], Field(min_length=1, max_length=20_000)]


async def copies(request: Request) -> Response:
    """POST /admin/copies {like, first, prices}: one copy for each price in cents, with who bought it."""
    try:
        wanted = Wanted.model_validate_json(await request.body(), strict=True)
    except ValidationError as error:
        raise ShopError(400, "bad_data", "Send an order to copy, a first number, and prices in cents.") from error
    async with pool(request).connection() as connection, connection.transaction():
        held = await connection.execute("SELECT 1 FROM orders WHERE id = %s", [wanted.like])
        if await held.fetchone() is None:
            raise missing("order")
        for statement in COPIES:
            await connection.execute(WANTED + statement, wanted.model_dump())
    numbers = range(wanted.first, wanted.first + len(wanted.prices))
    made = [{"email": f"buyer{n}@example.com", "customer": f"C-9{n}", "order": f"FW-9{n}"} for n in numbers]
    return answer({"copies": made})


ROUTES: Final = [Route("/admin/copies", copies, methods=["POST"])]
