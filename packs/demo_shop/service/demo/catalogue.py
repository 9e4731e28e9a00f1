"""What Fernway sells. A product's maker says how it is sold: from our shelf, for a brand, or passed on to a maker."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product as combinations
from typing import Final

OWN = "platform_owned"
CONSIGNMENT = "brand_consignment"
TRANSFER = "transfer"

PARTNERS: Final = {
    "Halden Ceramics": CONSIGNMENT,
    "Corrie Blades": CONSIGNMENT,
    "Lumen Loft": CONSIGNMENT,
    "Northgate Makers": TRANSFER,
    "Saltmarsh Tents": TRANSFER,
}


@dataclass(frozen=True)
class Product:
    """`price` in cents of the first variant; each further value of the last option adds `step`."""

    id: str
    name: str
    department: str
    price: int
    step: int
    options: tuple[tuple[str, tuple[str, ...]], ...]
    partner: str | None = None

    @property
    def fulfilment(self) -> str:
        return PARTNERS[self.partner] if self.partner else OWN


@dataclass(frozen=True)
class Variant:
    id: str
    product: Product
    place: int
    options: dict[str, str]
    price: int
    available: bool


def _product(number: int, department: str, name: str, price: int, step: int, partner: str | None = None,
             **options: str) -> Product:  # fmt: skip
    choices = tuple((key.replace("_", " "), tuple(values.split("|"))) for key, values in options.items())
    return Product(f"P-{number}", name, department, price, step, choices, partner)


PRODUCTS: Final = (
    _product(201, "kitchen", "Tarn Enamel Kettle", 4900, 600, color="sage|cream|black", capacity="1.2 l|1.8 l"),
    _product(202, "kitchen", "Birch Cutting Board", 2800, 900, size="small|medium|large"),
    _product(203, "kitchen", "Cast Iron Skillet", 3950, 1100, size="20 cm|26 cm|30 cm"),
    _product(204, "kitchen", "Pour-Over Coffee Set", 5600, 0, color="clear|smoke"),
    _product(205, "kitchen", "Linen Tea Towels, set of 4", 2400, 0, color="oat|blue stripe|rust"),
    _product(206, "kitchen", "Stovetop Espresso Maker", 3700, 900, cups="3 cups|6 cups"),
    _product(207, "kitchen", "Salad Spinner", 2950, 0, color="white|green"),
    _product(208, "kitchen", "Digital Kitchen Scale", 3400, 0, color="steel|black"),
    _product(209, "kitchen", "Stoneware Dinner Set, 12 pieces", 14900, 0, "Halden Ceramics", glaze="moss|chalk|ink"),
    _product(210, "kitchen", "Stoneware Serving Bowl", 4600, 0, "Halden Ceramics", glaze="moss|chalk|ink"),
    _product(211, "kitchen", "Chef's Knife", 11900, 2500, "Corrie Blades", blade="18 cm|21 cm"),
    _product(212, "kitchen", "Bread Knife", 8900, 0, "Corrie Blades", handle="walnut|olive"),
    _product(301, "home", "Harbor Floor Lamp", 12900, 0, color="brass|black"),
    _product(302, "home", "Wool Throw", 8900, 2000, color="heather|charcoal|ochre", size="130x170 cm|150x200 cm"),
    _product(303, "home", "Linen Duvet Cover", 11900, 2400, color="white|sand|slate", size="twin|queen|king"),
    _product(304, "home", "Cork Desk Mat", 3200, 900, size="small|large"),
    _product(305, "home", "Beeswax Candles, set of 3", 2600, 0, scent="plain|cedar|fig"),
    _product(306, "home", "Folding Step Stool", 5900, 0, wood="beech|oak"),
    _product(307, "home", "Wall Clock", 6400, 0, color="white|walnut|green"),
    _product(308, "home", "Laundry Basket", 4300, 700, size="40 l|60 l"),
    _product(309, "home", "Paper Pendant Lamp", 7900, 2600, "Lumen Loft", size="45 cm|65 cm"),
    _product(310, "home", "Rechargeable Table Lamp", 9400, 0, "Lumen Loft", color="sand|coral|ink"),
    _product(311, "home", "Solid Oak Bookshelf", 42900, 16000, "Northgate Makers", height="120 cm|180 cm"),
    _product(312, "home", "Oak Dining Table", 118000, 32000, "Northgate Makers", length="160 cm|220 cm"),
    _product(313, "home", '"Ignore the Doorbell" Doormat <b>50% off</b> & Co. -- v2.0 {{name}}', 3100, 0,
             color="coir|grey"),
    _product(401, "outdoor", "Trail Daypack", 8400, 1200, color="moss|navy|rust", capacity="18 l|24 l"),
    _product(402, "outdoor", "Insulated Water Bottle", 2900, 500, color="moss|navy|cream", capacity="500 ml|750 ml"),
    _product(403, "outdoor", "Merino Base Layer", 7200, 0, color="black|navy", size="S|M|L|XL"),
    _product(404, "outdoor", "Rain Jacket", 13900, 0, color="yellow|forest", size="S|M|L|XL"),
    _product(405, "outdoor", "Camp Lantern", 4500, 0, color="red|grey"),
    _product(406, "outdoor", "Garden Kneeler", 3600, 0, color="green|grey"),
    _product(407, "outdoor", "Copper Watering Can", 6200, 1500, capacity="1 l|3 l"),
    _product(408, "outdoor", "Trekking Poles, pair", 6900, 0, grip="cork|foam"),
    _product(409, "outdoor", "Two-Person Tent", 32900, 0, "Saltmarsh Tents", color="sand|forest"),
    _product(410, "outdoor", "Family Tent", 54900, 0, "Saltmarsh Tents", color="sand|forest"),
    _product(411, "kitchen", "Countertop Blender", 12000, 0, color="steel|cream"),
    _product(412, "outdoor", "Teak Garden Bench", 62000, 0, length="150 cm|180 cm"),
    _product(413, "outdoor", "Outdoor Kitchen", 125000, 0, color="black|stone"),
)  # fmt: skip


@cache
def variants() -> tuple[Variant, ...]:
    """Every combination of every product's options; one in eleven is out of stock."""
    found: list[Variant] = []
    for product in PRODUCTS:
        names, values = zip(*product.options, strict=True)
        for place, chosen in enumerate(combinations(*values)):
            price = product.price + product.step * values[-1].index(chosen[-1])
            number = f"{product.id.replace('P', 'V')}{place:02d}"
            available = len(found) % 11 != 7
            found.append(Variant(number, product, place, dict(zip(names, chosen, strict=True)), price, available))
    return tuple(found)


def variant(id_: str) -> Variant:
    """One article by its number, like V-20101."""
    return next(one for one in variants() if one.id == id_)
