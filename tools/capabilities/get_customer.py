"""The signed-in customer's own account. It takes no argument: identity comes from the session alone."""

from __future__ import annotations

from tools.contract import Arguments, Capability, Kind, Proof, Risk
from tools.shapes import Account


class GetCustomer(Arguments):
    """Nothing to say: the account is the caller's."""


CAPABILITY = Capability(
    name="get_customer",
    summary="Who the signed-in customer is: name, tier, subscription, open tickets, last payment, orders.",
    kind=Kind.READ,
    risk=Risk.NONE,
    input=GetCustomer,
    output=Account,
    proof=Proof.SIGNED_IN,
    attempt_seconds=3.0,
    total_seconds=5.0,
)
