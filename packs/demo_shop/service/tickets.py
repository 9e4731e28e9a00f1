"""The ticket system: matters that people at the shop are working on."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .answers import answer, missing, pool
from .database import row, rows

TICKET: Final = "SELECT id, customer_id, order_id, subject, status, opened_at FROM tickets "


async def of_customer(request: Request) -> Response:
    """GET /tickets?customer=ID: what is not solved yet, newest first."""
    found = await rows(
        pool(request),
        TICKET + "WHERE customer_id = %(customer)s AND status <> 'solved' ORDER BY opened_at DESC",
        customer=request.query_params.get("customer", ""),
    )
    return answer({"tickets": found})


async def one(request: Request) -> Response:
    """GET /tickets/{id}."""
    found = await row(pool(request), TICKET + "WHERE id = %(id)s", id=request.path_params["id"])
    if found is None:
        raise missing("ticket")
    return answer(found)


ROUTES: Final = [Route("/tickets", of_customer), Route("/tickets/{id}", one)]
