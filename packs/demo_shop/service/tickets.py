"""The ticket system: matters that people at the shop are working on."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .answers import ShopError, answer, missing, now, pool
from .database import row, rows
from .once import Line, Wish, once

TICKET: Final = """
    SELECT id, customer_id, order_id, subject, status, opened_at, kind, body, amount_cents FROM tickets
"""


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


class TicketWish(Wish):
    customer: Annotated[str, Field(max_length=60)]
    order: Annotated[str, Field(max_length=60)] | None
    kind: Literal[
        "consignment_refund", "transfer_settlement", "missing_parcel", "damaged_goods", "billing_dispute", "question"
    ]
    subject: Annotated[str, Field(min_length=1, max_length=200)]
    body: Annotated[str, Field(max_length=4000)]
    amount_cents: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _settles_an_order(self) -> Self:
        """A question may be about none."""
        if self.order is None and self.kind != "question":
            raise ValueError("This kind of ticket is about an order.")
        return self


async def opening(request: Request) -> Response:
    """POST /tickets: a matter for the shop's people."""
    return await once(request, TicketWish, _open)


async def _open(connection: Line, request: Request, wish: TicketWish, key: UUID) -> dict[str, Any]:
    known = await connection.execute(
        "SELECT 1 FROM customers c WHERE id = %(who)s AND (%(order)s::text IS NULL OR EXISTS "
        "(SELECT 1 FROM orders o WHERE o.id = %(order)s AND o.customer_id = c.id))",
        {"who": wish.customer, "order": wish.order},
    )
    if await known.fetchone() is None:
        raise ShopError(409, "refused", "There is no such customer, or no such order of theirs.")
    ticket = f"T-{str(key)[:8].upper()}"
    await connection.execute(
        """
        INSERT INTO tickets (id, customer_id, order_id, subject, status, opened_at, kind, body, amount_cents)
        VALUES (%s, %s, %s, %s, 'open', %s, %s, %s, %s)
        """,
        [ticket, wish.customer, wish.order, wish.subject, now(request), wish.kind, wish.body, wish.amount_cents],
    )
    return {"id": ticket}


ROUTES: Final = [
    Route("/tickets", of_customer),
    Route("/tickets", opening, methods=["POST"]),
    Route("/tickets/{id}", one),
]
