"""Addresses as the shop writes them, and as the house does."""

from __future__ import annotations

from typing import Final

from tools.shapes import Address

# ours → the shop's
PARTS: Final = {
    "first": "address1",
    "second": "address2",
    "city": "city",
    "region": "state",
    "country": "country",
    "postcode": "zip",
}


def canonical(theirs: dict[str, str]) -> Address | None:
    """None for an address that lacks a part: then people look."""
    needed = [part for part in PARTS if part != "second"]
    if not all(theirs.get(PARTS[part]) for part in needed):
        return None
    return Address(**{ours: theirs.get(name, "") for ours, name in PARTS.items()})


def of_shop(address: Address) -> dict[str, str]:
    return {name: getattr(address, ours) for ours, name in PARTS.items()}
