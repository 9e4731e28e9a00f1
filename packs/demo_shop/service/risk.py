"""The risk system: flags on customers, and how much has gone back to them lately."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .answers import answer, missing, now, pool
from .database import row, rows

LATELY: Final = timedelta(days=90)


async def flags(request: Request) -> Response:
    """GET /risk/customers/{id}/flags."""
    found = await rows(
        pool(request),
        "SELECT kind, raised_at FROM risk_flags WHERE customer_id = %(id)s ORDER BY raised_at",
        id=request.path_params["id"],
    )
    return answer({"flags": found})


async def refunds(request: Request) -> Response:
    """GET /risk/customers/{id}/refunds: number and sum of the refunds of the last 90 days."""
    moment = now(request)
    found = await row(
        pool(request),
        """
        SELECT count(*) AS refunds, coalesce(sum(p.amount_cents), 0)::bigint AS amount_cents
        FROM payments p JOIN orders o ON o.id = p.order_id
        WHERE o.customer_id = %(id)s AND p.kind = 'refund' AND p.at BETWEEN %(since)s AND %(now)s
        """,
        id=request.path_params["id"],
        since=moment - LATELY,
        now=moment,
    )
    if found is None:
        raise missing("customer")
    return answer(found)


ROUTES: Final = [Route("/risk/customers/{id}/flags", flags), Route("/risk/customers/{id}/refunds", refunds)]
