"""The order system: what was bought, by whom, and how far it is."""

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

ORDER: Final = """
    SELECT o.id, o.customer_id, o.placed_at, o.status, o.fulfilment, o.partner, o.address, o.note, s.currency,
           o.stopped_at IS NULL AND (o.status LIKE 'pending%%' OR o.status = 'processed') AS open_for_shipping,
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


class StopWish(Wish):
    reason: Annotated[str, Field(min_length=1, max_length=60)]


async def stop(request: Request) -> Response:
    """POST /orders/{id}/stop-shipment: nothing more of it is sent; `stopped` says whether anything was open."""
    return await once(request, StopWish, _stop)


async def _stop(connection: Line, request: Request, wish: StopWish, key: UUID) -> dict[str, Any]:
    order = await locked_order(connection, request.path_params["id"])
    await connection.execute("UPDATE orders SET stopped_at = %s WHERE id = %s", [now(request), order["id"]])
    return {"partner": order["partner"], "stopped": bool(order["open_for_shipping"])}


async def locked_order(connection: Line, order_id: str) -> dict[str, Any]:
    """The order, nobody else's change to it meanwhile."""
    await connection.execute("SELECT 1 FROM orders WHERE id = %s FOR UPDATE", [order_id])
    found = await (await connection.execute(ORDER + "WHERE o.id = %s", [order_id])).fetchone()
    if found is None:
        raise missing("order")
    return dict(found)


async def known_lines(connection: Line, order_id: str, lines: list[int]) -> dict[int, int]:
    """The price of each line in cents; a line that isn't there, or named twice, is refused."""
    rows_ = await (
        await connection.execute(
            "SELECT line, quantity * price_cents AS cents FROM order_items WHERE order_id = %s AND line = ANY(%s)",
            [order_id, lines],
        )
    ).fetchall()
    if len(rows_) != len(lines):
        raise ShopError(409, "refused", "The order has no such line.")
    return {found["line"]: found["cents"] for found in rows_}


ROUTES: Final = [
    Route("/orders", of_customer),
    Route("/orders/{id}", one),
    Route("/orders/{id}/stop-shipment", stop, methods=["POST"]),
]
