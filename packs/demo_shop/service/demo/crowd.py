"""Everybody else's orders, one for each number that the cast doesn't use: older numbers are older orders."""

from __future__ import annotations

from random import Random
from typing import Final

from .catalogue import OWN, PARTNERS, Variant, variants
from .people import Person, everybody
from .sale import Line, Refund, Sale, Shipment, Stop

NUMBERS: Final = range(10312, 10490)
DAYS_A_NUMBER: Final = 0.68
HUBS: Final = ("Columbus, OH", "Memphis, TN", "Kansas City, MO", "Denver, CO", "Albany, NY")
CARRIERS: Final = {"Packhorse": "PH", "Swiftlane": "SL"}
NOTES: Final = ("", "", "", "Please leave it with the neighbor at number 12.", "It's a gift, no prices please.",
                "Ring twice, the bell is faint.")  # fmt: skip

# What became of an order that has had time to arrive: status and share in percent.
ENDINGS: Final = {"delivered": 70, "returned": 8, "return requested": 6, "exchange requested": 5, "cancelled": 11}


def sales(taken: set[int]) -> tuple[Sale, ...]:
    """One sale for each free number."""
    people = [person for person in everybody() if person.id > "C-1003"]
    return tuple(_sale(number, people) for number in NUMBERS if number not in taken)


def _sale(number: int, people: list[Person]) -> Sale:
    chance = Random(f"fernway order {number}")  # noqa: S311  the same orders every time, nothing secret
    person, placed_ago = chance.choice(people), 0.7 + (NUMBERS[-1] - number) * DAYS_A_NUMBER
    lines, status = _lines(chance), _status(placed_ago, chance)
    shipments = () if status in ("pending", "cancelled") else (_shipment(lines, status, placed_ago, person, chance),)
    sale = Sale(number, person.id, placed_ago, status, lines, chance.choice(person.methods).id, shipments,
                note=chance.choice(NOTES))  # fmt: skip
    back = {"cancelled": placed_ago - 0.4, "returned": max(placed_ago - 16, 0.5)}.get(status)
    if back is None:
        return sale
    return Sale(**{**vars(sale), "refunds": (Refund(back, sale.total),)})


def _lines(chance: Random) -> tuple[Line, ...]:
    """One to three articles that are sold the same way."""
    first = chance.choice(variants())
    alike = [one for one in variants() if one.product.partner == first.product.partner and one is not first]
    more: list[Variant] = chance.sample(alike, min(len(alike), chance.choice((0, 0, 1, 2))))
    return tuple(Line(one, chance.choice((1, 1, 1, 2)) if one.price < 10000 else 1) for one in (first, *more))


def _status(placed_ago: float, chance: Random) -> str:
    if placed_ago < 2:
        return "pending"
    if placed_ago < 4:
        return chance.choice(("pending", "processed"))
    if placed_ago < 8:
        return "shipped"
    return chance.choices(list(ENDINGS), list(ENDINGS.values()))[0]


def _shipment(lines: tuple[Line, ...], status: str, placed_ago: float, person: Person, chance: Random) -> Shipment:
    carrier = chance.choice(list(CARRIERS))
    tracking_id = f"{CARRIERS[carrier]}{chance.randint(10**9, 10**10 - 1)}"
    every = tuple(range(1, len(lines) + 1))
    if status == "processed":
        return Shipment(every, carrier, tracking_id, "label_created", expected_in=round(7 - placed_ago))
    home = f"{person.address['city']}, {person.address['state']}"
    partner = lines[0].variant.product.partner
    start = "Picked up from the Fernway warehouse" if partner is None else f"Picked up from {partner}"
    assert partner is None or PARTNERS[partner] != OWN
    stops = (
        Stop(placed_ago - 1.2, "Dayton, OH", start),
        Stop(placed_ago - 2.3, chance.choice(HUBS), "Sorted at the hub"),
        Stop(placed_ago - 3.6, home, "Arrived at the regional depot"),
        Stop(placed_ago - 5.2, home, "Out for delivery"),
        Stop(placed_ago - 5.4, home, "Left at the front door"),
    )
    if status == "shipped":
        seen = tuple(stop for stop in stops[:3] if stop.ago > 0)
        return Shipment(every, carrier, tracking_id, "in_transit", seen, expected_in=max(round(6 - placed_ago), 0) + 1)
    return Shipment(every, carrier, tracking_id, "delivered", stops, round(5.4 - placed_ago), placed_ago - 5.4)
