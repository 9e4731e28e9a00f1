"""Who may see what: every object is reached through `for_actor`, every route declares its access."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase


class Access(StrEnum):
    """What a route asks of who calls it."""

    PUBLIC = "public"  # anybody
    CUSTOMER = "customer"  # the bearer of a customer's token, for their own conversations
    OPERATOR = "operator"  # a signed-in operator
    ADMIN = "admin"  # a signed-in administrator
    PROBE = "probe"  # health checks: answer with no data


@dataclass(frozen=True)
class Actor:
    """Who acts. `label` is what events store: an id, never a name or an address."""

    kind: str  # customer, operator, agent, system
    pk: int | None = None

    @property
    def label(self) -> str:
        return self.kind if self.pk is None else f"{self.kind}:{self.pk}"

    @classmethod
    def customer(cls, pk: int) -> Actor:
        return cls("customer", pk)

    @classmethod
    def operator(cls, pk: int) -> Actor:
        return cls("operator", pk)


AGENT = Actor("agent")
SYSTEM = Actor("system")


def is_operator(user: Any) -> bool:
    return bool(user.is_authenticated and user.is_active and user.is_staff)


def access(level: Access) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a view's access and enforce it; a test walks the URLconf and fails for a route without one."""

    def declare(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if level in (Access.OPERATOR, Access.ADMIN):
                if not request.user.is_authenticated:
                    return redirect_to_login(request.get_full_path())
                if not is_operator(request.user) or (level is Access.ADMIN and not request.user.is_superuser):
                    raise PermissionDenied
            return view(request, *args, **kwargs)  # type: ignore[no-any-return]

        guarded.access = level  # type: ignore[attr-defined]
        return guarded

    return declare
