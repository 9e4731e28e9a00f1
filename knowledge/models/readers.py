"""Who may read an article."""

from __future__ import annotations

from typing import Final

from django.db import models


class Audience(models.TextChoices):
    """Who may read it. Internal text is never quoted to a customer; what is for a tier only to who is signed in and of
    that tier, and never on a page that anybody can open."""

    PUBLIC = "public", "Customers"
    PREMIUM = "premium", "Premium customers"
    ENTERPRISE = "enterprise", "Enterprise customers"
    TIERS = "tiers", "Premium and enterprise customers"
    INTERNAL = "internal", "Operators only"


# What each reader may see. A customer reads as their tier when somebody vouches for them, else as the public.
READABLE: Final[dict[str, tuple[str, ...]]] = {
    Audience.PUBLIC: (Audience.PUBLIC,),
    Audience.PREMIUM: (Audience.PUBLIC, Audience.PREMIUM, Audience.TIERS),
    Audience.ENTERPRISE: (Audience.PUBLIC, Audience.ENTERPRISE, Audience.TIERS),
    Audience.INTERNAL: tuple(Audience),
}


def reader(tier: str, *, signed_in: bool) -> str:
    """As whom a customer reads."""
    return tier if signed_in and tier in (Audience.PREMIUM, Audience.ENTERPRISE) else Audience.PUBLIC


def narrower(new: str, old: str) -> bool:
    """Whether fewer may read it, and nobody who couldn't before."""
    now, before = ({who for who, seen in READABLE.items() if audience in seen} for audience in (new, old))
    return now < before
