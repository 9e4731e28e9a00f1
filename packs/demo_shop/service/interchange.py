"""The file format in which a shop comes and goes: users.jsonl, orders.jsonl, products.jsonl, one record a line.

A dump gives back what was loaded: amounts become cents and return as the same numbers, and a key that the shop has no
column for is kept beside the row. The format has no dates, so they are counted back from the moment of loading.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final, NoReturn, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from . import stock
from .stock import Stock

CURRENCY: Final = "USD"
CARRIER: Final = "Packhorse"
MOST_CENTS: Final = 2_000_000_000
NOISE: Final = Decimal("0.000001")  # some files carry sums like 12.340000000000002: that is 12.34
PLACED_BEFORE: Final = timedelta(days=3)
MOVED_BEFORE: Final = timedelta(days=1)


class BadDataError(Exception):
    """The files can't be loaded; the message is one sentence that names the file and the line."""


def _cents(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("must be an amount like 12.50")
    try:
        amount = Decimal(value)
        rounded = amount.quantize(Decimal("0.01"))
    except InvalidOperation as error:
        raise ValueError("must be an amount like 12.50") from error
    if abs(amount - rounded) > NOISE:
        raise ValueError("must be an amount in whole cents")
    return int(rounded * 100)


Cents = Annotated[int, BeforeValidator(_cents), Field(ge=0, le=MOST_CENTS)]


class Record(BaseModel):
    """A part of the format. Keys that it doesn't name are kept in `model_extra`."""

    model_config = ConfigDict(extra="allow", frozen=True)

    def rest(self, **also: Any) -> dict[str, Any]:
        kept = {**(self.model_extra or {}), **also}
        return {key: _plain(value) for key, value in kept.items()}


class Name(Record):
    first_name: str
    last_name: str


class Method(Record):
    id: str
    source: str
    brand: str | None = None
    last_four: str | None = None
    balance: Cents | None = None


class User(Record):
    id: str
    name: Name
    address: dict[str, str]
    email: str
    payment_methods: dict[str, Method]
    orders: list[str]


class Item(Record):
    name: str
    product_id: str
    item_id: str
    price: Cents
    options: dict[str, str]


class Fulfillment(Record):
    tracking_id: list[str] = Field(min_length=1)
    item_ids: list[str]


class Payment(Record):
    transaction_type: str = Field(pattern="^(payment|refund)$")
    amount: Cents
    payment_method_id: str


class OrderRecord(Record):
    order_id: str
    user_id: str
    address: dict[str, str]
    items: list[Item] = Field(min_length=1)
    fulfillments: list[Fulfillment]
    status: str
    payment_history: list[Payment]


class Variant(Record):
    item_id: str
    options: dict[str, str]
    available: Annotated[bool, Field(strict=True)]
    price: Cents


class Product(Record):
    product_id: str
    name: str
    variants: dict[str, Variant]


T = TypeVar("T", bound=Record)


def read(files: dict[str, str], moment: datetime) -> Stock:
    """The stock in the three files' texts; BadDataError for the first thing that is wrong with them."""
    users = _records("users.jsonl", files["users"], User, lambda user: user.id)
    products = _records("products.jsonl", files["products"], Product, lambda product: product.product_id)
    orders = _records("orders.jsonl", files["orders"], OrderRecord, lambda order: order.order_id)
    _known(orders, users, products)
    goods = stock.empty()
    goods["shop"].append({"currency": CURRENCY, "source": "loaded", "base_at": moment})
    for user in users.values():
        _add_user(goods, user)
    for product in products.values():
        _add_product(goods, product)
    for order in orders.values():
        _add_order(goods, order, moment)
    return goods


def _records(file: str, text: str, model: type[T], key: Callable[[T], str]) -> dict[str, T]:
    found: dict[str, T] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            record = _record(f"{file} line {number}", line, model)
            if key(record) in found:
                raise BadDataError(f"{file} line {number}: {key(record)} stands there for the second time.")
            found[key(record)] = record
    return found


def _record(where: str, line: str, model: type[T]) -> T:
    try:
        return model.model_validate(json.loads(line, parse_float=Decimal, parse_constant=_no_number))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"])) or "the line"
        problem = first["msg"].removeprefix("Value error, ")
        raise BadDataError(f"{where}: {place}: {problem[:1].lower()}{problem[1:]}.") from error
    except (ValueError, RecursionError) as error:
        raise BadDataError(f"{where} is not JSON: {error}.") from error


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")


def _known(orders: dict[str, OrderRecord], users: dict[str, User], products: dict[str, Product]) -> None:
    """Whoever bought and whatever was sent must be in the files too."""
    articles = [article for product in products.values() for article in product.variants]
    if len(articles) != len(set(articles)):
        raise BadDataError("products.jsonl: two products have a variant with the same id.")
    for order in orders.values():
        if order.user_id not in users:
            raise BadDataError(f"orders.jsonl: {order.order_id} belongs to {order.user_id}, who is not in users.jsonl.")
        bought = {item.item_id for item in order.items}
        sent = {item for parcel in order.fulfillments for item in parcel.item_ids}
        if sent - bought:
            raise BadDataError(f"orders.jsonl: {order.order_id} sent {min(sent - bought)}, which is not in its items.")


def _add_user(goods: Stock, user: User) -> None:
    goods["customers"].append(
        {
            "id": user.id,
            "email": user.email,
            "first_name": user.name.first_name,
            "last_name": user.name.last_name,
            "address": user.address,
            "tier": "standard",
            "order_ids": user.orders,
            "name_extra": user.name.rest(),
            "extra": user.rest(),
        }
    )
    for place, (key, method) in enumerate(user.payment_methods.items()):
        goods["payment_methods"].append(
            {
                "customer_id": user.id,
                "id": key,
                "place": place,
                "source": method.source,
                "brand": method.brand,
                "last_four": method.last_four,
                "balance_cents": method.balance,
                "extra": method.rest(id=method.id),
            }
        )


def _add_product(goods: Stock, product: Product) -> None:
    goods["products"].append(
        {"id": product.product_id, "name": product.name, "department": "", "extra": product.rest()}
    )
    for place, (key, variant) in enumerate(product.variants.items()):
        goods["variants"].append(
            {
                "id": key,
                "product_id": product.product_id,
                "place": place,
                "options": variant.options,
                "available": variant.available,
                "price_cents": variant.price,
                "extra": variant.rest(item_id=variant.item_id),
            }
        )


def _add_order(goods: Stock, order: OrderRecord, moment: datetime) -> None:
    placed_at = moment - PLACED_BEFORE
    goods["orders"].append(
        {
            "id": order.order_id,
            "customer_id": order.user_id,
            "placed_at": placed_at,
            "status": order.status,
            "fulfilment": "platform_owned",
            "partner": None,
            "address": order.address,
            "note": "",
            "extra": order.rest(),
        }
    )
    for line, item in enumerate(order.items, 1):
        goods["order_items"].append(
            {
                "order_id": order.order_id,
                "line": line,
                "item_id": item.item_id,
                "product_id": item.product_id,
                "name": item.name,
                "options": item.options,
                "quantity": 1,
                "price_cents": item.price,
                "state": "new",
                "extra": item.rest(),
            }
        )
    for n, payment in enumerate(order.payment_history, 1):
        goods["payments"].append(
            {
                "order_id": order.order_id,
                "n": n,
                "kind": payment.transaction_type,
                "amount_cents": payment.amount,
                "method_id": payment.payment_method_id,
                "at": placed_at,
                "reference": f"{order.order_id}-{n}",
                "extra": payment.rest(),
            }
        )
    _add_parcels(goods, order, moment)


def _add_parcels(goods: Stock, order: OrderRecord, moment: datetime) -> None:
    left = {line: item.item_id for line, item in enumerate(order.items, 1)}
    arrived = not order.status.startswith(("pending", "processed", "shipped"))
    for n, parcel in enumerate(order.fulfillments, 1):
        goods["parcels"].append(
            {
                "order_id": order.order_id,
                "n": n,
                "tracking_ids": parcel.tracking_id,
                "lines": [_take(left, item, order.order_id) for item in parcel.item_ids],
                "carrier": CARRIER,
                "status": "delivered" if arrived else "label_created",
                "expected_on": None,
                "delivered_at": moment - MOVED_BEFORE if arrived else None,
                "extra": parcel.rest(),
            }
        )


def _take(left: dict[int, str], item_id: str, order_id: str) -> int:
    """The first line with this article that no parcel holds yet: an order can have the same article twice."""
    for line, held in left.items():
        if held == item_id:
            del left[line]
            return line
    raise BadDataError(f"orders.jsonl: {order_id} sent {item_id} more often than it was bought.")


@dataclass(frozen=True)
class _Parts:
    """The rows that belong to a customer, an order or a product, by its id."""

    methods: dict[str, list[dict[str, Any]]]
    items: dict[str, list[dict[str, Any]]]
    parcels: dict[str, list[dict[str, Any]]]
    payments: dict[str, list[dict[str, Any]]]
    variants: dict[str, list[dict[str, Any]]]


def write(goods: Stock) -> dict[str, dict[str, Any]]:
    """Users, orders and products by id, in the format that `read` takes."""
    parts = _Parts(
        methods=_by(goods["payment_methods"], "customer_id"),
        items=_by(goods["order_items"], "order_id"),
        parcels=_by(goods["parcels"], "order_id"),
        payments=_by(goods["payments"], "order_id"),
        variants=_by(goods["variants"], "product_id"),
    )
    return {
        "users": {row["id"]: _user(row, parts) for row in goods["customers"]},
        "orders": {row["id"]: _order(row, parts) for row in goods["orders"]},
        "products": {row["id"]: _product(row, parts) for row in goods["products"]},
    }


def _by(rows: list[dict[str, Any]], key: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return found


def _user(row: dict[str, Any], parts: _Parts) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": {"first_name": row["first_name"], "last_name": row["last_name"], **row["name_extra"]},
        "address": row["address"],
        "email": row["email"],
        "payment_methods": {method["id"]: _method(method) for method in parts.methods[row["id"]]},
        "orders": row["order_ids"],
        **row["extra"],
    }


def _method(row: dict[str, Any]) -> dict[str, Any]:
    given = {key: row[key] for key in ("source", "brand", "last_four") if row[key] is not None}
    balance = {} if row["balance_cents"] is None else {"balance": _balance(row["balance_cents"])}
    return {**given, **balance, "id": row["id"], **row["extra"]}


def _order(row: dict[str, Any], parts: _Parts) -> dict[str, Any]:
    items = parts.items[row["id"]]
    articles = {item["line"]: item["item_id"] for item in items}
    return {
        "order_id": row["id"],
        "user_id": row["customer_id"],
        "address": row["address"],
        "items": [_item(item) for item in items],
        "fulfillments": [_fulfillment(parcel, articles) for parcel in parts.parcels[row["id"]]],
        "status": row["status"],
        "payment_history": [_payment(payment) for payment in parts.payments[row["id"]]],
        **row["extra"],
    }


def _item(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": row["name"],
        "product_id": row["product_id"],
        "item_id": row["item_id"],
        "price": row["price_cents"] / 100,
        "options": row["options"],
        **row["extra"],
    }


def _fulfillment(row: dict[str, Any], articles: dict[int, str]) -> dict[str, Any]:
    return {"tracking_id": row["tracking_ids"], "item_ids": [articles[n] for n in row["lines"]], **row["extra"]}


def _payment(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "transaction_type": row["kind"],
        "amount": row["amount_cents"] / 100,
        "payment_method_id": row["method_id"],
        **row["extra"],
    }


def _product(row: dict[str, Any], parts: _Parts) -> dict[str, Any]:
    variants = {variant["id"]: _variant(variant) for variant in parts.variants[row["id"]]}
    return {"product_id": row["id"], "name": row["name"], "variants": variants, **row["extra"]}


def _variant(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "item_id": row["id"],
        "options": row["options"],
        "available": row["available"],
        "price": row["price_cents"] / 100,
        **row["extra"],
    }


def _balance(cents: int) -> int | float:
    """Gift cards are written in whole units where they can be, as the format does."""
    return cents / 100 if cents % 100 else cents // 100


def _plain(value: Any) -> Any:
    """A kept key as plain JSON: what was read exactly leaves as the number that it was."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return float(value) if isinstance(value, Decimal) else value
