"""An order and the address that goes with it, named by somebody who isn't signed in: whoever guesses is locked out.

Wrong pairs are counted in Postgres, over all processes and restarts, for the order and for the visitor. A pair counts
from before the company is asked, so that many at once get no further than one after the other; a right one is taken
back. Locked, the company is asked about an address that nobody has: the same work and the same answer as for a wrong
one, whatever was named. Nothing readable is kept.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import Error, connection, transaction
from django.utils.crypto import salted_hmac

from conversations.clock import business_now
from conversations.logs import Log, log
from conversations.sql import hot
from tools.contract import Arguments, Caller, Capability, ErrorCode, Proof
from tools.models import ProofTry

SALT: Final = "handrail.proof"
NOBODY: Final = "nobody@locked.invalid"  # RFC 2606: no such address will ever be
ONE_AT_A_TIME: Final = "select pg_advisory_xact_lock(hashtextextended(k, 0)) from unnest(%(keys)s::text[]) k"


@dataclass(frozen=True)
class Try:
    """A pair that was named: the rows that count it, or that it isn't looked at any more."""

    counts: tuple[int, ...] = ()
    locked: bool = False

    def asked(self, capability: Capability, arguments: Arguments) -> Arguments:
        """What the company is asked."""
        return arguments.model_copy(update={capability.proof_argument: NOBODY}) if self.locked else arguments


NONE: Final = Try()


def counts(capability: Capability, caller: Caller) -> bool:
    """Only what rests on a named address is counted; a session proves itself."""
    return capability.proof is Proof.ORDER_AND_CONTACT and caller.signed_in_as is None


def begin(arguments: Arguments, caller: Caller) -> Try:
    """Count this pair for its order and its visitor; where one of them is locked it counts for the other alone."""
    held = connection.connection is not None
    try:
        with transaction.atomic():
            return _counted(_keys(arguments, caller))
    finally:
        if not held and not connection.in_atomic_block:
            connection.close()


def end(tried: Try, error: str | None) -> None:
    """What was right, or couldn't be looked at, was no guess; without the database it stays counted."""
    if error == ErrorCode.NOT_FOUND or not tried.counts:
        return
    held = connection.connection is not None
    try:
        with suppress(Error):
            ProofTry.objects.filter(pk__in=tried.counts).delete()
    finally:
        if not held and not connection.in_atomic_block:
            connection.close()


def _counted(keys: list[str]) -> Try:
    hot(ONE_AT_A_TIME, {"keys": keys})
    now, span = business_now(), _span()
    ProofTry.objects.filter(at__lte=now - 2 * span).delete()
    locked = [key for key in keys if _is_locked(key, now)]
    rows = ProofTry.objects.bulk_create(ProofTry(key=key, at=now) for key in keys if key not in locked)
    if locked:
        log(Log.PROOF_LOCKED, seconds=int(span.total_seconds()))
    return Try(tuple(row.pk for row in rows), bool(locked))


def _is_locked(key: str, now: datetime) -> bool:
    """The last so many failures fell within the time, and the newest of them is no older than that."""
    most = settings.HANDRAIL["proof_failures"]
    newest = list(ProofTry.objects.filter(key=key).order_by("-at").values_list("at", flat=True)[:most])
    return len(newest) == most and newest[0] > now - _span() and newest[most - 1] > newest[0] - _span()


def _keys(arguments: Arguments, caller: Caller) -> list[str]:
    """Sorted, so that two at once never wait for each other in a circle."""
    named = {"order": str(getattr(arguments, "order_id", "")).upper(), "visitor": caller.visitor}
    return sorted(_digest(kind, name) for kind, name in named.items() if name)


def _digest(kind: str, name: str) -> str:
    return salted_hmac(f"{SALT}.{kind}", name, algorithm="sha256").hexdigest()


def _span() -> timedelta:
    return timedelta(minutes=settings.HANDRAIL["proof_minutes"])
