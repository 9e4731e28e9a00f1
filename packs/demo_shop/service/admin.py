"""What an operator of the demo does to the shop as a whole: fill it from files, empty it into one, start over."""

from __future__ import annotations

import json
from typing import Any, Final

from psycopg import DataError, sql
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import interchange, stock
from .answers import ShopError, answer, now, pool
from .database import rows
from .demo import build

FILES: Final = ("users", "orders", "products")
COUNTED: Final = {"users": "customers", "orders": "orders", "products": "products"}
DUMPED: Final = {
    "customers": ["id"],
    "payment_methods": ["customer_id", "place"],
    "products": ["id"],
    "variants": ["product_id", "place"],
    "orders": ["id"],
    "order_items": ["order_id", "line"],
    "parcels": ["order_id", "n"],
    "payments": ["order_id", "n"],
}
ENCLOSED: Final = {
    "order_confirmation": "Attached: the confirmation{about}.",
    "invoice": "Attached: the invoice{about}.",
    "return_label": "Attached: the return label{about}. Print it and stick it on the parcel.",
    "delivery": "Attached: the delivery notice{about}.",
    "password_reset": "In it: a link to set a new password.",
}


async def load(request: Request) -> Response:
    """POST /admin/load {users, orders, products}: the texts of the three files take the place of everything."""
    files = await _files(request)
    try:
        goods = interchange.read(files, now(request))
        return await _replace(request, goods)
    except interchange.BadDataError as error:
        raise ShopError(400, "bad_data", str(error)) from error
    except (DataError, UnicodeEncodeError) as error:
        raise ShopError(400, "bad_data", "The files hold characters that a database can't keep.") from error


async def reset(request: Request) -> Response:
    """POST /admin/reset: the demo's own goods and people again, as of now."""
    return await _replace(request, build.demo(now(request)))


async def dump(request: Request) -> Response:
    """GET /admin/dump: users, orders and products by id, in the format that load takes."""
    goods = stock.empty()
    async with pool(request).connection() as connection, connection.transaction():
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for table, order in DUMPED.items():
            names = sql.SQL(", ").join(map(sql.Identifier, order))
            statement = sql.SQL("SELECT * FROM {} ORDER BY {}").format(sql.Identifier(table), names)
            goods[table] = await (await connection.execute(statement)).fetchall()
    return answer(interchange.write(goods))


async def ledger(request: Request) -> Response:
    """GET /admin/effects: every change that was made under a key, in order."""
    statement = "SELECT key, endpoint, order_id, amount_cents, answer, at FROM effects ORDER BY n"
    return answer({"effects": await rows(pool(request), statement)})


async def mails(request: Request) -> Response:
    """GET /admin/mails?customer=: what was mailed to a customer within a day, newest first; nothing is delivered."""
    statement = """
        SELECT at, kind, body, sent_to, order_id FROM notices WHERE channel = 'email' AND customer_id = %(customer)s
           AND at > %(now)s - interval '1 day' ORDER BY at DESC, reference LIMIT 20
    """
    found = await rows(pool(request), statement, customer=request.query_params.get("customer", ""), now=now(request))
    return answer({"mails": [mail(one) for one in found]})


def mail(notice: dict[str, Any]) -> dict[str, Any]:
    body = notice["body"] or enclosed(notice["kind"], notice["order_id"])
    return {"at": notice["at"], "to": notice["sent_to"], "subject": subject(notice["kind"]), "body": body}


def enclosed(kind: str, order: str | None) -> str:
    """What a mail without words of its own carries; the demo makes none of these papers."""
    return ENCLOSED.get(kind, "").format(about=f" for order {order}" if order else "")


def subject(kind: str) -> str:
    return kind.replace("_", " ").capitalize()


async def _files(request: Request) -> dict[str, str]:
    try:
        body: Any = json.loads(await request.body())
    except ValueError as error:
        raise ShopError(400, "bad_data", "Send a JSON object with users, orders and products.") from error
    if not isinstance(body, dict) or set(body) != set(FILES) or not all(isinstance(body[f], str) for f in FILES):
        raise ShopError(400, "bad_data", "Send a JSON object with users, orders and products, each a file's text.")
    return body


async def _replace(request: Request, goods: stock.Stock) -> Response:
    async with pool(request).connection() as connection:
        await stock.replace(connection, goods)
    return answer({name: len(goods[table]) for name, table in COUNTED.items()})


ROUTES: Final = [
    Route("/admin/load", load, methods=["POST"]),
    Route("/admin/reset", reset, methods=["POST"]),
    Route("/admin/dump", dump),
    Route("/admin/effects", ledger),
    Route("/admin/mails", mails),
]
