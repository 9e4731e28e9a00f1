"""Who buys at Fernway: five people that the demo's stories are about, and three dozen others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any, Final


@dataclass(frozen=True)
class Method:
    id: str
    source: str
    brand: str | None = None
    last_four: str | None = None
    balance: int | None = None


@dataclass(frozen=True)
class Person:
    """`plan_days`: days until the subscription renews, negative when it has run out, None without one."""

    id: str
    first_name: str
    last_name: str
    email: str
    tier: str
    address: dict[str, str]
    methods: tuple[Method, ...]
    plan_days: int | None = None
    plan_cancelled: bool = False


# Who left a number for text messages; the others get e-mail alone.
PHONES: Final = {"C-1001": "+1 802 555 0144", "C-1002": "+1 802 555 0171"}
CITIES: Final = (
    ("Portland", "OR", "972"), ("Boulder", "CO", "803"), ("Madison", "WI", "537"), ("Asheville", "NC", "288"),
    ("Burlington", "VT", "054"), ("Ann Arbor", "MI", "481"), ("Santa Fe", "NM", "875"), ("Duluth", "MN", "558"),
    ("Savannah", "GA", "314"), ("Missoula", "MT", "598"),
)  # fmt: skip
STREETS: Final = ("Alder Street", "Quarry Road", "Millpond Lane", "Orchard Avenue", "Station Road", "Cobble Hill",
                  "Juniper Way", "Ferry Street", "Lantern Court", "Weaver Street")  # fmt: skip
OTHERS: Final = (
    "Tomás Vidal", "Ingrid Solberg", "Kwame Mensah", "Yuki Arai", "Leila Haddad", "Oscar Lindqvist", "Nadia Petrova",
    "Declan Byrne", "Marisol Quintero", "Viktor Hrubý", "Amara Okafor", "Jonas Weber", "Farah Aziz", "Elodie Garnier",
    "Rohan Desai", "Greta Nyström", "Samir Khoury", "Beatriz Lopes", "Callum Reid", "Hana Novák", "Dmitri Volkov",
    "Fiona Gallagher", "Andrés Rojas", "Noor Rahman", "Sofie Jansen", "Theo Papadakis", "Wren Calloway",
    "Ines Ferreira", "Malik Jefferson", "Petra Kowalczyk", "Luca Bianchi", "Zainab Bello", "Hugo Martel",
    "Anneke de Vries", "Ravi Subramanian", "Clara Whitlock", "Emeka Nwosu", "Siobhan Kearney",
)  # fmt: skip

HOUSEHOLD: Final = {"address1": "18 Millpond Lane", "address2": "", "city": "Burlington", "state": "VT",
                    "zip": "05401", "country": "USA"}  # fmt: skip

CAST: Final = (
    Person("C-1001", "Alice", "Moreau", "alice@example.com", "premium", HOUSEHOLD,
           (Method("card_1001", "credit_card", "visa", "4242"), Method("gift_1001", "gift_card", balance=3500)), 120),
    Person("C-1002", "Bob", "Moreau", "bob@example.com", "standard", HOUSEHOLD,
           (Method("card_1002", "credit_card", "mastercard", "5100"), Method("paypal_1002", "paypal"))),
    Person("C-1003", "Mallory", "Finch", "mallory@example.com", "standard",
           {"address1": "402 Cobble Hill", "address2": "Apt 9", "city": "Savannah", "state": "GA", "zip": "31401",
            "country": "USA"},
           (Method("card_1003", "credit_card", "visa", "0077"), Method("gift_1003", "gift_card", balance=0)),
           -20, True),
    Person("C-1004", "Priya", "Raman", "priya.raman@example.com", "enterprise",
           {"address1": "1 Station Road", "address2": "Floor 3, Ash & Harbor Hotels", "city": "Boulder", "state": "CO",
            "zip": "80302", "country": "USA"},
           (Method("card_1004", "credit_card", "amex", "1004"),), 250),
    Person("C-1005", "Grace", "Oyelaran", "grace.oyelaran@example.com", "premium",
           {"address1": "77 Weaver Street", "address2": "", "city": "Duluth", "state": "MN", "zip": "55802",
            "country": "USA"},
           (Method("paypal_1005", "paypal"),), 12, True),
)  # fmt: skip


@cache
def everybody() -> tuple[Person, ...]:
    """The cast and the others."""
    return CAST + tuple(_other(1006 + place, name) for place, name in enumerate(OTHERS))


def _other(number: int, name: str) -> Person:
    chance = Random(f"fernway person {number}")  # noqa: S311  the same people every time, nothing secret
    first, _, last = name.partition(" ")
    city, state, zip_start = chance.choice(CITIES)
    tier = chance.choices(("standard", "premium", "enterprise"), (70, 24, 6))[0]
    address: dict[str, str] = {
        "address1": f"{chance.randint(2, 980)} {chance.choice(STREETS)}",
        "address2": chance.choice(("", "", f"Apt {chance.randint(1, 40)}")),
        "city": city,
        "state": state,
        "zip": f"{zip_start}{chance.randint(1, 99):02d}",
        "country": "USA",
    }
    plan: dict[str, Any] = {}
    if tier != "standard":
        plan = {"plan_days": chance.randint(5, 330), "plan_cancelled": chance.random() < 0.15}
    return Person(f"C-{number}", first, last, _email(name), tier, address, _methods(number, chance), **plan)


def _email(name: str) -> str:
    plain = name.lower().translate(str.maketrans("áéíóúýöèå", "aeiouyoea")).replace(" de ", ".de").replace(" ", ".")
    return f"{plain}@example.com"


def _methods(number: int, chance: Random) -> tuple[Method, ...]:
    brand, last_four = chance.choice(("visa", "mastercard")), f"{chance.randint(0, 9999):04d}"
    paypal = Method(f"paypal_{number}", "paypal")
    gift_card = Method(f"gift_{number}", "gift_card", balance=chance.randint(0, 90) * 100)
    more = (method for method in (paypal, gift_card) if chance.random() < 0.3)
    return (Method(f"card_{number}", "credit_card", brand, last_four), *more)
