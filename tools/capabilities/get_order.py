"""One order with its lines, money and parcels, for whoever may see it.

An order that doesn't exist and one that is somebody else's get the same answer, `not_found`, after the same number of
endpoint calls: nobody learns from here which order numbers are in use.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from tools.contract import Arguments, Capability, Filled, Kind, Proof, Risk
from tools.shapes import Order

OrderId = Annotated[str, StringConstraints(pattern=r"^#?[A-Za-z0-9][A-Za-z0-9_-]{0,38}$", max_length=40), Filled.ORDER]
# An e-mail address, or a postal code as people write it.
Contact = Annotated[
    str, StringConstraints(pattern=r"^(?:[^@\s]+@[^@\s]+|[A-Za-z0-9][A-Za-z0-9 -]{1,9}[A-Za-z0-9])$", max_length=254)
]


class GetOrder(Arguments):
    """`order_id` in the company's own spelling; `contact` is what a customer who isn't signed in names with it, the
    e-mail address that it was placed with or the zip code that it went to; `choices` asks for what could be had instead
    of its lines too."""

    order_id: OrderId
    contact: Contact | None = Field(default=None)
    choices: bool = False


CAPABILITY = Capability(
    name="get_order",
    summary="One order: status, lines, payments and refunds, parcels with their last scan.",
    kind=Kind.READ,
    risk=Risk.NONE,
    input=GetOrder,
    output=Order,
    proof=Proof.ORDER_AND_CONTACT,
    proof_argument="contact",
    attempt_seconds=3.0,
    total_seconds=5.0,
)
