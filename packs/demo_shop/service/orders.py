"""The order system: what was bought, by whom, and how far it is."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .answers import answer, missing, pool
from .database import row, rows

ORDER: Final = """
    SELECT o.id, o.customer_id, o.placed_at, o.status, o.fulfilment, o.partner, o.address, o.note, s.currency,
           i.items, i.total_cents
    FROM orders o CROSS JOIN shop s CROSS JOIN LATERAL (
        SELECT coalesce(sum(quantity * price_cents), 0)::bigint AS total_cents,
               coalesce(json_agg(json_build_object(
                   'line', line, 'item_id', item_id, 'product_id', product_id, 'name', name, 'options', options,
                   'quantity', quantity, 'unit_price_cents', price_cents, 'state', state
               ) ORDER BY line), '[]') AS items
        FROM order_items WHERE order_id = o.id
    ) i
"""


async def one(request: Request) -> Response:
    """GET /orders/{id}: an order with its items and its total."""
    found = await row(pool(request), ORDER + "WHERE o.id = %(id)s", id=request.path_params["id"])
    if found is None:
        raise missing("order")
    return answer(found)


async def of_customer(request: Request) -> Response:
    """GET /orders?customer=ID: their orders, newest first, at most 50."""
    found = await rows(
        pool(request),
        ORDER + "WHERE o.customer_id = %(customer)s ORDER BY o.placed_at DESC, o.id DESC LIMIT 50",
        customer=request.query_params.get("customer", ""),
    )
    return answer({"orders": found})


ROUTES: Final = [Route("/orders", of_customer), Route("/orders/{id}", one)]
