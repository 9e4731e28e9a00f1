"""The shop as one ASGI application: six systems, an admin's door, a health check."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import accounts, admin, changes, copies, finance, logistics, once, orders, platform, risk, tickets
from .answers import ShopError, answer, on_crash, on_http_error, on_shop_error
from .database import opened
from .doors import Faults, KeyCheck

SYSTEMS: Final = {
    "orders": [*orders.ROUTES, *changes.ROUTES],
    "tickets": tickets.ROUTES,
    "logistics": logistics.ROUTES,
    "platform": [*platform.ROUTES, *accounts.ROUTES],
    "finance": finance.ROUTES,
    "risk": risk.ROUTES,
}


async def health(request: Request) -> Response:
    """GET /healthz: 200 once the shop is open; says nothing else."""
    return answer({"ok": True})


def create(database_url: str, key: str, faults: bool) -> Starlette:
    """The application; it opens its database when it starts."""

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        async with opened(database_url) as pool:
            app.state.pool = pool
            yield

    return Starlette(
        routes=[
            Route("/healthz", health),
            *(r for routes in SYSTEMS.values() for r in routes),
            *once.ROUTES,
            *admin.ROUTES,
            *copies.ROUTES,
        ],
        middleware=[Middleware(KeyCheck, key=key), Middleware(Faults, enabled=faults)],
        exception_handlers={ShopError: on_shop_error, HTTPException: on_http_error, 500: on_crash},
        lifespan=life,
    )
