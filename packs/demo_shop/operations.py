"""What the command line does to the shop as a whole, through its admin's door."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx

from packs.demo_shop.connections import client, key
from tools.pack import BadDataError, UnreachableError

FILES: Final = ("users", "orders", "products")
SECONDS: Final = 60.0


def load(folder: Path) -> dict[str, int]:
    """Put users.jsonl, orders.jsonl and products.jsonl of a folder in place of everything; how many of each."""
    counts: dict[str, int] = _ask("POST", "/admin/load", {name: _text(folder / f"{name}.jsonl") for name in FILES})
    return counts


def dump() -> dict[str, Any]:
    """Users, orders and products by id, in the format that `load` takes."""
    goods: dict[str, Any] = _ask("GET", "/admin/dump")
    return goods


def reset() -> dict[str, int]:
    """The demo's own goods and people again; how many of each."""
    counts: dict[str, int] = _ask("POST", "/admin/reset")
    return counts


def ledger() -> list[dict[str, Any]]:
    """Every change that was made under a key, in the order in which it was made."""
    rows: list[dict[str, Any]] = _ask("GET", "/admin/effects")["effects"]
    return rows


def copies(like: str, first: int, prices: list[int]) -> list[dict[str, str]]:
    """As many orders like this one as there are prices, in cents: the e-mail of each buyer, their id, and the order."""
    made: list[dict[str, str]] = _ask("POST", "/admin/copies", {"like": like, "first": first, "prices": prices})[
        "copies"
    ]
    return made


def mails(customer: str) -> list[dict[str, str]]:
    """What the shop has mailed to a customer lately, the newest first."""
    found: list[dict[str, str]] = _ask("GET", f"/admin/mails?customer={quote(customer)}")["mails"]
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BadDataError(
            f"{path} isn't there; the folder needs users.jsonl, orders.jsonl, products.jsonl."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadDataError(f"{path} can't be read as UTF-8 text.") from error


def _ask(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    try:
        response = client().request(method, path, json=body, headers=key(), timeout=SECONDS)
    except httpx.TransportError as error:
        raise UnreachableError("The shop doesn't answer. Start it with `make demo`, or set SHOP_URL.") from error
    if response.status_code == 400:
        raise BadDataError(response.json()["detail"])
    if response.status_code != 200:
        raise UnreachableError(f"The shop answered {response.status_code}; its log says why.")
    return response.json()
