"""As many bought things as a test needs: each its own customer's, paid, delivered three days ago."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from tests.shopserver import ShopServer

COPIES = """
insert into customers (id, email, first_name, last_name, address, tier, order_ids)
  select 'C-9' || g, 'buyer' || g || '@example.com', 'Buyer', 'Nr ' || g, address, 'standard', array['FW-9' || g]
    from customers, generate_series(%(first)s::int, %(last)s::int) g where id = 'C-1001';
insert into payment_methods (customer_id, id, place, source, brand, last_four)
  select 'C-9' || g, 'card_9' || g, 0, 'credit_card', 'visa', '4242' from generate_series(%(first)s::int, %(last)s::int) g;
insert into orders (id, customer_id, placed_at, status, fulfilment, partner, address, note)
  select 'FW-9' || g, 'C-9' || g, placed_at, status, fulfilment, partner, address, ''
    from orders, generate_series(%(first)s::int, %(last)s::int) g where id = %(like)s::text;
insert into order_items (order_id, line, item_id, product_id, name, options, quantity, price_cents, state)
  select 'FW-9' || g, line, item_id, product_id, name, options, quantity, %(cents)s::int, state
    from order_items, generate_series(%(first)s::int, %(last)s::int) g where order_id = %(like)s::text;
insert into parcels (order_id, n, tracking_ids, lines, carrier, status, delivered_at)
  select 'FW-9' || g, n, array['PH9' || g], lines, carrier, status, delivered_at
    from parcels, generate_series(%(first)s::int, %(last)s::int) g where order_id = %(like)s::text;
insert into payments (order_id, n, kind, amount_cents, method_id, at, reference)
  select 'FW-9' || g, 1, 'payment', %(cents)s::int * (select count(*) from order_items where order_id = %(like)s::text),
         'card_9' || g, placed_at, 'PAY-9' || g
    from orders, generate_series(%(first)s::int, %(last)s::int) g where id = %(like)s::text;
"""


@dataclass(frozen=True)
class Bought:
    email: str
    order_id: str


def stock_up(shop: ShopServer, count: int, cents: int, *, first: int = 1000, like: str = "FW-10465") -> list[Bought]:
    """`count` orders like one of Alice's (a camp lantern), each for `cents` a line."""
    last = first + count - 1
    with psycopg.connect(shop.database_url, autocommit=True) as connection:
        for statement in COPIES.split(";\n"):
            if statement.strip():
                connection.execute(statement, {"first": first, "last": last, "cents": cents, "like": like})
    return [Bought(f"buyer{number}@example.com", f"FW-9{number}") for number in range(first, last + 1)]


def ledger(shop: ShopServer) -> list[dict[str, object]]:
    """Every change that the shop made under a key."""
    rows: list[dict[str, object]] = shop.ask("GET", "/admin/effects").json()["effects"]
    return rows


def paid_back(shop: ShopServer) -> dict[str, int]:
    """Refunds of the shop's finance by key: cents."""
    return {
        str(row["key"]): int(str(row["amount_cents"]))
        for row in ledger(shop)
        if str(row["endpoint"]).endswith(("/refunds", "/cancel"))
    }
