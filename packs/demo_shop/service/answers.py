"""How the shop answers: JSON, a code and a sentence for what went wrong, and a clock that a caller may move."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from .database import Pool


class ShopError(Exception):
    """An answer other than 200: `code` for programs, `detail` for people."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(code)
        self.status, self.code, self.detail = status, code, detail


def answer(body: Any, status: int = 200) -> Response:
    """A JSON answer; dates and times in ISO 8601."""
    text = json.dumps(body, default=_plain, ensure_ascii=False)
    return Response(text, status_code=status, media_type="application/json")


def missing(what: str) -> ShopError:
    return ShopError(404, "not_found", f"There is no such {what}.")


def pool(request: Request) -> Pool:
    found: Pool = request.app.state.pool
    return found


def now(request: Request) -> datetime:
    """The moment in X-Now, else this one."""
    text = request.headers.get("x-now")
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 2000 <= moment.year < 2200:
        raise ShopError(400, "bad_clock", "X-Now is an ISO 8601 time with its zone, like 2026-03-01T09:00:00+00:00.")
    return moment


async def on_shop_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ShopError)
    return answer({"code": error.code, "detail": error.detail}, error.status)


async def on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return answer({"code": "no_such_endpoint", "detail": "The shop has no such endpoint."}, error.status_code)


async def on_crash(request: Request, error: Exception) -> Response:
    return answer({"code": "internal", "detail": "The shop made a mistake; it is in its log."}, 500)


def _plain(value: Any) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in an answer")
