"""Signing in: whoever guesses has to wait. Attempts are counted in Postgres, over all processes and restarts.

An attempt counts from before the password is looked at, so that many at once get no further than one after the other.
Nothing readable is kept: a name typed into the wrong field may be a password.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from asgiref.sync import sync_to_async
from django import forms
from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from .limits import house
from .logs import Log, log
from .models import SignInAttempt
from .sql import hot

SALT: Final = "handrail.sign_in"
ONE_AT_A_TIME: Final = "select pg_advisory_xact_lock(hashtextextended('sign_in', 0))"
WAITS: Final = "sign_in_wait"  # the request's attribute: seconds until the next attempt is looked at
TOO_MANY: Final = 429


@dataclass(frozen=True)
class Attempt:
    """`wait` seconds until one is looked at; with 0 this one is, and `counts` are the rows that stand for it."""

    wait: int
    counts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Counted:
    """What is counted together, and the product default that limits it."""

    limit: str
    key: str


def counted(name: str, address: str | None) -> list[Counted]:
    name = unicodedata.normalize("NFKC", name).casefold()
    found = [Counted("sign_in_failures", f"{name}\n{address or ''}"), Counted("sign_in_failures_name", name)]
    place = house(address)
    return found if place is None else [*found, Counted("sign_in_failures_address", place)]


def digest(each: Counted) -> str:
    return salted_hmac(f"{SALT}.{each.limit}", each.key, algorithm="sha256").hexdigest()


@transaction.atomic
def begin(name: str, address: str | None) -> Attempt:
    """Count this attempt; at a limit nothing is counted, so that waiting ends."""
    hot(ONE_AT_A_TIME, {})
    now, span = timezone.now(), timedelta(minutes=settings.HANDRAIL["sign_in_minutes"])
    SignInAttempt.objects.filter(at__lte=now - span).delete()
    kinds = counted(name, address)
    for each in kinds:
        limit = settings.HANDRAIL[each.limit]
        newest = SignInAttempt.objects.filter(key=digest(each)).order_by("-at").values_list("at", flat=True)[:limit]
        if len(newest) == limit:
            wait = int((newest[limit - 1] + span - now).total_seconds()) + 1
            log(Log.SIGN_IN_REFUSED, limit=each.limit, seconds=wait)
            return Attempt(wait)
    rows = SignInAttempt.objects.bulk_create(SignInAttempt(key=digest(each), at=now) for each in kinds)
    return Attempt(0, tuple(row.pk for row in rows))


def forget(attempt: Attempt, name: str, address: str | None) -> None:
    """The password was right: neither this attempt nor this name's others from this address were guesses."""
    own = Q(pk__in=attempt.counts) | Q(key=digest(counted(name, address)[0]))
    SignInAttempt.objects.filter(own).delete()


class SlowBackend(ModelBackend):
    """Django's own, behind the count: for the console, the admin and whatever else asks for a password."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        if username is None or password is None:
            return None
        address = request.META.get("REMOTE_ADDR") if request is not None else None
        attempt = begin(username, address)
        if attempt.wait:
            if request is not None:
                setattr(request, WAITS, attempt.wait)
            raise PermissionDenied
        user = super().authenticate(request, username, password, **kwargs)
        if user is not None:
            forget(attempt, username, address)
        return user

    async def aauthenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        """Django's own would look at the password without counting."""
        return await sync_to_async(self.authenticate)(request, username, password, **kwargs)


class SaysWait:
    """Says that it is too early; whether the password was right isn't said, nor looked at."""

    request: HttpRequest | None

    def get_invalid_login_error(self) -> forms.ValidationError:
        wait = getattr(self.request, WAITS, 0)
        if not wait:
            return super().get_invalid_login_error()  # type: ignore[misc, no-any-return]
        minutes = -(-wait // 60)
        return forms.ValidationError(
            f"Too many attempts. Try again in {minutes} minute{'s' * (minutes != 1)}.", code="too_many"
        )


class SignInForm(SaysWait, AuthenticationForm):
    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": "User name and password don't go together. Try again; both are case-sensitive.",
    }


class AdminSignInForm(SaysWait, AdminAuthenticationForm):
    pass


class SignIn(LoginView):
    authentication_form = SignInForm
    template_name = "console/login.html"

    def form_invalid(self, form: Any) -> HttpResponse:
        answer = super().form_invalid(form)
        if wait := getattr(self.request, WAITS, 0):
            answer.status_code = TOO_MANY
            answer["Retry-After"] = str(wait)
        return answer
