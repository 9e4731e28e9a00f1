"""Everything the shop holds, as rows by table, and how one stock takes another's place: whole, or not at all."""

from __future__ import annotations

import json
from typing import Any, Final

from psycopg import AsyncConnection, sql

Stock = dict[str, list[dict[str, Any]]]

# Parents first: rows are copied in this order.
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "shop": ("currency", "source", "base_at"),
    "customers": (
        "id", "email", "first_name", "last_name", "address", "tier", "order_ids", "phone", "name_extra", "extra",
    ),
    "subscriptions": ("customer_id", "plan", "price_cents", "renews_on", "cancelled_at"),
    "products": ("id", "name", "department", "extra"),
    "variants": ("id", "product_id", "place", "options", "available", "price_cents", "extra"),
    "orders": ("id", "customer_id", "placed_at", "status", "fulfilment", "partner", "address", "note", "extra"),
    "order_items": (
        "order_id", "line", "item_id", "product_id", "name", "options", "quantity", "price_cents", "state", "extra",
    ),
    "parcels": (
        "order_id", "n", "tracking_ids", "lines", "carrier", "status", "expected_on", "delivered_at", "extra",
    ),
    "scans": ("order_id", "n", "at", "place", "note"),
    "payment_methods": ("customer_id", "id", "place", "source", "brand", "last_four", "balance_cents", "extra"),
    "payments": ("order_id", "n", "kind", "amount_cents", "method_id", "at", "reference", "extra"),
    "invoices": ("id", "customer_id", "order_id", "amount_cents", "issued_at"),
    "tickets": ("id", "customer_id", "order_id", "subject", "status", "opened_at"),
    "risk_flags": ("customer_id", "kind", "raised_at"),
}  # fmt: skip
DONE: Final = (
    "effects",
    "claw_backs",
    "returns",
    "credits",
    "notices",
)  # done since: a new stock has none
JSON_COLUMNS: Final = frozenset({"address", "options", "extra", "name_extra"})
MAY_BE_ABSENT: Final[dict[str, Any]] = {"extra": {}, "name_extra": {}, "phone": ""}


def empty() -> Stock:
    """A stock without a row."""
    return {table: [] for table in COLUMNS}


async def replace(connection: AsyncConnection[Any], stock: Stock) -> None:
    """Put this stock in place of all there is, in one transaction."""
    async with connection.transaction(), connection.cursor() as cursor:
        await cursor.execute(sql.SQL("TRUNCATE {}").format(_names([*COLUMNS, *DONE])))
        for table, columns in COLUMNS.items():
            statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), _names(columns))
            async with cursor.copy(statement) as copy:
                for row in stock[table]:
                    await copy.write_row([_value(row, column) for column in columns])


def _names(names: Any) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _value(row: dict[str, Any], column: str) -> Any:
    value = row.get(column, MAY_BE_ABSENT[column]) if column in MAY_BE_ABSENT else row[column]
    return json.dumps(value, ensure_ascii=False) if column in JSON_COLUMNS else value
