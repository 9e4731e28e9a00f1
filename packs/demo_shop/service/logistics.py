"""The logistics system: parcels, their scans, and which of them have gone quiet."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .answers import answer, missing, now, pool
from .database import row, rows

QUIET: Final = timedelta(days=5)  # a parcel on its way without a scan for longer is an anomaly

PARCEL: Final = """
    SELECT p.order_id, p.n, p.tracking_ids, p.lines, p.carrier, p.status, p.expected_on, p.delivered_at, s.scans
    FROM parcels p CROSS JOIN LATERAL (
        SELECT coalesce(json_agg(json_build_object('at', at, 'place', place, 'note', note) ORDER BY at), '[]') AS scans
        FROM scans WHERE order_id = p.order_id AND n = p.n
    ) s
"""


async def of_order(request: Request) -> Response:
    """GET /logistics/orders/{id}/parcels: an order's parcels, each with all of its scans, oldest first."""
    which = request.path_params["id"]
    return answer({"parcels": await rows(pool(request), PARCEL + "WHERE order_id = %(id)s ORDER BY n", id=which)})


async def by_tracking_id(request: Request) -> Response:
    """GET /logistics/parcels/{tracking_id}."""
    which = request.path_params["tracking_id"]
    found = await row(pool(request), PARCEL + "WHERE %(id)s = ANY (tracking_ids)", id=which)
    if found is None:
        raise missing("parcel")
    return answer(found)


async def anomalies(request: Request) -> Response:
    """GET /logistics/orders/{id}/anomalies: parcels on their way without a scan for more than five days, or overdue."""
    moment = now(request)
    found = await rows(
        pool(request),
        """
        SELECT p.n, p.expected_on < %(today)s AS overdue, max(s.at) AS last_scan_at
        FROM parcels p LEFT JOIN scans s USING (order_id, n)
        WHERE p.order_id = %(id)s AND p.status IN ('label_created', 'in_transit', 'out_for_delivery')
        GROUP BY p.order_id, p.n HAVING max(s.at) < %(quiet)s OR p.expected_on < %(today)s ORDER BY p.n
        """,
        id=request.path_params["id"],
        today=moment.date(),
        quiet=moment - QUIET,
    )
    return answer({"anomalies": found})


ROUTES: Final = [
    Route("/logistics/orders/{id}/parcels", of_order),
    Route("/logistics/orders/{id}/anomalies", anomalies),
    Route("/logistics/parcels/{tracking_id}", by_tracking_id),
]
