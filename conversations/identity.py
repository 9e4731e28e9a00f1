"""Who a customer's page speaks for: a signed visitor token, or the company's JWT. Never a cookie, never the URL."""

from __future__ import annotations

import time
import unicodedata
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import jwt
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone

from .models import Customer

SALT: Final = "handrail.visitor"
VISITOR_LIFE: Final = timedelta(days=90)
COMPANY_TOKEN_LIFE: Final = timedelta(hours=1)
LONGEST_COMPANY_LIFE: Final = timedelta(days=30)  # a JWT can't be called back: one without an end is a password
ALGORITHM: Final = "HS256"  # pinned: a token may not choose how it is checked
LONGEST_TOKEN: Final = 4096
LONGEST_REF: Final = 120
UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
TIERS: Final = ("standard", "premium", "enterprise")
JOINERS: Final = "\u200c\u200d"  # several scripts spell names with them


@dataclass(frozen=True)
class Visitor:
    """Somebody nobody vouches for. Their row is made with their first message, so that asking for tokens costs none."""

    public_id: uuid.UUID

    @property
    def key(self) -> str:
        return f"visitor:{self.public_id}"


@dataclass(frozen=True)
class Known:
    """Somebody the company vouches for, until a time (seconds since 1970)."""

    external_ref: str
    email: str
    name: str
    tier: str = ""  # empty where the company doesn't say
    until: float = field(default=float("inf"), compare=False)

    @property
    def key(self) -> str:
        return f"known:{self.external_ref}"


def visitor_token() -> str:
    return signing.dumps(str(uuid.uuid4()), salt=SALT)


def company_token(customer: Customer) -> str:
    """What a company's own server signs for its signed-in customer; used by the demo page."""
    claims = {
        "sub": customer.external_ref,
        "email": customer.email,
        "name": f"{customer.first_name} {customer.last_name}".strip(),
        "tier": customer.tier,
        "exp": timezone.now() + COMPANY_TOKEN_LIFE,
    }
    return jwt.encode(claims, settings.HANDRAIL_WIDGET_SECRET, algorithm=ALGORITHM)


def identify(token: Any) -> Visitor | Known | None:
    """Whom the token stands for; None when it is missing, altered, expired or signed by anybody else."""
    if not isinstance(token, str) or not 0 < len(token) <= LONGEST_TOKEN or not token.isascii():
        return None
    return _visitor(token) if ":" in token else _known(token)


def _visitor(token: str) -> Visitor | None:
    try:
        return Visitor(uuid.UUID(signing.loads(token, salt=SALT, max_age=VISITOR_LIFE)))
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return None


def _known(token: str) -> Known | None:
    if not settings.HANDRAIL_WIDGET_SECRET:
        return None
    try:
        claims = jwt.decode(
            token, settings.HANDRAIL_WIDGET_SECRET, algorithms=[ALGORITHM], options={"require": ["exp", "sub"]}
        )
    except (jwt.PyJWTError, ValueError, ArithmeticError, RecursionError):  # whoever sends it chose what is in it
        return None
    ref, until = claims["sub"], claims["exp"]
    if not isinstance(until, int | float) or until > time.time() + LONGEST_COMPANY_LIFE.total_seconds():
        return None
    if not ref or len(ref) > LONGEST_REF or ref != storable(ref):
        return None
    tier = str(claims.get("tier"))
    return Known(
        ref, storable(claims.get("email")), storable(claims.get("name")), tier if tier in TIERS else "", float(until)
    )


def storable(value: Any) -> str:
    """The text without what can't be seen: people choose their names, and operators read them.

    Marks that turn the direction of writing make one name look like another; half characters no database keeps.
    """
    text = value if isinstance(value, str) else ""
    return "".join(c for c in text if c in JOINERS or unicodedata.category(c) not in UNSEEN).strip()


def find_customer(who: Visitor | Known) -> int | None:
    """The customer's row, when there is one."""
    key = {"public_id": who.public_id} if isinstance(who, Visitor) else {"external_ref": who.external_ref}
    found: int | None = Customer.objects.filter(**key).values_list("pk", flat=True).first()
    return found


def customer(who: Visitor | Known) -> int:
    """The customer's row, made when it is missing; the company's word on name, address and tier is taken over."""
    if isinstance(who, Visitor):
        return int(Customer.objects.get_or_create(public_id=who.public_id)[0].pk)
    first, _, last = who.name.partition(" ")
    said = {"email": who.email[:254], "first_name": first[:80], "last_name": last[:80], "tier": who.tier}
    given = {key: value for key, value in said.items() if value}
    with transaction.atomic():
        row, fresh = Customer.objects.get_or_create(external_ref=who.external_ref, defaults=given)
        if not fresh:
            Customer.objects.filter(pk=row.pk).exclude(**given).update(**given)
    return int(row.pk)
