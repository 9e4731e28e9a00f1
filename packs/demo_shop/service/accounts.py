"""Changes of customers and of stock, credits, and what is sent to people: the platform's writing endpoints."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field
from starlette.requests import Request
from starlette.routing import Route

from .answers import ShopError, missing, now
from .changes import Text, called, change
from .once import Line, Wish

Address = Annotated[str, Field(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]


class ProfileWish(Wish):
    address: dict[str, Annotated[str, Field(max_length=120)]] | None = None
    email: Address | None = None


class SubscriptionWish(Wish):
    action: Literal["cancel", "resume"]


class ResetWish(Wish):
    pass


class CloseWish(Wish):
    pass


class CreditWish(Wish):
    order: Text
    amount_cents: Annotated[int, Field(gt=0, le=1_000_000)]
    reason: Text


class StockWish(Wish):
    by: Annotated[int, Field(ge=-1000, le=1000)]
    reason: Text


class CodeWish(Wish):
    code: Annotated[str, Field(pattern=r"^\d{6}$")]


class NoticeWish(Wish):
    customer: Text
    order: Text | None
    kind: Text
    channel: Literal["email", "sms"]
    sent_to: Annotated[str, Field(min_length=3, max_length=254)]


async def profile(connection: Line, request: Request, wish: ProfileWish, key: UUID) -> dict[str, Any]:
    """POST /platform/customers/{id}/profile: a new default address, or a new e-mail address."""
    who = await locked_customer(connection, request)
    if wish.address is not None:
        await connection.execute("UPDATE customers SET address = %s WHERE id = %s", [json.dumps(wish.address), who])
    if wish.email is not None:
        taken = await connection.execute(
            "SELECT 1 FROM customers WHERE lower(email) = lower(%s) AND id <> %s", [wish.email, who]
        )
        if await taken.fetchone() is not None:
            raise ShopError(409, "refused", "That can't be used.")
        before = await on_record(connection, who)
        await connection.execute("UPDATE customers SET email = %s WHERE id = %s", [wish.email, who])
        note = "The e-mail address of your account was changed. Wasn't it you? Write to us at once."
        await written(connection, request, key, who, None, "email_changed", "email", before, note)
    return called("PF", key)


async def subscribe(connection: Line, request: Request, wish: SubscriptionWish, key: UUID) -> dict[str, Any]:
    """POST /platform/subscriptions/{id}: cancelled to the end of what is paid, or resumed before that."""
    who, moment = await locked_customer(connection, request), now(request)
    cancelled = moment if wish.action == "cancel" else None
    changed = await connection.execute(
        """
        UPDATE subscriptions SET cancelled_at = %s
        WHERE customer_id = %s AND (cancelled_at IS NULL) = %s AND (%s OR renews_on > %s) RETURNING renews_on
        """,
        [cancelled, who, wish.action == "cancel", wish.action == "cancel", moment.date()],
    )
    found = await changed.fetchone()
    if found is None:
        raise ShopError(409, "refused", "There is nothing to change.")
    return {**called("SU", key), "until": found["renews_on"].isoformat()}


async def reset(connection: Line, request: Request, wish: ResetWish, key: UUID) -> dict[str, Any]:
    """POST /platform/customers/{id}/password-reset: a link goes to the address on record."""
    who = await locked_customer(connection, request)
    to = await on_record(connection, who)
    await written(connection, request, key, who, None, "password_reset", "email", to)
    return called("PW", key)


async def code(connection: Line, request: Request, wish: CodeWish, key: UUID) -> dict[str, Any]:
    """POST /platform/customers/{id}/codes: a one-time code to the e-mail address on record, whoever asks for it."""
    who = await locked_customer(connection, request)
    to, text = (
        await on_record(connection, who),
        f"Your code is {wish.code}. Type it into the chat, and give it to nobody else.",
    )
    await written(connection, request, key, who, None, "one_time_code", "email", to, text)
    return {**called("OC", key), "sent_to": masked(to)}


async def close(connection: Line, request: Request, wish: CloseWish, key: UUID) -> dict[str, Any]:
    """POST /platform/customers/{id}/close."""
    who = await locked_customer(connection, request)
    await connection.execute("UPDATE customers SET closed_at = %s WHERE id = %s", [now(request), who])
    return called("CL", key)


async def credit(connection: Line, request: Request, wish: CreditWish, key: UUID) -> dict[str, Any]:
    """POST /finance/customers/{id}/credits: store credit, once for an order."""
    who = await locked_customer(connection, request)
    mine = await connection.execute("SELECT 1 FROM orders WHERE id = %s AND customer_id = %s", [wish.order, who])
    given = await connection.execute("SELECT 1 FROM credits WHERE order_id = %s", [wish.order])
    if await mine.fetchone() is None or await given.fetchone() is not None:
        raise ShopError(409, "refused", "There is a credit for this order already, or no such order.")
    done = called("CR", key)
    await connection.execute(
        "INSERT INTO credits VALUES (%s, %s, %s, %s, %s, %s)",
        [done["reference"], who, wish.order, wish.amount_cents, wish.reason, now(request)],
    )
    return {**done, "amount_cents": wish.amount_cents}


async def stock(connection: Line, request: Request, wish: StockWish, key: UUID) -> dict[str, Any]:
    """POST /platform/variants/{id}/stock: more or fewer of an article; never fewer than none."""
    changed = await connection.execute(
        "UPDATE variants SET stock = stock + %s WHERE id = %s AND stock + %s >= 0 RETURNING stock",
        [wish.by, request.path_params["id"], wish.by],
    )
    found = await changed.fetchone()
    if found is None:
        raise ShopError(409, "refused", "There isn't enough of it.")
    return {**called("ST", key), "stock": found["stock"]}


async def notice(connection: Line, request: Request, wish: NoticeWish, key: UUID) -> dict[str, Any]:
    """POST /logistics/notices: a message to the address or number on record; the demo only keeps it."""
    known = await connection.execute("SELECT email, phone AS sms FROM customers WHERE id = %s", [wish.customer])
    found = await known.fetchone()
    if found is None or wish.sent_to != found[wish.channel]:
        raise ShopError(409, "refused", "Messages go to what is on record.")
    query = "SELECT 1 FROM orders WHERE id = %s AND customer_id = %s"
    if wish.order is not None and not await (await connection.execute(query, [wish.order, wish.customer])).fetchone():
        raise ShopError(409, "refused", "This customer has no such order.")
    await written(connection, request, key, wish.customer, wish.order, wish.kind, wish.channel, wish.sent_to)
    return {**called("NO", key), "sent_to": masked(wish.sent_to)}


async def written(
    connection: Line,
    request: Request,
    key: UUID,
    who: str,
    order: str | None,
    kind: str,
    channel: str,
    to: str,
    body: str = "",
) -> None:
    await connection.execute(
        "INSERT INTO notices (reference, customer_id, order_id, kind, channel, sent_to, at, body) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [called("NO", key)["reference"], who, order, kind, channel, to, now(request), body],
    )


async def on_record(connection: Line, who: str) -> str:
    found = await (await connection.execute("SELECT email FROM customers WHERE id = %s", [who])).fetchone()
    return str((found or {})["email"])


def masked(value: str) -> str:
    """Enough for its owner to know it."""
    name, at, domain = value.partition("@")
    return f"{name[:1]}…@{domain}" if at else f"…{value[-4:]}"


async def locked_customer(connection: Line, request: Request) -> str:
    who = str(request.path_params["id"])
    found = await connection.execute("SELECT 1 FROM customers WHERE id = %s AND closed_at IS NULL FOR UPDATE", [who])
    if await found.fetchone() is None:
        raise missing("customer")
    return who


ROUTES: Final = [
    Route("/platform/customers/{id}/profile", change(ProfileWish, profile), methods=["POST"]),
    Route("/platform/subscriptions/{id}", change(SubscriptionWish, subscribe), methods=["POST"]),
    Route("/platform/customers/{id}/password-reset", change(ResetWish, reset), methods=["POST"]),
    Route("/platform/customers/{id}/codes", change(CodeWish, code), methods=["POST"]),
    Route("/platform/customers/{id}/close", change(CloseWish, close), methods=["POST"]),
    Route("/finance/customers/{id}/credits", change(CreditWish, credit), methods=["POST"]),
    Route("/platform/variants/{id}/stock", change(StockWish, stock), methods=["POST"]),
    Route("/logistics/notices", change(NoticeWish, notice), methods=["POST"]),
]
