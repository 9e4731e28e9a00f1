"""Change what the company keeps about the signed-in customer. Whose account it is comes from the session alone."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator

from tools.contract import Arguments, Capability, Filled, Idempotency, Kind, Proof, Retry, Risk
from tools.shapes import Address, Shape

Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}$", max_length=254), Filled.EMAIL]


class AccountChange(StrEnum):
    ADDRESS = "address"
    EMAIL = "email"
    CANCEL_SUBSCRIPTION = "cancel_subscription"
    RESUME_SUBSCRIPTION = "resume_subscription"
    PASSWORD_RESET = "password_reset"  # noqa: S105 the name of a change
    CLOSE = "close"


NEEDS: Final[dict[AccountChange, frozenset[str]]] = {
    AccountChange.ADDRESS: frozenset({"address"}),
    AccountChange.EMAIL: frozenset({"email"}),
    AccountChange.CANCEL_SUBSCRIPTION: frozenset(),
    AccountChange.RESUME_SUBSCRIPTION: frozenset(),
    AccountChange.PASSWORD_RESET: frozenset(),
    AccountChange.CLOSE: frozenset(),
}


class UpdateAccount(Arguments):
    """Exactly what its `change` needs."""

    change: Annotated[AccountChange, Field(strict=False)]
    address: Address | None = None
    email: Email | None = None

    @model_validator(mode="after")
    def _just_what_it_needs(self) -> Self:
        given = {name for name in ("address", "email") if getattr(self, name) is not None}
        if given != NEEDS[self.change]:
            raise ValueError(f"{self.change} takes {', '.join(NEEDS[self.change]) or 'nothing else'}")
        return self


class AccountOutcome(Shape):
    success: bool
    reference: str
    until: str | None = None  # ISO date, for what runs on until then


CAPABILITY: Final = Capability(
    name="update_account",
    called="Account",
    summary="Change the customer's address, e-mail, subscription or password, or close the account.",
    kind=Kind.WRITE,
    risk=Risk.HIGH,
    input=UpdateAccount,
    output=AccountOutcome,
    proof=Proof.ONE_TIME_CODE,
    attempt_seconds=6.0,
    total_seconds=8.0,
    rules=tuple(f"ACC-{number}" for number in range(1, 10)),
    retry=Retry.NEVER,
    idempotency=Idempotency.KEY,
    variant="change",
    needs=NEEDS,
)
