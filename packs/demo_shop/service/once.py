"""Every change carries a key: the same key and words get the same answer, and the change happens once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .answers import ShopError, answer, missing, now, pool
from .database import row

Line = AsyncConnection[DictRow]


class Wish(BaseModel):
    """The body of a change: strict, and nothing that isn't named."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @field_validator("*")
    @classmethod
    def can_be_kept(cls, value: Any) -> Any:
        if holds_nul(value):
            raise ValueError("a database can't keep this character")
        return value


def holds_nul(value: Any) -> bool:
    """Also within lists and objects."""
    if isinstance(value, dict):
        return holds_nul([*value, *value.values()])
    return any(map(holds_nul, value)) if isinstance(value, list) else isinstance(value, str) and "\x00" in value


W = TypeVar("W", bound=Wish)
Change = Callable[[Line, Request, W, UUID], Awaitable[dict[str, Any]]]

CLAIM: Final = """
    INSERT INTO effects (key, endpoint, digest, order_id, amount_cents, at)
    VALUES (%(key)s, %(endpoint)s, %(digest)s, %(order)s, %(amount)s, %(at)s) ON CONFLICT DO NOTHING RETURNING key
"""


async def once(request: Request, shape: type[W], change: Change[W]) -> Response:
    """Do it and keep the answer, in one transaction; a second request with the key waits for the first."""
    key, wish = _key(request), await _wish(request, shape)
    claim = {
        "key": key,
        "endpoint": request.url.path,
        "digest": _digest(request.url.path, wish),
        "order": request.path_params.get("id") if "/orders/" in request.url.path else getattr(wish, "order", None),
        "amount": getattr(wish, "amount_cents", None),
        "at": now(request),
    }
    async with pool(request).connection() as connection:
        if await (await connection.execute(CLAIM, claim)).fetchone() is None:
            return await _again(connection, claim)
        done = await change(connection, request, wish, key)
        text = json.dumps(done, default=str)
        amount = done.get("amount_cents", claim["amount"])
        await connection.execute(
            "UPDATE effects SET answer = %s, amount_cents = %s WHERE key = %s", [text, amount, key]
        )
    return answer(json.loads(text), 201)


async def _again(connection: Line, claim: dict[str, Any]) -> Response:
    kept = await (await connection.execute("SELECT digest, answer FROM effects WHERE key = %(key)s", claim)).fetchone()
    if kept is None or kept["digest"] != claim["digest"]:
        raise ShopError(409, "key_reused", "This key was used for something else.")
    return answer(kept["answer"])


async def of_key(request: Request) -> Response:
    """GET /effects/{key}: what was done under a key, for whoever never got the answer."""
    try:
        key = UUID(request.path_params["key"])
    except ValueError as error:
        raise missing("effect") from error
    found = await row(pool(request), "SELECT endpoint, answer, at FROM effects WHERE key = %(key)s", key=key)
    if found is None:
        raise missing("effect")
    return answer(found)


def _key(request: Request) -> UUID:
    try:
        return UUID(request.headers.get("idempotency-key", ""))
    except ValueError as error:
        raise ShopError(400, "no_key", "Send a UUID as Idempotency-Key: it makes a repeat the same change.") from error


async def _wish(request: Request, shape: type[W]) -> W:
    try:
        return shape.model_validate_json(await request.body(), strict=True)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise ShopError(400, "bad_body", f"{where}: {first['msg']}.") from error


def _digest(path: str, wish: Wish) -> str:
    return hashlib.sha256(f"{path} {wish.model_dump_json()}".encode()).hexdigest()


ROUTES: Final = [Route("/effects/{key}", of_key)]
