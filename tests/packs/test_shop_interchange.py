"""A shop comes and goes as three files: what was loaded is dumped, and what is wrong changes nothing."""

from __future__ import annotations

import json
import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.shopserver import ROOT, ShopServer

RETAIL = Path(os.environ.get("HANDRAIL_DATA", ROOT.parent / "shared" / "data")) / "tau_retail"

USER: dict[str, Any] = {
    "id": "ada_1",
    "name": {"first_name": "Ada", "last_name": "Byron"},
    "address": {
        "address1": "1 Mill Lane",
        "address2": "",
        "city": "York",
        "country": "USA",
        "state": "ME",
        "zip": "03909",
    },
    "email": "ada@example.org",
    "payment_methods": {
        "card_1": {"source": "credit_card", "brand": "visa", "last_four": "1111", "id": "card_1"},
        "gift_1": {"source": "gift_card", "balance": 41, "id": "gift_1"},
        "gift_2": {"source": "gift_card", "balance": 41.5, "id": "gift_2"},
    },
    "orders": ["#W0000001"],
    "loves": {"prices": [1.10, 2]},
}
ORDER: dict[str, Any] = {
    "id": "#W0000001",
    "order_id": "#W0000001",
    "user_id": "ada_1",
    "address": USER["address"],
    "items": [
        {"name": "Mug", "product_id": "p1", "item_id": "i1", "price": 10.1, "options": {"size": "L", "color": "red"}},
        {"name": "Mug", "product_id": "p1", "item_id": "i1", "price": 10.1, "options": {"size": "L", "color": "red"}},
    ],
    "fulfillments": [{"tracking_id": ["77"], "item_ids": ["i1", "i1"]}],
    "status": "delivered",
    "payment_history": [{"transaction_type": "payment", "amount": 20.2, "payment_method_id": "card_1"}],
}
PRODUCT: dict[str, Any] = {
    "id": "p1",
    "name": "Mug",
    "product_id": "p1",
    "variants": {
        "i1": {"item_id": "i1", "options": {"size": "L", "color": "red"}, "available": True, "price": 10.1},
        "i2": {"item_id": "i2", "options": {"size": "S", "color": "red"}, "available": False, "price": 8.0},
    },
}
GOODS = {"users": [USER], "orders": [ORDER], "products": [PRODUCT]}


def folder(where: Path, **changed: Any) -> Path:
    for name, records in {**GOODS, **changed}.items():
        text = records if isinstance(records, str) else "\n".join(json.dumps(record) for record in records)
        (where / f"{name}.jsonl").write_text(text)
    return where


def shop_command(*arguments: str) -> str:
    out = StringIO()
    call_command("shop", *arguments, stdout=out)
    return out.getvalue()


def last_line(text: str) -> Any:
    return json.loads(text.strip().splitlines()[-1])


def test_what_was_loaded_is_dumped(fresh_shop: ShopServer, tmp_path: Path) -> None:
    assert last_line(shop_command("load", str(folder(tmp_path)), "--json")) == {"users": 1, "orders": 1, "products": 1}
    dump = shop_command("dump", "--json")
    assert last_line(dump) == {"users": {"ada_1": USER}, "orders": {"#W0000001": ORDER}, "products": {"p1": PRODUCT}}
    assert json.loads(shop_command("dump")) == last_line(dump)
    assert last_line(shop_command("reset", "--json"))["orders"] >= 150


def test_a_loaded_order_can_be_looked_up(fresh_shop: ShopServer, tmp_path: Path) -> None:
    shop_command("load", str(folder(tmp_path)))
    parcel = fresh_shop.ask("GET", "/logistics/parcels/77").json()
    assert parcel["lines"] == [1, 2]
    assert fresh_shop.ask("GET", "/orders/%23W0000001").json()["total_cents"] == 2020


def test_the_retail_data_set_comes_out_as_it_went_in(fresh_shop: ShopServer) -> None:
    """data/tau_retail: load and dump are each other's inverse, number by number."""
    if not RETAIL.is_dir():
        pytest.skip(f"{RETAIL} is not here; set HANDRAIL_DATA to the folder that holds tau_retail")
    loaded = {name: (RETAIL / f"{name}.jsonl").read_text().splitlines() for name in GOODS}
    assert last_line(shop_command("load", str(RETAIL), "--json"))["orders"] == len(loaded["orders"])
    dump = last_line(shop_command("dump", "--json"))
    for name, lines in loaded.items():
        for line in lines:
            record = json.loads(line)
            assert json.dumps(dump[name].pop(record["id"]), sort_keys=True) == json.dumps(record, sort_keys=True)
        assert dump[name] == {}


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "not JSON": ({"orders": "{"}, "orders.jsonl line 1 is not JSON"),
    "not a number": ({"orders": json.dumps(ORDER).replace("20.2", "NaN")}, "NaN is not a number"),
    "a list": ({"users": "[]"}, "users.jsonl line 1"),
    "no status": ({"orders": [{k: v for k, v in ORDER.items() if k != "status"}]}, "orders.jsonl line 1: status"),
    "a price in words": ({"orders": [{**ORDER, "items": [{**ORDER["items"][0], "price": "10,10"}]}]}, "like 12.50"),
    "a price below a cent": ({"orders": [{**ORDER, "items": [{**ORDER["items"][0], "price": 1.005}]}]}, "whole cents"),
    "a price below zero": ({"orders": [{**ORDER, "items": [{**ORDER["items"][0], "price": -1}]}]}, "items.0.price"),
    "nobody's order": ({"users": ""}, "who is not in users.jsonl"),
    "twice": ({"users": [USER, USER]}, "for the second time"),
    "sent but not bought": ({"orders": [{**ORDER, "items": ORDER["items"][:1]}]}, "more often than it was bought"),
    "sent what is unknown": (
        {"orders": [{**ORDER, "fulfillments": [{"tracking_id": ["1"], "item_ids": ["i9"]}]}]}, "not in its items"),
    "one variant of two products": ({"products": [PRODUCT, {**PRODUCT, "product_id": "p2"}]}, "a variant with the same id"),
    "a character that no database keeps": ({"users": [{**USER, "email": "a\x00@example.org"}]}, "characters"),
    "half a character": ({"users": json.dumps(USER).replace("Ada", "\\ud800")}, "characters"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_data_gets_one_sentence_and_changes_nothing(
    shop: ShopServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    before = shop.ask("GET", "/admin/dump").json()
    changed, sentence = BAD[case]
    with pytest.raises(SystemExit) as ended:
        shop_command("load", str(folder(tmp_path, **changed)))
    said = capsys.readouterr().err.strip()
    assert ended.value.code == 2
    assert sentence in said
    assert len(said.splitlines()) == 1
    assert shop.ask("GET", "/admin/dump").json() == before


def test_a_missing_file_gets_one_sentence(shop: ShopServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        shop_command("load", str(tmp_path / "nowhere"))
    assert ended.value.code == 2
    assert "users.jsonl isn't there" in capsys.readouterr().err


def test_sums_with_float_noise_are_read_as_cents(fresh_shop: ShopServer, tmp_path: Path) -> None:
    text = json.dumps(ORDER).replace("20.2", "20.200000000000003")
    shop_command("load", str(folder(tmp_path, orders=text)))
    [payment] = fresh_shop.ask("GET", "/finance/orders/%23W0000001/payments").json()["payments"]
    assert payment["amount_cents"] == 2020


def test_two_customers_with_one_address_are_nobody(fresh_shop: ShopServer, tmp_path: Path) -> None:
    shop_command("load", str(folder(tmp_path, users=[USER, {**USER, "id": "ada_2", "orders": []}])))
    assert fresh_shop.ask("GET", "/platform/customers?email=ada@example.org").status_code == 404


def test_a_shop_that_does_not_answer_is_said_so(shop: ShopServer, settings: Any) -> None:
    settings.SHOP_URL = "http://127.0.0.1:1"
    with pytest.raises(CommandError, match="doesn't answer"):
        shop_command("reset")
